//! Questions whose answers are not shown while they are typed.

use std::io::{ErrorKind, Read as _};
use std::sync::PoisonError;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    self, InputModes, LocalModes, OptionalActions, OutputModes, QueueSelector, SpecialCodeIndex,
};

use crate::terminal::Terminal;
use crate::values::secret::Secret;

/// The longest line that a terminal hands over (Linux).
const LONGEST: usize = 4096;

/// A character code that switches a key of the terminal off (`_POSIX_VDISABLE` on Linux).
const OFF: u8 = 0;

/// A terminal that shows nothing of what is typed, until this is dropped: neither while a question is open,
/// nor while the answer is looked at.
pub struct Hidden<'a>(&'a Terminal);

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        self.0.restore();
    }
}

impl Hidden<'_> {
    /// Asks, and returns what the person typed; `None` if the person ended the input with Ctrl-D, or typed
    /// nothing for as long as `patience`. What was typed before the question does not count.
    pub fn ask(&self, question: &str, patience: Duration) -> Result<Option<Secret>> {
        let terminal = self.0;
        termios::tcflush(&terminal.file, QueueSelector::IFlush).context("could not ask on the terminal")?;
        terminal.write(&format!("awsenv: {question} "));
        let line = terminal.line_within(patience)?;
        if !line.ends_with(b"\n") {
            terminal.write("\n");
        }
        if line.is_empty() {
            return Ok(None);
        }
        Ok(Some(Secret::new(String::from_utf8_lossy(line.trim_ascii()))))
    }
}

impl Terminal {
    /// Puts the terminal back as it was before a question, if one is open.
    pub fn restore(&self) {
        if let Some(before) = self.before.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = termios::tcsetattr(&self.file, OptionalActions::Now, &before);
        }
    }

    /// Makes the terminal show nothing of what is typed, and hand over whole lines: below a prompt a shell
    /// may have left it in the mode of its line editor. Ctrl-C is a signal, whose handler must
    /// [`Terminal::restore`] what is changed here.
    pub fn hide(&self) -> Result<Hidden<'_>> {
        let before = termios::tcgetattr(&self.file).context("could not ask on the terminal")?;
        let mut modes = before.clone();
        modes.input_modes |= InputModes::ICRNL;
        modes.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
        modes.local_modes |= LocalModes::ICANON | LocalModes::ISIG | LocalModes::ECHONL;
        modes.local_modes -= LocalModes::ECHO;
        // To be stopped in the middle would leave the shell without its echo.
        modes.special_codes[SpecialCodeIndex::VSUSP] = OFF;
        *self.before.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        let hidden = Hidden(self);
        termios::tcsetattr(&self.file, OptionalActions::Flush, &modes)
            .context("could not ask on the terminal")?;
        Ok(hidden)
    }

    /// Returns what the terminal hands over, one line at a time; nothing if that takes longer than
    /// `patience`.
    pub(super) fn line_within(&self, patience: Duration) -> Result<Vec<u8>> {
        let patience = Timespec::try_from(patience).ok();
        let mut fds = [PollFd::new(&self.file, PollFlags::IN)];
        let mut line = vec![0; LONGEST];
        loop {
            let ready = match poll(&mut fds, patience.as_ref()) {
                Err(rustix::io::Errno::INTR) => continue,
                ready => ready.context("could not read from the terminal")?,
            };
            if ready == 0 {
                return Ok(Vec::new());
            }
            match (&self.file).read(&mut line) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                length => {
                    line.truncate(length.context("could not read from the terminal")?);
                    return Ok(line);
                }
            }
        }
    }
}
