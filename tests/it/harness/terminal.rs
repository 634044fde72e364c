//! A pseudo-terminal with a program on it: types keys, collects what is printed, and answers the questions
//! that programs ask their terminal.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pty, open};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::screen::{self, COLUMNS};

/// How long anything may keep a test waiting. Far more than a loaded machine needs, since only a failure
/// waits it out.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// What fish asks at its start, and the answer of a terminal with colours: a VT220.
const PRIMARY_ATTRIBUTES: (&[u8], &[u8]) = (b"\x1b[0c", b"\x1b[?62;22c");
/// The short form of the same question.
const PRIMARY_ATTRIBUTES_SHORT: (&[u8], &[u8]) = (b"\x1b[c", b"\x1b[?62;22c");
/// The question for the cursor's position, and the answer: the top left.
const CURSOR_POSITION: (&[u8], &[u8]) = (b"\x1b[6n", b"\x1b[1;1R");

/// Makes starting a process and opening a terminal exclusive: a terminal that is being opened is inheritable
/// for a moment, and a process that another test starts then would keep it open.
static DOOR: Mutex<()> = Mutex::new(());

/// Starts a process while no terminal is being opened.
pub fn spawn<T>(start: impl FnOnce() -> T) -> T {
    let _held = DOOR.lock().unwrap_or_else(PoisonError::into_inner);
    start()
}

/// A program on a pseudo-terminal. It is ended when the value is dropped.
pub struct Terminal {
    // Taken when the terminal is closed.
    pty: Option<Pty>,
    child: Child,
    transcript: Vec<u8>,
    // How much of the transcript was searched for questions.
    answered: usize,
}

impl Terminal {
    /// Starts the program in a session of its own, with the terminal as its controlling terminal.
    pub fn start(command: std::process::Command) -> Self {
        spawn(|| {
            let (pty, pts) = open().expect("a pseudo-terminal");
            pty.resize(pty_process::Size::new(50, COLUMNS.get())).expect("a terminal has a size");
            let child = Command::from(command).spawn(pts).expect("the shell starts");
            Self { pty: Some(pty), child, transcript: Vec::new(), answered: 0 }
        })
    }

    /// Returns the process id of the program.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns everything printed so far, byte by byte, the echo of what was typed included.
    pub fn transcript(&self) -> &[u8] {
        &self.transcript
    }

    /// Types these bytes. What is printed meanwhile is collected, so that neither side waits for the other.
    pub fn type_bytes(&mut self, keys: &[u8]) {
        for chunk in keys.chunks(512) {
            let mut pty = self.pty.as_ref().expect("the terminal is open");
            pty.write_all(chunk).expect("the terminal takes keys");
            self.collect(Duration::ZERO);
        }
    }

    /// Waits until `found` says where something is in what was printed from the offset `start` on.
    /// Fails with everything printed if that takes 30 seconds or the program ends.
    pub fn wait_for<T>(&mut self, what: &str, start: usize, found: impl Fn(&[u8]) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(value) = found(&self.transcript[start..]) {
                return value;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited {DEADLINE:?} for {what}\n{}", self.account());
            let goes_on = self.collect(left);
            let is_over = !goes_on && found(&self.transcript[start..]).is_none();
            assert!(!is_over, "the program ended before {what}\n{}", self.account());
        }
    }

    /// Waits until the program has ended and returns its exit code, or 128 and the number of the signal.
    pub fn wait_for_end(&mut self) -> i32 {
        let deadline = Instant::now() + DEADLINE;
        while self.collect(deadline.saturating_duration_since(Instant::now())) {
            assert!(Instant::now() < deadline, "waited {DEADLINE:?} for the end\n{}", self.account());
        }
        let pid = Pid::from_child(&self.child);
        let (sender, receiver) = mpsc::channel();
        // Leaves the status to be fetched below.
        thread::spawn(move || {
            let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
            sender.send(())
        });
        let ended = receiver.recv_timeout(DEADLINE);
        assert!(ended.is_ok(), "waited {DEADLINE:?} for the end\n{}", self.account());
        let status = self.child.wait().expect("the program can be waited for");
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
    }

    /// Closes the window: the program and what it runs in the foreground get SIGHUP.
    pub fn close(&mut self) {
        self.pty = None;
    }

    /// Collects what is printed within the time, at least once. Returns false if nobody is left to print.
    fn collect(&mut self, patience: Duration) -> bool {
        let Some(pty) = &self.pty else { return false };
        let patience = Timespec::try_from(patience).expect("a short time");
        let mut fds = [PollFd::new(pty, PollFlags::IN)];
        if poll(&mut fds, Some(&patience)).unwrap_or_default() == 0 {
            return true;
        }
        let mut buffer = [0; 8192];
        let mut reader = pty;
        // Linux answers with EIO when no process has the terminal open any more.
        match reader.read(&mut buffer) {
            Ok(0) | Err(_) => false,
            Ok(read) => {
                self.transcript.extend_from_slice(&buffer[..read]);
                self.answer();
                true
            }
        }
    }

    fn answer(&mut self) {
        for (question, answer) in [PRIMARY_ATTRIBUTES, PRIMARY_ATTRIBUTES_SHORT, CURSOR_POSITION] {
            // A question may have arrived in two parts, so the search starts a little earlier.
            let start = self.answered.saturating_sub(question.len() - 1);
            let times = count(&self.transcript[start..], question);
            for _ in 0..times {
                let mut pty = self.pty.as_ref().expect("the question came through it");
                pty.write_all(answer).expect("the terminal takes an answer");
            }
        }
        self.answered = self.transcript.len();
    }

    /// Returns the transcript for a failure: as a person would have seen it, then byte by byte.
    fn account(&self) -> String {
        format!(
            "--- screen ---\n{}\n--- bytes ---\n{}\n",
            screen::render(&self.transcript),
            self.transcript.escape_ascii()
        )
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A shell within the shell need not end with its terminal: nushell may never.
        let group = self.pty.as_ref().and_then(|pty| rustix::termios::tcgetpgrp(pty).ok());
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn count(haystack: &[u8], needle: &[u8]) -> usize {
    haystack.windows(needle.len()).filter(|window| *window == needle).count()
}
