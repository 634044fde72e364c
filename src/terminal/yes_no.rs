//! A question that only the whole word `yes` confirms.

use std::time::{Duration, Instant};

use anyhow::Result;
use unicode_width::UnicodeWidthStr as _;

use crate::terminal::Terminal;
use crate::terminal::key::Key;
use crate::terminal::keyboard::Keyboard;
use crate::terminal::line_editor::LineEditor;
use crate::terminal::modes::Interrupt;
use crate::terminal::text_input::{cancelled, is_cancel};

/// With fewer columns than this after the question, the answer gets a line of its own.
const LEAST_ROOM: usize = 8;

impl Terminal {
    /// Asks, and returns whether the person typed `yes` and Enter within `patience`. What was typed before
    /// the question does not count. Escape, Ctrl-C, and Ctrl-D on an empty line are an error of kind
    /// `FailureKind::Cancelled`.
    ///
    /// Ctrl-C is a key: below a prompt, a signal would reach the shell too.
    pub fn confirms(&self, question: &str, patience: Duration) -> Result<bool> {
        let mut keyboard = Keyboard::fresh(self, Interrupt::Key)?;
        let deadline = Instant::now() + patience;
        let question = format!("awsenv: {question} ");
        self.write(&question);
        let mut line = LineEditor::default();
        let mut drawn = DrawnLine::new(self, question.width());
        let answer = loop {
            match keyboard.next_by(Some(deadline))? {
                None => break Ok(false),
                Some(key) if is_cancel(key, line.text()) => break Err(cancelled().into()),
                Some(Key::Enter) => break Ok(line.text().trim().eq_ignore_ascii_case("yes")),
                Some(key) => drop(line.apply(key)),
            }
            drawn.draw(&line);
        };
        self.write("\n");
        answer
    }
}

/// The shown part of a line after its question, drawn with backspaces alone, which every terminal has.
struct DrawnLine<'a> {
    terminal: &'a Terminal,
    columns: usize,
    text: String,
    cursor: usize,
}

impl<'a> DrawnLine<'a> {
    /// Starts after a question of this width, which may have wrapped.
    fn new(terminal: &'a Terminal, width: usize) -> Self {
        let whole = terminal.room() + 1;
        let mut columns = terminal.room().saturating_sub(width % whole);
        if columns < LEAST_ROOM {
            terminal.write("\n");
            columns = terminal.room();
        }
        Self { terminal, columns, text: String::new(), cursor: 0 }
    }

    fn draw(&mut self, line: &LineEditor) {
        let (text, cursor) = line.view(self.columns);
        let same = text.chars().zip(self.text.chars()).take_while(|(new, old)| new == old);
        let same: usize = same.map(|(c, _)| c.len_utf8()).sum();
        // Prints from the first change on, or from the cursor on if that is before.
        let start = text[..same].width().min(self.cursor);
        let kept = crate::terminal::line_editor::fitted(&text, start).len();
        let blanks = self.text.width().saturating_sub(text.width());
        let shown = format!(
            "{}{}{}{}",
            "\u{8}".repeat(self.cursor - start),
            &text[kept..],
            " ".repeat(blanks),
            "\u{8}".repeat(text.width() + blanks - cursor)
        );
        self.terminal.write(&shown);
        (self.text, self.cursor) = (text, cursor);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use rustix::termios;

    use super::*;
    use crate::terminal::tests::terminal;

    #[test]
    fn a_question_that_nobody_answers_is_over_in_time_and_means_no() {
        let (terminal, mut pty) = terminal();
        let before = termios::tcgetattr(&terminal.file).unwrap();
        let patience = Duration::from_millis(20);
        assert!(!terminal.confirms("load it?", patience).unwrap());
        assert!(!terminal.wait_for_enter("press Enter", patience).unwrap());
        let after = termios::tcgetattr(&terminal.file).unwrap();
        assert_eq!(format!("{before:?}"), format!("{after:?}"), "the terminal is as it was");
        drop(terminal);
        // That nobody writes any more is an error on Linux, after all that was written.
        let mut shown = Vec::new();
        let _ = pty.read_to_end(&mut shown);
        assert_eq!(String::from_utf8_lossy(&shown), "awsenv: load it? \r\nawsenv: press Enter \r\n");
    }

    #[test]
    fn an_answer_counts_as_soon_as_it_is_there() {
        let (terminal, mut pty) = terminal();
        let person = std::thread::spawn(move || {
            let mut shown = Vec::new();
            let mut answers = ["yes\r", "\r"].iter();
            let mut chunk = [0; 100];
            while answers.len() > 0 {
                let length = pty.read(&mut chunk).unwrap();
                shown.extend_from_slice(&chunk[..length]);
                if shown.ends_with(b"? ") {
                    pty.write_all(answers.next().unwrap().as_bytes()).unwrap();
                }
            }
            pty
        });
        let patience = Duration::from_mins(1);
        assert!(terminal.confirms("load it?", patience).unwrap());
        assert!(terminal.wait_for_enter("go on?", patience).unwrap());
        drop(person.join().unwrap());
    }
}
