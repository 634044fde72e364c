//! Tells every shell that something changed that it should look at: a permission, a login.
//!
//! A link names the one file in a folder that stands for the present generation; the next one has another name. That a
//! file is still there, a shell sees with one `stat`; that it was not changed takes bash and fish four.

use std::fs::{self, File};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::context::Context;
use crate::mark::{self, Mark};
use crate::{files, text};

const FOLDER: &str = "generations";

/// What stays as it is until something changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generation {
    /// This file is there.
    File(PathBuf),
    /// The folder has this mark; `None` if it is not there.
    Folder(PathBuf, Option<Mark>),
}

impl Generation {
    /// Returns the generation, to be asked for before what it tells of. `None` without a home.
    pub fn now(ctx: &Context) -> Option<Self> {
        let state = ctx.state_dir().ok()?;
        match fs::read_link(link(&state)).map(|name| state.join(name)) {
            Ok(file) if file.exists() => Some(Self::File(file)),
            // Nothing ever changed. Or two processes did this at once, and each removed the other's file.
            _ => Some(Self::Folder(state.join(FOLDER), mark::settled(&state.join(FOLDER)))),
        }
    }
}

/// Makes every shell look again at its next prompt.
pub fn advance(ctx: &Context) -> Result<()> {
    let state = ctx.state_dir()?;
    let now = ctx.now().timestamp_nanos_opt().unwrap_or_default();
    begin(&state, &format!("{now}-{}", std::process::id()))
        .with_context(|| format!("could not write {}", text::path(&link(&state))))
}

fn begin(state: &Path, name: &str) -> Result<()> {
    let folder = state.join(FOLDER);
    files::make_private_dir(&folder)?;
    let file = folder.join(name);
    File::options().write(true).create(true).truncate(true).mode(0o600).open(&file)?;
    // A link cannot be pointed elsewhere, only replaced.
    let next = state.join(format!(".generation-{name}"));
    symlink(Path::new(FOLDER).join(name), &next)?;
    fs::rename(&next, link(state))?;
    for other in fs::read_dir(&folder)?.flatten().map(|entry| entry.path()).filter(|other| *other != file) {
        // Another process that does the same may be faster.
        let _ = fs::remove_file(other);
    }
    Ok(())
}

fn link(state: &Path) -> PathBuf {
    state.join("generation")
}
