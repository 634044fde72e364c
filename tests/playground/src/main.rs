//! `awsenv-playground [SHELL]`: opens a shell in a throw-away home where awsenv works, without an AWS
//! account. With no terminal it plays a tour in that shell instead, and fails if a step does not show what it
//! should. `--picture` draws the session in the README.

use std::io::{IsTerminal as _, Write as _, stderr, stdin, stdout};
use std::process::ExitCode;

use anyhow::Result;
use awsenv_playground::{Playground, Shell, browser};

fn main() -> ExitCode {
    let result = run();
    if let Err(error) = &result {
        let _ = writeln!(stderr(), "playground: error: {error:#}");
    }
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let asked = args.next();
    if let (Some("--visit"), Some(url)) = (asked.as_deref(), args.next()) {
        return browser::visit(&url);
    }
    if asked.as_deref() == Some("--picture") {
        let playground = Playground::new(&std::env::current_exe()?)?;
        return Ok(stdout().write_all(playground.picture()?.as_bytes())?);
    }
    let own = std::env::var("SHELL").ok();
    let shell = Shell::choose(asked.as_deref(), own.as_deref())?;
    let playground = Playground::new(&std::env::current_exe()?)?;
    playground.clean_up_at_signals()?;
    if stdin().is_terminal() && stdout().is_terminal() {
        playground.open(shell)
    } else {
        playground.tour(shell, &mut stdout())
    }
}
