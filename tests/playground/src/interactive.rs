//! The shell that a person is put into.

use std::io::{Write as _, stderr};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

const WELCOME: &str = "
This is a throw-away home with an AWS of its own on 127.0.0.1; `exit` removes both. Try:
  cd src/acme/api     and do what it says; then awsenv status, and cd ~
  cd ../infra         another account, in one step; edit its .awsenv and see
  awsenv exec --profile deploy -- env | grep AWS_
";

/// The shell that runs, if any: it is told when the playground is to end.
static SHELL: Mutex<Option<Pid>> = Mutex::new(None);

/// Runs the shell on the person's terminal until it ends.
pub fn run(mut command: Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    stderr().write_all(WELCOME.trim_start().as_bytes())?;
    let mut child = command.spawn().with_context(|| format!("could not start {name}"))?;
    set(Some(Pid::from_child(&child)));
    // The exit code is that of the last command typed, and says nothing about the playground.
    let ended = child.wait();
    set(None);
    ended?;
    Ok(())
}

/// Ends the shell as a closed window would. Returns false if there is none.
pub fn hang_up() -> bool {
    let shell = SHELL.lock().map(|shell| *shell).unwrap_or_default();
    shell.is_some_and(|pid| kill_process(pid, Signal::HUP).is_ok())
}

fn set(pid: Option<Pid>) {
    if let Ok(mut shell) = SHELL.lock() {
        *shell = pid;
    }
}
