//! What a decision depends on, so that a shell notices a change.

use std::path::PathBuf;

use crate::system::file_stamp::{self, FileStamp};

/// The files and folders that a decision depends on.
#[derive(Debug, Default)]
pub struct WatchList {
    /// The directory; `None` if it was deleted.
    pub dir: Option<PathBuf>,
    /// Where the shell believes to be, if that is wrong because its directory was deleted or renamed.
    pub mistaken: Option<PathBuf>,
    /// Where the lookup stops; empty if folders do not count.
    pub ceiling: PathBuf,
    /// The `.awsenv` files that count, nearest first, with their content; `None` if it could not be read.
    pub env_files: Vec<(PathBuf, Option<Vec<u8>>)>,
    /// Paths without a file.
    pub absent: Vec<PathBuf>,
    /// Files that only have to exist.
    pub existing: Vec<PathBuf>,
    /// Other files, with the stamps that they had before they were read; `None` for a file that did not
    /// exist.
    pub marks: Vec<(PathBuf, Option<FileStamp>)>,
}

impl WatchList {
    /// Watches a file, which is about to be read, and returns its stamp; `None` if it does not exist.
    pub fn watch(&mut self, path: PathBuf) -> Option<FileStamp> {
        let stamp = file_stamp::settled(&path);
        self.marks.push((path, stamp));
        stamp
    }
}
