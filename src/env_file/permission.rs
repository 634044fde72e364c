//! Permission for `.awsenv` files: a cloned repository must not be able to choose an account.
//!
//! `allow` binds to the canonical path of the folder and the exact content of the file: a record named by the
//! digest of both stands in the state folder. `deny` binds to the path alone. Records count only if they
//! belong to this user: `su` and `sudo -E` keep another user's `HOME`. What was allowed in a git repository's
//! main checkout is allowed at the same place of its linked worktrees.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::env_file::lookup::FoundFiles;
use crate::settings::Settings;
use crate::system::context::Context;
use crate::system::{change_signal, files};
use crate::text::{digest, sanitize};

mod worktree;

/// Whether a file may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Its content was allowed, or its folder is trusted.
    Allowed,
    /// Its folder was denied: silent until the next allow.
    Denied,
    /// Nobody said anything about this content here.
    Unknown,
}

/// Returns whether a file that was found may be used. One whose content could not be had never may.
pub fn of(ctx: &Context, settings: &Settings, found: &FoundFiles) -> Permission {
    let (Ok(records), Some(folder), Some(content)) =
        (Records::new(ctx), canonical_folder(ctx, &found.path), &found.content)
    else {
        return Permission::Unknown;
    };
    if files::is_our_file(&records.denied(&folder)) {
        return Permission::Denied;
    }
    let allowed = |folder: &Path| files::is_our_file(&records.allowed(folder, content));
    if allowed(&folder) || trusted(settings, found, &folder) {
        return Permission::Allowed;
    }
    let main = worktree::in_main_checkout(&folder);
    match main.filter(|main| allowed(main) && !files::is_our_file(&records.denied(main))) {
        Some(_) => Permission::Allowed,
        None => Permission::Unknown,
    }
}

/// Says in words whether a file may be used, and which record says so, for who wants to know why.
pub fn explained(ctx: &Context, settings: &Settings, found: &FoundFiles) -> String {
    let (Ok(records), Some(folder), Some(content)) =
        (Records::new(ctx), canonical_folder(ctx, &found.path), &found.content)
    else {
        return "cannot be looked at, so it is not allowed".to_owned();
    };
    match of(ctx, settings, found) {
        Permission::Denied => format!("is denied by {}", sanitize::path(&records.denied(&folder))),
        Permission::Unknown => "is not allowed with this content".to_owned(),
        Permission::Allowed if files::is_our_file(&records.allowed(&folder, content)) => {
            format!("is allowed by {}", sanitize::path(&records.allowed(&folder, content)))
        }
        Permission::Allowed if trusted(settings, found, &folder) => {
            "is in a folder that the setting `trust` names".to_owned()
        }
        Permission::Allowed => "is allowed in its main checkout".to_owned(),
    }
}

/// Allows this content in that file's folder, and lifts a denial.
pub fn allow(ctx: &Context, file: &Path, content: &[u8]) -> Result<()> {
    let records = Records::new(ctx)?;
    let folder = canonical(ctx, file)?;
    remove(&records.denied(&folder))?;
    files::replace(&records.allowed(&folder, content), folder.as_os_str().as_bytes())?;
    change_signal::advance(ctx)
}

/// Denies whatever stands in that file's folder, now and later.
pub fn deny(ctx: &Context, file: &Path) -> Result<()> {
    let records = Records::new(ctx)?;
    let folder = canonical(ctx, file)?;
    files::replace(&records.denied(&folder), folder.as_os_str().as_bytes())?;
    change_signal::advance(ctx)
}

/// Removes the records of folders that are gone, and returns the folders of those that stay. A folder whose
/// parent is gone as well may be on a disk that is away, and is waited for for a month; so is a denial, to be
/// there if the folder is made again.
pub fn prune(ctx: &Context) -> Vec<PathBuf> {
    const MONTH: Duration = Duration::from_hours(30 * 24);
    let Ok(Records(state)) = Records::new(ctx) else { return Vec::new() };
    let mut kept = Vec::new();
    for (kind, is_allowed) in [("allow", true), ("deny", false)] {
        for record in files::older_than(&state.join(kind), Duration::ZERO) {
            let Ok(folder) = std::fs::read(&record).map(|bytes| PathBuf::from(OsString::from_vec(bytes)))
            else {
                continue;
            };
            let was_deleted = is_allowed && folder.parent().is_some_and(Path::is_dir);
            let is_old = || files::age(&record).is_some_and(|age| age >= MONTH);
            if !folder.is_dir() && folder.is_absolute() && (was_deleted || is_old()) {
                let _ = remove(&record);
            } else {
                kept.push(folder);
            }
        }
    }
    kept
}

struct Records(PathBuf);

impl Records {
    fn new(ctx: &Context) -> Result<Self> {
        ctx.state_dir().map(Self)
    }

    fn allowed(&self, folder: &Path, content: &[u8]) -> PathBuf {
        self.record("allow", [folder.as_os_str().as_bytes(), content])
    }

    fn denied(&self, folder: &Path) -> PathBuf {
        self.record("deny", [folder.as_os_str().as_bytes()])
    }

    fn record<const N: usize>(&self, kind: &str, about: [&[u8]; N]) -> PathBuf {
        files::below(&self.0, [kind, &digest::of(about, 64)])
    }
}

fn canonical_folder(ctx: &Context, file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    // What the kernel calls the current directory has no links in it, nor have its parents: no prompt need
    // ask again.
    let is_parent = |cwd: &PathBuf| cwd.ancestors().any(|parent| parent.as_os_str() == folder.as_os_str());
    if ctx.cwd.as_ref().is_some_and(is_parent) {
        return Some(folder.to_owned());
    }
    folder.canonicalize().ok()
}

fn canonical(ctx: &Context, file: &Path) -> Result<PathBuf> {
    canonical_folder(ctx, file)
        .with_context(|| format!("could not find the folder of {}", sanitize::path(file)))
}

/// Whole components are compared, so `code` does not trust `code-evil`. In a trusted folder nobody said
/// anything about the content, so the file must be this user's, and nobody else's to write.
fn trusted(settings: &Settings, found: &FoundFiles, folder: &Path) -> bool {
    let inside = |root: &PathBuf| root.canonicalize().is_ok_and(|root| folder.starts_with(root));
    found.is_ours_alone && settings.trust.iter().any(inside)
}

fn remove(record: &Path) -> Result<()> {
    match std::fs::remove_file(record) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not delete {}", sanitize::path(record)))
        }
        _ => Ok(()),
    }
}
