//! A question that only a whole `yes` says yes to.

use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::termios::{
    self, InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios,
};

use crate::terminal::Terminal;

/// Ctrl-C as a character.
const INTERRUPT: u8 = 3;

impl Terminal {
    /// Asks, and returns whether the person typed `yes`. Anything else is a no: another word, an empty line,
    /// Ctrl-C, Ctrl-D, and nothing for as long as `patience`. What was typed before the question does not
    /// count.
    pub fn confirms(&self, question: &str, patience: Duration) -> Result<bool> {
        let _lines = TypedLines::new(self)?;
        self.write(&format!("awsenv: {question} "));
        let line = self.line_within(patience)?;
        if !line.ends_with(b"\n") {
            self.write("\n");
        }
        Ok(line.trim_ascii().eq_ignore_ascii_case(b"yes"))
    }
}

/// Makes the terminal hand over lines, with Ctrl-C as the end of one, until it is dropped: below a prompt a
/// shell may have left it in the mode of its line editor, and a signal would stop the shell's own work too.
struct TypedLines<'a> {
    terminal: &'a Terminal,
    before: Termios,
}

impl<'a> TypedLines<'a> {
    fn new(terminal: &'a Terminal) -> Result<Self> {
        let before = termios::tcgetattr(&terminal.file).context("could not ask on the terminal")?;
        let mut modes = before.clone();
        modes.input_modes |= InputModes::ICRNL;
        modes.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
        modes.local_modes |= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHOE;
        modes.local_modes -= LocalModes::ISIG;
        modes.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        // Flushing drops what was typed ahead, which was not meant as an answer.
        termios::tcsetattr(&terminal.file, OptionalActions::Flush, &modes)
            .context("could not ask on the terminal")?;
        Ok(Self { terminal, before })
    }
}

impl Drop for TypedLines<'_> {
    fn drop(&mut self) {
        let _ = termios::tcsetattr(&self.terminal.file, OptionalActions::Drain, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

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
