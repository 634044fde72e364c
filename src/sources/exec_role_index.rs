//! Notes about cached roles that no profile names, such as those of `exec --role-arn`: a logout must find
//! what was fetched with the login.
//!
//! A note says which entry of the role cache it is, and which login or MFA device the role was fetched with.
//! There is one per entry, in the folder `given-roles` of the state folder, without a secret.

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

/// A cached role that no profile names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleNote {
    /// The entry of the role cache.
    key: String,
    /// The name of the SSO token that it was fetched with, or of the login of `aws login`.
    pub login: Option<String>,
    /// The key of the MFA device whose code it was fetched with.
    pub device: Option<String>,
}

/// Notes the role, if it is one that the role cache keeps. If the note cannot be written, a logout leaves the
/// cached role until it expires.
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

    /// Removes the role and the note. Returns whether the role was still in the cache.
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
