//! One pass over the text of a file, exactly as Python's `RawConfigParser` (3.11 to 3.13) and the AWS CLI's
//! reader of nested blocks make it. Pure.

use std::collections::HashMap;
use std::ops::Range;

use super::problem::{Problem, ScanError};
use super::scan::{DEFAULTS, Piece, Scan, ScannedNested, ScannedProperty, ScannedSection};
use crate::text::python_lines::{Line, Lines, is_blank, split_lines, strip, strip_end};

/// Scans a file. The error is the first problem that stops the AWS CLI.
pub fn scan(text: &str) -> Result<Scan, ScanError> {
    if text.starts_with('\u{feff}') {
        return Err(ScanError { line: 1, problem: Problem::ByteOrderMark });
    }
    let mut scanner = Scanner {
        text,
        scan: Scan::default(),
        headers: HashMap::new(),
        indent: 0,
        open: false,
        more: Vec::new(),
        doubtful: Vec::new(),
    };
    for line in Lines::new(text) {
        scanner.line(line)?;
    }
    scanner.finish()
}

struct Scanner<'a> {
    text: &'a str,
    scan: Scan,
    /// Header texts and their lines.
    headers: HashMap<&'a str, u32>,
    /// The indentation of the last line that was no continuation, in characters.
    indent: usize,
    /// Whether the last property may be continued.
    open: bool,
    /// The lines that continue it, blank ones as the empty text.
    more: Vec<Line<'a>>,
    /// Malformed nested blocks in `[DEFAULT]`, an error only if a section inherits them.
    doubtful: Vec<(usize, ScanError)>,
}

impl<'a> Scanner<'a> {
    fn line(&mut self, line: Line<'a>) -> Result<(), ScanError> {
        let clean = strip(line.text);
        if clean.starts_with(['#', ';']) {
            return Ok(());
        }
        if clean.is_empty() {
            if self.open {
                self.more.push(Line { text: "", ..line });
            }
            return Ok(());
        }
        let indent = line.text.chars().take_while(|&c| is_blank(c)).count();
        if self.open && indent > self.indent {
            self.more.push(Line { text: clean, ..line });
            return Ok(());
        }
        self.close_property()?;
        self.indent = indent;
        match header(clean) {
            Some(header) => self.open_section(header, line.number),
            None => self.open_property(clean, line.number),
        }
    }

    fn open_section(&mut self, header: &'a str, line: u32) -> Result<(), ScanError> {
        self.close_section()?;
        if header != DEFAULTS
            && let Some(first) = self.headers.insert(header, line)
        {
            let problem = Problem::SectionTwice { header: header.to_owned(), first };
            return Err(ScanError { line, problem });
        }
        let next = self.scan.properties.len();
        self.scan.sections.push(ScannedSection {
            header: self.range_of(header),
            line,
            properties: next..next,
        });
        Ok(())
    }

    fn open_property(&mut self, clean: &'a str, line: u32) -> Result<(), ScanError> {
        let fail = |problem| Err(ScanError { line, problem });
        let Some(delimiter) = clean.bytes().position(|b| b == b'=' || b == b':') else {
            return fail(match clean.strip_prefix('[') {
                Some(rest) if rest.contains(']') => Problem::HeaderEmpty,
                Some(_) => Problem::HeaderNotClosed,
                None if self.scan.sections.is_empty() => Problem::BeforeFirstSection,
                None => Problem::NoDelimiter,
            });
        };
        if self.scan.sections.is_empty() {
            return fail(Problem::BeforeFirstSection);
        }
        let name = strip_end(&clean[..delimiter]);
        if name.is_empty() {
            return fail(Problem::NoKey);
        }
        let value = strip(&clean[delimiter + 1..]);
        let property = ScannedProperty {
            name: self.lower_case(name),
            value: Piece::Here(self.range_of(value)),
            nested: None,
            line,
        };
        self.scan.properties.push(property);
        self.open = true;
        Ok(())
    }

    /// Joins the lines that continue the last property, and reads the nested block they may be.
    fn close_property(&mut self) -> Result<(), ScanError> {
        self.open = false;
        while self.more.last().is_some_and(|line| line.text.is_empty()) {
            self.more.pop();
        }
        if self.more.is_empty() {
            return Ok(());
        }
        let index = self.scan.properties.len() - 1;
        let property = &mut self.scan.properties[index];
        let mut value = property.value.of(self.text).to_owned();
        let is_block = value.is_empty();
        for line in &self.more {
            value.push('\n');
            value.push_str(line.text);
        }
        property.value = Piece::Made(value.into());
        if is_block {
            match nested(property.name.of(self.text), &self.more) {
                Ok(keys) => property.nested = Some(keys),
                Err(error) if self.in_defaults() => self.doubtful.push((index, error)),
                Err(error) => return Err(error),
            }
        }
        self.more.clear();
        Ok(())
    }

    fn close_section(&mut self) -> Result<(), ScanError> {
        let next = self.scan.properties.len();
        let Some(section) = self.scan.sections.last_mut() else { return Ok(()) };
        section.properties.end = next;
        if self.in_defaults() {
            // `[DEFAULT]` may come several times, but not its keys: they are compared at the end.
            return Ok(());
        }
        let Some(section) = self.scan.sections.last() else { return Ok(()) };
        self.no_key_twice(&self.scan.properties[section.properties.clone()])
    }

    fn finish(mut self) -> Result<Scan, ScanError> {
        self.close_property()?;
        self.close_section()?;
        let defaults = self.scan.sections.iter().filter(|section| section.is_defaults(self.text));
        self.no_key_twice(defaults.flat_map(|s| &self.scan.properties[s.properties.clone()]))?;
        for (index, error) in &self.doubtful {
            let name = self.scan.properties[*index].name.of(self.text);
            let overrides = |section: &ScannedSection| {
                let own = &self.scan.properties[section.properties.clone()];
                own.iter().any(|property| property.name.of(self.text) == name)
            };
            if !self.scan.sections.iter().all(|s| s.is_defaults(self.text) || overrides(s)) {
                return Err(error.clone());
            }
        }
        Ok(self.scan)
    }

    fn no_key_twice<'p>(
        &self,
        properties: impl IntoIterator<Item = &'p ScannedProperty>,
    ) -> Result<(), ScanError> {
        let mut keys: Vec<_> = properties.into_iter().map(|p| (p.name.of(self.text), p.line)).collect();
        keys.sort_unstable();
        let twice = keys.windows(2).filter(|pair| pair[0].0 == pair[1].0).min_by_key(|pair| pair[1].1);
        twice.map_or(Ok(()), |pair| {
            let problem = Problem::KeyTwice { key: pair[0].0.to_owned(), first: pair[0].1 };
            Err(ScanError { line: pair[1].1, problem })
        })
    }

    fn in_defaults(&self) -> bool {
        self.scan.sections.last().is_some_and(|section| section.is_defaults(self.text))
    }

    fn lower_case(&self, name: &str) -> Piece {
        let is_lower = |b: u8| b.is_ascii() && !b.is_ascii_uppercase();
        if name.bytes().all(is_lower) {
            Piece::Here(self.range_of(name))
        } else {
            Piece::Made(name.to_lowercase().into())
        }
    }

    /// Returns the byte range of `part`, which is a slice of the text.
    fn range_of(&self, part: &str) -> Range<usize> {
        let start = part.as_ptr().addr() - self.text.as_ptr().addr();
        start..start + part.len()
    }
}

/// Returns what stands between a leading `[` and the last `]`, if that is anything.
fn header(clean: &str) -> Option<&str> {
    let rest = clean.strip_prefix('[')?;
    let header = &rest[..rest.rfind(']')?];
    (!header.is_empty()).then_some(header)
}

/// Reads the lines of a nested block: `=` alone separates, a key that comes twice counts as its last, and
/// deeper indentation means nothing.
fn nested(key: &str, lines: &[Line<'_>]) -> Result<Box<[ScannedNested]>, ScanError> {
    let mut keys = Vec::new();
    for line in lines {
        for text in split_lines(line.text).map(strip).filter(|text| !text.is_empty()) {
            let Some((name, value)) = text.split_once('=') else {
                let problem = Problem::NestedNoDelimiter { key: key.to_owned() };
                return Err(ScanError { line: line.number, problem });
            };
            keys.push(ScannedNested {
                name: strip(name).into(),
                value: strip(value).into(),
                line: line.number,
            });
        }
    }
    Ok(keys.into())
}
