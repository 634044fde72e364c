//! A terminal that hands over every key, until it is dropped.

use std::io::{ErrorKind, Read as _};

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    self, InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios,
};

use super::Terminal;
use super::key::{self, Key};
use crate::failure::Failure;

/// How long an escape character waits for the rest of a key's sequence. Over a slow connection they come
/// apart.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// Keys as they are pressed: nothing is echoed, and Ctrl-C is a key.
pub struct Keyboard<'a> {
    terminal: &'a Terminal,
    before: Termios,
    pending: Vec<u8>,
}

impl<'a> Keyboard<'a> {
    /// Takes over the terminal. What was typed ahead counts.
    pub fn new(terminal: &'a Terminal) -> Result<Self> {
        let before = termios::tcgetattr(&terminal.file).context("could not ask on the terminal")?;
        let mut modes = before.clone();
        modes.input_modes -= InputModes::ICRNL | InputModes::INLCR | InputModes::IGNCR | InputModes::IXON;
        modes.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
        modes.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN;
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        termios::tcsetattr(&terminal.file, OptionalActions::Drain, &modes)
            .context("could not ask on the terminal")?;
        Ok(Self { terminal, before, pending: Vec::new() })
    }

    /// Waits for the next key. An error if the terminal is gone.
    pub fn next(&mut self) -> Result<Key> {
        loop {
            if let Some(key) = key::take(&mut self.pending, false) {
                return Ok(key);
            }
            let patience = (!self.pending.is_empty()).then_some(&PATIENCE);
            let mut fds = [PollFd::new(&self.terminal.file, PollFlags::IN)];
            match poll(&mut fds, patience) {
                Err(rustix::io::Errno::INTR) => continue,
                Ok(0) => match key::take(&mut self.pending, true) {
                    Some(key) => return Ok(key),
                    None => continue,
                },
                ready => drop(ready.context("could not read from the terminal")?),
            }
            let mut bytes = [0; 1024];
            match (&self.terminal.file).read(&mut bytes) {
                Ok(0) => return Err(Failure::new("could not read from the terminal: it is closed").into()),
                Ok(length) => self.pending.extend_from_slice(&bytes[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("could not read from the terminal"),
            }
        }
    }

    /// Returns whether more keys wait: what is drawn meanwhile would be drawn over at once.
    pub fn has_more(&self) -> bool {
        let mut fds = [PollFd::new(&self.terminal.file, PollFlags::IN)];
        !self.pending.is_empty() || poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })) == Ok(1)
    }
}

impl Drop for Keyboard<'_> {
    fn drop(&mut self) {
        let _ = termios::tcsetattr(&self.terminal.file, OptionalActions::Drain, &self.before);
    }
}
