//! Empty files with one modification time each, for shells that can only compare the times of two files.
//!
//! A stamp stands for one time, not for one file, so shells that have seen different versions of a file do
//! not mislead each other. If a stamp is deleted, its file looks changed, so the program runs and makes it
//! again.

use std::fs::{File, FileTimes};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use chrono::{DateTime, TimeDelta};

use crate::env_file::parse::NAME;
use crate::shared_config;
use crate::shell::Stamps;
use crate::system::context::Context;
use crate::system::{file_stamp, files, own_folders};

/// The folder of this user's stamps; none where there is no folder for short-lived files.
pub struct StampFolder(Option<PathBuf>);

impl StampFolder {
    /// Finds the folder. Without one, shells that need stamps run the program at each prompt.
    pub fn new(ctx: &Context) -> Self {
        Self(ctx.runtime_dir().ok().map(|dir| dir.join("stamps")))
    }
}

/// Removes the stamps that are older than a day and have the time of no file that a prompt watches: the AWS
/// files and caches, the settings, and the `.awsenv` in these folders. A shell that misses one runs the
/// program once.
pub fn prune(ctx: &Context, folders: &[PathBuf]) {
    let Some(folder) = StampFolder::new(ctx).0 else { return };
    let watched = watched(ctx, folders);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in entries.filter(|path| files::is_our_file(path)) {
        let Some(stamp) = file_stamp::mark(&path) else { continue };
        let made = DateTime::from_timestamp(stamp.changed.0, 0);
        let is_old = made.is_some_and(|made| made + TimeDelta::days(1) < ctx.now());
        if is_old && !watched.contains(&stamp.modified) {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Returns the modification times of the watched files, in seconds and nanoseconds since 1970.
fn watched(ctx: &Context, folders: &[PathBuf]) -> Vec<(i64, i64)> {
    let mut paths: Vec<_> =
        [shared_config::config_file(ctx), shared_config::credentials_file(ctx), ctx.settings_file()]
            .into_iter()
            .flatten()
            .collect();
    paths.extend(folders.iter().map(|folder| folder.join(NAME)));
    for folder in own_folders::with_secrets(ctx) {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        paths.extend(entries.map(|entry| entry.path()));
    }
    paths.iter().filter_map(|path| file_stamp::mark(path)).map(|stamp| stamp.modified).collect()
}

impl Stamps for StampFolder {
    fn stamp(&self, modified: (i64, i64)) -> Option<PathBuf> {
        let folder = self.0.as_ref()?;
        let path = folder.join(format!("{}.{:09}", modified.0, modified.1));
        let carries = || file_stamp::mark(&path).is_some_and(|mark| mark.modified == modified);
        if carries() {
            return Some(path);
        }
        files::make_private_dir(folder).ok()?;
        let since_epoch = Duration::new(modified.0.try_into().ok()?, modified.1.try_into().ok()?);
        let file = File::options().write(true).create(true).truncate(false).mode(0o600).open(&path).ok()?;
        file.set_times(FileTimes::new().set_modified(UNIX_EPOCH + since_epoch)).ok()?;
        // A file system may round the time; then no stamp is better than one that is wrong.
        carries().then_some(path)
    }
}
