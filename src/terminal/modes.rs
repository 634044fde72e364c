//! Sets a terminal to pass every key to the program, and restores it however the process ends.
//!
//! A person can kill a program that asks, close its window, or stop it and continue it in the foreground,
//! after the shell has set its own modes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use rustix::termios::{
    self, InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios,
};
use signal_hook::consts::SIGCONT;

use crate::system::interrupt::{self, AtInterrupt, at_interrupt};
use crate::terminal::Terminal;

/// The character code that disables a special key of the terminal (`_POSIX_VDISABLE`).
const OFF: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };

/// The terminals whose modes were changed.
static CHANGED: Mutex<Vec<Terminal>> = Mutex::new(Vec::new());

/// What Ctrl-C does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// It is a key like others.
    Key,
    /// It sends SIGINT, which [`at_interrupt`] handles.
    Signal,
}

/// Makes a terminal pass every key on and echo none, until this is dropped.
pub struct KeyModes<'a> {
    terminal: &'a Terminal,
    modes: Termios,
    was_stopped: Arc<AtomicBool>,
    _at_interrupt: Option<AtInterrupt>,
}

impl<'a> KeyModes<'a> {
    /// Changes the terminal. `typed_ahead` says whether keys typed before count.
    pub fn set(terminal: &'a Terminal, interrupt: Interrupt, typed_ahead: bool) -> Result<Self> {
        let before = termios::tcgetattr(&terminal.file).context("could not ask on the terminal")?;
        let mut modes = before.clone();
        modes.input_modes -= InputModes::ICRNL | InputModes::INLCR | InputModes::IGNCR | InputModes::IXON;
        modes.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
        modes.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::IEXTEN;
        modes.local_modes.set(LocalModes::ISIG, interrupt == Interrupt::Signal);
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        // Ctrl-Z would leave the shell without its echo.
        modes.special_codes[SpecialCodeIndex::VSUSP] = OFF;
        modes.special_codes[SpecialCodeIndex::VQUIT] = OFF;
        interrupt::before_end(restore_all);
        let was_stopped = Arc::new(AtomicBool::new(false));
        let _ = signal_hook::flag::register(SIGCONT, Arc::clone(&was_stopped));
        *terminal.before.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        changed().extend(terminal.again());
        let for_interrupt =
            terminal.again().filter(|_| interrupt == Interrupt::Signal && !interrupt::is_armed());
        let own = for_interrupt.map(|terminal| at_interrupt(move || terminal.restore()));
        let this = Self { terminal, modes, was_stopped, _at_interrupt: own };
        let action = if typed_ahead { OptionalActions::Drain } else { OptionalActions::Flush };
        termios::tcsetattr(&terminal.file, action, &this.modes).context("could not ask on the terminal")?;
        Ok(this)
    }

    /// Sets the modes again if the process was stopped meanwhile. Returns whether it was.
    pub fn set_again(&self) -> bool {
        let was_stopped = self.was_stopped.swap(false, Ordering::Relaxed);
        if was_stopped {
            let _ = termios::tcsetattr(&self.terminal.file, OptionalActions::Drain, &self.modes);
        }
        was_stopped
    }
}

impl Drop for KeyModes<'_> {
    fn drop(&mut self) {
        self.terminal.restore();
        changed().pop();
    }
}

impl Terminal {
    /// Restores the modes of before the open question, if there is one.
    pub fn restore(&self) {
        if let Some(before) = self.before.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = termios::tcsetattr(&self.file, OptionalActions::Now, &before);
        }
    }

    /// Returns whether this process is in the foreground: else a change would stop it (SIGTTOU).
    fn is_ours(&self) -> bool {
        termios::tcgetpgrp(&self.file).is_ok_and(|group| group == rustix::process::getpgrp())
    }
}

fn changed() -> std::sync::MutexGuard<'static, Vec<Terminal>> {
    CHANGED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Restores the terminals that this process may still change, before a signal ends it.
fn restore_all() {
    changed().iter().filter(|terminal| terminal.is_ours()).for_each(Terminal::restore);
}
