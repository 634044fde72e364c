//! Removes what was fetched with a login: cached roles, the sessions of MFA devices, keys that programs
//! printed.

use anyhow::Result;

use crate::cache::{console_login, registry_token, role};
use crate::login;
use crate::login::console_session::ConsoleSession;
use crate::login::mfa_device::MfaDevice;
use crate::login::sign_in::SignIn;
use crate::shared_config::CleanContext;
use crate::shared_config::SharedConfig;
use crate::sources::exec_role_index::{self, RoleNote};
use crate::sources::resolution::Store;
use crate::sources::{ConfiguredSource, Resolver};
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::sanitize;

/// Forgets the sessions of all MFA devices, the roles that command lines named, and what else awsenv keeps
/// for itself, such as the keys that a program printed. Returns whether there was anything.
pub fn rest(ctx: &CleanContext, config: &SharedConfig) -> Result<bool> {
    let mut forgotten: Vec<MfaDevice> = Vec::new();
    for profile in config.profiles() {
        let Ok(selection) = Resolver::new(ctx, config, profile).select() else { continue };
        if let Some(device) = selection.device()
            && device.session(ctx).is_some()
            && !forgotten.contains(device)
        {
            mfa_device(ctx, config, device)?;
            forgotten.push(device.clone());
        }
    }
    registry_token::clear(ctx)?;
    let others = roles(ctx, |_| true)? + role::clear(ctx)?;
    if others > 0 {
        let sets = if others == 1 { "set of keys that was" } else { "sets of keys that were" };
        message::status(ctx, &format!("forgot {others} other {sets} kept here"));
    }
    Ok(others > 0 || !forgotten.is_empty())
}

/// Forgets the credentials of every role that was fetched with this token ([`login::token_key`]), and the
/// tokens of all container registries: it is not noted what these were fetched with, and new ones are quickly
/// fetched.
pub fn roles_of(ctx: &CleanContext, config: &SharedConfig, token: &str) -> Result<()> {
    cached(ctx, config, |selection| {
        selection.resolution().login.as_ref().is_some_and(|login| login.token == token)
    })?;
    registry_token::clear(ctx)?;
    roles(ctx, |note| note.login.as_deref() == Some(token))?;
    Ok(())
}

/// Forgets the login to a session of `aws login`, and the roles that were fetched with it. No prompt starts
/// it again by itself. Returns whether there was one.
pub fn console_session(ctx: &CleanContext, config: &SharedConfig, session: &ConsoleSession) -> Result<bool> {
    let was_there = SignIn::log_out(ctx, &session.key)?;
    registry_token::clear(ctx)?;
    cached(ctx, config, |selection| {
        selection.console_login().is_some_and(|(other, _)| other.arn == session.arn)
    })?;
    roles(ctx, |note| note.login.as_ref() == Some(&session.key))?;
    login::marker::log_out(ctx, &session.key);
    Ok(was_there)
}

/// Forgets every login of `aws login`, also those that no file names any more. Returns how many there were.
pub fn console_logins(ctx: &CleanContext, config: &SharedConfig) -> Result<usize> {
    let keys = console_login::all(ctx);
    for key in &keys {
        SignIn::log_out(ctx, key)?;
        roles(ctx, |note| note.login.as_ref() == Some(key))?;
        login::marker::log_out(ctx, key);
    }
    cached(ctx, config, |selection| selection.console_login().is_some())?;
    Ok(keys.len())
}

/// Forgets the cached roles of the profiles for which `is_meant` is true.
fn cached(
    ctx: &CleanContext,
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

/// Forgets the cached roles without a profile for which `is_meant` is true. Returns how many there were.
fn roles(ctx: &Context, is_meant: impl Fn(&RoleNote) -> bool) -> Result<usize> {
    let mut forgotten = 0;
    for note in exec_role_index::all(ctx).iter().filter(|note| is_meant(note)) {
        forgotten += usize::from(note.forget(ctx)?);
    }
    Ok(forgotten)
}

/// Forgets the session of an MFA device and the roles that were fetched with it. AWS has no call to revoke a
/// session: it stays valid there until it expires.
pub fn mfa_device(ctx: &CleanContext, config: &SharedConfig, device: &MfaDevice) -> Result<()> {
    let was_alive = device.session(ctx).is_some();
    role::remove_own(ctx, &device.key)?;
    registry_token::clear(ctx)?;
    cached(ctx, config, |selection| selection.device() == Some(device))?;
    roles(ctx, |note| note.device.as_ref() == Some(&device.key))?;
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
