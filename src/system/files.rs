//! Files: reads with a bound, and whole-file writes that a reader never sees half done.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{ErrorKind, Read, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::fs::{Gid, Uid};
use tempfile::NamedTempFile;

pub use crate::system::opened_file::{is_ours, open_at_once, open_no_link};
use crate::system::{clock, remnant};

/// Held while a file is replaced.
static WRITING: Mutex<()> = Mutex::new(());

/// Writes `content` to `path` through a temporary file in the same folder (0600), fsync and rename: a reader
/// sees the old file or the new one. Makes the folder (0700) if it is missing. An existing file's looser mode
/// is tightened to 0600, since the AWS CLI keeps whatever it finds.
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    put(path, content, None, Disk::Waited, &|| true).map(drop)
}

/// [`replace`] without waiting for the disk, for what can be made again: after a power cut the file may be
/// empty.
pub fn replace_cache(path: &Path, content: &[u8]) -> Result<()> {
    put(path, content, None, Disk::Trusted, &|| true).map(drop)
}

/// Appends `content` to an existing regular file that is smaller than `limit` bytes; an error for any other.
pub fn append(path: &Path, content: &[u8], limit: u64) -> Result<()> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let mut file = File::options().append(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let metadata = file.metadata()?;
    anyhow::ensure!(metadata.is_file() && metadata.len() < limit, "it is full, or no file");
    Ok(file.write_all(content)?)
}

/// Writes `content` to `path` as [`replace`] does, if the content is still `before` just before the new file
/// takes its place (`None`: there is no file). For files of a person: keeps the mode of an existing file, and
/// its owner where this user may. A new file is 0600. `path` must be no symbolic link, which would be
/// replaced. Returns whether it was written.
pub fn rewrite(path: &Path, content: &[u8], before: Option<&[u8]>) -> Result<bool> {
    let like = fs::metadata(path).ok();
    let length = before.map_or(0, |before| before.len() as u64);
    let is_as_before = || read(path, length).ok().as_deref() == before;
    put(path, content, like.as_ref(), Disk::Waited, &is_as_before)
}

/// A file that will be replaced once its content is known, with disk space reserved: for content that must
/// not be lost. If it is dropped, nothing changes.
#[derive(Debug)]
pub struct Replacement {
    path: PathBuf,
    file: NamedTempFile,
}

impl Replacement {
    /// Reserves `size` bytes in the folder of `path`, and makes the folder (0700) if it is missing. An error
    /// if the file could not be replaced.
    pub fn prepare(path: &Path, size: usize) -> Result<Self> {
        let prepare = || -> Result<NamedTempFile> {
            let folder = path.parent().unwrap_or(Path::new("/"));
            make_private_dir(folder)?;
            anyhow::ensure!(!path.is_dir(), "it is a folder");
            let mut file = temporary(folder)?;
            file.write_all(&vec![b' '; size])?;
            file.as_file().sync_all()?;
            Ok(file)
        };
        let file = prepare().with_context(|| cannot_write(path))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Replaces the file by `content`, as [`replace`] does.
    pub fn finish(self, content: &[u8]) -> Result<()> {
        let Self { path, mut file } = self;
        let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let finish = || -> Result<()> {
            file.rewind()?;
            file.write_all(content)?;
            file.as_file().set_len(content.len() as u64)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        finish().with_context(|| cannot_write(&path))
    }
}

/// Makes a temporary file. The error does not name it: the caller names the file that it would become.
fn temporary(folder: &Path) -> std::io::Result<NamedTempFile> {
    let open = |path: &Path| File::options().read(true).write(true).create_new(true).mode(0o600).open(path);
    let made = tempfile::Builder::new().prefix(remnant::PREFIX).make_in(folder, open);
    let file = made.map_err(|error| if is_of_no_kind(&error) { error } else { error.kind().into() })?;
    // Keeps it from `remnant::sweep`. Not every file system has locks.
    let _ = file.as_file().try_lock();
    Ok(file)
}

fn cannot_write(path: &Path) -> String {
    format!("could not write {}", crate::text::sanitize::path(path))
}

/// Whether a write waits for the disk.
#[derive(Clone, Copy, PartialEq)]
enum Disk {
    /// It does (fsync).
    Waited,
    /// It does not.
    Trusted,
}

fn put(
    path: &Path,
    content: &[u8],
    like: Option<&Metadata>,
    disk: Disk,
    may: &dyn Fn() -> bool,
) -> Result<bool> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let write = || -> Result<bool> {
        make_private_dir(folder)?;
        let mut file = temporary(folder)?;
        file.write_all(content)?;
        if let Some(like) = like {
            let (owner, group) = (Uid::from_raw(like.uid()), Gid::from_raw(like.gid()));
            // Only root may change the owner.
            let _ = rustix::fs::fchown(file.as_file(), Some(owner), Some(group));
        }
        let mode = like.map_or(0o600, |like| like.mode() & 0o7777);
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
        if disk == Disk::Waited {
            file.as_file().sync_all()?;
        }
        if !may() {
            return Ok(false);
        }
        file.persist(path)?;
        if disk == Disk::Waited {
            remnant::sweep(folder, remnant::OLD);
        }
        Ok(true)
    };
    write().with_context(|| cannot_write(path))
}

/// Returns whether this user may write `path`. A file without any write permission counts as read-only for
/// root too.
pub fn is_writable(path: &Path, file: &Metadata) -> bool {
    file.mode() & 0o222 != 0 && rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Waits until no other thread replaces a file, and keeps them from it from then on: for a thread that is
/// about to end the process.
pub fn wait_for_writes() {
    std::mem::forget(WRITING.lock());
}

/// Makes `folder` and its missing parents (0700). Existing folders keep their mode.
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

/// Returns `folder/NAME/NAME…`, with one allocation: a prompt makes many paths, and joining step by step
/// takes longer than a stat.
pub fn below<const N: usize>(folder: &Path, names: [&str; N]) -> PathBuf {
    let names_len: usize = names.iter().map(|name| name.len() + 1).sum();
    let mut path = PathBuf::with_capacity(folder.as_os_str().len() + names_len);
    path.push(folder);
    path.extend(names);
    path
}

/// Follows symbolic links, also to a file that does not exist.
pub fn follow(path: &Path) -> PathBuf {
    /// As Linux does.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("/")).join(target);
    }
    path
}

/// Returns how long ago a file was written; `None` if it does not exist, or its time is in the future.
pub fn age(path: &Path) -> Option<Duration> {
    clock::since(fs::symlink_metadata(path).ok()?.modified().ok()?)
}

/// Returns this user's regular files in a folder that were written `age` ago or earlier. Links are not
/// followed, not even one in place of the folder.
pub fn older_than(folder: &Path, age: Duration) -> Vec<PathBuf> {
    if fs::symlink_metadata(folder).is_ok_and(|folder| folder.is_symlink()) {
        return Vec::new();
    }
    let paths = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_old = |path: &PathBuf| is_our_file(path) && self::age(path).is_some_and(|own| own >= age);
    paths.filter(is_old).collect()
}

/// Returns whether `path` is a regular file of the user this process acts as. Links are not followed: another
/// user could point one at any file of this user.
pub fn is_our_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|file| file.is_file() && is_ours(&file))
}

/// Returns whether a file is this user's and nobody else can write it, so that only this user wrote it.
pub fn is_ours_alone(file: &Metadata) -> bool {
    is_ours(file) && !is_writable_by_others(file)
}

/// Returns whether the mode lets the group or everybody write.
pub fn is_writable_by_others(file: &Metadata) -> bool {
    file.mode() & 0o022 != 0
}

/// Returns why a file cannot be read, in words.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file".into(),
        _ if is_of_no_kind(error) => error.to_string(),
        kind => kind.to_string(),
    }
}

/// Returns whether the standard library has no kind for the error, as for a broken disk or too many open
/// files: then the system's words say more.
fn is_of_no_kind(error: &std::io::Error) -> bool {
    error.kind().to_string() == "uncategorized error"
}

/// Returns whether the error says that there is no such file. Any other error leaves open what is in it.
pub fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Reads a file without blocking on a named pipe, as [`read_bounded`] does.
pub fn read(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    read_bounded(open_at_once(path)?, limit)
}

/// Reads a regular file, as [`read_opened`] does.
pub fn read_regular(path: &Path, limit: u64) -> std::io::Result<(Vec<u8>, Metadata)> {
    read_opened(&mut open_at_once(path)?, limit)
}

/// Reads at most `limit` bytes, and one more if there is one: then the content is too large.
pub fn read_bounded(file: impl Read, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.take(limit + 1).read_to_end(&mut content)?;
    Ok(content)
}

/// [`read_bounded`] for a regular file, with the metadata of the opened file: its kind, owner and mode. Any
/// other kind of file reads as empty.
pub fn read_opened(file: &mut File, limit: u64) -> std::io::Result<(Vec<u8>, Metadata)> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok((Vec::new(), metadata));
    }
    let size = usize::try_from(metadata.len().min(limit)).unwrap_or_default();
    // One byte more than the size shows whether the file has grown: so most files take one read.
    let mut content = vec![0; size + 1];
    let read = read_once(file, &mut content)?;
    content.truncate(read);
    if read == 0 || read != size {
        let rest = (limit + 1).saturating_sub(read as u64);
        file.take(rest).read_to_end(&mut content)?;
    }
    Ok((content, metadata))
}

fn read_once(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_rewritten_only_if_it_is_as_it_was_and_a_pipe_in_its_place_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        assert!(rewrite(&path, b"one", None).unwrap());
        for other in [None, Some(&b"on"[..]), Some(b"onee"), Some(b"")] {
            assert!(!rewrite(&path, b"two", other).unwrap(), "{other:?}");
        }
        assert!(rewrite(&path, b"two", Some(b"one")).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert!(!rewrite(&path, b"three", Some(b"two")).unwrap());
    }

    #[test]
    fn a_read_has_a_bound_and_shows_that_there_is_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "0123456789").unwrap();
        for (limit, length) in [(0, 1), (9, 10), (10, 10), (11, 10)] {
            assert_eq!(read(&path, limit).unwrap().len(), length, "{limit}");
            assert_eq!(read_regular(&path, limit).unwrap().0.len(), length, "{limit}");
        }
        // Files of the kernel have a size of 0.
        #[cfg(target_os = "linux")]
        assert_eq!(read_regular(Path::new("/proc/self/stat"), 4).unwrap().0.len(), 5);
    }
}
