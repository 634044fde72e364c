//! What the `.awsenv` files of a folder configure: which of them count, whether they may be used, and the
//! values that result.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::env_file::lookup::{self, FoundFile, Lookup};
use crate::env_file::parse::{EnvFile, FileEntry};
use crate::env_file::permission::{self, Permission};
use crate::exports::mode::Export;
use crate::failure::{Failure, FailureKind};
use crate::settings::Settings;
use crate::shared_config;
use crate::system::context::Context;
use crate::text::{digest, sanitize, shell_words};
use crate::values::target_name::{AccountRole, TargetName};

/// The hint of every command in a folder without a `.awsenv`.
pub const HINT_TO_MAKE_ONE: &str = "run `awsenv init PROFILE` to make one";

/// Returns the error that no `.awsenv` counts here.
pub fn none_here() -> Failure {
    Failure::new("could not find a .awsenv here or in any folder above")
        .hint(HINT_TO_MAKE_ONE)
        .kind(FailureKind::NoEnvFile)
}

/// The `.awsenv` files of a folder.
#[derive(Debug)]
pub struct Folder {
    /// The files that count, nearest first, and where there was none.
    pub lookup: Lookup,
    /// The permission of each of these files, in the same order.
    pub trust: Vec<Permission>,
}

/// The values that result from all files of a folder. The nearest `region` and `export` count; demands add
/// up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderConfig {
    /// What is to be loaded.
    pub target: TargetName,
    /// The line that names it.
    pub named_at: LineAt,
    /// The region.
    pub region: Option<ValueAt>,
    /// The account, role and session that it must have.
    pub demands: Demands,
    /// The export mode.
    pub export: Option<Export>,
}

/// What the files of a folder demand of the target: all of it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// The accounts that it must belong to.
    pub account: Vec<ValueAt>,
    /// The names that its role must have.
    pub role: Vec<ValueAt>,
    /// The SSO sessions that it must use.
    pub sso_session: Vec<ValueAt>,
}

/// A value, and the line that it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueAt {
    /// The value.
    pub value: String,
    /// The line.
    pub at: LineAt,
}

/// A line of a file, shown as `FILE:LINE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineAt {
    path: PathBuf,
    number: usize,
}

impl fmt::Display for LineAt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", sanitize::path(&self.path), self.number)
    }
}

impl FolderConfig {
    /// Adds the line that names the target to an error of kind [`FailureKind::NoProfile`].
    pub fn locate(&self, error: anyhow::Error) -> anyhow::Error {
        match Failure::kind_of(&error) {
            FailureKind::NoProfile => error.context(format!("could not use {}", self.named_at)),
            _ => error,
        }
    }
}

impl Folder {
    /// Reads the files that count for the directory, and looks up their permissions.
    pub fn of(ctx: &Context, settings: &Settings, dir: &Path) -> Self {
        let lookup = lookup::from(dir, &settings.ceiling);
        let trust = lookup.files.iter().map(|found| permission::of(ctx, settings, found)).collect();
        Self { lookup, trust }
    }

    /// Returns what the files configure. Errors, in this order:
    ///
    /// - [`FailureKind::NoEnvFile`]: there is none;
    /// - a file cannot be read: its line and what is wrong;
    /// - none of them names a target;
    /// - [`FailureKind::Blocked`]: one is denied, or not allowed.
    pub fn says(&self, ctx: &Context) -> Result<FolderConfig> {
        if self.lookup.files.is_empty() {
            return Err(none_here().into());
        }
        if self.is_denied() {
            return Err(self.blocked(ctx).into());
        }
        let says = self.would_say()?;
        if self.trust.iter().all(|trust| *trust == Permission::Allowed) {
            Ok(says)
        } else {
            Err(self.blocked(ctx).into())
        }
    }

    /// Returns what the files would configure if all of them were allowed.
    pub fn would_say(&self) -> Result<FolderConfig> {
        for (found, trust) in self.lookup.files.iter().zip(&self.trust) {
            if let Err(error) = &found.parsed {
                return Err(mistake(found, *trust, error));
            }
        }
        let files =
            || self.lookup.files.iter().filter_map(|found| Some((&found.path, found.parsed.as_ref().ok()?)));
        let Some((path, target, number)) = files().find_map(|(path, file)| {
            let (target, line) = named(file)?;
            Some((path, target, line))
        }) else {
            return Err(self.no_target().into());
        };
        let line = |path: &PathBuf, number| LineAt { path: path.clone(), number };
        let said = |path, entry: &FileEntry<String>| ValueAt {
            value: entry.value.clone(),
            at: line(path, entry.line),
        };
        let all = |entry: fn(&EnvFile) -> Option<&FileEntry<String>>| {
            files().filter_map(|(path, file)| Some(said(path, entry(file)?))).collect()
        };
        Ok(FolderConfig {
            target,
            named_at: line(path, number),
            region: files().find_map(|(path, file)| Some(said(path, file.region.as_ref()?))),
            demands: Demands {
                account: all(|file| file.account.as_ref()),
                role: all(|file| file.role.as_ref()),
                sso_session: all(|file| file.sso_session.as_ref()),
            },
            export: files().find_map(|(_, file)| Some(file.export.as_ref()?.value)),
        })
    }

    /// Returns whether one of the files is denied: a prompt then says nothing.
    pub fn is_denied(&self) -> bool {
        self.trust.contains(&Permission::Denied)
    }

    /// Returns the files that still need a permission, nearest first.
    pub fn not_allowed(&self) -> impl Iterator<Item = &FoundFile> {
        self.lookup
            .files
            .iter()
            .zip(&self.trust)
            .filter(|(_, trust)| **trust != Permission::Allowed)
            .map(|(found, _)| found)
    }

    /// Returns the digest of the paths of the files: another one means that another folder was entered.
    pub fn origin(&self) -> String {
        digest::of(self.lookup.files.iter().map(|found| found.path.as_os_str().as_encoded_bytes()), 16)
    }

    /// Returns the digest of what the files contain.
    pub fn content(&self) -> String {
        digest::of(self.lookup.files.iter().map(|found| found.content.as_deref().unwrap_or_default()), 16)
    }

    fn no_target(&self) -> Failure {
        let nearest = self.lookup.files.first().map(|found| sanitize::path(&found.path)).unwrap_or_default();
        let has = |entry: fn(&EnvFile) -> Option<&FileEntry<String>>| {
            self.lookup
                .files
                .iter()
                .any(|found| found.parsed.as_ref().is_ok_and(|file| entry(file).is_some()))
        };
        let missing = match (has(|file| file.account.as_ref()), has(|file| file.role.as_ref())) {
            (true, false) => "add the line `profile = ...`, or `role = ...` beside the account",
            (false, true) => "add the line `profile = ...`, or `account = ...` beside the role",
            _ => "add the line `profile = ...`, or the two lines `account = ...` and `role = ...`",
        };
        Failure::new(format!("could not load {nearest}: neither it nor a .awsenv above it names a profile"))
            .hint(missing)
    }

    fn blocked(&self, ctx: &Context) -> Failure {
        let Some(found) = self.not_allowed().next() else {
            return Failure::new("blocked").kind(FailureKind::Blocked);
        };
        let name = sanitize::path(&found.path);
        let would = match self.would_say() {
            Ok(says) => format!(" ({})", would_load(ctx, &says)),
            Err(_) => String::new(),
        };
        let denied = if self.is_denied() { "denied" } else { "not allowed yet" };
        let folder = found.path.parent().unwrap_or(Path::new("/"));
        // Without a path, `awsenv allow` means the nearest file.
        let command = if self.lookup.files.first().is_some_and(|nearest| nearest.path == found.path) {
            "awsenv allow".to_owned()
        } else {
            format!("awsenv allow {}", shell_words::quote(&folder.to_string_lossy()))
        };
        Failure::new(format!("{name} is {denied}{would}"))
            .hint(format!("run `{}`", sanitize::shown(&command)))
            .kind(FailureKind::Blocked)
    }
}

/// Returns the target that a file names, and the line; `None` if it names none.
fn named(file: &EnvFile) -> Option<(TargetName, usize)> {
    if let Some(profile) = &file.profile {
        return Some((TargetName::Profile(profile.value.clone()), profile.line));
    }
    let (account, role) = (file.account.as_ref()?, file.role.as_ref()?);
    let session = file.sso_session.as_ref().map(|session| session.value.clone());
    let role_in = AccountRole { account: account.value.clone(), role: role.value.clone(), session };
    Some((TargetName::Role(role_in), account.line))
}

/// [`described`], with the account of the profile as far as the AWS files tell it.
fn would_load(ctx: &Context, says: &FolderConfig) -> String {
    let mut says = says.clone();
    if let TargetName::Profile(name) = &says.target
        && says.demands.account.is_empty()
        && let Ok(config) = shared_config::load(ctx)
        && let Some(account) = config.profile(name).and_then(|profile| profile.target().0)
    {
        says.demands.account.push(ValueAt { value: account, at: says.named_at.clone() });
    }
    described(&says)
}

/// Returns in words what would be loaded, for messages.
pub fn described(says: &FolderConfig) -> String {
    let mut words = match &says.target {
        // A name from a file must not look like something else that is loaded.
        TargetName::Profile(name) => format!("profile {}", sanitize::shown(&shell_words::quote(name))),
        TargetName::Role(role) => format!("account {}, role {}", role.account, role.role),
    };
    let of_profile = |said: &&ValueAt| {
        // The line that names the target by account and role is described already.
        matches!(says.target, TargetName::Profile(_)) || said.at.path != says.named_at.path
    };
    let demanded = |said: &[ValueAt]| said.iter().find(of_profile).map(|said| sanitize::shown(&said.value));
    if let Some(account) = demanded(&says.demands.account) {
        words += &format!(", account {account}");
    }
    if let Some(role) = demanded(&says.demands.role) {
        words += &format!(", role {role}");
    }
    if let Some(session) = says.demands.sso_session.first() {
        words += &format!(", SSO session {}", sanitize::shown(&session.value));
    }
    if let Some(region) = &says.region {
        words += &format!(", region {}", sanitize::shown(&region.value));
    }
    words
}

/// Returns the error of a file that cannot be read. Unless the file is allowed, it quotes nothing from it.
fn mistake(found: &FoundFile, trust: Permission, error: &anyhow::Error) -> anyhow::Error {
    let unquoted = found.content.as_ref().filter(|_| trust != Permission::Allowed);
    let unquoted =
        unquoted.and_then(|content| EnvFile::parse_unknown(content, &sanitize::path(&found.path)).err());
    unquoted.unwrap_or_else(|| again(error).into())
}

/// Returns a copy of an error, which is kept with its file and can be reported more than once.
fn again(error: &anyhow::Error) -> Failure {
    let failure = Failure::new(format!("{error:#}")).kind(Failure::kind_of(error));
    match Failure::hint_of(error) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
