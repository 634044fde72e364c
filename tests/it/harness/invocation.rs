//! One run of a program without a shell around it, and what is expected of it: success and a silent standard
//! error, unless the test says otherwise.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use similar::TextDiff;

use crate::harness::terminal;
use crate::harness::world::World;

/// How long a run may take. Far longer than any needs, so that one that hangs fails.
const DEADLINE: Duration = Duration::from_secs(30);

/// A run that is about to start, with its expectations.
pub struct Invocation<'w> {
    world: &'w World,
    command: Command,
    stdin: Option<Vec<u8>>,
    code: Option<i32>,
    stderr: Option<String>,
}

/// The result of a run.
#[derive(Debug)]
pub struct Output {
    /// The exit code; 128 plus the signal's number if one ended the run, as in a shell.
    pub code: i32,
    /// Standard output, which must be UTF-8.
    pub stdout: String,
    /// Standard error, which must be UTF-8.
    pub stderr: String,
}

impl Output {
    /// Returns standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("standard output is not JSON: {error}\n{}", self.stdout))
    }
}

impl<'w> Invocation<'w> {
    pub(crate) fn new<A: AsRef<OsStr>>(
        world: &'w World,
        program: &Path,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut command = without_terminal(program);
        command.args(args).env_clear().envs(world.env()).current_dir(world.home());
        Self { world, command, stdin: None, code: Some(0), stderr: Some(String::new()) }
    }

    /// Runs in another directory. A relative one starts at the home directory.
    pub fn current_dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(self.world.at(dir));
        self
    }

    /// Sets a variable for this run.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable out for this run.
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Takes every variable out for this run, the world's own included: `HOME` and `PATH` too.
    pub fn env_clear(mut self) -> Self {
        self.command.env_clear();
        self
    }

    /// Sends this to standard input, which is otherwise empty.
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(text.into());
        self
    }

    /// Expects this exit code.
    pub fn code(mut self, code: i32) -> Self {
        self.code = Some(code);
        self
    }

    /// Expects exactly this on standard error, where `<world>` stands for the path of the world.
    pub fn stderr(mut self, expected: impl Into<String>) -> Self {
        self.stderr = Some(expected.into());
        self
    }

    /// Leaves the exit code and standard error to the test.
    pub fn unchecked(mut self) -> Self {
        (self.code, self.stderr) = (None, None);
        self
    }

    /// Runs it and checks what is expected.
    pub fn run(mut self) -> Output {
        let call = self.world.shown(&format!("{:?}", self.command));
        let output = self.finish(&call);
        if let Some(expected) = &self.stderr {
            let shown = self.world.shown(&output.stderr);
            assert!(*expected == shown, "unexpected standard error from {call}\n{}", diff(expected, &shown));
        }
        if let Some(code) = self.code {
            assert!(code == output.code, "{call} ended with {}, not {code}\n{output:#?}", output.code);
        }
        output
    }

    fn finish(&mut self, call: &str) -> Output {
        let stdin = if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = terminal::spawn(|| self.command.spawn()).expect("the program starts");
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), self.stdin.take()) {
            // Fails if the program does not read its input, which is fine.
            thread::spawn(move || pipe.write_all(&text));
        }
        let pid = rustix::process::Pid::from_child(&child);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(finished) = receiver.recv_timeout(DEADLINE) else {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            panic!("{call} had not ended after {} seconds", DEADLINE.as_secs());
        };
        let finished = finished.expect("the program can be waited for");
        let code = finished.status.code();
        Output {
            code: code.unwrap_or_else(|| 128 + finished.status.signal().unwrap_or_default()),
            stdout: String::from_utf8(finished.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(finished.stderr).expect("standard error is UTF-8"),
        }
    }
}

/// Starts the program in a session of its own, so that it has no terminal to ask on even if the person who
/// runs the tests sits at one. `setsid` becomes the program; it starts no second process.
fn without_terminal(program: &Path) -> Command {
    let setsid = PathBuf::from("/usr/bin/setsid");
    if !setsid.exists() {
        return Command::new(program);
    }
    let mut command = Command::new(setsid);
    command.arg(program);
    command
}

/// Returns the two texts as a unified diff.
pub fn diff(expected: &str, actual: &str) -> String {
    TextDiff::from_lines(expected, actual).unified_diff().header("expected", "actual").to_string()
}
