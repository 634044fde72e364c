//! The controlling terminal, for prompts and progress that a person must see even where standard error is
//! captured.
//!
//! Lines have the same form as on standard error. A spinner takes one line, which is cleared at its end.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::io::Errno;
use rustix::termios::Termios;
use signal_hook::consts::SIGHUP;
use signal_hook::low_level;

use crate::system::files;
use crate::text::{duration, sanitize};

pub(crate) mod colour;
pub(crate) mod editor;
mod hidden_input;
mod key;
mod keyboard;
mod line_editor;
pub(crate) mod lock_wait;
pub(crate) mod message;
mod modes;
pub(crate) mod notice;
pub(crate) mod output;
mod painter;
pub(crate) mod picker;
pub mod run_cost;
pub(crate) mod slow_notice;
pub(crate) mod text_input;
mod yes_no;

/// The frames of the spinner.
const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/// How long each frame is shown.
const FRAME: Duration = Duration::from_millis(120);

/// The controlling terminal.
pub struct Terminal {
    file: File,
    /// Whether it is no terminal, but a pipe or a file: nothing is drawn over.
    is_plain: bool,
    /// Whether a spinner turns on it. Locked while a frame is drawn, so that none is drawn after its end.
    turning: Arc<Mutex<bool>>,
    /// Its modes before an open question changed them.
    before: Arc<Mutex<Option<Termios>>>,
}

/// A spinner, which turns until it is dropped.
pub struct Spinner {
    terminal: Terminal,
    stop: Option<Sender<()>>,
}

/// A progress bar, which is shown until it is dropped.
pub struct Bar(ProgressBar);

impl Bar {
    /// Sets how much is done, of how much.
    pub fn set(&self, done: usize, total: usize) {
        let style = ProgressStyle::with_template("{spinner} {msg} {bar:30} {pos}/{len}, Ctrl-C stops");
        if let (None, Ok(style)) = (self.0.length(), style) {
            self.0.set_style(style);
        }
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.terminal.clear_line();
    }
}

impl Terminal {
    /// Opens the controlling terminal; `None` if this process has none.
    pub fn open() -> Option<Self> {
        File::options().read(true).write(true).open("/dev/tty").ok().map(|file| Self::new(file, false))
    }

    fn new(file: File, is_plain: bool) -> Self {
        Self { file, is_plain, turning: Arc::default(), before: Arc::default() }
    }

    /// Returns standard error as a terminal, for lines that need no answer. `None` if it is closed.
    pub fn of_standard_error() -> Option<Self> {
        let error = std::io::stderr();
        let file = File::from(error.as_fd().try_clone_to_owned().ok()?);
        Some(Self::new(file, !error.is_terminal()))
    }

    /// Returns the same terminal, for another thread.
    pub fn again(&self) -> Option<Self> {
        let (file, is_plain) = (self.file.try_clone().ok()?, self.is_plain);
        Some(Self { file, is_plain, turning: Arc::clone(&self.turning), before: Arc::clone(&self.before) })
    }

    /// Returns whether a person can answer on it.
    pub fn is_interactive(&self) -> bool {
        !self.is_plain
    }

    /// Ends the spinner, and clears its line, with any key that was echoed on it.
    pub fn clear_line(&self) {
        let mut turning = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        *turning = false;
        if !self.is_plain {
            self.write("\r\u{1b}[K");
        }
    }

    /// Prints a status line.
    pub fn line(&self, line: &str) {
        self.write(&format!("awsenv: {}\n", sanitize::shown(line)));
    }

    /// Prints a status line above a spinner.
    pub fn line_above(&self, line: &str) {
        let _turning = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        let start = if self.is_plain { "" } else { "\r\u{1b}[K" };
        self.write(&format!("{start}awsenv: {}\n", sanitize::shown(line)));
    }

    /// Prints a line that a person copies, such as a URL. Not sanitized.
    pub fn plain(&self, line: &str) {
        self.write(&format!("  {line}\n"));
    }

    /// Prints a bold line between empty ones. Not sanitized.
    pub fn bold(&self, line: &str) {
        let (start, end) = if self.is_plain { ("", "") } else { ("\u{1b}[1m", "\u{1b}[0m") };
        self.write(&format!("\n  {start}{line}{end}\n\n"));
    }

    /// Puts a text on the clipboard through the terminal, which may be remote (OSC 52).
    pub fn copy(&self, text: &str) {
        if self.is_plain {
            return;
        }
        self.write(&format!("\u{1b}]52;c;{}\u{7}", BASE64_STANDARD.encode(text)));
        self.line("the link is on your clipboard, if your terminal allows that");
    }

    /// Shows what is waited for, and the time left, in one line without a line feed: so a `^C` that the
    /// terminal echoes is on the same line, and is cleared with it. Where nothing can be drawn over it prints
    /// one line and returns `None`, and also if the terminal is gone.
    pub fn spinner(&self, what: &'static str, limit: Duration) -> Option<Spinner> {
        if self.is_plain {
            self.line(&format!(
                "{what}, {}, Ctrl-C stops",
                duration::countdown(TimeDelta::from_std(limit).ok()?)
            ));
            return None;
        }
        let (terminal, drawn) = (self.again()?, self.again()?);
        let (stop, stopped) = mpsc::channel();
        *self.turning.lock().unwrap_or_else(PoisonError::into_inner) = true;
        thread::spawn(move || {
            let begun = Instant::now();
            for frame in FRAMES.iter().cycle() {
                let left = TimeDelta::from_std(limit.saturating_sub(begun.elapsed())).unwrap_or_default();
                let left = duration::countdown(left);
                if drawn.turn(&format!("{frame} {what}, {left}, Ctrl-C stops")).is_err() {
                    hang_up();
                }
                if stopped.recv_timeout(FRAME) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
        });
        Some(Spinner { terminal, stop: Some(stop) })
    }

    /// Draws a frame of the spinner, unless it was ended. An error if the terminal is gone.
    fn turn(&self, line: &str) -> Result<(), Errno> {
        let turning = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        if *turning {
            let line: String = line.chars().take(self.room()).collect();
            let drawn = (&self.file).write_all(format!("\r{line}\u{1b}[K").as_bytes());
            // After any other error the person can still answer.
            if let Err(error) = drawn
                && Errno::from_io_error(&error) == Some(Errno::IO)
            {
                return Err(Errno::IO);
            }
        }
        Ok(())
    }

    /// Returns how many columns a line may take: one that wraps could not be cleared. 79 if the terminal does
    /// not know its size.
    fn room(&self) -> usize {
        const USUAL: u16 = 80;
        let columns = rustix::termios::tcgetwinsize(&self.file).map_or(0, |size| size.ws_col);
        usize::from(if columns == 0 { USUAL } else { columns }) - 1
    }

    /// Shows a progress bar.
    pub fn bar(&self, what: &'static str) -> Bar {
        let bar = ProgressBar::no_length();
        if let (Ok(input), Ok(output), Ok(style)) = (
            self.file.try_clone(),
            self.file.try_clone(),
            ProgressStyle::with_template("{spinner} {msg}, Ctrl-C stops"),
        ) {
            bar.set_draw_target(ProgressDrawTarget::term(Term::read_write_pair(input, output), 20));
            bar.set_style(style);
            bar.set_message(what);
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Bar(bar)
    }

    /// Asks, and waits for Enter. Returns false if the person presses Ctrl-D or Escape instead, or nothing
    /// for
    /// `patience`. What was typed before the question does not count. Ctrl-C is a signal, as for
    /// [`Terminal::hide`].
    pub fn wait_for_enter(&self, question: &str, patience: Duration) -> Result<bool> {
        Ok(self.hide()?.ask(question, patience)?.is_some())
    }

    fn write(&self, text: &str) {
        // An error means that the terminal is gone.
        let _ = (&self.file).write_all(text.as_bytes());
    }
}

/// Ends the process by SIGHUP. The kernel sends that to the shell alone, and a shell that waits for this
/// process, as fish does, does not forward it.
fn hang_up() {
    files::wait_for_writes();
    let _ = low_level::emulate_default_handler(SIGHUP);
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use pty_process::Size;
    use pty_process::blocking::{Pty, open};

    use super::*;

    /// Returns a terminal, and the side of it on which a test types and reads.
    pub fn terminal() -> (Terminal, Pty) {
        let (pty, pts) = open().unwrap();
        let file = File::from(pts.as_fd().try_clone_to_owned().unwrap());
        (Terminal::new(file, false), pty)
    }

    #[test]
    fn a_spinner_fits_its_terminal_and_shows_where_the_size_is_not_known() {
        for (columns, expected) in
            [(0, "⠋ waiting, 10:00 left, Ctrl-C stops\u{1b}[K"), (10, "⠋ waiting\u{1b}[K")]
        {
            let (terminal, mut pty) = terminal();
            pty.resize(Size::new(0, columns)).unwrap();
            let spinner = terminal.spinner("waiting", Duration::from_millis(600_900));
            let mut shown = Vec::new();
            while !shown.ends_with(b"\x1b[K") {
                let mut byte = [0];
                pty.read_exact(&mut byte).unwrap();
                shown.push(byte[0]);
            }
            drop(spinner);
            assert_eq!(String::from_utf8_lossy(&shown), format!("\r{expected}"), "{columns}");
        }
    }
}
