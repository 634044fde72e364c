//! What a profile, or an account and role, resolves to, kept on disk so that the next prompt need not read
//! the AWS files.
//!
//! It holds no secret: of static keys it has the byte ranges in the file. It counts for as long as both files
//! have the stamps that they had before they were read.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::DateTime;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::load::confirm_match::ConfirmMatch;
use crate::load::profile_choice::ProfileChoice;
use crate::login::console_session::ConsoleSession;
use crate::login::mfa_device::MfaDevice;
use crate::settings::Settings;
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::Profile;
use crate::shared_config::region;
use crate::shared_config::{CleanContext, FileStamps};
use crate::sources::Resolver;
use crate::sources::resolution::{Resolution, Store};
use crate::system::context::Context;
use crate::system::file_stamp::{self, FileStamp};
use crate::system::{files, json_file};
use crate::terminal::message;
use crate::text::{digest, sanitize};
use crate::values::credentials::Credentials;
use crate::values::role_arn::RoleArgument;
use crate::values::secret::Secret;
use crate::values::session_policy::RoleSession;
use crate::values::target_name::{AccountRole, TargetName};

/// A profile, resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedProfile {
    /// The profile's name, or `ACCOUNT/ROLE` of a role that has none.
    pub profile: String,
    /// Which profile was chosen for a target by account and role, and why.
    pub choice: Option<ProfileChoice>,
    /// The `region` in the profile, as it is written: another one may override it.
    pub region: Option<String>,
    /// What its source tells.
    pub resolution: Resolution,
    /// The MFA device whose code the credentials need.
    pub device: Option<MfaDevice>,
    /// The session of `aws login` that they come from.
    pub console: Option<ConsoleSession>,
    /// What the setting `confirm` guards.
    pub confirm: ConfirmMatch,
    /// The target that was resolved.
    asked: Asked,
    /// The stamps of the AWS files from before they were read.
    marks: FileStamps,
}

/// A target to be resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    name: TargetName,
    /// The region that a profile for an account and role should have.
    region: Option<String>,
}

/// A resolved profile on disk.
#[derive(Serialize, Deserialize)]
struct KeptProfile<R> {
    version: u32,
    resolved_profile: R,
}

/// To be raised when a type within a [`ResolvedProfile`] changes: a field that an older file lacks would be
/// read as absent.
const VERSION: u32 = 4;

impl KeptProfile<ResolvedProfile> {
    /// Returns the resolved profile if it is of this target, with these `confirm` patterns and stamps.
    fn of(self, asked: &Asked, patterns: &[String], marks: &FileStamps) -> Option<ResolvedProfile> {
        let Self { version, resolved_profile } = self;
        let is_it = version == VERSION
            && resolved_profile.asked == *asked
            && resolved_profile.confirm.is_of(patterns)
            && resolved_profile.marks == *marks;
        is_it.then_some(resolved_profile)
    }
}

impl ResolvedProfile {
    /// Resolves a target, or returns what was kept, if the AWS files and the setting `confirm` are still the
    /// same. Of several profiles for an account and role one with `region` is preferred. Errors are those of
    /// reading the files, of a profile that does not exist, and of its source.
    pub fn of(
        ctx: &CleanContext,
        settings: &Settings,
        name: &TargetName,
        region: Option<&str>,
    ) -> Result<Self> {
        let marks = ctx.stamps()?;
        let region = region.filter(|_| matches!(name, TargetName::Role(_))).map(str::to_owned);
        let asked = Asked { name: name.clone(), region };
        let path = path(ctx, &asked, marks);
        let kept = path.as_deref().and_then(|path| json_file::read_as::<KeptProfile<Self>>(ctx, path));
        if let Some(resolved_profile) = kept.and_then(|kept| kept.of(&asked, &settings.confirm, marks)) {
            message::debug(ctx, || {
                format!("the AWS files are unchanged since {} was resolved", asked.name.shown())
            });
            return Ok(resolved_profile);
        }
        let resolved_profile = Self::resolve(ctx, settings, &asked, (None, &RoleSession::default()))?;
        let content =
            serde_json::to_vec(&KeptProfile { version: VERSION, resolved_profile: &resolved_profile });
        // A cache that cannot be written, as for a path that is not UTF-8, only costs time.
        if let (Some(path), Ok(content)) = (path, content) {
            let _ = files::replace_cache(&path, &content);
        }
        Ok(resolved_profile)
    }

    /// Returns whether a profile of this name is known to be in the AWS files as they are now, without
    /// reading them.
    pub fn is_kept(ctx: &CleanContext, profile: &str) -> bool {
        let asked = Asked { name: TargetName::Profile(profile.to_owned()), region: None };
        let Ok(marks) = ctx.stamps() else { return false };
        let kept =
            path(ctx, &asked, marks).and_then(|path| json_file::read_as::<KeptProfile<Self>>(ctx, &path));
        kept.is_some_and(|kept| {
            kept.version == VERSION
                && kept.resolved_profile.asked == asked
                && kept.resolved_profile.marks == *marks
        })
    }

    /// Returns the account of a profile when it was last resolved, for a profile that no longer exists.
    pub fn account_before(ctx: &CleanContext, name: &TargetName) -> Option<String> {
        let asked = Asked { name: name.clone(), region: None };
        let kept = json_file::read_as::<KeptProfile<Self>>(ctx, &path(ctx, &asked, ctx.stamps().ok()?)?)?;
        kept.resolved_profile.resolution.account.filter(|_| kept.resolved_profile.asked == asked)
    }

    /// Resolves the same again, with a role that is assumed with these credentials, or with a policy and a
    /// name for the role's session. The result is not kept.
    pub fn with_session(
        &self,
        ctx: &CleanContext,
        settings: &Settings,
        role: Option<&RoleArgument>,
        session: &RoleSession,
    ) -> Result<Self> {
        Self::resolve(ctx, settings, &self.asked, (role, session))
    }

    #[cold]
    fn resolve(
        ctx: &CleanContext,
        settings: &Settings,
        asked: &Asked,
        (role, session): (Option<&RoleArgument>, &RoleSession),
    ) -> Result<Self> {
        let marks = ctx.stamps()?;
        message::debug(ctx, || {
            let names: Vec<_> = marks.iter().map(|(path, _)| sanitize::path(path)).collect();
            format!("{} is resolved from {}", asked.name.shown(), names.join(" and "))
        });
        let config = ctx.config()?;
        let choice = match &asked.name {
            TargetName::Profile(_) => None,
            TargetName::Role(role) => Some(ProfileChoice::new(ctx, config, role, asked.region.as_deref())?),
        };
        let profile = match (&asked.name, choice.as_ref().map(|choice| &choice.profile)) {
            (TargetName::Profile(name), _) | (_, Some(Some(name))) => name.clone(),
            (TargetName::Role(role), _) => role.to_string(),
        };
        let unwritten = choice.as_ref().and_then(ProfileChoice::unwritten);
        let section = section(config, &profile, unwritten)?;
        let selection = Resolver::new(ctx, config, section)
            .with_unwritten(unwritten)
            .with_role(role)
            .with_session(session)
            .select()?;
        let region = region::written_in(&section)?.map(str::to_owned);
        let (resolution, device) = (selection.resolution().clone(), selection.device().cloned());
        let console = selection.console_login().map(|(session, _)| session.clone());
        drop(selection);
        let confirm = ConfirmMatch::new(config, &settings.confirm, &profile, &resolution);
        let (asked, marks) = (asked.clone(), marks.clone());
        Ok(Self { profile, choice, region, resolution, device, console, confirm, asked, marks })
    }

    /// Returns the role, with its session, if no profile has it.
    pub fn unwritten(&self) -> Option<&AccountRole> {
        self.choice.as_ref()?.unwritten()
    }

    /// Returns what messages call it: ``profile `dev` ``, or `111122223333/Developer`.
    pub fn shown(&self) -> String {
        match self.unwritten() {
            Some(role) => role.to_string(),
            None => format!("profile `{}`", sanitize::shown(&self.profile)),
        }
    }

    /// Returns the options that name it on a command line.
    pub fn options(&self) -> Vec<&str> {
        match self.unwritten() {
            Some(AccountRole { account, role, session }) => {
                let session = session.iter().flat_map(|name| ["--sso-session", name]);
                ["--account", account, "--role", role].into_iter().chain(session).collect()
            }
            None => vec!["--profile", &self.profile],
        }
    }

    /// Returns the profile in these files; an empty one for a role that has none.
    pub fn section<'a>(&'a self, config: &'a SharedConfig) -> Result<Profile<'a>> {
        section(config, &self.profile, self.unwritten())
    }

    /// Returns the credentials in the AWS files or in a cache, expired or not; `None` if there are none. An
    /// error if their file has changed since it was resolved: another profile's keys may be in their place.
    pub fn kept_credentials(&self, ctx: &Context) -> Result<Option<Credentials>> {
        match &self.resolution.store {
            Store::File { path, access_key_id, secret_access_key, session_token, expires } => {
                let read = || -> Result<Credentials> {
                    let file = files::open_at_once(path)?;
                    let value = |range: &Range<usize>| piece(&file, range);
                    let credentials = Credentials {
                        access_key_id: value(access_key_id)?,
                        secret_access_key: Secret::new(value(secret_access_key)?),
                        session_token: session_token.as_ref().map(value).transpose()?.map(Secret::new),
                        expiration: expires.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
                        account: None,
                    };
                    // Checked afterwards, so that a write between two of the reads is seen as well.
                    self.check_unchanged(path, &file)?;
                    Ok(credentials)
                };
                read().map(Some).with_context(|| format!("could not read {}", sanitize::path(path)))
            }
            store => Ok(store.kept(ctx)),
        }
    }

    fn check_unchanged(&self, path: &Path, file: &File) -> Result<()> {
        let known = self.marks.iter().find(|(known, _)| known == path).and_then(|(_, mark)| *mark);
        if known == Some(FileStamp::of(&file.metadata()?)) {
            return Ok(());
        }
        Err(changed().into())
    }

    /// Fails if the profile now resolves differently from what was shown, checked and confirmed.
    pub fn check_same(&self, resolution: &Resolution) -> Result<()> {
        if *resolution == self.resolution {
            return Ok(());
        }
        Err(anyhow::Error::from(changed()).context(format!("could not load {}", self.shown())))
    }

    /// Returns the cache file of the credentials, if they are cached.
    pub fn kept_in(&self, ctx: &Context) -> Option<PathBuf> {
        self.resolution.store.path(ctx)
    }

    /// Returns the name of the lock that a process holds while it fetches these credentials; `None` if they
    /// are not cached.
    pub fn lock_name(&self) -> Option<String> {
        self.resolution.store.lock_name()
    }

    /// Returns the session of `aws login` that they come from, if there is no login to it. AWS may have ended
    /// a login that is there.
    pub fn signed_out(&self, ctx: &Context) -> Option<&ConsoleSession> {
        self.console.as_ref().filter(|session| session.kept(ctx).is_none())
    }

    /// Returns the keys of the logins that the credentials need, which name their locks and markers.
    pub fn login_keys(&self) -> impl Iterator<Item = &str> {
        let login = self.resolution.login.iter().map(|login| login.token.as_str());
        let console = self.console.iter().map(|session| session.key.as_str());
        login.chain(console).chain(self.device.iter().map(|device| device.key.as_str()))
    }
}

/// Removes resolved profiles that were kept longer ago than `age` and no longer count.
pub fn prune(ctx: &Context, age: Duration) {
    let Ok(folder) = ctx.cache_dir().map(|cache| cache.join("recipes")) else { return };
    for path in files::older_than(&folder, age) {
        let is_current = |kept: KeptProfile<ResolvedProfile>| {
            kept.version == VERSION
                && kept.resolved_profile.marks.iter().all(|(path, mark)| *mark == file_stamp::mark(path))
        };
        if !json_file::read_as(ctx, &path).is_some_and(is_current) {
            let _ = json_file::remove(&path);
        }
    }
}

fn changed() -> Failure {
    Failure::new("it was changed meanwhile").hint("run it again")
}

/// The longest value that is read from the files, in bytes: no key or token is nearly as long.
const LONGEST: usize = 64 * 1024;

fn piece(file: &File, range: &Range<usize>) -> Result<String> {
    let mut bytes = vec![0; range.len().min(LONGEST)];
    file.read_exact_at(&mut bytes, range.start as u64)?;
    Ok(String::from_utf8(bytes)?)
}

fn section<'a>(
    config: &'a SharedConfig,
    name: &'a str,
    unwritten: Option<&AccountRole>,
) -> Result<Profile<'a>> {
    if unwritten.is_some() {
        return Ok(Profile { name, config: None, credentials: None });
    }
    config.find(name)
}

fn path(ctx: &Context, asked: &Asked, marks: &FileStamps) -> Option<PathBuf> {
    let files = marks.iter().map(|(path, _): &(PathBuf, _)| Path::as_os_str(path).as_encoded_bytes());
    let named = match &asked.name {
        TargetName::Profile(name) => vec![name.as_str()],
        TargetName::Role(AccountRole { account, role, session }) => {
            let [session, region] = [session, &asked.region].map(|part| part.as_deref().unwrap_or_default());
            vec![account, role, session, region]
        }
    };
    let name = digest::of(named.into_iter().map(str::as_bytes).chain(files), 40);
    Some(files::below(&ctx.cache_dir().ok()?, ["recipes", &format!("{name}.json")]))
}
