//! The checks of `awsenv doctor`, one per file: the shell, the environment, the AWS files, the network.
//!
//! A check reads the environment and files, and changes nothing. Only one uses the network. A finding says
//! what is wrong, where, and the command or the edit that fixes it.

mod clock;
mod endpoints;
mod environment;
mod folder;
mod kubernetes;
mod leftovers;
mod permissions;
mod processes;
mod profiles;
mod programs;
mod regions;
mod settings;
mod shell;
mod sources;
mod spelling;
mod values;

use crate::env_file::argument;
use crate::env_file::folder::Folder;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::{self, SharedConfig};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing is wrong.
    Ok,
    /// It works, but not for every tool, or not for long.
    Warning,
    /// It does not work.
    Error,
}

impl Level {
    /// Returns its name, for people and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the fields are those of the JSON form")]
pub struct Finding {
    /// The check that found it.
    pub check: &'static str,
    /// How much it matters.
    pub level: Level,
    /// What is wrong, and where. No secret, but it may have text from files, unsanitized.
    pub finding: String,
    /// The command or edit that fixes it.
    pub cure: Option<String>,
}

/// A finding without the name of its check.
#[derive(Debug)]
struct Trouble {
    level: Level,
    finding: String,
    cure: Option<String>,
}

impl Trouble {
    fn warning(finding: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { level: Level::Warning, finding: finding.into(), cure: Some(cure.into()) }
    }

    fn error(finding: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { level: Level::Error, ..Self::warning(finding, cure) }
    }

    /// Nothing is wrong, but it is worth knowing.
    fn none(finding: impl Into<String>) -> Self {
        Self { level: Level::Ok, finding: finding.into(), cure: None }
    }

    /// The error that a command would fail with.
    fn of(error: &anyhow::Error) -> Self {
        let cure = Failure::hint_of(error).map(str::to_owned);
        Self { level: Level::Error, finding: format!("{error:#}"), cure }
    }
}

/// What the checks look at.
struct Examined<'a> {
    /// The world.
    ctx: &'a CleanContext,
    /// The AWS files; `None` if they cannot be read, which is a finding by itself.
    config: Option<SharedConfig>,
    /// The settings, or what is wrong with them.
    settings: anyhow::Result<Settings>,
    /// The folder that the shell is in, looked at; `None` if there is none, or the settings cannot be read.
    folder: Option<Folder>,
    /// Whether the network is to be left alone.
    offline: bool,
    /// Whether `awsenv setup` has just written the start-up file, which no open shell has read.
    is_set_up_now: bool,
}

/// A check. It returns its findings, none if all is well; `None` if there is nothing to check.
type Check = fn(&Examined<'_>) -> Option<Vec<Trouble>>;

/// The checks in their order: the name, what is reported if all is well, and the check.
static CHECKS: &[(&str, &str, Check)] = &[
    ("shell", "the hook of this awsenv is in its place in this shell", |examined| {
        Some(shell::look(examined))
    }),
    ("programs", "one awsenv is on the PATH", |examined| Some(programs::look(examined))),
    ("settings", "the settings can be read, and what they name is there", |examined| {
        Some(settings::look(examined))
    }),
    ("folder", "nothing stands in the way of this folder's .awsenv, if it has one", |examined| {
        Some(folder::look(examined))
    }),
    ("environment", "no variable stands in the way of a profile", |examined| {
        Some(environment::look(examined))
    }),
    ("other-tools", "no other tool left its variables behind", |examined| Some(leftovers::look(examined))),
    ("kubernetes", "kubectl gets the account that its config names", kubernetes::look),
    ("profiles", "every profile can be used as it is written", profiles::look),
    ("sources", "every profile says where its keys come from", sources::look),
    ("processes", "every credential_process is named with its path", processes::look),
    ("regions", "every region is one that AWS has", regions::look),
    ("values", "accounts, durations and regions can be right", values::look),
    ("spelling", "all tools read the AWS files alike", spelling::look),
    ("permissions", "nobody else can read the files with keys and tokens", |examined| {
        Some(permissions::look(examined))
    }),
    ("clock", "the clock agrees with the files", |examined| Some(clock::look(examined))),
    ("network", "AWS answers, and its clock agrees with this one", endpoints::look),
];

/// Runs every check; with `offline`, those without the network. Returns at least one finding per check that
/// had something to check. `is_set_up_now` says that this is the end of `awsenv setup`.
pub fn examine(ctx: &CleanContext, offline: bool, is_set_up_now: bool) -> Vec<Finding> {
    let (config, unreadable) = match shared_config::load(ctx) {
        Ok(config) => (Some(config), None),
        Err(error) => (None, Some(Trouble::of(&error))),
    };
    let settings = Settings::look(ctx);
    let dir = argument::believed(ctx, ctx.env.get("PWD").map(std::path::Path::new));
    let folder = settings.as_ref().ok().zip(dir).map(|(settings, dir)| Folder::of(ctx, settings, &dir));
    let examined = Examined { ctx, config, settings, folder, offline, is_set_up_now };
    let unreadable = unreadable.map(|trouble| named("profiles", trouble));
    let found = CHECKS.iter().flat_map(|(check, well, look)| {
        let mut found = look(&examined);
        if let Some(found) = found.as_mut().filter(|found| found.is_empty()) {
            found.push(Trouble::none(*well));
        }
        found.into_iter().flatten().map(|trouble| named(check, trouble))
    });
    unreadable.into_iter().chain(found).collect()
}

fn named(check: &'static str, trouble: Trouble) -> Finding {
    let Trouble { level, finding, cure } = trouble;
    Finding { check, level, finding, cure }
}
