//! Temporary files that a killed process left behind. They may hold keys.
//!
//! A writer holds a lock on its temporary file, which the kernel releases when the process ends. So a file
//! whose lock is free is nobody's any more.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::system::{clock, opened_file};

/// The prefix of the names of temporary files.
pub const PREFIX: &str = ".awsenv-";

/// A file younger than this may be one whose writer has not locked it yet.
const YOUNG: Duration = Duration::from_secs(1);

/// A file older than this is removed by the next writer in its folder.
pub const OLD: Duration = Duration::from_mins(10);

/// Removes the remnants in a folder that are older than `age`, and returns how many were removed.
pub fn sweep(folder: &Path, age: Duration) -> usize {
    all(folder, age).iter().filter(|path| fs::remove_file(path).is_ok()).count()
}

/// Returns how many remnants there are in a folder.
pub fn count(folder: &Path) -> usize {
    all(folder, YOUNG).len()
}

fn all(folder: &Path, age: Duration) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    named.map(|entry| entry.path()).filter(|path| is_remnant(path, age.max(YOUNG))).collect()
}

fn is_remnant(path: &Path, age: Duration) -> bool {
    let look = || -> Option<bool> {
        let file = opened_file::open_no_link(path).ok()?;
        let metadata = file.metadata().ok()?;
        let is_old = clock::since(metadata.modified().ok()?).is_some_and(|since| since >= age);
        Some(metadata.is_file() && opened_file::is_ours(&metadata) && is_old && is_free(&file))
    };
    look().unwrap_or(false)
}

/// Returns whether no process is writing the file.
fn is_free(file: &File) -> bool {
    file.try_lock().is_ok()
}
