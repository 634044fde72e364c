//! Which process has a file open for writing. Only Linux tells; elsewhere none is found.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// The access mode in the flags of an open file (`O_ACCMODE`), and its value for reading alone (`O_RDONLY`).
const ACCESS: u32 = 3;
const READ_ONLY: u32 = 0;

/// A process with a file open.
#[derive(Debug)]
pub struct OpenWriter {
    /// Its process id.
    pub pid: u32,
    /// The name of its program, not sanitized.
    pub name: String,
}

/// Returns a process other than this one that has this very file open for writing. Only root sees
/// processes of other users.
pub fn writer_of(file: &Metadata) -> Option<OpenWriter> {
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let pid = pids.find(|pid| *pid != std::process::id() && writes(*pid, file))?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(OpenWriter { pid, name: name.trim_end().to_owned() })
}

fn writes(pid: u32, file: &Metadata) -> bool {
    let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let is_it = |path: &Path| {
        fs::metadata(path).is_ok_and(|open| (open.dev(), open.ino()) == (file.dev(), file.ino()))
    };
    open.filter(|entry| is_it(&entry.path())).any(|entry| {
        let number = entry.file_name();
        let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{}", number.to_string_lossy()));
        let flags = info.as_ref().ok().and_then(|info| {
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
            u32::from_str_radix(flags.trim(), 8).ok()
        });
        flags.is_some_and(|flags| flags & ACCESS != READ_ONLY)
    })
}
