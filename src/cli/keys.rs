//! The options of `awsenv keys`.

use anyhow::Result;
use clap::Subcommand;

use crate::commands;
use crate::commands::exit::Exit;
use crate::system::context::Context;

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Ask for a pair of keys and keep it in the keyring
    Add {
        /// The profile that the keys are for; it is added if it does not exist
        profile: String,
        /// Read the pair from standard input: two lines, or JSON
        #[arg(long)]
        stdin: bool,
        /// Replace the keys that the keyring has for this profile
        #[arg(long)]
        replace: bool,
    },
    /// Move pairs of keys from ~/.aws/credentials to the keyring
    Move {
        /// The profiles
        #[arg(value_name = "PROFILE", required_unless_present = "all")]
        profile: Vec<String>,
        /// All profiles with keys in a file
        #[arg(long, conflicts_with = "profile")]
        all: bool,
        /// Replace other keys that the keyring has for the same profile
        #[arg(long)]
        replace: bool,
    },
    /// Replace keys by new ones, and delete the old ones at AWS
    Rotate {
        /// The profile that the keys are for
        profile: String,
        /// First delete this other access key of the same user
        #[arg(long, value_name = "KEY_ID")]
        delete: Option<String>,
    },
    /// List the keys in the keyring, without their secrets
    List {
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Remove keys from the keyring
    Remove {
        /// The profile that the keys are for
        profile: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Unlock the keyring, which asks for its password
    Unlock,
    /// Print a pair of keys as JSON, for the AWS CLI and SDKs
    Get {
        /// The profile that the keys are for
        profile: String,
    },
}

impl Keys {
    pub(super) fn run(self, ctx: &Context) -> Result<Exit> {
        match self {
            Self::Add { profile, stdin, replace } => commands::keys::add::run(ctx, &profile, stdin, replace),
            Self::Move { profile, all, replace } => {
                commands::keys::move_keys::run(ctx, &profile, all, replace)
            }
            Self::Rotate { profile, delete } => commands::keys::rotate::run(ctx, &profile, delete.as_deref()),
            Self::List { json } => commands::keys::list::run(ctx, json),
            Self::Remove { profile, yes } => commands::keys::remove::run(ctx, &profile, yes),
            Self::Unlock => commands::keys::unlock::run(ctx),
            Self::Get { profile } => Ok(commands::keys::get::run(ctx, &profile)),
        }
    }
}
