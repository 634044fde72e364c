//! The shell that a person is put into.

use std::io::{Write as _, stderr};
use std::process::Command;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result};
use awsenv_emulator::Person;
use rustix::process::{Pid, Signal, kill_process};

const WELCOME: &str = "\
This is a throw-away home with an AWS of its own on 127.0.0.1; `exit` removes both. Try:
  cd src/acme/api     and do what it says, the login too; then `awsenv status`, and `cd ~`
  cd ../infra         another account, with the same login; edit its .awsenv and see
  awsenv exec --profile deploy -- env | grep AWS_
";

const ALLOWED_BY_ITSELF: &str = "\
Nobody can click on a login page of this machine from where you are, so each login is allowed by itself.
";

/// The shell that runs, if any: it is told when the playground is to end.
static SHELL: Mutex<Option<Pid>> = Mutex::new(None);
static ENDED: Condvar = Condvar::new();

/// Runs the shell on the person's terminal until it ends.
pub fn run(mut command: Command, person: Person) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    stderr().write_all(WELCOME.as_bytes())?;
    if person == Person::Approves {
        stderr().write_all(ALLOWED_BY_ITSELF.as_bytes())?;
    }
    let mut child = command.spawn().with_context(|| format!("could not start {name}"))?;
    set(Some(Pid::from_child(&child)));
    // The exit code is that of the last command typed, and says nothing about the playground.
    let ended = child.wait();
    set(None);
    ended?;
    Ok(())
}

/// Ends the shell as a closed window would, and waits until it has ended. Returns false if there is none.
pub fn hang_up() -> bool {
    // A shell that is about to read a key notices a signal only when the next one interrupts the reading.
    let signals = [Signal::HUP; 20].into_iter().chain([Signal::KILL]);
    let Some(mut shell) = SHELL.lock().ok().filter(|shell| shell.is_some()) else { return false };
    for signal in signals {
        let Some(pid) = *shell else { break };
        let _ = kill_process(pid, signal);
        let Ok((after, _)) = ENDED.wait_timeout(shell, Duration::from_millis(100)) else { break };
        shell = after;
    }
    true
}

fn set(pid: Option<Pid>) {
    if let Ok(mut shell) = SHELL.lock() {
        *shell = pid;
        ENDED.notify_all();
    }
}
