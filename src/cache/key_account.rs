//! The accounts of static keys, as GetCallerIdentity returned them, kept per access key id.
//!
//! A custom endpoint could claim any account, so its answers count for that endpoint alone.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::shared_config::endpoint_settings::{self, Service};
use crate::system::context::Context;
use crate::system::files;
use crate::text::digest;
use crate::values::account_id;
use crate::values::credentials::Credentials;

/// In bytes; an account has twelve digits.
const LARGEST: u64 = 64;

/// Returns the account of these keys, if AWS, or the endpoint that the environment names in its place, was
/// asked before. Keys never move to another account, so it does not expire.
pub fn known(ctx: &Context, access_key_id: &str) -> Option<String> {
    let (account, file) = files::read_regular(&path(ctx, access_key_id).ok()?, LARGEST).ok()?;
    let account = String::from_utf8(account).ok().filter(|_| ctx.may_use(&file));
    account.filter(|account| account_id::is_valid(account))
}

/// Returns the account that comes with these credentials, or that is [`known`] of their key.
pub fn of(ctx: &Context, credentials: &Credentials) -> Option<String> {
    credentials.account.clone().or_else(|| known(ctx, &credentials.access_key_id))
}

/// Keeps the account of these keys. Without it AWS is asked again, so a failure to write is no error.
pub fn keep(ctx: &Context, access_key_id: &str, account: &str) {
    if let Ok(path) = path(ctx, access_key_id) {
        let _ = files::replace(&path, account.as_bytes());
    }
}

/// Removes accounts that were kept longer ago than `age`: AWS is asked again for keys that are still in use.
pub fn prune(ctx: &Context, age: Duration) {
    let Ok(folder) = ctx.cache_dir().map(|cache| cache.join("accounts")) else { return };
    for path in files::older_than(&folder, age) {
        let _ = std::fs::remove_file(path);
    }
}

fn path(ctx: &Context, access_key_id: &str) -> Result<PathBuf> {
    let endpoint = endpoint_settings::of_environment(ctx, Service::Sts)?.map(str::as_bytes);
    let parts = [access_key_id.as_bytes()].into_iter().chain(endpoint);
    // The name of the file is a digest, so that a listing of the folder tells nothing.
    Ok(ctx.cache_dir()?.join("accounts").join(digest::of(parts, 40)))
}
