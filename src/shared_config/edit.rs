//! Changes to the text of a config file: the lines that must change do, every other byte stays. Pure.
//!
//! ```ini
//! [profile acme-dev]
//! # mine
//! region = eu-west-1        <- replaced in place
//! sso_role_name = Dev       <- a new key comes after the last one
//!
//! [profile acme-prod]       <- a new section comes at the end
//! ```

use std::ops::Range;

use super::document::{Document, Section};
use crate::failure::Failure;
use crate::text::python_lines::{Line, Lines, strip};
use crate::text::sanitize::shown;

/// Collects the changes to one file. Keys are to be set before sections are inserted, so that they come first
/// where both belong to the same place.
pub(crate) struct Editor<'a> {
    document: &'a Document,
    lines: Vec<Line<'a>>,
    /// What the file's lines end in.
    ending: &'static str,
    edits: Vec<(Range<usize>, String)>,
}

impl<'a> Editor<'a> {
    /// Starts with the file as it is, without changes.
    pub(crate) fn new(document: &'a Document) -> Self {
        let text = document.raw_text();
        let ending = match text.find(['\n', '\r']) {
            Some(at) if text[at..].starts_with("\r\n") => "\r\n",
            Some(at) if text[at..].starts_with('\r') => "\r",
            _ => "\n",
        };
        Self { document, lines: Lines::new(text).collect(), ending, edits: Vec::new() }
    }

    /// Sets keys in `section`, which is one of the file's. A key that has its value already stays as it is
    /// written. An error if a value that must change goes over several lines: it is not known what they mean
    /// to the person who wrote them.
    pub(crate) fn set(&mut self, section: Section<'_>, keys: &[(&str, &str)]) -> Result<(), Failure> {
        let own = self.document.own_properties(section);
        let mut missing = String::new();
        let last = own.clone().last();
        let after = last.map_or(section.line(), |last| self.last_line(last.line()));
        let indent = match last {
            Some(last) => self.indent(last.line()),
            // A header below that is indented deeper than the first key would become part of that key's
            // value.
            None => [Some(section.line()), self.document.next_beginning(section.line())]
                .into_iter()
                .flatten()
                .map(|line| self.indent(line))
                .max_by_key(|indent| indent.chars().count())
                .unwrap_or_default(),
        };
        for (key, value) in keys {
            let line = format!("{key} = {value}");
            match own.clone().find(|property| property.name() == *key) {
                None => missing.push_str(&format!("{indent}{line}{}", self.ending)),
                Some(there) if there.text() == *value && there.block().is_none() => {}
                Some(there) if self.last_line(there.line()) == there.line() => {
                    let old = self.line(there.line());
                    let start = old.start + old.text.len() - old.text.trim_start().len();
                    self.edits.push((start..old.start + old.text.len(), line));
                }
                Some(there) => {
                    let (key, place) = (shown(key), there.place());
                    let what =
                        format!("could not change `{key}` ({place}): its value goes over several lines");
                    return Err(Failure::new(what).hint(format!("write `{line}` there, on one line")));
                }
            }
        }
        if !missing.is_empty() {
            let at = self.end_of(after);
            self.edits.push((at..at, missing));
        }
        Ok(())
    }

    /// Removes keys from `section`, with all lines of their values.
    pub(crate) fn unset(&mut self, section: Section<'_>, is_unset: impl Fn(&str) -> bool) {
        for property in self.document.own_properties(section).filter(|property| is_unset(property.name())) {
            let range = self.line(property.line()).start..self.end_of(self.last_line(property.line()));
            self.edits.push((range, String::new()));
        }
    }

    /// [`Editor::unset`]; a section without other keys and without comments is removed as a whole.
    pub(crate) fn unset_or_remove(&mut self, section: Section<'_>, is_unset: impl Fn(&str) -> bool) {
        let own = self.document.own_properties(section);
        let last = own.clone().last().map_or(section.line(), |last| self.last_line(last.line()));
        let inside = &self.lines[section.line() as usize..last as usize];
        let is_comment = |line: &Line<'_>| strip(line.text).starts_with(['#', ';']);
        if own.clone().all(|property| is_unset(property.name())) && !inside.iter().any(is_comment) {
            self.remove(section);
        } else {
            self.unset(section, is_unset);
        }
    }

    /// Removes `section`: from its header to its last key, and the blank lines below. Comments after the last
    /// key stay, since they are about what comes next.
    pub(crate) fn remove(&mut self, section: Section<'_>) {
        let last = self.document.own_properties(section).last();
        let mut line = last.map_or(section.line(), |last| self.last_line(last.line()));
        while self.lines.get(line as usize).is_some_and(|next| strip(next.text).is_empty()) {
            line += 1;
        }
        self.edits.push((self.line(section.line()).start..self.end_of(line), String::new()));
    }

    /// Inserts lines before the line `number`, or at the end of the file if there is no such line. Several
    /// calls for one place keep their order. An empty line sets them off from what stands above.
    pub(crate) fn insert(&mut self, number: u32, lines: &[String]) {
        let at = self.end_of(number - 1);
        let above = number.checked_sub(2).and_then(|index| self.lines.get(index as usize));
        let is_first_here = !self.edits.iter().any(|(range, _)| *range == (at..at));
        let is_apart = above.is_none_or(|above| strip(above.text).is_empty());
        let gap = if is_first_here && is_apart { "" } else { self.ending };
        let text: String = lines.iter().map(|line| format!("{line}{}", self.ending)).collect();
        self.edits.push((at..at, format!("{gap}{text}")));
    }

    /// Replaces every value whose key is not `public` by `(hidden)`, in comments that look like keys too.
    pub(crate) fn hide(&mut self, public: impl Fn(&str) -> bool) {
        for property in self.document.all_properties().filter(|property| !public(property.name())) {
            let (first, last) = (self.line(property.line()), self.line(self.last_line(property.line())));
            let range = first.start..last.start + last.text.len();
            self.edits.push((range, format!("{} = (hidden)", property.name())));
        }
        for line in &self.lines {
            let clean = strip(line.text);
            let Some((key, _)) = clean.split_once(['=', ':']).filter(|_| clean.starts_with(['#', ';']))
            else {
                continue;
            };
            let is_inside = |(range, _): &(Range<usize>, String)| range.contains(&line.start);
            if !public(strip(key.trim_start_matches(['#', ';']))) && !self.edits.iter().any(is_inside) {
                let range = line.start..line.start + line.text.len();
                self.edits.push((range, format!("{key}= (hidden)")));
            }
        }
    }

    /// Returns the number of the line after the last.
    pub(crate) fn end(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX - 1) + 1
    }

    /// Returns the numbers of the lines that consist of `comment`.
    pub(crate) fn comments(&self, comment: &str) -> impl Iterator<Item = u32> {
        self.lines.iter().filter(move |line| strip(line.text) == comment).map(|line| line.number)
    }

    /// Returns whether a section that begins above the line `number` goes on below it, so that nothing can be
    /// inserted there.
    pub(crate) fn is_within_section(&self, number: u32) -> bool {
        let below = self.lines.iter().skip(number as usize).find(|line| has_content(line));
        below.is_some_and(|below| !self.document.is_header(below.number))
    }

    /// Returns the text with all changes made.
    pub(crate) fn finish(mut self) -> String {
        let text = self.document.raw_text();
        self.edits.sort_by_key(|(range, _)| range.start);
        let (mut new, mut done) = (String::with_capacity(text.len()), 0);
        for (range, replacement) in &self.edits {
            new.push_str(&text[done..range.start]);
            let unended = !new.is_empty() && !new.ends_with(['\n', '\r']);
            if range.start == text.len() && unended && !replacement.is_empty() {
                new.push_str(self.ending);
            }
            new.push_str(replacement);
            done = range.end;
        }
        new.push_str(&text[done..]);
        new
    }

    /// Returns the last line of the key on line `number`: its own, or the last that continues it.
    fn last_line(&self, number: u32) -> u32 {
        let next = self.document.next_beginning(number).unwrap_or(self.end());
        let lines = &self.lines[number as usize - 1..next as usize - 1];
        lines.iter().rev().find(|line| has_content(line)).map_or(number, |line| line.number)
    }

    fn line(&self, number: u32) -> Line<'a> {
        self.lines[number as usize - 1]
    }

    fn indent(&self, number: u32) -> &'a str {
        let text = self.line(number).text;
        &text[..text.len() - text.trim_start().len()]
    }

    /// Returns the byte after the line and its ending; 0 for the line before the first.
    fn end_of(&self, number: u32) -> usize {
        self.lines.get(number as usize).map_or(self.document.raw_text().len(), |next| next.start)
    }
}

/// Returns whether the line is neither blank nor a comment.
fn has_content(line: &Line<'_>) -> bool {
    let clean = strip(line.text);
    !clean.is_empty() && !clean.starts_with(['#', ';'])
}
