//! Opens files without blocking, and checks whether they are this user's.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::OnceLock;

use rustix::fs::{Mode, OFlags};

use crate::system::counters;

/// Returns whether a file belongs to the user this process acts as. For a file that is read, pass the
/// metadata of the opened file: the path may lead to another one meanwhile.
pub fn is_ours(file: &Metadata) -> bool {
    // Asked once: a prompt checks some ten files.
    static USER: OnceLock<u32> = OnceLock::new();
    file.uid() == *USER.get_or_init(|| rustix::process::geteuid().as_raw())
}

/// Opens a file to read it. A named pipe is opened without waiting for its writer, and reads as empty.
pub fn open_at_once(path: &Path) -> std::io::Result<File> {
    open(path, OFlags::empty())
}

/// [`open_at_once`], but an error if `path` is a symbolic link.
pub fn open_no_link(path: &Path) -> std::io::Result<File> {
    open(path, OFlags::NOFOLLOW)
}

fn open(path: &Path, flags: OFlags) -> std::io::Result<File> {
    counters::count_file();
    // Not through the C library: musl's sets close-on-exec in a second system call, which a prompt would wait
    // for.
    let flags = flags | OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))?.into())
}
