//! What a decision rests on, so that a change of it is noticed.

use std::path::PathBuf;

use crate::system::file_stamp::FileStamp;

/// What a decision depends on.
#[derive(Debug, Default)]
pub struct WatchList {
    /// The directory; `None` if it was deleted.
    pub dir: Option<PathBuf>,
    /// Where the shell believes to be, if it is somewhere else: its directory was deleted or renamed.
    pub mistaken: Option<PathBuf>,
    /// Where the lookup stops; empty if folders do not count at all.
    pub ceiling: PathBuf,
    /// The `.awsenv` files that count, and their content, the nearest first.
    pub env_files: Vec<(PathBuf, Option<Vec<u8>>)>,
    /// Where there was no file.
    pub absent: Vec<PathBuf>,
    /// Files of which it only counts that they are there.
    pub existing: Vec<PathBuf>,
    /// Other files, with the marks they had before they were read; `None` if there was none.
    pub marks: Vec<(PathBuf, Option<FileStamp>)>,
}
