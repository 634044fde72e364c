//! `awsenv completions SHELL`: the script that completes command lines, and what is printed when it asks.

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::shell;
use crate::terminal::output;
use crate::text::sanitize;

/// Prints the script for a shell.
pub fn run(name: &str) -> Result<Exit> {
    let Some(script) = shell::find(name).and_then(shell::Shell::completions) else {
        let names: Vec<_> = shell::names_with_completions().collect();
        let failure = Failure::new(format!("there are no completions for `{}`", sanitize::shown(name)));
        let hint = format!("name one of `{}`", names.join("`, `"));
        return Err(failure.hint(hint).kind(FailureKind::Usage).into());
    };
    output::print(script.as_bytes())?;
    Ok(Exit::Success)
}

/// Prints what is offered for a word, in the form that the scripts read.
pub fn print_answer(answer: &str) -> Exit {
    match output::print(answer.as_bytes()) {
        Ok(()) => Exit::Success,
        Err(_) => Exit::Failure,
    }
}
