//! What stands between a person and the right account outside awsenv: one check per file.
//!
//! A check reads the environment and files, and changes nothing. Only one uses the network. What it finds
//! says what is wrong, where, and the command or the edit that cures it.

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
    /// Some tools, or some day, will go wrong.
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

/// Something that a check has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the fields are those of the JSON form")]
pub struct Finding {
    /// The check that found it.
    pub check: &'static str,
    /// How much it matters.
    pub level: Level,
    /// What is wrong, and where; holds no secret, but may hold text from files.
    pub finding: String,
    /// What to type or to edit.
    pub cure: Option<String>,
}

/// What a check found, before it is known whose it is.
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

    /// What is no trouble, but the truth.
    fn none(finding: impl Into<String>) -> Self {
        Self { level: Level::Ok, finding: finding.into(), cure: None }
    }

    /// What a command would fail with.
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
}

/// A check: what it finds; `None` if there is nothing that it could look at.
type Check = fn(&Examined<'_>) -> Option<Vec<Trouble>>;

/// The checks by name, with what is said if one finds nothing.
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

/// Runs every check, but for those that use the network if `offline`. One finding at least per check that
/// had something to look at: that it is well.
pub fn examine(ctx: &CleanContext, offline: bool) -> Vec<Finding> {
    let (config, unreadable) = match shared_config::load(ctx) {
        Ok(config) => (Some(config), None),
        Err(error) => (None, Some(Trouble::of(&error))),
    };
    let settings = Settings::look(ctx);
    let dir = argument::believed(ctx, ctx.env.get("PWD").map(std::path::Path::new));
    let folder = settings.as_ref().ok().zip(dir).map(|(settings, dir)| Folder::of(ctx, settings, &dir));
    let examined = Examined { ctx, config, settings, folder, offline };
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
