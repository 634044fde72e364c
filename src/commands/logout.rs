//! `awsenv logout`: revokes a login, and forgets what came of it.

use std::time::Duration;

use anyhow::Result;

use crate::cache::role;
use crate::commands::exit::Exit;
use crate::exports::change;
use crate::load::session_argument::{Purpose, SessionArgument};
use crate::login::mfa_device::MfaDevice;
use crate::login::{self, Login};
use crate::settings::Settings;
use crate::shared_config;
use crate::shared_config::SharedConfig;
use crate::shared_config::sso_session::SsoSession;
use crate::sources::exec_role_index;
use crate::sources::exec_role_index::RoleNote;
use crate::sources::resolution::Store;
use crate::sources::{ConfiguredSource, Resolver};
use crate::system::context::Context;
use crate::system::{change_signal, remnant};
use crate::terminal::message;
use crate::text::sanitize;

/// Logs out of one session, and what belongs to other logins stays; or of all sessions, also of those that no file names any
/// more. No prompt starts the login again by itself: who logs out has said no.
pub fn run(ctx: &Context, named: &SessionArgument, all: bool) -> Result<Exit> {
    let settings = Settings::load(ctx)?;
    if !all && let Some((chosen, device)) = named.guarded(ctx)? {
        forget_device(&chosen.ctx, &shared_config::load(&chosen.ctx)?, &device)?;
        change_signal::advance(ctx)?;
        return Ok(Exit::Success);
    }
    let ctx = &ctx.with_env(change::undone(&ctx.env));
    let config = shared_config::load(ctx)?;
    let sessions: Vec<_> = if all {
        let named = config.sso_sessions().filter_map(|name| SsoSession::named(name, &config).ok());
        let legacy = config.profiles().filter_map(|profile| SsoSession::of_profile(&profile, &config).ok());
        named.chain(legacy.filter(|session| session.name.is_none())).map(|session| (session, None)).collect()
    } else {
        vec![named.find_to(Purpose::LogOut, ctx, &settings, &config)?]
    };
    let mut done: Vec<SsoSession> = Vec::new();
    for (session, profile) in sessions {
        if done.contains(&session) {
            continue;
        }
        let login = Login::new(ctx, session.clone(), profile.as_ref(), &config)?;
        let (was_alive, token) = (login.log_out(profile.as_ref(), &config)?, login::token_key(&session));
        forget_roles_of(ctx, &config, &token)?;
        login::marker::decline(ctx, &token);
        let name = sanitize::shown(login.name());
        message::status(
            ctx,
            &if was_alive {
                format!("logged out of {name}")
            } else {
                format!("there was no login to {name}")
            },
        );
        done.push(session);
    }
    if all {
        let left = login::leftover::log_out(ctx, &config)?;
        for name in &left {
            message::status(ctx, &format!("logged out of {}", sanitize::shown(name)));
        }
        let folders = remnant::folders(ctx);
        let swept: usize = folders.iter().map(|folder| remnant::sweep(folder, Duration::ZERO)).sum();
        if swept > 0 {
            let files = if swept == 1 { "file" } else { "files" };
            message::status(ctx, &format!("removed {swept} temporary {files} of writes that were killed"));
        }
        if !forget_rest(ctx, &config)? && done.is_empty() && left.is_empty() {
            message::status(ctx, "there was no login: no profile needs one");
        }
    }
    change_signal::advance(ctx)?;
    Ok(Exit::Success)
}

/// Forgets the sessions of all MFA devices, the roles that command lines named, and what else awsenv keeps for itself, such as
/// the keys that a program printed. Returns whether there was anything.
fn forget_rest(ctx: &Context, config: &SharedConfig) -> Result<bool> {
    let mut forgotten: Vec<MfaDevice> = Vec::new();
    for profile in config.profiles() {
        let Ok(selection) = Resolver::new(ctx, config, profile).select() else { continue };
        if let Some(device) = selection.device()
            && device.session(ctx).is_some()
            && !forgotten.contains(device)
        {
            forget_device(ctx, config, device)?;
            forgotten.push(device.clone());
        }
    }
    let others = forget_roles(ctx, |_| true)? + role::clear(ctx)?;
    if others > 0 {
        let sets = if others == 1 { "set of keys that was" } else { "sets of keys that were" };
        message::status(ctx, &format!("forgot {others} other {sets} kept here"));
    }
    Ok(others > 0 || !forgotten.is_empty())
}

/// Forgets the credentials of every role that came of the login with this token, as [`login::token_key`] names it.
pub fn forget_roles_of(ctx: &Context, config: &SharedConfig, token: &str) -> Result<()> {
    forget_cached(ctx, config, |selection| {
        selection.resolution().login.as_ref().is_some_and(|login| login.token == token)
    })?;
    forget_roles(ctx, |note| note.login.as_deref() == Some(token))?;
    Ok(())
}

/// Forgets what the role cache has of the profiles that are meant.
fn forget_cached(
    ctx: &Context,
    config: &SharedConfig,
    is_meant: impl Fn(&dyn ConfiguredSource) -> bool,
) -> Result<()> {
    for profile in config.profiles() {
        let Ok(selection) = Resolver::new(ctx, config, profile).select() else { continue };
        if let Store::RoleCache(key) = &selection.resolution().store
            && is_meant(selection.as_ref())
        {
            role::remove(ctx, key)?;
        }
    }
    Ok(())
}

/// Forgets the roles that command lines named, if they are meant. Returns how many there were.
fn forget_roles(ctx: &Context, is_meant: impl Fn(&RoleNote) -> bool) -> Result<usize> {
    let mut forgotten = 0;
    for note in exec_role_index::all(ctx).iter().filter(|note| is_meant(note)) {
        forgotten += usize::from(note.forget(ctx)?);
    }
    Ok(forgotten)
}

/// Forgets the session of an MFA device and the roles that came of it. AWS offers nobody to revoke it: it lapses there.
fn forget_device(ctx: &Context, config: &SharedConfig, device: &MfaDevice) -> Result<()> {
    let was_alive = device.session(ctx).is_some();
    role::remove_own(ctx, &device.key)?;
    forget_cached(ctx, config, |selection| selection.device() == Some(device))?;
    forget_roles(ctx, |note| note.device.as_ref() == Some(&device.key))?;
    login::marker::decline(ctx, &device.key);
    let serial = sanitize::shown(&device.serial);
    message::status(
        ctx,
        &if was_alive {
            format!("logged out of the MFA device {serial}")
        } else {
            format!("there was no login with the MFA device {serial}")
        },
    );
    Ok(())
}
