//! What Python takes for a blank and for the end of a line, where Rust differs.

/// Returns whether Python's `str.strip` and `\s` take `c` for a blank. Unlike Rust, they do so for the four
/// separators U+001C to U+001F too.
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Removes blanks at both ends.
pub fn strip(text: &str) -> &str {
    let is_plain = |b: Option<&u8>| b.is_some_and(u8::is_ascii_graphic);
    if is_plain(text.as_bytes().first()) && is_plain(text.as_bytes().last()) {
        // Nearly every call; decoding characters costs more.
        return text;
    }
    text.trim_matches(is_blank)
}

/// Removes blanks at the end.
pub fn strip_end(text: &str) -> &str {
    text.trim_end_matches(is_blank)
}

/// Splits where `str.splitlines` does, which is in more places than where a file's lines end. Carriage
/// returns and newlines are not looked for: a file's line has none.
pub fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// A line of a file, without its end.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    /// Counts from 1.
    pub number: u32,
    /// The byte at which the line starts.
    pub start: usize,
    /// The line itself.
    pub text: &'a str,
}

/// The lines of a file; they end in `\n`, `\r\n` or a lone `\r` (Python's universal newlines).
pub struct Lines<'a> {
    text: &'a str,
    next: usize,
    number: u32,
}

impl<'a> Lines<'a> {
    /// Starts at the first line of `text`.
    pub fn new(text: &'a str) -> Self {
        Self { text, next: 0, number: 0 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let start = self.next;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let end = rest.bytes().position(|b| b == b'\n' || b == b'\r');
        let length = end.unwrap_or(rest.len());
        let ending = match &rest.as_bytes()[length..] {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            _ => 1,
        };
        self.next = start + length + ending;
        self.number += 1;
        Some(Line { number: self.number, start, text: &rest[..length] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_any_of_three_ways() {
        let lines: Vec<_> =
            Lines::new("a\nb\r\nc\rd\n\ne\u{b}f").map(|l| (l.number, l.start, l.text)).collect();
        assert_eq!(
            lines,
            [(1, 0, "a"), (2, 2, "b"), (3, 5, "c"), (4, 7, "d"), (5, 9, ""), (6, 10, "e\u{b}f")]
        );
        assert_eq!(Lines::new("").count(), 0);
        assert_eq!(Lines::new("\n").count(), 1);
    }

    #[test]
    fn the_separators_of_python_are_blanks() {
        assert_eq!(strip("\u{1c}\u{a0} a b\u{2028}\t"), "a b");
        assert_eq!(strip("\u{200b}"), "\u{200b}");
        assert_eq!(strip("\u{feff}"), "\u{feff}");
    }
}
