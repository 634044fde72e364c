//! Tells every shell to look again at its next prompt: after `allow`, `deny`, a login or a logout.
//!
//! The signal is the one file in a folder, which is replaced by one of another name. That a file exists costs
//! a shell one `stat`; that its time is unchanged costs bash and fish four. A symbolic link names the file,
//! since each run would take longer to list the folder.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::system::context::Context;
use crate::system::file_stamp::{self, FileStamp};
use crate::system::files;
use crate::text::sanitize;

const FOLDER: &str = "generations";

/// What a shell watches: it stays as it is until [`advance`] is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeSignal {
    /// This file exists.
    File(PathBuf),
    /// The folder has this stamp; `None` if it does not exist.
    Folder(PathBuf, Option<FileStamp>),
}

impl ChangeSignal {
    /// Returns what to watch; `None` without a home. To be called before the permissions and logins are read,
    /// so that a change meanwhile is noticed.
    pub fn now(ctx: &Context) -> Option<Self> {
        let state = ctx.state_dir().ok()?;
        match fs::read_link(link(&state)).map(|name| state.join(name)) {
            Ok(file) if is_one(&file) && file.exists() => Some(Self::File(file)),
            // Never signalled yet, or a process died between the steps of `begin`.
            _ => Some(Self::Folder(state.join(FOLDER), file_stamp::settled(&state.join(FOLDER)))),
        }
    }
}

/// Makes every shell look again at its next prompt.
pub fn advance(ctx: &Context) -> Result<()> {
    let state = ctx.state_dir()?;
    let now = ctx.now().timestamp_nanos_opt().unwrap_or_default();
    begin(&state, &format!("{now}-{}", std::process::id()))
        .with_context(|| format!("could not write {}", sanitize::path(&link(&state))))
}

fn begin(state: &Path, name: &str) -> Result<()> {
    let folder = state.join(FOLDER);
    // Nothing is removed in a folder that a link leads to.
    if folder.is_symlink() {
        fs::remove_file(&folder)?;
    }
    files::make_private_dir(&folder)?;
    let file = folder.join(name);
    File::options().write(true).create(true).truncate(true).mode(0o600).open(&file)?;
    // Before the link is changed, since this is what the shells notice. Two processes that do this at once
    // may remove each other's file, or find theirs gone.
    let others = fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
    for other in others.filter(|other| *other != file && has_own_name(other)) {
        if let Err(error) = fs::remove_file(other)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error.into());
        }
    }
    // A link can only be replaced. Where the file system has none, or the process dies before, the stamp of
    // the folder has changed as well.
    let next = state.join(format!(".generation-{name}"));
    if symlink(Path::new(FOLDER).join(name), &next).is_ok() {
        fs::rename(&next, link(state))?;
    }
    Ok(())
}

/// Returns whether the path can be one of [`ChangeSignal::File`].
pub fn is_one(path: &Path) -> bool {
    has_own_name(path)
        && path.parent().is_some_and(|folder| folder.ends_with(Path::new("awsenv").join(FOLDER)))
}

/// Returns whether the name is one that [`advance`] gives: a time in nanoseconds, and a process id.
fn has_own_name(path: &Path) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = path.file_name().and_then(|name| name.to_str()).map(|name| name.trim_start_matches('-'));
    name.and_then(|name| name.split_once('-')).is_some_and(|(time, pid)| is_number(time) && is_number(pid))
}

fn link(state: &Path) -> PathBuf {
    state.join("generation")
}
