//! Reads keys from a terminal.

use std::io::{ErrorKind, Read as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{self, QueueSelector};
use zeroize::{Zeroize as _, Zeroizing};

use super::Terminal;
use super::key::{self, Key};
use super::modes::{Interrupt, KeyModes};
use crate::failure::Failure;

/// How long to wait for the rest of a key's sequence after its escape character: a slow connection may split
/// it.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// Reads every key of the terminal until it is dropped. Nothing is echoed.
pub struct Keyboard<'a> {
    terminal: &'a Terminal,
    modes: KeyModes<'a>,
    pending: Zeroizing<Vec<u8>>,
}

impl<'a> Keyboard<'a> {
    /// Takes over the terminal. Keys typed ahead count, and Ctrl-C is a key.
    pub fn new(terminal: &'a Terminal) -> Result<Self> {
        Self::with(terminal, Interrupt::Key, true)
    }

    /// Takes over the terminal and drops keys typed ahead, which must not answer the question.
    pub fn fresh(terminal: &'a Terminal, interrupt: Interrupt) -> Result<Self> {
        Self::with(terminal, interrupt, false)
    }

    fn with(terminal: &'a Terminal, interrupt: Interrupt, typed_ahead: bool) -> Result<Self> {
        let modes = KeyModes::set(terminal, interrupt, typed_ahead)?;
        Ok(Self { terminal, modes, pending: Zeroizing::new(Vec::with_capacity(2048)) })
    }

    /// Drops what was typed until now.
    pub fn flush(&mut self) -> Result<()> {
        self.pending.zeroize();
        termios::tcflush(&self.terminal.file, QueueSelector::IFlush).context("could not ask on the terminal")
    }

    /// Waits for the next key. An error if the terminal is gone.
    pub fn next(&mut self) -> Result<Key> {
        loop {
            if let Some(key) = self.next_by(None)? {
                return Ok(key);
            }
        }
    }

    /// [`Keyboard::next`], but `None` if there is none by `deadline`.
    pub fn next_by(&mut self, deadline: Option<Instant>) -> Result<Option<Key>> {
        loop {
            if let Some(key) = key::take(&mut self.pending, false) {
                return Ok(Some(key));
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let patience = match left {
                _ if !self.pending.is_empty() => Some(PATIENCE),
                Some(Duration::ZERO) => return Ok(None),
                left => left.and_then(|left| Timespec::try_from(left).ok()),
            };
            let mut fds = [PollFd::new(&self.terminal.file, PollFlags::IN)];
            match poll(&mut fds, patience.as_ref()) {
                // The caller draws again: the shell may have printed over it.
                Err(rustix::io::Errno::INTR) if self.modes.set_again() => return Ok(Some(Key::Other)),
                Err(rustix::io::Errno::INTR) => continue,
                Ok(0) => match key::take(&mut self.pending, true) {
                    Some(key) => return Ok(Some(key)),
                    None => continue,
                },
                ready => drop(ready.context("could not read from the terminal")?),
            }
            let mut bytes = Zeroizing::new([0; 1024]);
            match (&self.terminal.file).read(&mut *bytes) {
                Ok(0) => return Err(Failure::new("could not read from the terminal: it is closed").into()),
                Ok(length) => self.pending.extend_from_slice(&bytes[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("could not read from the terminal"),
            }
        }
    }

    /// Returns whether more keys wait, so that drawing can wait too.
    pub fn has_more(&self) -> bool {
        let mut fds = [PollFd::new(&self.terminal.file, PollFlags::IN)];
        !self.pending.is_empty() || poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })) == Ok(1)
    }
}
