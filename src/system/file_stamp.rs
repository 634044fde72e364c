//! Detects that a file was changed without reading it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::system::clock;

/// What stat(2) says of a file: equal stamps mean the same content, except for edits within one tick of the
/// file system's clock, which [`settled`] excludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStamp {
    /// The inode.
    pub inode: u64,
    /// The size in bytes.
    pub size: u64,
    /// The modification time: Unix seconds and nanoseconds.
    pub modified: (i64, i64),
    /// The time of the last change of content or attributes (ctime): Unix seconds and nanoseconds.
    pub changed: (i64, i64),
}

impl FileStamp {
    /// Returns the stamp in the metadata of a file.
    pub fn of(file: &Metadata) -> Self {
        Self {
            inode: file.ino(),
            size: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        }
    }

    /// Returns how long ago the file was last touched; `None` if all its times are in the future or before
    /// 1970.
    fn age(&self) -> Option<Duration> {
        let age = |(seconds, nanoseconds): (i64, i64)| {
            let since_epoch = Duration::new(seconds.try_into().ok()?, nanoseconds.try_into().ok()?);
            clock::since(UNIX_EPOCH.checked_add(since_epoch)?)
        };
        [self.modified, self.changed].into_iter().filter_map(age).min()
    }

    /// Returns whether the file was last touched so long ago (3 seconds) that a later edit has another stamp
    /// on any file system: the times of some count by 2 seconds.
    pub fn is_old(&self) -> bool {
        self.age().is_some_and(|age| age > Duration::from_secs(3))
    }

    /// Returns the stamp as text, for a cache file.
    pub fn encode(&self) -> String {
        let Self { inode, size, modified, changed } = self;
        format!("{inode} {size} {}.{:09} {}.{:09}", modified.0, modified.1, changed.0, changed.1)
    }
}

/// Returns the stamp of a file, following links; `None` if there is no such file.
pub fn mark(path: &Path) -> Option<FileStamp> {
    std::fs::metadata(path).ok().map(|file| FileStamp::of(&file))
}

/// Returns the stamp of a file that is about to be read, waiting up to 12 ms if the file is younger than one
/// clock tick.
///
/// Kernels stamp files with a clock that ticks every 1 to 10 ms, so two edits within one tick get the same
/// stamp. Modification and change time both count, since a file can be moved in with an old one.
pub fn settled(path: &Path) -> Option<FileStamp> {
    const TICK: Duration = Duration::from_millis(12);
    let file = FileStamp::of(&std::fs::metadata(path).ok()?);
    // A file with times in the future, or on a file system without times, is not waited for.
    let rest = file.age().and_then(|age| TICK.checked_sub(age));
    match rest {
        Some(rest) => {
            std::thread::sleep(rest);
            mark(path)
        }
        None => Some(file),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{File, FileTimes};
    use std::time::SystemTime;

    use super::*;

    fn mark_of(modified: SystemTime, changed: SystemTime) -> FileStamp {
        let parts = |time: SystemTime| {
            let since_epoch = time.duration_since(UNIX_EPOCH).unwrap();
            (since_epoch.as_secs().cast_signed(), i64::from(since_epoch.subsec_nanos()))
        };
        FileStamp { inode: 1, size: 1, modified: parts(modified), changed: parts(changed) }
    }

    #[test]
    fn a_file_is_as_old_as_its_later_time_that_is_not_in_the_future() {
        let (hour, now) = (Duration::from_hours(1), SystemTime::now());
        let age = |modified, changed| mark_of(modified, changed).age();
        assert!(age(now - hour, now - 2 * hour).unwrap() >= hour);
        assert!(age(now - 2 * hour, now - hour).unwrap() < 2 * hour, "put in place with an old time");
        assert!(age(now + hour, now - hour).unwrap() >= hour);
        assert_eq!(age(now + hour, now + 2 * hour), None);
    }

    #[test]
    fn a_file_with_a_time_in_the_future_is_not_waited_for_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let file = File::create(&path).unwrap();
        file.set_times(FileTimes::new().set_modified(SystemTime::now() + Duration::from_hours(1))).unwrap();
        assert_eq!(settled(&path), mark(&path));
        assert_eq!(settled(&folder.path().join("none")), None);
    }
}
