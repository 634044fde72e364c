//! Questions whose answers are not shown while they are typed.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::terminal::Terminal;
use crate::terminal::key::Key;
use crate::terminal::keyboard::Keyboard;
use crate::terminal::line_editor::LineEditor;
use crate::terminal::modes::Interrupt;
use crate::values::secret::Secret;

/// A terminal that shows nothing of what is typed, until this is dropped: neither while a question is open,
/// nor while the answer is looked at.
pub struct Hidden<'a> {
    terminal: &'a Terminal,
    keyboard: RefCell<Keyboard<'a>>,
}

impl Hidden<'_> {
    /// Asks, and returns what the person typed, without blanks around it; `None` if the person left the
    /// question with Escape or Ctrl-D, or pressed no Enter for as long as `patience`. What was typed before
    /// the question does not count.
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
    /// Makes the terminal show nothing of what is typed. Ctrl-C is a signal: whoever handles it puts the
    /// terminal back with [`Terminal::restore`].
    pub fn hide(&self) -> Result<Hidden<'_>> {
        Ok(Hidden { terminal: self, keyboard: RefCell::new(Keyboard::fresh(self, Interrupt::Signal)?) })
    }
}
