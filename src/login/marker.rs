//! What became of the last login that a person was asked for, on disk, one marker per session.
//!
//! A login that is cancelled below a prompt leaves no output that a shell could remember, so the marker is
//! written before it begins and taken away when it succeeds. Every shell honours a decline until the user asks for a login,
//! or there is a new token.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use crate::context::Context;
use crate::{cache_file, files};

/// What the marker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// No login was begun, or the last one ended well.
    None,
    /// One was begun. If nobody holds the session's lock, its process died.
    Pending {
        /// How often a login was taken over from a process that died.
        takeovers: u64,
    },
    /// The person said no.
    Declined,
}

/// Returns what the marker of the token `key` says.
pub fn read(ctx: &Context, key: &str) -> Marker {
    let Some(entry) = path(ctx, key).ok().and_then(|path| cache_file::read(&path)) else {
        return Marker::None;
    };
    match entry.get("state").and_then(Value::as_str) {
        Some("pending") => {
            Marker::Pending { takeovers: entry.get("takeovers").and_then(Value::as_u64).unwrap_or(0) }
        }
        Some("declined") => Marker::Declined,
        _ => Marker::None,
    }
}

/// Notes that a login begins. One that is pending already was left by a process that died.
pub fn begin(ctx: &Context, key: &str) -> Result<()> {
    let takeovers = match read(ctx, key) {
        Marker::Pending { takeovers } => takeovers + 1,
        Marker::None | Marker::Declined => 0,
    };
    write(ctx, key, &json!({ "state": "pending", "takeovers": takeovers }))
}

/// Notes that the person said no.
pub fn decline(ctx: &Context, key: &str) {
    let _ = write(ctx, key, &json!({ "state": "declined" }));
}

/// Takes the marker away: the login ended, or the user asks for a new one.
pub fn end(ctx: &Context, key: &str) {
    if let Ok(path) = path(ctx, key) {
        let _ = std::fs::remove_file(path);
    }
}

/// Returns the marker's file.
pub fn path(ctx: &Context, key: &str) -> Result<PathBuf> {
    Ok(ctx.state_dir()?.join("logins").join(format!("{key}.json")))
}

fn write(ctx: &Context, key: &str, entry: &Value) -> Result<()> {
    files::replace(&path(ctx, key)?, entry.to_string().as_bytes())
}
