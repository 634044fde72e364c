//! `awsenv use`: the hook's shell function acts on the calling shell, so the program itself cannot.

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::failure::Failure;

/// Says why nothing happened: the shell has no hook.
pub fn run() -> Result<Exit> {
    Err(Failure::new(
        "could not use a profile: this shell has no hook, and no program can change the shell that started it",
    )
    .hint("add the hook, see `awsenv hook --help`, and open a new shell; for one command there is `awsenv exec`")
    .into())
}
