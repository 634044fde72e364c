//! A folder that lasts as long as one run, for files that awsenv names to another program.
//!
//! A killed process cannot remove its folder. The next run does, since the kernel has released the lock in
//! it.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::system::context::Context;
use crate::system::files;

const PREFIX: &str = "run-";

/// The file that is locked as long as the folder is used.
const LOCK: &str = "lock";

/// A folder younger than this may be one that is not locked yet.
const YOUNG: Duration = Duration::from_secs(10);

/// A folder for this user alone (0700), removed when the value is dropped.
#[derive(Debug)]
pub struct RunFolder {
    folder: TempDir,
    _lock: File,
}

impl RunFolder {
    /// Makes a folder in [`Context::runtime_dir`], and removes those of processes that were killed.
    pub fn make(ctx: &Context) -> Result<Self> {
        let parent = ctx.runtime_dir()?;
        files::make_private_dir(&parent)?;
        sweep(&parent);
        let make = || -> std::io::Result<Self> {
            let private = Permissions::from_mode(0o700);
            let folder = tempfile::Builder::new().prefix(PREFIX).permissions(private).tempdir_in(&parent)?;
            let lock = File::create_new(folder.path().join(LOCK))?;
            // Not every file system has locks.
            let _ = lock.try_lock();
            Ok(Self { folder, _lock: lock })
        };
        let cannot = || format!("could not make a folder in {}", crate::text::sanitize::path(&parent));
        // The error of the library names its path again.
        make().map_err(|error| std::io::Error::from(error.kind())).with_context(cannot)
    }

    /// Writes a file in it (0600), and returns its path.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.folder.path().join(name);
        files::replace_cache(&path, content)?;
        Ok(path)
    }
}

fn sweep(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    for path in named.map(|entry| entry.path()).filter(|path| is_left(path)) {
        let _ = fs::remove_dir_all(path);
    }
}

fn is_left(path: &Path) -> bool {
    let is_ours = fs::symlink_metadata(path).is_ok_and(|folder| folder.is_dir() && files::is_ours(&folder));
    let is_free = || files::open_no_link(&path.join(LOCK)).map_or(true, |lock| lock.try_lock().is_ok());
    is_ours && files::age(path).is_some_and(|age| age >= YOUNG) && is_free()
}
