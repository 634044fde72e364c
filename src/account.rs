//! Whose static keys are: the account, as AWS said, kept per access key id.

use std::path::PathBuf;

use anyhow::Result;

use crate::context::Context;
use crate::credentials::Credentials;
use crate::{files, fingerprint};

/// Returns the account that AWS once said these keys belong to. Keys never move to another account.
pub fn known(ctx: &Context, access_key_id: &str) -> Option<String> {
    let account = std::fs::read_to_string(path(ctx, access_key_id).ok()?).ok()?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

/// Asks AWS (GetCallerIdentity), and keeps the answer. `profile` is for messages.
pub fn ask(ctx: &Context, profile: &str, credentials: &Credentials, region: Option<&str>) -> Result<String> {
    let account = crate::identity::of(ctx, profile, credentials, region)?.account;
    // Without it AWS is asked again.
    let _ = files::replace(&path(ctx, &credentials.access_key_id)?, account.as_bytes());
    Ok(account)
}

fn path(ctx: &Context, access_key_id: &str) -> Result<PathBuf> {
    // The name of the file is a digest, so that a listing of the folder tells nothing.
    Ok(ctx.cache_dir()?.join("accounts").join(fingerprint::of([access_key_id.as_bytes()], 40)))
}
