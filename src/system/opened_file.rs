//! Files as they are once opened: without waiting, without following a link, and whose they are.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::OnceLock;

use rustix::fs::{Mode, OFlags};

use crate::system::counters;

/// Returns whether a file belongs to the user this process acts as. For a file that is read, pass what the
/// kernel says of the opened file: the path may lead to another one meanwhile.
pub fn is_ours(file: &Metadata) -> bool {
    // Asked once: a prompt looks at some ten files.
    static USER: OnceLock<u32> = OnceLock::new();
    file.uid() == *USER.get_or_init(|| rustix::process::geteuid().as_raw())
}

/// Opens a file to read it. A pipe is opened without waiting for its writer, and then reads as an empty file.
pub fn open_at_once(path: &Path) -> std::io::Result<File> {
    open(path, OFlags::empty())
}

/// [`open_at_once`], but an error if `path` is a symbolic link.
pub fn open_no_link(path: &Path) -> std::io::Result<File> {
    open(path, OFlags::NOFOLLOW)
}

fn open(path: &Path, flags: OFlags) -> std::io::Result<File> {
    counters::count_file();
    // Not through the C library: musl's tells the kernel twice to close it at an exec, which a prompt waits
    // for.
    let flags = flags | OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))?.into())
}
