//! Files on disk: whole-file writes that a reader never sees half done, in folders that are this user's
//! alone.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{Read as _, Seek as _, Write as _};
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

/// Adds `content` to the end of a file of ours that is there and smaller than `limit` bytes; an error if it
/// is not.
pub fn append(path: &Path, content: &[u8], limit: u64) -> Result<()> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let mut file = File::options().append(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let metadata = file.metadata()?;
    anyhow::ensure!(metadata.is_file() && metadata.len() < limit, "it is full, or no file");
    Ok(file.write_all(content)?)
}

/// Writes `content` to `path` as [`replace`] does, if `before` is what stands there at the moment before the
/// new file takes its place (`None`: there is no file). Keeps the mode of a file that is there, and its owner
/// where this user may: for files that belong to a person. A new one is 0600. `path` must be no symbolic
/// link, since it would be replaced by the file. Returns whether it was written.
pub fn rewrite(path: &Path, content: &[u8], before: Option<&[u8]>) -> Result<bool> {
    let like = fs::metadata(path).ok();
    let is_as_before = || fs::read(path).ok().as_deref() == before;
    put(path, content, like.as_ref(), Disk::Waited, &is_as_before)
}

/// A file that will be replaced once its content is known, with the room for it taken beforehand: for what is
/// lost if it cannot be written. Nothing has happened if it is dropped.
#[derive(Debug)]
pub struct Replacement {
    path: PathBuf,
    file: NamedTempFile,
}

impl Replacement {
    /// Takes room for `size` bytes in the folder of `path`, and makes the folder (0700) if it is missing. An
    /// error if the file could not be replaced.
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

    /// Puts `content` in the place of the file, as [`replace`] does.
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

/// The error names no file: what cannot be written is another one.
fn temporary(folder: &Path) -> std::io::Result<NamedTempFile> {
    let made = tempfile::Builder::new().prefix(remnant::PREFIX).tempfile_in(folder);
    let file = made.map_err(|error| std::io::Error::from(error.kind()))?;
    // Tells whoever sweeps the folder that somebody is at it. Not every file system has locks.
    let _ = file.as_file().try_lock();
    Ok(file)
}

fn cannot_write(path: &Path) -> String {
    format!("could not write {}", crate::text::sanitize::path(path))
}

/// Whether the disk has the content when a write is over.
#[derive(Clone, Copy, PartialEq)]
enum Disk {
    /// It was waited for.
    Waited,
    /// It will have it, unless the power fails before.
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
            // Only root may give a file away; for anybody else it stays theirs.
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

/// Returns whether this user may write `path`. A file that nobody may write is not to be written by root
/// either.
pub fn is_writable(path: &Path, file: &Metadata) -> bool {
    file.mode() & 0o222 != 0 && rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Waits until no other thread is at writing a file. For a thread that is about to end the process: from then
/// on no file is begun any more.
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

/// Returns the path of these names below a folder. A prompt makes many paths, and to make each longer step by
/// step takes longer than to ask the kernel about it.
pub fn below<const N: usize>(folder: &Path, names: [&str; N]) -> PathBuf {
    let names_len: usize = names.iter().map(|name| name.len() + 1).sum();
    let mut path = PathBuf::with_capacity(folder.as_os_str().len() + names_len);
    path.push(folder);
    path.extend(names);
    path
}

/// Follows symbolic links, also to a file that is yet to be made.
pub fn follow(path: &Path) -> PathBuf {
    /// The system gives up at 40.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("/")).join(target);
    }
    path
}

/// Returns how long ago a file was written; `None` if it is not there, or dated in the future.
pub fn age(path: &Path) -> Option<Duration> {
    clock::since(fs::symlink_metadata(path).ok()?.modified().ok()?)
}

/// Returns the regular files in a folder that were written longer ago than `age`. Links are not followed, not
/// even one in the place of the folder.
pub fn older_than(folder: &Path, age: Duration) -> Vec<PathBuf> {
    if fs::symlink_metadata(folder).is_ok_and(|folder| folder.is_symlink()) {
        return Vec::new();
    }
    let paths = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_old = |path: &PathBuf| is_our_file(path) && self::age(path).is_some_and(|own| own >= age);
    paths.filter(is_old).collect()
}

/// Returns whether `path` is a regular file of the user this process acts as. Links are not followed: whoever
/// can make one could point it at any file of this user.
pub fn is_our_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|file| file.is_file() && is_ours(&file))
}

/// Returns whether a file is this user's and nobody else can write it, so that its content is this user's
/// word.
pub fn is_ours_alone(file: &Metadata) -> bool {
    is_ours(file) && !is_writable_by_others(file)
}

/// Returns whether the mode lets the group or everybody write.
pub fn is_writable_by_others(file: &Metadata) -> bool {
    file.mode() & 0o022 != 0
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
    let mut content = Vec::new();
    file.take(limit + 1).read_to_end(&mut content)?;
    Ok(content)
}

/// [`read_bounded`] for a regular file, with what the kernel says of the very file that was opened: its kind,
/// owner and mode. Anything else than a regular file reads as empty.
pub fn read_opened(file: &mut File, limit: u64) -> std::io::Result<(Vec<u8>, Metadata)> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok((Vec::new(), metadata));
    }
    let size = usize::try_from(metadata.len().min(limit)).unwrap_or_default();
    // One byte more than the size tells a file that has grown. So most files take one read.
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
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
