//! Draws lines again and again at the same place of a terminal.

use unicode_width::UnicodeWidthStr as _;

use super::Terminal;
use super::colour::Colour;
use super::line_editor::fitted;
use crate::text::sanitize;

/// How a piece of a line looks. Without styles and colours the text says the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As the terminal shows text.
    Plain,
    /// A question, or the current entry.
    Bold,
    /// Less important.
    Dim,
    /// A profile's colour.
    Colour(Colour),
}

/// A line, in pieces of one style each.
pub type PaintedLine = Vec<(Style, String)>;

/// Draws lines from the line of the cursor on, cut to the width of the terminal. Clears them when dropped.
pub struct Painter<'a> {
    terminal: &'a Terminal,
    is_settled: bool,
}

impl<'a> Painter<'a> {
    /// Starts at the cursor, which is at the start of a line.
    pub fn new(terminal: &'a Terminal) -> Self {
        Self { terminal, is_settled: false }
    }

    /// Returns how many columns and lines fit on the terminal.
    pub fn room(&self) -> (usize, usize) {
        const USUAL: u16 = 24;
        let rows = rustix::termios::tcgetwinsize(&self.terminal.file).map_or(0, |size| size.ws_row);
        (self.terminal.room(), usize::from(if rows == 0 { USUAL } else { rows }))
    }

    /// Draws these lines in place of the last ones, with the cursor at this column of the first.
    pub fn paint(&self, lines: &[PaintedLine], column: usize) {
        let columns = self.terminal.room();
        let mut text = "\u{1b}[?25l\r".to_owned();
        for (index, line) in lines.iter().enumerate() {
            let end = if index + 1 == lines.len() { "" } else { "\n" };
            text += &format!("{}\u{1b}[K{end}", shown(line, columns));
        }
        text += "\u{1b}[J\r";
        if lines.len() > 1 {
            text += &format!("\u{1b}[{}A", lines.len() - 1);
        }
        if column > 0 {
            text += &format!("\u{1b}[{}C", column.min(columns));
        }
        self.terminal.write(&(text + "\u{1b}[?25h"));
    }

    /// Replaces all lines by the question and its answer, which stay.
    pub fn settle(mut self, question: &str, answer: &str) {
        self.is_settled = true;
        let line = [(Style::Bold, asked(question)), (Style::Plain, sanitize::shown(answer))];
        self.terminal.write(&format!("\r{}\u{1b}[J\n", shown(&line, self.terminal.room())));
    }
}

impl Drop for Painter<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.terminal.write("\r\u{1b}[J");
        }
    }
}

/// Returns the text before the answer: a question mark needs no colon.
pub fn asked(question: &str) -> String {
    format!("{question}{} ", if question.ends_with('?') { "" } else { ":" })
}

fn shown(line: &[(Style, String)], columns: usize) -> String {
    let mut left = columns;
    let mut text = String::new();
    for (style, piece) in line {
        let piece = fitted(piece, left);
        left -= piece.width();
        text += &match style {
            Style::Plain => piece.to_owned(),
            Style::Bold => format!("\u{1b}[1m{piece}\u{1b}[0m"),
            Style::Dim => format!("\u{1b}[2m{piece}\u{1b}[0m"),
            Style::Colour(colour) => colour.paint(piece),
        };
    }
    text
}
