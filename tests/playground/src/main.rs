//! `awsenv-playground [SHELL]`: opens a shell in a throw-away home where awsenv works, without an AWS account. With no terminal
//! it plays a tour in that shell instead, and fails if a step does not show what it should.

use std::io::{IsTerminal as _, Write as _, stderr, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use anyhow::{Context as _, Result, ensure};
use awsenv_emulator::Emulator;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use home::Home;
use session::Session;
use shell::Shell;

mod home;
mod interactive;
mod session;
mod shell;
mod sign_in;
mod tour;

// The terminal of the tests is the terminal of the tour.
#[allow(
    dead_code,
    clippy::expect_used,
    reason = "the tests use more of it, and a failure there ends the tour"
)]
#[path = "../../it/screen.rs"]
mod screen;
#[allow(
    dead_code,
    clippy::expect_used,
    reason = "the tests use more of it, and a failure there ends the tour"
)]
#[path = "../../it/terminal.rs"]
mod terminal;

fn main() -> ExitCode {
    let result = run();
    if let Err(error) = &result {
        let _ = writeln!(stderr(), "playground: error: {error:#}");
    }
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Result<()> {
    let asked = std::env::args().nth(1);
    let own = std::env::var("SHELL").ok();
    let shell = Shell::choose(asked.as_deref(), own.as_deref())?;
    let program = program()?;
    let emulator = Emulator::start_on(0).context("could not start the emulator")?;
    // As long as a sign-in lasts, so that nobody has to log in again while playing.
    emulator.with(|state| state.lifetimes.access_token = state.lifetimes.session);
    let home = Home::new(&program)?;
    clean_up_at_signals(home.root())?;
    sign_in::sign_in(&emulator, &home.path())?;
    if stdin().is_terminal() && stdout().is_terminal() {
        return interactive::run(home.shell(shell, "", &emulator)?);
    }
    let mut command = home.shell(shell, shell.marks(), &emulator)?;
    // What the terminal of the tour understands.
    command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
    tour::play(Session::start(command), &emulator, &mut stdout())
}

/// Returns the path of awsenv, which is built into the same folder as this program.
fn program() -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("awsenv");
    ensure!(program.exists(), "could not find {}; `cargo build --workspace` builds it", program.display());
    Ok(program)
}

/// Removes the home also if the playground is told to end. A shell on the person's terminal is told, and the rest
/// follows; the tour's shell ends with its terminal.
fn clean_up_at_signals(folder: &Path) -> Result<()> {
    let folder = folder.to_owned();
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if !interactive::hang_up() {
                let _ = std::fs::remove_dir_all(&folder);
                std::process::exit(128 + signal);
            }
        }
    });
    Ok(())
}
