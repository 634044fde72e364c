//! Whose static keys are: the account, as AWS said, kept per access key id.
//!
//! At an endpoint of the user's own somebody else than AWS answers. What that one said counts there alone.

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

/// Returns the account that AWS, or the endpoint that the environment names in its place, once said these
/// keys belong to. Keys never move to another account.
pub fn known(ctx: &Context, access_key_id: &str) -> Option<String> {
    let mut file = files::open_at_once(&path(ctx, access_key_id).ok()?).ok()?;
    let (account, file) = files::read_opened(&mut file, LARGEST).ok()?;
    let account = String::from_utf8(account).ok().filter(|_| ctx.may_use(&file));
    account.filter(|account| account_id::is_valid(account))
}

/// Returns the account that comes with these credentials, or that is [`known`] of their key.
pub fn of(ctx: &Context, credentials: &Credentials) -> Option<String> {
    credentials.account.clone().or_else(|| known(ctx, &credentials.access_key_id))
}

/// Keeps whose these keys are. Without it AWS is asked again, so a failure to write is no error.
pub fn keep(ctx: &Context, access_key_id: &str, account: &str) {
    if let Ok(path) = path(ctx, access_key_id) {
        let _ = files::replace(&path, account.as_bytes());
    }
}

/// Forgets the accounts of keys that were asked about longer ago than this: AWS is asked again if they are
/// still in use.
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
