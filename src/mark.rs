//! What tells one version of a file from another without reading it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// The stat mark of a file: equal marks mean the same content, but for edits within one tick of the file
/// system's clock, which [`settled`] excludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The inode.
    pub inode: u64,
    /// The size in bytes.
    pub size: u64,
    /// The modification time: Unix seconds and nanoseconds.
    pub modified: (i64, i64),
    /// The time of the last change of content or attributes: Unix seconds and nanoseconds.
    pub changed: (i64, i64),
}

impl Mark {
    fn of(file: &Metadata) -> Self {
        Self {
            inode: file.ino(),
            size: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        }
    }

    /// Writes the mark for a cache file.
    pub fn encode(&self) -> String {
        let Self { inode, size, modified, changed } = self;
        format!("{inode} {size} {}.{:09} {}.{:09}", modified.0, modified.1, changed.0, changed.1)
    }
}

/// Returns the mark of a file, following links; `None` if there is no such file.
pub fn mark(path: &Path) -> Option<Mark> {
    std::fs::metadata(path).ok().map(|file| Mark::of(&file))
}

/// Returns the mark of a file that is about to be read, when it is old enough to be relied on.
///
/// Kernels stamp files with a clock that ticks every 1 to 10 ms, so two edits within one tick get the same
/// mark. A file younger than that is waited for, 12 ms at most.
pub fn settled(path: &Path) -> Option<Mark> {
    const TICK: std::time::Duration = std::time::Duration::from_millis(12);
    let file = std::fs::metadata(path).ok()?;
    // A time in the future, or a file system without times, is as good as it gets.
    if let Some(rest) =
        file.modified().ok().and_then(|time| time.elapsed().ok()).and_then(|age| TICK.checked_sub(age))
    {
        std::thread::sleep(rest);
        return mark(path);
    }
    Some(Mark::of(&file))
}
