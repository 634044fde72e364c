//! Tokens of container registries, in awsenv's own cache until they lapse.
//!
//! ```json
//! {"server": "111122223333.dkr.ecr.eu-west-1.amazonaws.com", "username": "AWS", "secret": "…",
//!  "expiresAt": "2026-11-22T01:19:37Z"}
//! ```
//!
//! A file is named by the registry and by who asked: the token speaks for its caller.

use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::cache::role;
use crate::system::context::Context;
use crate::system::{files, json_file};
use crate::text::{digest, timestamp};
use crate::values::credentials::is_plain;
use crate::values::secret::Secret;

/// What a registry is entered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryToken {
    /// The registry's name.
    pub server: String,
    /// The user.
    pub username: String,
    /// The password.
    pub secret: Secret,
    /// When it lapses (UTC).
    pub expires: DateTime<Utc>,
}

/// Half of a file's name.
const HALF: usize = 20;

/// Returns the name of the entry for a registry and a caller, of whom the parts tell all that makes a
/// difference.
pub fn key<'a>(server: &str, caller: impl IntoIterator<Item = &'a [u8]>) -> String {
    of_server(server) + &digest::of(caller, HALF)
}

fn of_server(server: &str) -> String {
    digest::of([server.as_bytes()], HALF)
}

/// Returns an entry, lapsed or not; `None` if there is none that can be read.
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
    let entry = Entry { server, username, secret: secret.reveal(), expires_at: timestamp::utc(*expires) };
    json_file::write(&path(ctx, key)?, &entry)
}

/// Removes what is kept for a registry, whoever asked.
pub fn remove(ctx: &Context, server: &str) -> Result<()> {
    let start = of_server(server);
    remove_all(ctx, |key| key.starts_with(&start)).map(drop)
}

/// Removes everything, and returns how many tokens there were.
pub fn clear(ctx: &Context) -> Result<usize> {
    remove_all(ctx, |_| true)
}

/// Removes what has lapsed, and what cannot be read.
pub fn prune(ctx: &Context) {
    let _ = remove_all(ctx, |key| read(ctx, key).is_none_or(|token| token.expires <= ctx.now()));
}

/// Returns all tokens that have not lapsed.
pub fn all(ctx: &Context) -> Vec<RegistryToken> {
    let keys = path(ctx, "").ok().and_then(|path| Some(role::entries(path.parent()?))).unwrap_or_default();
    let tokens = keys.iter().filter_map(|key| read(ctx, key));
    tokens.filter(|token| token.expires > ctx.now()).collect()
}

fn remove_all(ctx: &Context, is_meant: impl Fn(&str) -> bool) -> Result<usize> {
    let folder = path(ctx, "")?;
    let keys = folder.parent().map(role::entries).unwrap_or_default();
    let meant: Vec<_> = keys.into_iter().filter(|key| is_meant(key)).collect();
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
struct Entry<'a> {
    server: &'a str,
    username: &'a str,
    secret: &'a str,
    expires_at: String,
}
