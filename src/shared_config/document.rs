//! One of the two files with its text, and views of its sections and keys.
//!
//! The text of a credentials file is secret as a whole. It leaves through [`Property::text`] and
//! [`Nested::text`] alone; what these types print of themselves is names and places.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::problem::ScanError;
use super::scan::{self, Scan};
use super::scanner;
use crate::failure::Failure;
use crate::text::sanitize;

/// How a file was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It was read.
    Read,
    /// There is no such regular file; it counts as empty.
    Missing,
    /// This user may not read it; it counts as empty.
    Unreadable,
}

/// A config or credentials file.
pub struct Document {
    path: PathBuf,
    presence: Presence,
    text: String,
    scan: Scan,
    /// Which of the scan's properties every section inherits.
    defaults: Vec<usize>,
}

impl Document {
    /// Reads the bytes of the file at `path`. The error is the first problem that stops the AWS CLI.
    pub fn parse(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Result<Self, ScanError> {
        let text = scan::decode(bytes)?;
        let scan = scanner::scan(&text)?;
        let defaults = scan.sections.iter().filter(|section| section.is_defaults(&text));
        let defaults = defaults.flat_map(|section| section.properties.clone()).collect();
        Ok(Self { path: path.into(), presence: Presence::Read, text, scan, defaults })
    }

    /// Makes a file without content. The path is empty if its variable is set to nothing.
    pub fn empty(path: impl Into<PathBuf>, presence: Presence) -> Self {
        Self { path: path.into(), presence, text: String::new(), scan: Scan::default(), defaults: Vec::new() }
    }

    /// Returns where the file is or would be; empty if its variable is set to nothing.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns how the file was found.
    pub(crate) fn presence(&self) -> Presence {
        self.presence
    }

    /// Returns every section in file order, except `[DEFAULT]`, which only passes its keys on.
    pub fn sections(&self) -> impl Iterator<Item = Section<'_>> {
        let own = (0..self.scan.sections.len()).map(|index| Section { document: self, index });
        own.filter(|section| !section.raw().is_defaults(&self.text))
    }

    pub(super) fn section(&self, index: usize) -> Section<'_> {
        Section { document: self, index }
    }

    /// Returns the text of the file, all of which may be secret.
    pub(super) fn raw_text(&self) -> &str {
        &self.text
    }

    /// Returns the section's own keys, in file order.
    pub(super) fn own_properties<'a>(
        &'a self,
        section: Section<'_>,
    ) -> impl DoubleEndedIterator<Item = Property<'a>> + Clone + use<'a> {
        let own = self.scan.sections[section.index].properties.clone();
        own.map(|index| self.property(index))
    }

    /// Returns every key of every section, those of `[DEFAULT]` too.
    pub(crate) fn all_properties(&self) -> impl Iterator<Item = Property<'_>> {
        self.scan.properties.iter().map(|raw| Property { document: self, raw })
    }

    /// Returns whether a section begins on this line.
    pub(super) fn is_header(&self, line: u32) -> bool {
        self.scan.sections.binary_search_by_key(&line, |section| section.line).is_ok()
    }

    /// Returns whether a key stands on this line.
    pub(super) fn is_key(&self, line: u32) -> bool {
        self.scan.properties.binary_search_by_key(&line, |property| property.line).is_ok()
    }

    /// Returns the line of `[DEFAULT]`, whose keys every section inherits; `None` if no key is inherited.
    pub(crate) fn defaults_line(&self) -> Option<u32> {
        let is_used = |section: &&scan::ScannedSection| {
            section.is_defaults(&self.text) && !section.properties.is_empty()
        };
        self.scan.sections.iter().find(is_used).map(|section| section.line)
    }

    /// Returns the first line after `line` on which a key or a section begins.
    pub(super) fn next_beginning(&self, line: u32) -> Option<u32> {
        let key = self.scan.properties.partition_point(|property| property.line <= line);
        let section = self.scan.sections.partition_point(|section| section.line <= line);
        let key = self.scan.properties.get(key).map(|property| property.line);
        let section = self.scan.sections.get(section).map(|section| section.line);
        [key, section].into_iter().flatten().min()
    }

    fn property(&self, index: usize) -> Property<'_> {
        Property { document: self, raw: &self.scan.properties[index] }
    }
}

/// A section of one file.
#[derive(Clone, Copy)]
pub struct Section<'a> {
    document: &'a Document,
    index: usize,
}

impl<'a> Section<'a> {
    /// Returns the text between the brackets, as it stands there.
    pub fn header(&self) -> &'a str {
        &self.document.text[self.raw().header.clone()]
    }

    /// Returns the line of the header, counted from 1.
    pub(crate) fn line(&self) -> u32 {
        self.raw().line
    }

    /// Returns the file that the section stands in.
    pub(crate) fn path(&self) -> &'a Path {
        &self.document.path
    }

    /// Returns the value of `key` (lower case): the section's own, else the one of `[DEFAULT]`.
    pub fn get(&self, key: &str) -> Option<Property<'a>> {
        self.properties().find(|property| property.name() == key)
    }

    /// Returns the section's own keys, then the ones of `[DEFAULT]` that it does not set itself.
    pub fn properties(&self) -> impl Iterator<Item = Property<'a>> + use<'a> {
        let (document, own) = (self.document, self.raw().properties.clone());
        let inherited = document.defaults.iter().map(|&index| document.property(index));
        let is_own = own.clone();
        let inherited = inherited.filter(move |inherited| {
            !is_own.clone().any(|index| document.property(index).name() == inherited.name())
        });
        own.map(|index| document.property(index)).chain(inherited)
    }

    /// Returns `path:line` of the header, for messages.
    pub(crate) fn place(&self) -> String {
        place(self.path(), self.line())
    }

    pub(super) fn index(&self) -> usize {
        self.index
    }

    fn raw(&self) -> &'a scan::ScannedSection {
        &self.document.scan.sections[self.index]
    }
}

/// A key of a section with its value, and where it stands.
#[derive(Clone, Copy)]
pub struct Property<'a> {
    document: &'a Document,
    raw: &'a scan::ScannedProperty,
}

impl<'a> Property<'a> {
    /// Returns the key in lower case.
    pub fn name(&self) -> &'a str {
        self.raw.name.of(&self.document.text)
    }

    /// Returns the value without blanks around it, quotes kept; may be empty, which is not the same as unset.
    /// Lines that continue it are joined by `\n`, and the text of a nested block begins with one.
    pub fn text(&self) -> &'a str {
        self.raw.value.of(&self.document.text)
    }

    /// Returns [`Property::text`]; a nested block is an error.
    pub fn plain(&self) -> Result<&'a str> {
        match self.raw.nested {
            None => Ok(self.text()),
            Some(_) => Err(Failure::new(format!(
                "could not use `{}` ({}): it holds nested keys, not text",
                sanitize::shown(self.name()),
                self.place()
            ))
            .hint(format!("put the value on the line of `{} =` itself", sanitize::shown(self.name())))
            .into()),
        }
    }

    /// Returns [`Property::plain`]; an empty value is an error too. `owner` is what has the key, such as "the
    /// profile `x`"; it is formatted only for the error.
    pub(crate) fn required(&self, owner: impl fmt::Display) -> Result<&'a str> {
        let value = self.plain()?;
        if value.is_empty() {
            let (key, place) = (sanitize::shown(self.name()), self.place());
            let failure = Failure::new(format!("could not use {owner}: `{key}` is empty ({place})"));
            return Err(failure.hint(format!("write its value after `{key} =`")).into());
        }
        Ok(value)
    }

    /// Returns the keys of the nested block, in file order; the last of equal names counts. `None` if the
    /// value is plain text.
    pub fn block(&self) -> Option<impl DoubleEndedIterator<Item = Nested<'a>> + use<'a>> {
        Some(self.raw.nested.as_deref()?.iter().map(Nested))
    }

    /// Returns the nested key `name`; case counts.
    pub(crate) fn nested(&self, name: &str) -> Option<Nested<'a>> {
        self.block()?.rfind(|nested| nested.name() == name)
    }

    /// Returns whether the AWS CLI sees the same value in both.
    pub(crate) fn same_value(&self, other: &Property<'_>) -> bool {
        match (self.map(), other.map()) {
            (None, None) => self.text() == other.text(),
            (left, right) => left == right,
        }
    }

    fn map(&self) -> Option<BTreeMap<&'a str, &'a str>> {
        Some(self.block()?.map(|key| (key.name(), key.text())).collect())
    }

    /// Returns the file that the key stands in.
    pub(crate) fn path(&self) -> &'a Path {
        &self.document.path
    }

    /// Returns the line of the key, counted from 1.
    pub(crate) fn line(&self) -> u32 {
        self.raw.line
    }

    /// Returns the bytes of the file that are the value, if it stands on one line.
    pub(crate) fn range(&self) -> Option<Range<usize>> {
        match &self.raw.value {
            scan::Piece::Here(range) => Some(range.clone()),
            scan::Piece::Made(_) => None,
        }
    }

    /// Returns `path:line`, for messages.
    pub(crate) fn place(&self) -> String {
        place(self.path(), self.line())
    }

    /// [`Property::place`], formatted only where it is shown.
    pub(crate) fn at(&self) -> impl fmt::Display + use<'a> {
        let property = *self;
        fmt::from_fn(move |out| out.write_str(&property.place()))
    }
}

/// A key of a nested block with its value.
#[derive(Clone, Copy)]
pub struct Nested<'a>(&'a scan::ScannedNested);

impl<'a> Nested<'a> {
    /// Returns the key as written; its case counts.
    pub fn name(self) -> &'a str {
        &self.0.name
    }

    /// Returns the value without blanks around it; may be empty.
    pub fn text(self) -> &'a str {
        &self.0.value
    }

    /// Returns the line it stands on, counted from 1.
    pub(crate) fn line(self) -> u32 {
        self.0.line
    }
}

fn place(path: &Path, line: u32) -> String {
    format!("{}:{line}", sanitize::path(path))
}

impl fmt::Debug for Document {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Document({}, {:?})", self.path.display(), self.presence)
    }
}

impl fmt::Debug for Section<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[{}] on line {}", self.header(), self.line())
    }
}

impl fmt::Debug for Property<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} on line {}", self.name(), self.line())
    }
}

impl fmt::Debug for Nested<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} on line {}", self.name(), self.line())
    }
}
