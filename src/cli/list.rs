//! The options of the commands that list.

use anyhow::Result;
use clap::Args;

use crate::cli::target::SessionArgs;
use crate::commands;
use crate::commands::exit::Exit;
use crate::system::context::Context;

#[derive(Debug, Args)]
pub(super) struct Accounts {
    /// Words in the account's name or number, or in the role
    words: Vec<String>,
    #[command(flatten)]
    session: SessionArgs,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ProfilesArgs {
    /// Words in the profile's name, account or role
    words: Vec<String>,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

impl Accounts {
    pub(super) fn run(self, ctx: &Context) -> Result<Exit> {
        commands::accounts::run(ctx, &self.session.argument(), &self.words, self.json)
    }
}

impl ProfilesArgs {
    pub(super) fn run(&self, ctx: &Context) -> Result<Exit> {
        commands::profiles::run(ctx, &self.words, self.json)
    }
}
