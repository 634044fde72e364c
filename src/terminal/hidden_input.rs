//! Questions whose answers are not shown while they are typed: codes, keys, pasted secrets.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::terminal::Terminal;
use crate::terminal::key::Key;
use crate::terminal::keyboard::Keyboard;
use crate::terminal::line_editor::LineEditor;
use crate::terminal::modes::Interrupt;
use crate::values::secret::Secret;

/// A terminal that echoes nothing until this is dropped: neither during a question, nor while the answer is
/// checked.
pub struct Hidden<'a> {
    terminal: &'a Terminal,
    keyboard: RefCell<Keyboard<'a>>,
}

impl Hidden<'_> {
    /// Asks, and returns what the person typed, trimmed; `None` if the person cancelled with Escape or
    /// Ctrl-D, or did not press Enter within `patience`. What was typed before the question does not count.
    pub fn ask(&self, question: &str, patience: Duration) -> Result<Option<Secret>> {
        self.keyboard.borrow_mut().flush()?;
        self.terminal.write(&format!("awsenv: {question} "));
        let typed = self.line(patience);
        self.terminal.write("\n");
        typed
    }

    fn line(&self, patience: Duration) -> Result<Option<Secret>> {
        let deadline = Instant::now() + patience;
        let mut line = LineEditor::default();
        loop {
            match self.keyboard.borrow_mut().next_by(Some(deadline))? {
                None | Some(Key::Escape) => return Ok(None),
                Some(Key::Control('d')) if line.text().is_empty() => return Ok(None),
                Some(Key::Enter) => return Ok(Some(Secret::new(line.text().trim()))),
                Some(key) => drop(line.apply(key)),
            }
        }
    }
}

impl Terminal {
    /// Stops the echo. Ctrl-C stays a signal: its handler restores the terminal ([`Terminal::restore`]).
    pub fn hide(&self) -> Result<Hidden<'_>> {
        Ok(Hidden { terminal: self, keyboard: RefCell::new(Keyboard::fresh(self, Interrupt::Signal)?) })
    }
}
