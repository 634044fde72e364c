//! The options of `awsenv config`.

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::commands;
use crate::commands::exit::Exit;
use crate::system::context::Context;

#[derive(Debug, Args)]
pub(super) struct Config {
    #[command(subcommand)]
    action: Option<ConfigAction>,
}

#[derive(Debug, Subcommand)]
enum ConfigAction {
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
            Some(ConfigAction::List { origin, json }) => commands::config::list(ctx, origin, json),
            Some(ConfigAction::Get { key }) => commands::config::get(ctx, &key),
            Some(ConfigAction::Set { key, value }) => commands::config::set(ctx, &key, &value),
            Some(ConfigAction::Unset { key }) => commands::config::unset(ctx, &key),
            Some(ConfigAction::Path) => commands::config::path(ctx),
            Some(ConfigAction::Edit) => commands::config::edit(ctx),
        }
    }
}
