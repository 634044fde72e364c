//! The sections and keys of one file, with their places. Pure.
//!
//! Texts are kept as byte ranges of the file wherever the file holds them as they are, so that a file of ten
//! thousand profiles costs a few milliseconds.

use std::ops::Range;

use super::problem::{Problem, ScanError};
use crate::text::python_lines::Lines;

/// The name of the section whose keys every other section of the file inherits.
pub const DEFAULTS: &str = "DEFAULT";

/// The content of a file, in its order. The ranges refer to the text that was scanned.
#[derive(Default)]
pub struct Scan {
    /// Every section, those named [`DEFAULTS`] included.
    pub sections: Vec<ScannedSection>,
    /// The keys of all sections, one after the other.
    pub properties: Vec<ScannedProperty>,
}

/// A section: a header and what follows it.
pub struct ScannedSection {
    /// The text between `[` and the last `]` of the line, as it stands there.
    pub header: Range<usize>,
    /// The line of the header, counted from 1.
    pub line: u32,
    /// Which of [`Scan::properties`] are its own.
    pub properties: Range<usize>,
}

/// A key and its value.
pub struct ScannedProperty {
    /// The key in lower case.
    pub name: Piece,
    /// The value without blanks around it; lines that continue it are joined by `\n`.
    pub value: Piece,
    /// The keys of the nested block, if the value is one, in file order.
    pub nested: Option<Box<[ScannedNested]>>,
    /// The line of the key, counted from 1.
    pub line: u32,
}

/// A key of a nested block, as written, and its value.
pub struct ScannedNested {
    /// The key; its case is kept.
    pub name: Box<str>,
    /// The value without blanks around it.
    pub value: Box<str>,
    /// The line it stands on, counted from 1.
    pub line: u32,
}

/// A piece of text.
pub enum Piece {
    /// These bytes of the file.
    Here(Range<usize>),
    /// Text that does not stand in the file as it is.
    Made(Box<str>),
}

impl Piece {
    /// Returns the piece; `text` is the file's.
    pub fn of<'a>(&'a self, text: &'a str) -> &'a str {
        match self {
            Self::Here(range) => &text[range.clone()],
            Self::Made(made) => made,
        }
    }
}

impl ScannedSection {
    /// Returns whether the section's keys are inherited by the others.
    pub fn is_defaults(&self, text: &str) -> bool {
        &text[self.header.clone()] == DEFAULTS
    }
}

/// Decodes the bytes of a file as UTF-8. The error names the first line that is not.
pub fn decode(bytes: Vec<u8>) -> Result<String, ScanError> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let start = String::from_utf8_lossy(&error.as_bytes()[..valid]);
        let line = Lines::new(&format!("{start}?")).last().map_or(1, |line| line.number);
        ScanError { line, problem: Problem::NotUtf8 }
    })
}
