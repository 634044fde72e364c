//! The options of `awsenv config`.

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::commands;
use crate::commands::exit::Exit;
use crate::system::context::Context;

#[derive(Debug, Args)]
pub(super) struct Config {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List all settings; `awsenv config` alone does the same
    List {
        /// Show where each value comes from
        #[arg(long)]
        origin: bool,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Print the value of a setting
    Get {
        /// The setting
        key: String,
    },
    /// Write a setting into the settings file
    Set {
        /// The setting
        key: String,
        /// Its value, as in the file
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Remove a setting from the settings file
    Unset {
        /// The setting
        key: String,
    },
    /// Print the path of the settings file
    Path,
    /// Open the settings file in your editor, and check what you wrote
    Edit,
}

impl Config {
    pub(super) fn run(self, ctx: &Context) -> Result<Exit> {
        match self.action {
            None => commands::config::list(ctx, false, false),
            Some(Action::List { origin, json }) => commands::config::list(ctx, origin, json),
            Some(Action::Get { key }) => commands::config::get(ctx, &key),
            Some(Action::Set { key, value }) => commands::config::set(ctx, &key, &value),
            Some(Action::Unset { key }) => commands::config::unset(ctx, &key),
            Some(Action::Path) => commands::config::path(ctx),
            Some(Action::Edit) => commands::config::edit(ctx),
        }
    }
}
