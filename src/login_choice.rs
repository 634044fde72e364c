//! Which SSO session a command line means.

use anyhow::Result;

use crate::chosen::Chosen;
use crate::context::Context;
use crate::env_file::Export;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::mfa::Device;
use crate::profile::Profile;
use crate::settings::Settings;
use crate::shared_config::SharedConfig;
use crate::sources::Query;
use crate::sso_settings::SsoSession;
use crate::{place, text};

/// What was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A profile, which may rest on the login through a chain of roles.
    Profile(String),
    /// An `[sso-session]`.
    Session(String),
    /// Nothing.
    Nothing,
}

impl Named {
    /// Takes the two options, of which one at most is given.
    pub fn new(profile: Option<String>, session: Option<String>) -> Self {
        match (profile, session) {
            (Some(profile), _) => Self::Profile(profile),
            (None, Some(session)) => Self::Session(session),
            (None, None) => Self::Nothing,
        }
    }

    /// Returns what was chosen if it rests on an MFA device and on no session: the profile that was named, or this folder's.
    /// Whatever is wrong with a profile that was named is told by [`Named::find`].
    pub fn guarded(&self, ctx: &Context) -> Result<Option<(Chosen, Device)>> {
        let name = match self {
            Self::Profile(name) => Some(name.as_str()),
            Self::Session(_) => return Ok(None),
            Self::Nothing => None,
        };
        let Ok(mut chosen) = Chosen::new(ctx, name, None) else { return Ok(None) };
        chosen.target.mode = Export::Both;
        let recipe = &chosen.target.recipe;
        let device = recipe.device.clone().filter(|_| recipe.facts.login.is_none());
        Ok(device.map(|device| (chosen, device)))
    }

    /// Finds the session, and the profile whose endpoints count. What is named by nothing is this folder's profile, if
    /// its `.awsenv` is allowed, else the only session there is.
    pub fn find<'a>(
        &self,
        ctx: &Context,
        settings: &Settings,
        config: &'a SharedConfig,
    ) -> Result<(SsoSession, Option<Profile<'a>>)> {
        match self {
            Self::Profile(name) => of_profile(ctx, config, name),
            Self::Session(name) => Ok((SsoSession::named(name, config)?, None)),
            Self::Nothing => {
                let says = place::directory(ctx).and_then(|dir| Folder::of(ctx, settings, &dir).says());
                match says {
                    Ok(says) => of_profile(ctx, config, &says.profile),
                    Err(_) => Ok((only(config)?, None)),
                }
            }
        }
    }
}

fn of_profile<'a>(
    ctx: &Context,
    config: &'a SharedConfig,
    name: &str,
) -> Result<(SsoSession, Option<Profile<'a>>)> {
    let profile = config.find(name)?;
    // A session without an account is enough to log in.
    if let Ok(session) = SsoSession::of_profile(&profile, config) {
        return Ok((session, Some(profile)));
    }
    let facts = Query::new(ctx, config, profile).select()?.facts().clone();
    let login = facts.login.ok_or_else(|| {
        Failure::new(format!(
            "could not log in with the profile `{}` ({}): it has no SSO session",
            text::shown(name),
            profile.place()
        ))
        .hint("name a profile with `sso_session`, see `awsenv profiles`")
    })?;
    Ok((login.session(config)?, Some(profile)))
}

fn only(config: &SharedConfig) -> Result<SsoSession> {
    let names: Vec<&str> = config.sso_sessions().collect();
    match names[..] {
        [name] => SsoSession::named(name, config),
        [] => Err(Failure::new("could not choose a login: there is no `[sso-session]` in ~/.aws/config")
            .hint("name a profile with `--profile`, or run `awsenv configure sso`")
            .into()),
        _ => Err(Failure::new("could not choose a login: there are several sessions")
            .hint(format!(
                "run `awsenv login --sso-session NAME`; the names are {}",
                text::shown(&names.join(", "))
            ))
            .into()),
    }
}
