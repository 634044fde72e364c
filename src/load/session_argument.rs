//! The SSO session that a command line names.

use anyhow::Result;

use crate::env_file::argument;
use crate::env_file::folder::{Folder, FolderConfig};
use crate::exports::mode::Export;
use crate::failure::Failure;
use crate::load::for_command::CommandProfile;
use crate::load::profile_choice::ProfileChoice;
use crate::login::console_session::ConsoleSession;
use crate::login::mfa_device::MfaDevice;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::Profile;
use crate::shared_config::sso_session::SsoSession;
use crate::sources::Resolver;
use crate::system::context::Context;
use crate::text::sanitize;
use crate::values::target_name::TargetName;

/// What the command line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionArgument {
    /// A profile, which may need the login through a chain of roles.
    Profile(String),
    /// An `[sso-session]`.
    Session(String),
    /// Nothing.
    Nothing,
}

/// A login to something else than Identity Center.
#[derive(Clone, Debug)]
pub enum NonSsoLogin {
    /// A login as `aws login` makes it.
    Console(ConsoleSession),
    /// A login with a code of an MFA device.
    Device(MfaDevice),
}

/// What the session is for. The hints depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To log in to it.
    LogIn,
    /// To log out of it.
    LogOut,
    /// To list its accounts.
    List,
}

impl SessionArgument {
    /// Reads the options `--profile` and `--sso-session`, of which at most one is given.
    pub fn new(profile: Option<String>, session: Option<String>) -> Self {
        match (profile, session) {
            (Some(profile), _) => Self::Profile(profile),
            (None, Some(session)) => Self::Session(session),
            (None, None) => Self::Nothing,
        }
    }

    /// Returns the profile that was named, or this folder's, if it needs no session of Identity Center, but a
    /// login of `aws login` or an MFA device. `None` also for a profile with a mistake:
    /// [`SessionArgument::find`] reports it.
    pub fn other_login(&self, ctx: &Context) -> Option<(CommandProfile, NonSsoLogin)> {
        let name = match self {
            Self::Profile(name) => Some(name.as_str()),
            Self::Session(_) => return None,
            Self::Nothing => None,
        };
        let name = name.map(|name| TargetName::Profile(name.to_owned()));
        let mut chosen = CommandProfile::new(ctx, name.as_ref(), None).ok()?;
        chosen.target.mode = Export::Both;
        let resolved_profile = &chosen.target.resolved_profile;
        if resolved_profile.resolution.login.is_some() {
            return None;
        }
        let console = resolved_profile.console.clone().map(NonSsoLogin::Console);
        let login = console.or_else(|| resolved_profile.device.clone().map(NonSsoLogin::Device))?;
        Some((chosen, login))
    }

    /// Returns the session to log in to, and the profile whose endpoints count. If nothing was named, it is
    /// that of this folder's profile, if its `.awsenv` is allowed, else the only session there is.
    pub fn find<'a>(
        &self,
        ctx: &CleanContext,
        settings: &Settings,
        config: &'a SharedConfig,
    ) -> Result<(SsoSession, Option<Profile<'a>>)> {
        self.find_to(Purpose::LogIn, ctx, settings, config)
    }

    /// [`SessionArgument::find`] for this purpose.
    pub fn find_to<'a>(
        &self,
        purpose: Purpose,
        ctx: &CleanContext,
        settings: &Settings,
        config: &'a SharedConfig,
    ) -> Result<(SsoSession, Option<Profile<'a>>)> {
        match self {
            Self::Profile(name) => of_profile(purpose, ctx, config, name),
            Self::Session(name) => {
                let session = SsoSession::named(name, config);
                let is_missing = purpose == Purpose::LogOut && config.sso_session(name).is_none();
                Ok((
                    session.map_err(|error| if is_missing { not_there(&error, config) } else { error })?,
                    None,
                ))
            }
            Self::Nothing => {
                let says = argument::directory(ctx).and_then(|dir| Folder::of(ctx, settings, &dir).says(ctx));
                match says {
                    Ok(says) => of_folder(purpose, ctx, config, &says).map_err(|error| says.locate(error)),
                    Err(_) => Ok((only(purpose, config)?, None)),
                }
            }
        }
    }
}

/// Returns every session of the config, then those of legacy profiles with such a profile, each once. Errors:
/// an `[sso-session]` that is not whole.
pub fn all(config: &SharedConfig) -> Vec<Result<(SsoSession, Option<Profile<'_>>)>> {
    let named = config.sso_sessions().map(|name| Ok((SsoSession::named(name, config)?, None)));
    let mut sessions: Vec<_> = named.collect();
    let mut known: Vec<SsoSession> = Vec::new();
    for profile in config.profiles() {
        let Ok(session) = SsoSession::of_profile(&profile, config) else { continue };
        if session.name.is_none() && !known.contains(&session) {
            known.push(session.clone());
            sessions.push(Ok((session, Some(profile))));
        }
    }
    sessions
}

fn of_folder<'a>(
    purpose: Purpose,
    ctx: &CleanContext,
    config: &'a SharedConfig,
    says: &FolderConfig,
) -> Result<(SsoSession, Option<Profile<'a>>)> {
    let role = match &says.target {
        TargetName::Profile(name) => return of_profile(purpose, ctx, config, name),
        TargetName::Role(role) => role,
    };
    let region = says.region.as_ref().map(|region| region.value.as_str());
    let choice = ProfileChoice::new(ctx, config, role, region)?;
    match &choice.profile {
        Some(name) => of_profile(purpose, ctx, config, name),
        None => Ok((SsoSession::named(choice.target.session.as_deref().unwrap_or_default(), config)?, None)),
    }
}

fn of_profile<'a>(
    purpose: Purpose,
    ctx: &CleanContext,
    config: &'a SharedConfig,
    name: &str,
) -> Result<(SsoSession, Option<Profile<'a>>)> {
    let profile = config.find(name)?;
    // A session without an account is enough to log in.
    if let Ok(session) = SsoSession::of_profile(&profile, config) {
        return Ok((session, Some(profile)));
    }
    let resolution = Resolver::new(ctx, config, profile).select()?.resolution().clone();
    let login = resolution.login.ok_or_else(|| {
        let verb = match purpose {
            Purpose::LogIn => "log in with",
            Purpose::LogOut => "log out of",
            Purpose::List => "list the accounts of",
        };
        Failure::new(format!(
            "could not {verb} the profile `{}` ({}): it has no SSO session",
            sanitize::shown(name),
            profile.place()
        ))
        .hint("name a profile with `sso_session`, see `awsenv profiles`")
    })?;
    Ok((login.session(config)?, Some(profile)))
}

fn only(purpose: Purpose, config: &SharedConfig) -> Result<SsoSession> {
    let names: Vec<&str> = config.sso_sessions().collect();
    let (message, hint) = match (&names[..], purpose) {
        ([name], _) => return SsoSession::named(name, config),
        ([], Purpose::LogIn | Purpose::List) => {
            (NONE, "name a profile with `--profile`, or run `awsenv configure sso`".to_owned())
        }
        ([], Purpose::LogOut) => {
            (NONE, "name a profile with `--profile`, or run `awsenv logout --all`".to_owned())
        }
        (_, Purpose::LogIn) => {
            let commands = "`awsenv login --sso-session NAME`, or `awsenv login --all`";
            (SEVERAL, format!("run {commands}; the names are {}", listed(&names)))
        }
        (_, Purpose::List) => {
            (SEVERAL, format!("run `awsenv accounts --sso-session NAME`; the names are {}", listed(&names)))
        }
        (_, Purpose::LogOut) => {
            let commands = "`awsenv logout --sso-session NAME`, or `awsenv logout --all`";
            (SEVERAL, format!("run {commands}; the names are {}", listed(&names)))
        }
    };
    Err(Failure::new(message).hint(hint).into())
}

const NONE: &str = "could not choose a login: there is no `[sso-session]` in ~/.aws/config";
const SEVERAL: &str = "could not choose a login: there are several sessions";

/// Replaces the hint of a missing session, which is to write one, for a logout.
fn not_there(error: &anyhow::Error, config: &SharedConfig) -> anyhow::Error {
    let names: Vec<&str> = config.sso_sessions().collect();
    let hint = match &names[..] {
        [] => "there are no sessions: name a profile with `--profile`".to_owned(),
        [name] => format!("the only session is {}", sanitize::shown(name)),
        names => format!("the sessions are {}", listed(names)),
    };
    Failure::new(error.to_string()).hint(hint).into()
}

fn listed(names: &[&str]) -> String {
    sanitize::shown(&names.join(", "))
}
