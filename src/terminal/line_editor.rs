//! Edits a line of text with the keys of readline. The text may be a secret: no copy of it stays in memory.

use unicode_width::UnicodeWidthStr as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::terminal::key::Key;
use crate::text::sanitize;

/// The longest line, in characters: far longer than any answer.
const LONGEST: usize = 4096;

/// The line, and where the cursor is.
#[derive(Clone, Default)]
pub struct LineEditor {
    text: Zeroizing<String>,
    /// In bytes.
    cursor: usize,
    /// What Ctrl-Y inserts.
    killed: Zeroizing<String>,
}

impl LineEditor {
    /// Starts with this text, and the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut line = Self::default();
        line.set(text);
        line
    }

    /// Returns the line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Replaces the line.
    pub fn set(&mut self, text: &str) {
        self.text = Zeroizing::new(text.to_owned());
        self.cursor = text.len();
    }

    /// Applies a key. Returns whether it is one that moves or edits.
    pub fn apply(&mut self, key: Key) -> bool {
        match key {
            Key::Char(c) => self.insert(c),
            Key::Left | Key::Control('b') => self.cursor = self.left(),
            Key::Right | Key::Control('f') => self.cursor = self.right(),
            Key::Home | Key::Control('a') => self.cursor = 0,
            Key::End | Key::Control('e') => self.cursor = self.text.len(),
            Key::Alt('b') => self.cursor = self.word_left(char::is_alphanumeric),
            Key::Alt('f') => self.cursor = self.word_right(),
            Key::Backspace => {
                let left = self.left();
                self.text.drain(left..self.cursor);
                self.cursor = left;
            }
            Key::Delete | Key::Control('d') => {
                let right = self.right();
                self.text.drain(self.cursor..right);
            }
            Key::Control('u') => self.kill(0, self.cursor),
            Key::Control('k') => self.kill(self.cursor, self.text.len()),
            Key::Control('w') => self.kill(self.word_left(|c| !c.is_whitespace()), self.cursor),
            Key::Alt('\u{8}') => self.kill(self.word_left(char::is_alphanumeric), self.cursor),
            Key::Alt('d') => self.kill(self.cursor, self.word_right()),
            Key::Control('y') => self.killed.clone().chars().for_each(|c| self.insert(c)),
            _ => return false,
        }
        true
    }

    /// Returns the part of the line around the cursor that fits into this many columns, and the cursor's
    /// column in it.
    pub fn view(&self, columns: usize) -> (String, usize) {
        let columns = columns.max(2);
        let mut start = 0;
        while self.text[start..self.cursor].width() >= columns {
            start += self.text[start..].chars().next().map_or(1, char::len_utf8);
        }
        let shown = fitted(&self.text[start..], columns);
        (shown.to_owned(), self.text[start..self.cursor].width())
    }

    fn insert(&mut self, c: char) {
        if !sanitize::is_hidden(c) && self.text.chars().count() < LONGEST {
            if self.text.len() + c.len_utf8() > self.text.capacity() {
                // A string that grows by itself would leave a copy behind.
                let mut roomy = String::with_capacity((self.text.len() + 1) * 2);
                roomy.push_str(&self.text);
                self.text.zeroize();
                self.text = Zeroizing::new(roomy);
            }
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    fn kill(&mut self, from: usize, to: usize) {
        if from < to {
            self.killed = Zeroizing::new(self.text[from..to].to_owned());
            self.text.drain(from..to);
            self.cursor = from;
        }
    }

    fn left(&self) -> usize {
        self.text[..self.cursor].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn right(&self) -> usize {
        self.cursor + self.text[self.cursor..].chars().next().map_or(0, char::len_utf8)
    }

    /// Returns where the word before the cursor begins.
    fn word_left(&self, is_inner: impl Fn(char) -> bool + Copy) -> usize {
        let before = self.text[..self.cursor].trim_end_matches(|c| !is_inner(c));
        before.trim_end_matches(is_inner).len()
    }

    /// Returns where the word after the cursor ends.
    fn word_right(&self) -> usize {
        let rest = self.text[self.cursor..].trim_start_matches(|c: char| !c.is_alphanumeric());
        self.text.len() - rest.trim_start_matches(char::is_alphanumeric).len()
    }
}

/// Returns the longest start of `text` that fits into this many columns.
pub fn fitted(text: &str, columns: usize) -> &str {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if text[..next].width() > columns {
            break;
        }
        end = next;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str, keys: &[Key]) -> String {
        let mut line = LineEditor::new(text);
        keys.iter().for_each(|key| assert!(line.apply(*key)));
        let (before, after) = line.text.split_at(line.cursor);
        format!("{before}|{after}")
    }

    #[test]
    fn keys_edit_as_in_readline() {
        use Key::{Alt, Backspace, Char, Control, Delete, End, Home, Left, Right};
        let cases: &[(&str, &[Key], &str)] = &[
            ("", &[Char('a'), Char('é')], "aé|"),
            ("aé", &[Left, Char('x')], "ax|é"),
            ("ab", &[Control('b'), Control('b'), Control('b'), Control('f')], "a|b"),
            ("ab", &[Control('a')], "|ab"),
            ("ab", &[Home, Right, Backspace], "|b"),
            ("ab", &[Control('a'), Control('e')], "ab|"),
            ("ab", &[Control('a'), Control('d')], "|b"),
            ("ab", &[Home, Delete, End], "b|"),
            ("ab", &[Delete], "ab|"),
            ("one two", &[Control('w')], "one |"),
            ("https://a.b/c  ", &[Control('w')], "|"),
            ("one two", &[Control('a'), Control('k')], "|"),
            ("one two", &[Left, Control('u')], "|o"),
            ("one two", &[Control('u'), Char('x'), Control('y')], "xone two|"),
            ("one-two", &[Alt('\u{8}')], "one-|"),
            ("one-two", &[Alt('b'), Alt('b'), Alt('f')], "one|-two"),
            ("one-two", &[Home, Alt('d')], "|-two"),
            ("a", &[Char('\u{202e}'), Char('\u{9b}')], "a|"),
            ("東京", &[Left, Backspace], "|京"),
        ];
        for (text, keys, expected) in cases {
            assert_eq!(typed(text, keys), *expected, "{text} {keys:?}");
        }
        assert!(!LineEditor::new("").apply(Key::Enter));
    }

    #[test]
    fn a_line_longer_than_the_terminal_shows_where_the_cursor_is() {
        let mut line = LineEditor::new("abcdefgh");
        assert_eq!(line.view(5), ("efgh".to_owned(), 4));
        line.apply(Key::Home);
        assert_eq!(line.view(5), ("abcde".to_owned(), 0));
        assert_eq!(LineEditor::new("東京都").view(5), ("京都".to_owned(), 4));
        assert_eq!(fitted("東京", 3), "東");
    }
}
