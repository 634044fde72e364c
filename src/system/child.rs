//! Runs a program for what it prints, with a limit on its output and on its time.

use std::fmt;
use std::io::{ErrorKind, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use zeroize::Zeroizing;

use crate::system::core_dump;
use crate::system::environment::Environment;

/// The longest output, in bytes. Real ones, with long session tokens, stay under 10 KiB.
const MOST: usize = 64 * 1024;

/// How often it is checked whether a program that closed its output has ended. Most end at once.
const LOOK: Duration = Duration::from_millis(5);

/// Why there is no output.
#[derive(Debug)]
pub enum ChildError {
    /// It could not be started.
    NotStarted(ErrorKind),
    /// Its output could not be read.
    Unread(ErrorKind),
    /// It took longer than this, and was killed.
    Late(Duration),
    /// It printed more than 64 KiB, and was killed.
    TooMuch,
    /// It ended with an exit code other than 0, or by a signal.
    Failed(ChildEnd),
}

/// How a program ended.
#[derive(Debug)]
pub struct ChildEnd(ExitStatus);

impl fmt::Display for ChildEnd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.code(), self.0.signal()) {
            (Some(code), _) => write!(out, "exit code {code}"),
            (None, Some(signal)) => write!(out, "signal {signal}"),
            (None, None) => out.write_str("an error"),
        }
    }
}

impl fmt::Display for ChildError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(error) => write!(out, "could not be started: {error}"),
            Self::Unread(error) => write!(out, "could not be read from: {error}"),
            Self::Late(bound) => {
                write!(out, "was not done after {} seconds, and was stopped", bound.as_secs())
            }
            Self::TooMuch => out.write_str("printed more than 64 KiB, and was stopped"),
            Self::Failed(end) => write!(out, "ended with {end}"),
        }
    }
}

/// The standard input of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The one of this process: the program can ask a person.
    Shared,
    /// Nothing.
    None,
}

/// Runs a program and returns its standard output, which may hold keys: no copy of it stays in memory. Its
/// standard error is this process's. If it takes longer than `bound` or prints more than 64 KiB, it is
/// killed. Programs that it started may live on, and are not waited for.
pub fn run(
    program: &Path,
    args: &[String],
    env: &Environment,
    input: Input,
    bound: Duration,
) -> Result<Zeroizing<Vec<u8>>, ChildError> {
    let end = Instant::now() + bound;
    let mut command = Command::new(program);
    command
        .args(args)
        .env_clear()
        .envs(env.iter())
        .stdin(if input == Input::Shared { Stdio::inherit() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let mut child =
        core_dump::starting(|| command.spawn()).map_err(|error| ChildError::NotStarted(error.kind()))?;
    let answer = child.stdout.take().ok_or(ChildError::Unread(ErrorKind::NotFound)).and_then(|mut pipe| {
        let answer = read(&mut pipe, bound, end)?;
        wait(&mut child, bound, end).map(|()| answer)
    });
    if answer.is_err() {
        // Both fail for a program that has ended already, which is fine.
        let _ = child.kill();
        let _ = child.wait();
    }
    answer
}

fn read(pipe: &mut ChildStdout, bound: Duration, end: Instant) -> Result<Zeroizing<Vec<u8>>, ChildError> {
    let mut buffer = Zeroizing::new([0; 4096]);
    // Room for all at once: a vector that grows leaves copies behind.
    let mut answer = Zeroizing::new(Vec::with_capacity(MOST + buffer.len()));
    loop {
        let left = end.checked_duration_since(Instant::now()).ok_or(ChildError::Late(bound))?;
        let left = Timespec::try_from(left).map_err(|_| ChildError::Late(bound))?;
        match rustix::event::poll(&mut [PollFd::new(pipe, PollFlags::IN)], Some(&left)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(ChildError::Unread(std::io::Error::from(error).kind())),
        }
        match pipe.read(&mut *buffer) {
            Ok(0) => return Ok(answer),
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(ChildError::Unread(error.kind())),
        }
        if answer.len() > MOST {
            return Err(ChildError::TooMuch);
        }
    }
}

fn wait(child: &mut Child, bound: Duration, end: Instant) -> Result<(), ChildError> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(ChildError::Failed(ChildEnd(status))),
            Ok(None) if Instant::now() >= end => return Err(ChildError::Late(bound)),
            Ok(None) => thread::sleep(LOOK),
            Err(error) => return Err(ChildError::Unread(error.kind())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    fn sh(script: &str, bound: Duration) -> Result<Zeroizing<Vec<u8>>, ChildError> {
        let mut env = Environment::default();
        env.set("ONLY", "this");
        run(Path::new("/bin/sh"), &["-c".to_owned(), script.to_owned()], &env, Input::Shared, bound)
    }

    fn is_gone(pid: &[u8]) -> bool {
        let pid = String::from_utf8(pid.to_vec()).unwrap().trim().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::test_kill_process(pid).is_err()
    }

    #[test]
    fn the_output_is_returned_and_the_environment_is_what_was_given() {
        assert_eq!(*sh("printf %s \"$ONLY\"; printf %s \"${HOME-none}\"", LONG).unwrap(), b"thisnone");
    }

    #[test]
    fn a_bad_end_is_told() {
        let end = |script| sh(script, LONG).map_err(|trouble| format!("{trouble:?}")).unwrap_err();
        assert!(end("echo x; exit 3").starts_with("Failed"));
        let told = |script| match sh(script, LONG) {
            Err(ChildError::Failed(end)) => end.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(told("exit 3"), "exit code 3");
        assert_eq!(told("kill -9 $$"), "signal 9");
        let missing = run(Path::new("/nowhere"), &[], &Environment::default(), Input::None, LONG);
        assert!(matches!(missing, Err(ChildError::NotStarted(ErrorKind::NotFound))), "{missing:?}");
    }

    #[test]
    fn endless_output_is_cut_off_and_its_program_killed() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("echo $$ >{}; exec cat /dev/zero", pid.display());
        assert!(matches!(sh(&script, LONG), Err(ChildError::TooMuch)));
        assert!(is_gone(&std::fs::read(pid).unwrap()));
    }

    #[test]
    fn who_hangs_is_killed_whether_its_output_is_open_or_closed() {
        let folder = tempfile::tempdir().unwrap();
        for close in ["", "exec >&-; "] {
            let pid = folder.path().join("pid");
            let script = format!("echo $$ >{}; {close}exec sleep 1000", pid.display());
            // Long enough to write the file, and what the test waits for is the bound itself.
            let hung = sh(&script, Duration::from_millis(500));
            assert!(matches!(hung, Err(ChildError::Late(_))), "{hung:?}");
            assert!(is_gone(&std::fs::read(&pid).unwrap()), "{close}");
        }
    }

    #[test]
    fn what_a_killed_program_started_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("sleep 1000 2>/dev/null & echo $! >{}; wait", pid.display());
        assert!(matches!(sh(&script, Duration::from_millis(500)), Err(ChildError::Late(_))));
        let pid = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        // It is there to be ended, and did not keep this test.
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    }
}
