//! Files on disk: whole-file writes that a reader never sees half done, in folders that are this user's alone.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use rustix::fs::{Gid, Mode, OFlags, Uid};

/// Held while a temporary file exists.
static WRITING: Mutex<()> = Mutex::new(());

/// Writes `content` to `path` through a temporary file in the same folder (0600), fsync and rename: a reader
/// sees the old file or the new one. Makes the folder (0700) if it is missing. An existing file's looser mode
/// is tightened to 0600, since the AWS CLI keeps whatever it finds.
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    put(path, content, None, Disk::Waited)
}

/// [`replace`] without waiting for the disk, for what can be made again: after a power cut the file may be empty.
pub fn replace_cache(path: &Path, content: &[u8]) -> Result<()> {
    put(path, content, None, Disk::Trusted)
}

/// Writes `content` to `path` as [`replace`] does, but keeps the mode of a file that is there, and its owner where this
/// user may: for files that belong to a person. A new one is 0600. `path` must be no symbolic link, since it would be
/// replaced by the file.
pub fn rewrite(path: &Path, content: &[u8]) -> Result<()> {
    put(path, content, fs::metadata(path).ok().as_ref(), Disk::Waited)
}

/// Whether the disk has the content when a write is over.
#[derive(Clone, Copy, PartialEq)]
enum Disk {
    /// It was waited for.
    Waited,
    /// It will have it, unless the power fails before.
    Trusted,
}

fn put(path: &Path, content: &[u8], like: Option<&Metadata>, disk: Disk) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let write = || -> Result<()> {
        make_private_dir(folder)?;
        let mut file = tempfile::Builder::new().prefix(".awsenv-").tempfile_in(folder)?;
        file.write_all(content)?;
        if let Some(like) = like {
            let (owner, group) = (Uid::from_raw(like.uid()), Gid::from_raw(like.gid()));
            // Only root may give a file away; for anybody else it stays theirs.
            let _ = rustix::fs::fchown(file.as_file(), Some(owner), Some(group));
        }
        let mode = like.map_or(0o600, |like| like.mode() & 0o7777);
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
        if disk == Disk::Waited {
            file.as_file().sync_all()?;
        }
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("could not write {}", crate::text::sanitize::path(path)))
}

/// Returns whether this user may write `path`. A file that nobody may write is not to be written by root either.
pub fn is_writable(path: &Path, file: &Metadata) -> bool {
    file.mode() & 0o222 != 0 && rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Waits until no other thread is at writing a file. For a thread that is about to end the process: from then on no
/// file is begun any more.
pub fn wait_for_writes() {
    std::mem::forget(WRITING.lock());
}

/// Makes `folder` and its missing parents, 0700. Folders that exist keep their mode.
pub fn make_private_dir(folder: &Path) -> Result<()> {
    if !folder.is_dir() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("could not make the folder {}", crate::text::sanitize::path(folder)))?;
    }
    Ok(())
}

/// Returns the path of these names below a folder. A prompt makes many paths, and to make each longer step by step takes
/// longer than to ask the kernel about it.
pub fn below<const N: usize>(folder: &Path, names: [&str; N]) -> PathBuf {
    let names_len: usize = names.iter().map(|name| name.len() + 1).sum();
    let mut path = PathBuf::with_capacity(folder.as_os_str().len() + names_len);
    path.push(folder);
    path.extend(names);
    path
}

/// Returns whether `path` exists and belongs to the user this process acts as.
pub fn owned_by_us(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| is_ours(&file))
}

/// Returns whether a file belongs to the user this process acts as. Of a file that was read, ask with what was opened: by its path
/// another one may be found meanwhile.
pub fn is_ours(file: &Metadata) -> bool {
    file.uid() == rustix::process::geteuid().as_raw()
}

/// Opens a file to read it. A pipe is opened without waiting for its writer, and then reads as an empty file.
pub fn open_at_once(path: &Path) -> std::io::Result<File> {
    crate::terminal::run_cost::count_file();
    // Not through the C library: musl's tells the kernel twice to close it at an exec, which a prompt waits for.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))?.into())
}

/// Returns in words why a file cannot be read.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".into(),
        kind => kind.to_string(),
    }
}

/// Reads at most `limit` bytes from the start of `file`; one more byte than that means "too large".
pub fn read_bounded(file: &mut File, limit: u64) -> std::io::Result<Vec<u8>> {
    // Most files here fit, and are read at once then.
    const USUAL: usize = 2048;
    let mut content = Vec::with_capacity(USUAL);
    file.take(limit + 1).read_to_end(&mut content)?;
    Ok(content)
}
