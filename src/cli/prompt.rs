//! The options of `awsenv prompt`.

use std::ffi::OsString;

use anyhow::Result;
use clap::Args;

use crate::commands;
use crate::commands::exit::Exit;
use crate::system::context::Context;

#[derive(Debug, Args)]
pub(super) struct Prompt {
    /// The form of the line [default: `{profile}[ {region}][ {left}][ {guarded}][ for {term}]`]
    #[arg(long, value_name = "TEXT")]
    format: Option<String>,
}

impl Prompt {
    pub(super) fn run(&self, ctx: &Context) -> Result<Exit> {
        commands::prompt::run(ctx, self.format.as_deref())
    }
}

/// Reads `awsenv prompt [--format TEXT]` without the parser: each prompt may wait for it.
pub(super) fn alone(args: &[OsString]) -> Option<Prompt> {
    let format = match args {
        [_, _] => None,
        [_, _, option, format] if option == "--format" => Some(format.to_str()?.to_owned()),
        _ => return None,
    };
    args.get(1).is_some_and(|command| command == "prompt").then_some(Prompt { format })
}
