//! Tells every shell that something changed that it should look at: a permission, a login.
//!
//! The one file in a folder stands for the present generation; the next one has another name. That a file is
//! still there, a shell sees with one `stat`; that it was not changed takes bash and fish four. A link names
//! the file, since to list the folder takes each run longer.

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

/// What stays as it is until something changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeSignal {
    /// This file is there.
    File(PathBuf),
    /// The folder has this mark; `None` if it is not there.
    Folder(PathBuf, Option<FileStamp>),
}

impl ChangeSignal {
    /// Returns the generation, to be asked for before what it tells of. `None` without a home.
    pub fn now(ctx: &Context) -> Option<Self> {
        let state = ctx.state_dir().ok()?;
        match fs::read_link(link(&state)).map(|name| state.join(name)) {
            Ok(file) if is_one(&file) && file.exists() => Some(Self::File(file)),
            // Nothing ever changed, or what changed was not told to its end, see `advance`.
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
    // What a link leads to is not ours to clear.
    if folder.is_symlink() {
        fs::remove_file(&folder)?;
    }
    files::make_private_dir(&folder)?;
    let file = folder.join(name);
    File::options().write(true).create(true).truncate(true).mode(0o600).open(&file)?;
    // First, since it tells the shells. Of two processes that do this at once each may remove the other's
    // file, or find it gone.
    let others = fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
    for other in others.filter(|other| *other != file && has_own_name(other)) {
        if let Err(error) = fs::remove_file(other)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error.into());
        }
    }
    // A link cannot be pointed elsewhere, only replaced. Where a file system has none, or the process dies
    // before, the folder's mark tells as well.
    let next = state.join(format!(".generation-{name}"));
    if symlink(Path::new(FOLDER).join(name), &next).is_ok() {
        fs::rename(&next, link(state))?;
    }
    Ok(())
}

/// Returns whether the path is one that [`ChangeSignal::File`] had.
pub fn is_one(path: &Path) -> bool {
    has_own_name(path)
        && path.parent().is_some_and(|folder| folder.ends_with(Path::new("awsenv").join(FOLDER)))
}

/// Returns whether the name is one that [`advance`] gives: a time and a process id.
fn has_own_name(path: &Path) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = path.file_name().and_then(|name| name.to_str()).map(|name| name.trim_start_matches('-'));
    name.and_then(|name| name.split_once('-')).is_some_and(|(time, pid)| is_number(time) && is_number(pid))
}

fn link(state: &Path) -> PathBuf {
    state.join("generation")
}
