//! `awsenv login`: logs in to IAM Identity Center, the AWS console, or with an MFA device, if needed.

use anyhow::Result;
use chrono::TimeDelta;

use crate::commands::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::load::for_command::CommandProfile;
use crate::load::forget;
use crate::load::session_argument::{self, NonSsoLogin, SessionArgument};
use crate::login::console_session::ConsoleSession;
use crate::login::mfa_device::MfaDevice;
use crate::login::{self, Login, LoginOptions};
use crate::settings::{FlowPolicy, Settings};
use crate::shared_config::CleanContext;
use crate::shared_config::profile::Profile;
use crate::shared_config::sso_session::SsoSession;
use crate::system::change_signal;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::{duration, sanitize};

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub struct LoginCommand {
    /// Log out first; with MFA, ask for a new code.
    pub force: bool,
    /// A code of the MFA device.
    pub mfa_code: Option<String>,
    /// Show a code to type in on any device.
    pub device_code: bool,
    /// Open no browser.
    pub no_browser: bool,
    /// The port of the callback.
    pub port: Option<u16>,
}

/// Logs in unless the login is alive, and says how long it lasts; with `all`, to every session. The setting
/// `login` does not count here: it is about prompts.
pub fn run(ctx: &Context, named: &SessionArgument, all: bool, options: &LoginCommand) -> Result<Exit> {
    let &LoginCommand { force, device_code, no_browser, port, .. } = options;
    let settings = Settings::load(ctx)?;
    let how = LoginOptions {
        ways: settings.ways.clone(),
        flow: device_code.then_some(FlowPolicy::Device),
        no_browser,
        port,
        even_without_terminal: true,
        ..LoginOptions::default()
    };
    if all {
        return to_all(&CleanContext::new(ctx), &how, force);
    }
    let other = named.other_login(ctx);
    if let Some((chosen, NonSsoLogin::Device(device))) = other {
        return with_code(&chosen.with_code(options.mfa_code.as_deref())?, &device, force);
    }
    if options.mfa_code.is_some() {
        return Err(Failure::new("could not use `--mfa-code`: this login needs none")
            .hint("name a profile with `mfa_serial`")
            .into());
    }
    if let Some((chosen, NonSsoLogin::Console(session))) = other {
        return to_console(&chosen, &session, &how, force);
    }
    let ctx = &CleanContext::new(ctx);
    let config = ctx.config()?;
    let (session, profile) = named.find(ctx, &settings, config)?;
    to_session(ctx, session, profile.as_ref(), &how, force)?;
    Ok(Exit::Success)
}

/// Logs in to every session, one after the other. A session that fails does not keep the next one from its
/// login, unless the person declined.
fn to_all(ctx: &CleanContext, how: &LoginOptions, force: bool) -> Result<Exit> {
    let sessions = session_argument::all(ctx.config()?);
    if sessions.is_empty() {
        return Err(Failure::new("could not log in: there is no SSO session in ~/.aws/config")
            .hint("run `awsenv configure sso`")
            .into());
    }
    let mut exit = Exit::Success;
    for session in sessions {
        let done =
            session.and_then(|(session, profile)| to_session(ctx, session, profile.as_ref(), how, force));
        match done {
            Err(error) if Failure::kind_of(&error) == FailureKind::Declined => return Err(error),
            Err(error) => {
                message::error(ctx, &error);
                exit = Exit::Failure;
            }
            Ok(()) => {}
        }
    }
    Ok(exit)
}

fn to_session(
    ctx: &CleanContext,
    session: SsoSession,
    profile: Option<&Profile<'_>>,
    how: &LoginOptions,
    force: bool,
) -> Result<()> {
    let config = ctx.config()?;
    let token_key = login::token_key(&session);
    let login = Login::new(ctx, session, profile, config)?;
    if force {
        login.log_out(profile, config)?;
        // The new login may be of another person or have other rights.
        forget::roles_of(ctx, config, &token_key)?;
        change_signal::advance(ctx)?;
    }
    let name = sanitize::shown(login.name());
    let before = login.kept();
    let (token, what) = match login.token() {
        Err(error) if Failure::kind_of(&error) == FailureKind::LoginNeeded => {
            (login.log_in(how)?, format!("logged in to {name}"))
        }
        Ok(token) if before.as_ref() == Some(&token) => (token, format!("the login to {name} is alive")),
        renewed => (renewed?, format!("the login to {name} is renewed")),
    };
    let left = duration::left(token.expires_at - ctx.now());
    message::status(ctx, &format!("{what}, {left}"));
    Ok(())
}

/// Logs in to the console as `aws login` does, unless the existing login is alive or can be renewed.
fn to_console(
    chosen: &CommandProfile,
    session: &ConsoleSession,
    how: &LoginOptions,
    force: bool,
) -> Result<Exit> {
    let CommandProfile { ctx, target, .. } = chosen;
    if force {
        forget::console_session(ctx, ctx.config()?, session)?;
        change_signal::advance(ctx)?;
    }
    let name = session.shown();
    let before = session.kept(ctx).map(|entry| entry.credentials);
    let (keys, what) = target.sign_in(ctx, |login| match login.credentials() {
        Err(error) if Failure::kind_of(&error) == FailureKind::LoginNeeded => {
            Ok((login.log_in(how)?, format!("logged in to {name}")))
        }
        Ok(keys) if before.as_ref() == Some(&keys) => Ok((keys, format!("the login to {name} is alive"))),
        renewed => Ok((renewed?, format!("the login to {name} is renewed"))),
    })?;
    let left =
        keys.expiration.map_or(String::new(), |time| format!(", {}", duration::left(time - ctx.now())));
    message::status(ctx, &format!("{what}{left}, renews itself"));
    Ok(Exit::Success)
}

/// Opens the session of an MFA device, or gets the keys of the role that requires a code, unless they are
/// cached.
fn with_code(chosen: &CommandProfile, device: &MfaDevice, force: bool) -> Result<Exit> {
    let CommandProfile { ctx, target, .. } = chosen;
    let kept = || {
        if device.opens_session {
            return device.session(ctx);
        }
        target.resolved_profile.kept_credentials(ctx).ok().flatten()
    };
    let name = format!("with the MFA device {}", sanitize::shown(&device.serial));
    let alive = kept().filter(|keys| !force && keys.lasts(ctx.now(), TimeDelta::seconds(1)));
    let what = if alive.is_some() { "the login" } else { "logged in" };
    if alive.is_none() {
        target.obtain_with_code(ctx, device, TimeDelta::seconds(1), Some(&LoginOptions::default()), force)?;
    }
    if force {
        // Shells look for other keys only when theirs are due.
        change_signal::advance(ctx)?;
    }
    let left = kept().and_then(|keys| keys.expiration).map(|time| duration::left(time - ctx.now()));
    let left = left.map_or(String::new(), |left| format!(", {left}"));
    let alive = if alive.is_some() { " is alive" } else { "" };
    message::status(ctx, &format!("{what} {name}{alive}{left}"));
    Ok(Exit::Success)
}
