//! Empty files that carry one modification time each, for shells that can only compare the times of two files.
//!
//! One stamp stands for one time, never for one file: two shells that hold different versions of a file do not
//! fool each other. A stamp that was wiped makes its file look changed, so the program runs and makes it again.

use std::fs::{File, FileTimes};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use crate::shell::Stamps;
use crate::system::context::Context;
use crate::system::{file_stamp, files};

/// The stamps of this user, in the folder of short-lived files.
pub struct StampFolder(Option<PathBuf>);

impl StampFolder {
    /// Finds the folder. Without one there are no stamps, and shells that need them run the program each time.
    pub fn new(ctx: &Context) -> Self {
        Self(ctx.runtime_dir().ok().map(|dir| dir.join("stamps")))
    }
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
        let file = File::options().write(true).create(true).truncate(false).open(&path).ok()?;
        file.set_times(FileTimes::new().set_modified(UNIX_EPOCH + since_epoch)).ok()?;
        // A file system may round the time; then no stamp is better than one that is wrong.
        carries().then_some(path)
    }
}
