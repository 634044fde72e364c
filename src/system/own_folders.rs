//! awsenv's own folders: they hold permissions and keys, so no other user may write or read them.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::failure::Failure;
use crate::system::context::Context;
use crate::system::files;
use crate::text::sanitize;

/// What is wrong with one of the folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderFault {
    /// It, or the link in its place, belongs to another user.
    Foreign(PathBuf),
    /// Others can write it, or only read it.
    Open {
        /// The folder.
        folder: PathBuf,
        /// Whether others can write it, and not only read it.
        writable: bool,
    },
}

/// Sets the mode of awsenv's own folders to 0700, and returns those that other users could write. An error if
/// one of them belongs to another user, who could have written everything in it.
///
/// The folders in them cannot be reached then, whatever their mode.
pub fn secure(ctx: &Context) -> Result<Vec<PathBuf>> {
    let mut closed = Vec::new();
    for trouble in look(ctx) {
        match trouble {
            FolderFault::Foreign(folder) => return Err(refused(&folder).into()),
            FolderFault::Open { folder, writable } => {
                // This fails on a read-only file system, for example; `awsenv doctor` tells.
                if close(&folder).is_ok() && writable {
                    closed.push(folder);
                }
            }
        }
    }
    Ok(closed)
}

/// Changes the mode of the opened folder: its path may lead elsewhere meanwhile.
fn close(folder: &Path) -> io::Result<()> {
    files::open_no_link(&folder.canonicalize()?)?.set_permissions(Permissions::from_mode(0o700))
}

/// Returns what is wrong with the folders of the state, the cache and the short-lived files.
pub fn look(ctx: &Context) -> Vec<FolderFault> {
    let mut folders: Vec<_> =
        [ctx.state_dir(), ctx.cache_dir(), ctx.runtime_dir()].into_iter().flatten().collect();
    folders.dedup();
    folders.into_iter().filter_map(|folder| look_at(ctx, folder)).collect()
}

fn look_at(ctx: &Context, folder: PathBuf) -> Option<FolderFault> {
    let link = fs::symlink_metadata(&folder).ok()?;
    let is_foreign = |file: &Metadata| !ctx.may_use(file);
    if is_foreign(&link) {
        return Some(FolderFault::Foreign(folder));
    }
    let file = if link.is_symlink() { fs::metadata(&folder).ok()? } else { link };
    if is_foreign(&file) {
        return Some(FolderFault::Foreign(folder));
    }
    let is_open = file.is_dir() && file.permissions().mode() & 0o077 != 0;
    is_open.then(|| FolderFault::Open { folder, writable: files::is_writable_by_others(&file) })
}

fn refused(folder: &Path) -> Failure {
    Failure::new(format!("could not use {}: it belongs to another user", sanitize::path(folder)))
        .hint("set `HOME`, or `XDG_STATE_HOME` and its like, to folders of your own")
}

/// Returns the folders in which awsenv writes files that may hold keys or tokens, and `~/.aws`.
pub fn with_secrets(ctx: &Context) -> Vec<PathBuf> {
    let aws = ctx.aws_dir().ok();
    let shared = ["", "sso/cache", "cli/cache", "login/cache"];
    let shared = aws.iter().flat_map(|aws| shared.map(|folder| aws.join(folder)));
    let own = ctx.cache_dir().ok();
    let own = own.iter().flat_map(|own| ["credentials", "registries"].map(|folder| own.join(folder)));
    shared.chain(own).collect()
}
