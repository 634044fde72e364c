//! Notes of the roles that were named on a command line: no file names them, and a logout must find what came
//! of the login.
//!
//! A note says which entry of the role cache it is, and on which login or MFA device the role rests. There is
//! one per entry, in the folder `given-roles` of the state folder, without a secret.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::cache::role;
use crate::login::console_session::ConsoleSession;
use crate::login::mfa_device::MfaDevice;
use crate::sources::resolution::{Resolution, Store};
use crate::system::context::Context;
use crate::system::{files, json_file};

/// A role in the cache that was named on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleNote {
    /// The entry of the role cache.
    key: String,
    /// The name of the token that it rests on, or of the login of `aws login`.
    pub login: Option<String>,
    /// The key of the MFA device that it rests on.
    pub device: Option<String>,
}

/// Notes the role, if it is one that a cache keeps. A note that cannot be written costs no more than an entry
/// that outlives its login.
pub fn keep(
    ctx: &Context,
    resolution: &Resolution,
    console: Option<&ConsoleSession>,
    device: Option<&MfaDevice>,
) {
    let Store::RoleCache(key) = &resolution.store else { return };
    let login = resolution.login.as_ref().map(|login| &login.token);
    let login = login.or(console.map(|session| &session.key));
    let note = json!({ "login": login, "device": device.map(|device| &device.key) });
    let _ = folder(ctx).and_then(|folder| {
        files::replace_cache(&folder.join(format!("{key}.json")), note.to_string().as_bytes())
    });
}

/// Returns all notes there are.
pub fn all(ctx: &Context) -> Vec<RoleNote> {
    let entries = folder(ctx).ok().and_then(|folder| fs::read_dir(folder).ok());
    entries.into_iter().flatten().flatten().filter_map(|entry| RoleNote::read(ctx, &entry.path())).collect()
}

/// Removes the notes of roles that are no longer in the cache.
pub fn prune(ctx: &Context, age: Duration) {
    let Ok(folder) = folder(ctx) else { return };
    for path in files::older_than(&folder, age) {
        let Some(note) = RoleNote::read(ctx, &path) else { continue };
        if role::path(ctx, &note.key).is_ok_and(|entry| !entry.exists()) {
            let _ = json_file::remove(&path);
        }
    }
}

impl RoleNote {
    fn read(ctx: &Context, path: &Path) -> Option<Self> {
        let key = path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
        let note = json_file::read(ctx, path)?;
        Some(Self { key, login: json_file::text(&note, "login"), device: json_file::text(&note, "device") })
    }

    /// Forgets the role, and the note. Returns whether there was one still.
    pub fn forget(&self, ctx: &Context) -> Result<bool> {
        let was_there = role::path(ctx, &self.key)?.exists();
        role::remove(ctx, &self.key)?;
        json_file::remove(&folder(ctx)?.join(format!("{}.json", self.key)))?;
        Ok(was_there)
    }
}

fn folder(ctx: &Context) -> Result<PathBuf> {
    Ok(ctx.state_dir()?.join("given-roles"))
}
