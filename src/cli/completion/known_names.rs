//! The names that arguments take, as far as this machine knows them: from the user's own AWS files.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::Arg;

use crate::commands;
use crate::settings::known;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::Profile;
use crate::shared_config::{SharedConfig, region};
use crate::shell;
use crate::system::context::Context;
use crate::values::{account_id, region_names};

/// A kind of name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    Profiles,
    Sessions,
    Accounts,
    Roles,
    Regions,
    /// Keys of the settings file, with those of each session.
    Settings,
    /// Shells that there is a hook for.
    Shells,
    /// Shells that there are completions for.
    CompletedShells,
    /// Commands that have a manual page.
    Pages,
    /// What `export` writes: for shells, and file formats.
    Exports,
}

impl Names {
    const ALL: [Self; 10] = [
        Self::Profiles,
        Self::Sessions,
        Self::Accounts,
        Self::Roles,
        Self::Regions,
        Self::Settings,
        Self::Shells,
        Self::CompletedShells,
        Self::Pages,
        Self::Exports,
    ];

    /// Returns a text that identifies the kind.
    pub fn id(self) -> String {
        format!("{self:?}")
    }

    /// Returns the kind with this [`Names::id`].
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// Returns the kind of names that an argument takes; `None` if it takes none of these. Arguments of one
    /// name take the same in all commands.
    pub fn of_argument(command: &str, arg: &Arg) -> Option<Self> {
        Some(match (command, arg.get_id().as_str()) {
            (_, "profile" | "each" | "source_profile") => Self::Profiles,
            (_, "session" | "sso_session") => Self::Sessions,
            (_, "account" | "confirm") => Self::Accounts,
            (_, "role") => Self::Roles,
            (_, "region" | "default_region" | "sso_region") => Self::Regions,
            ("get" | "set" | "unset", "key") => Self::Settings,
            ("completions", "shell") => Self::CompletedShells,
            ("man", "page") => Self::Pages,
            ("export", "shell") => Self::Exports,
            (_, "shell") => Self::Shells,
            _ => return None,
        })
    }
}

/// The names in the AWS files, which are read when one of them is asked for.
pub struct KnownNames {
    ctx: CleanContext,
    /// The value of `--account` on this line; only its roles are offered.
    account: Option<String>,
}

impl KnownNames {
    /// `words` are those of the line.
    pub fn new(ctx: &Context, words: &[OsString]) -> Self {
        let mut words = words.iter().filter_map(|word| word.to_str());
        let account = words.find_map(|word| word.strip_prefix("--account"));
        let account = account.and_then(|rest| rest.strip_prefix('=').or_else(|| words.next()));
        Self { ctx: CleanContext::new(ctx), account: account.map(str::to_owned) }
    }

    /// Returns the names, each with a description, which may be empty. Files that cannot be read have no
    /// names.
    pub fn get(&self, names: Names) -> Vec<(String, String)> {
        let plain = |names: Vec<&str>| -> Vec<(String, String)> {
            names.into_iter().map(|name| (name.to_owned(), String::new())).collect()
        };
        match names {
            Names::Shells => plain(shell::names().collect()),
            Names::CompletedShells => plain(shell::names_with_completions().collect()),
            Names::Pages => plain(commands::man::commands().collect()),
            Names::Exports => plain(shell::names().chain(["json", "dotenv", "github-actions"]).collect()),
            Names::Settings => {
                let sessions = self.get(Names::Sessions);
                let of_session = sessions.iter().flat_map(|(name, _)| {
                    known::OF_SESSION.map(|key| (format!("{key}.{name}"), String::new()))
                });
                plain(known::ALL.map(|known| known.key).into()).into_iter().chain(of_session).collect()
            }
            Names::Profiles | Names::Sessions | Names::Accounts | Names::Roles | Names::Regions => {
                self.ctx.config().map_or_else(|_| Vec::new(), |config| self.in_files(names, config))
            }
        }
    }

    fn in_files(&self, names: Names, config: &SharedConfig) -> Vec<(String, String)> {
        match names {
            Names::Profiles => config.profiles().map(about).collect(),
            Names::Sessions => config.sso_sessions().map(|name| (name.to_owned(), String::new())).collect(),
            Names::Accounts => users(config, account),
            Names::Roles => users(config, |profile| {
                let is_asked = self.account.as_deref().is_none_or(|asked| account(profile) == Some(asked));
                role(profile).filter(|_| is_asked)
            }),
            _ => {
                let mut regions = users(config, |profile| text(profile, "region"));
                regions.retain(|(name, _)| region::check(name, "").is_ok());
                let more =
                    region_names::ALL.iter().filter(|name| regions.iter().all(|(known, _)| known != *name));
                let more: Vec<_> = more.map(|name| ((*name).to_owned(), String::new())).collect();
                regions.extend(more);
                regions
            }
        }
    }
}

/// Returns a profile's name, with its account and role.
fn about(profile: Profile<'_>) -> (String, String) {
    let about: Vec<_> = [account(&profile), role(&profile)].into_iter().flatten().collect();
    (profile.name.to_owned(), about.join(" "))
}

/// Returns each value that profiles have, with the profiles that have it.
fn users<'a>(
    config: &'a SharedConfig,
    of: impl Fn(&Profile<'a>) -> Option<&'a str>,
) -> Vec<(String, String)> {
    let mut users = BTreeMap::<&str, String>::new();
    for profile in config.profiles() {
        if let Some(value) = of(&profile) {
            let names = users.entry(value).or_default();
            // A list shows no more than fits in a line.
            if names.len() < 80 {
                *names += if names.is_empty() { "" } else { ", " };
                *names += profile.name;
            }
        }
    }
    users.into_iter().map(|(value, names)| (value.to_owned(), names)).collect()
}

fn account<'a>(profile: &Profile<'a>) -> Option<&'a str> {
    let of_role = || text(profile, "role_arn")?.split(':').nth(4);
    text(profile, "sso_account_id").or_else(of_role).filter(|account| account_id::is_valid(account))
}

fn role<'a>(profile: &Profile<'a>) -> Option<&'a str> {
    text(profile, "sso_role_name").or_else(|| text(profile, "role_arn")?.rsplit('/').next())
}

fn text<'a>(profile: &Profile<'a>, key: &str) -> Option<&'a str> {
    profile.text(key).ok().flatten().filter(|text| !text.is_empty())
}
