//! Tokens of container registries, in awsenv's own cache until they expire.
//!
//! ```json
//! {"server": "111122223333.dkr.ecr.eu-west-1.amazonaws.com", "username": "AWS", "secret": "…",
//!  "expiresAt": "2026-11-22T01:19:37Z"}
//! ```
//!
//! A file is named after the registry and the caller, since a token has its caller's permissions.

use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::cache::key;
use crate::system::context::Context;
use crate::system::{files, json_file};
use crate::text::{digest, timestamp};
use crate::values::credentials::is_plain;
use crate::values::secret::Secret;

/// User name and password for a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryToken {
    /// The registry's host.
    pub server: String,
    /// The user.
    pub username: String,
    /// The password.
    pub secret: Secret,
    /// When the password expires (UTC).
    pub expires: DateTime<Utc>,
}

/// In hexadecimal digits: half of a file's name.
const HALF: usize = 20;

/// Returns the name of the entry for a registry and a caller. `caller` is everything that tells callers
/// apart.
pub fn key<'a>(server: &str, caller: impl IntoIterator<Item = &'a [u8]>) -> String {
    of_server(server) + &digest::of(caller, HALF)
}

fn of_server(server: &str) -> String {
    digest::of([server.as_bytes()], HALF)
}

/// Returns an entry, expired or not; `None` if it is missing or cannot be read.
pub fn read(ctx: &Context, key: &str) -> Option<RegistryToken> {
    let ReadToken { server, username, secret, expires_at } = json_file::read_as(ctx, &path(ctx, key).ok()?)?;
    let parts = [server.as_str(), username.as_str(), secret.reveal()];
    let is_whole = parts.iter().all(|part| !part.is_empty() && is_plain(part));
    let expires = timestamp::parse(&expires_at)?;
    is_whole.then_some(RegistryToken { server, username, secret, expires })
}

/// Writes an entry, whole and 0600.
pub fn write(ctx: &Context, key: &str, token: &RegistryToken) -> Result<()> {
    let RegistryToken { server, username, secret, expires } = token;
    let entry =
        WrittenToken { server, username, secret: secret.reveal(), expires_at: timestamp::utc(*expires) };
    json_file::write(&path(ctx, key)?, &entry)
}

/// Removes the tokens of a registry, of all callers.
pub fn remove(ctx: &Context, server: &str) -> Result<()> {
    let start = of_server(server);
    remove_all(ctx, |key| key.starts_with(&start)).map(drop)
}

/// Removes all tokens, and returns how many there were.
pub fn clear(ctx: &Context) -> Result<usize> {
    remove_all(ctx, |_| true)
}

/// Removes tokens that have expired or cannot be read.
pub fn prune(ctx: &Context) {
    let _ = remove_all(ctx, |key| read(ctx, key).is_none_or(|token| token.expires <= ctx.now()));
}

/// Returns all tokens that have not expired.
pub fn all(ctx: &Context) -> Vec<RegistryToken> {
    let keys = path(ctx, "").map(|path| key::siblings(&path)).unwrap_or_default();
    let tokens = keys.iter().filter_map(|key| read(ctx, key));
    tokens.filter(|token| token.expires > ctx.now()).collect()
}

fn remove_all(ctx: &Context, is_meant: impl Fn(&str) -> bool) -> Result<usize> {
    let mut meant = key::siblings(&path(ctx, "")?);
    meant.retain(|key| is_meant(key));
    for key in &meant {
        json_file::remove(&path(ctx, key)?)?;
    }
    Ok(meant.len())
}

fn path(ctx: &Context, key: &str) -> Result<PathBuf> {
    Ok(files::below(&ctx.cache_dir()?, ["registries", &format!("{key}.json")]))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadToken {
    server: String,
    username: String,
    secret: Secret,
    expires_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenToken<'a> {
    server: &'a str,
    username: &'a str,
    secret: &'a str,
    expires_at: String,
}
