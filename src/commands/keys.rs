//! `awsenv keys`: long-lived access keys in the system's keyring instead of `~/.aws/credentials`.
//!
//! A profile of such keys has the line `credential_process = /path/awsenv keys get NAME`, so that the AWS CLI
//! and the SDKs find them; awsenv itself reads the keyring.

pub mod add;
pub mod get;
pub mod list;
pub mod move_keys;
pub mod remove;
pub mod rotate;
pub mod unlock;

use anyhow::Result;

use crate::aws::sts::Identity;
use crate::cache::key_account;
use crate::cache::role;
use crate::configure::writer;
use crate::failure::Failure;
use crate::keyring;
use crate::keyring::stored_keys::StoredKeys;
use crate::login::mfa_device::MfaDevice;
use crate::shared_config::CleanContext;
use crate::shared_config::{self, SharedConfig, region};
use crate::sources::{caller_identity, keyring_keys};
use crate::system::change_signal;
use crate::system::context::Context;
use crate::system::lock::LockGuard;
use crate::terminal::{lock_wait, message};
use crate::text::{digest, sanitize, shell_words};
use crate::values::credentials::Credentials;

/// The region of STS where a profile has none.
const USUAL_REGION: &str = "us-east-1";

/// The context without awsenv's exports, and the AWS files.
struct Files {
    ctx: CleanContext,
    config: SharedConfig,
}

impl Files {
    /// Reads the files, and makes sure that the config file can be written.
    fn to_write(ctx: &Context) -> Result<Self> {
        let ctx = CleanContext::new(ctx);
        let config = shared_config::load(&ctx)?;
        writer::writable(&ctx, &config)?;
        Ok(Self { ctx, config })
    }
}

/// Locks the keys of a name, so that only one process changes them.
fn locked(ctx: &Context, name: &str) -> Result<LockGuard> {
    lock_wait::take(ctx, &format!("keys-{}", digest::sha1(name)), "changing the same keys")
}

/// Returns the AWS identity of the keys, and remembers the account.
fn identity(ctx: &Context, config: &SharedConfig, profile: &str, keys: &Credentials) -> Result<Identity> {
    let section = config.profile(profile);
    let own = section.and_then(|section| region::of_profile(&section).ok().flatten());
    let region = own.or(region::of_environment(&ctx.env)?);
    let region = region.map_or(USUAL_REGION.to_owned(), |region| region.name);
    let identity = caller_identity::of(ctx, config, profile, keys, Some(&region))?;
    key_account::keep(ctx, &keys.access_key_id, &identity.account);
    Ok(identity)
}

/// Says that the keyring asks for its password.
fn announce(ctx: &Context) {
    message::status(ctx, "the keyring asks for its password; Ctrl-C stops");
}

/// Unlocks the keyring, if it is locked. Returns whether it was.
fn unlocked(ctx: &Context) -> Result<bool> {
    keyring::unlock(ctx, &|| announce(ctx))
}

/// Puts keys into the keyring, and reads them back.
fn store(ctx: &Context, name: &str, keys: &StoredKeys) -> Result<()> {
    keyring::write(ctx, name, keys, &|| announce(ctx))?;
    if keyring::read(ctx, name)?.as_ref() != Some(keys) {
        let name = sanitize::shown(name);
        return Err(Failure::new(format!(
            "could not keep the keys `{name}`: the keyring has something else"
        ))
        .into());
    }
    Ok(())
}

/// Deletes the MFA sessions that the earlier keys of this name have opened.
fn forget_sessions(ctx: &Context, config: &SharedConfig, name: &str) {
    for profile in config.profiles() {
        if let Ok(Some(serial)) = profile.text("mfa_serial") {
            let _ = role::remove_own(ctx, &MfaDevice::of_user(&keyring_keys::id(name), serial).key);
        }
    }
}

/// Has every shell look at its folder again.
fn tell_shells(ctx: &Context) {
    if let Err(error) = change_signal::advance(ctx) {
        message::unkept(ctx, &error);
    }
}

/// Returns the hint that AWS still accepts keys that were removed from the keyring.
fn still_accepted(ids: &[&str]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| sanitize::shown(id)).collect();
    format!("AWS still accepts {}: delete it in IAM if nobody uses it", ids.join(" and "))
}

/// Returns a command to paste, with the name quoted.
fn command(action: &str, name: &str) -> String {
    format!("awsenv keys {action} {}", sanitize::shown(&shell_words::quote(name)))
}
