//! Which `.awsenv` files count for a directory.
//!
//! From the directory up to the ceiling, nearest first, through every file up to and including the first that
//! names a target: a profile, or account and role. Such a file starts afresh; one that names none refines
//! what stands above it.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::env_file::parse::{self, EnvFile};
use crate::failure::Failure;
use crate::system::files;
use crate::text::sanitize;

/// A `.awsenv` as it was found.
#[derive(Debug)]
pub struct FoundFile {
    /// Its path, below the directory that was looked up, links not resolved.
    pub path: PathBuf,
    /// Its content; `None` if it could not be read.
    pub content: Option<Vec<u8>>,
    /// Whether the file that was read belongs to this user, and nobody else can write it.
    pub is_ours_alone: bool,
    /// Its keys, or what is wrong with it.
    pub parsed: Result<EnvFile>,
}

/// The files that count, and the paths where there was none.
#[derive(Debug, Default)]
pub struct Lookup {
    /// The files, nearest first. Only the last can name a target.
    pub files: Vec<FoundFile>,
    /// Paths between and above them at which there was no file.
    pub absent: Vec<PathBuf>,
}

/// Looks from `dir` up to `ceiling`, which is looked at too. The search ends at a file that names a target,
/// or that cannot be read: what stands above a broken file must not decide in its place.
pub fn from(dir: &Path, ceiling: &Path) -> Lookup {
    let mut lookup = Lookup::default();
    for folder in dir.ancestors() {
        let path = folder.join(parse::NAME);
        match read_opened(&path) {
            Ok(None) => lookup.absent.push(path),
            Ok(Some((content, is_ours_alone))) => {
                let parsed = EnvFile::parse(&content, &sanitize::path(&path));
                let refines = parsed.as_ref().is_ok_and(|file| !file.names_target());
                lookup.files.push(FoundFile { path, content: Some(content), is_ours_alone, parsed });
                if !refines {
                    break;
                }
            }
            Err(error) => {
                lookup.files.push(FoundFile {
                    path,
                    content: None,
                    is_ours_alone: false,
                    parsed: Err(error),
                });
                break;
            }
        }
        if folder == ceiling {
            break;
        }
    }
    lookup
}

/// Reads a `.awsenv`; `None` if there is none. Anything but a regular file of at most 64 KiB is an error: a
/// directory, a pipe (which is never waited for), an unreadable file, a link that leads nowhere.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    Ok(read_opened(path)?.map(|(content, _)| content))
}

/// [`read`], and whether the file that was opened belongs to this user and nobody else can write it.
fn read_opened(path: &Path) -> Result<Option<(Vec<u8>, bool)>> {
    let could_not = |cause: &str| Failure::new(format!("could not read {}: {cause}", sanitize::path(path)));
    let mut file = match files::open_at_once(path) {
        Ok(file) => file,
        Err(error) if files::is_missing(&error) && path.symlink_metadata().is_err() => return Ok(None),
        Err(error) if files::is_missing(&error) => {
            return Err(could_not("it is a link that leads nowhere")
                .hint("mend the link, or delete it")
                .into());
        }
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            return Err(could_not("it is a link that leads to itself")
                .hint("mend the link, or delete it")
                .into());
        }
        Err(error) => {
            return Err(could_not(&files::reason(&error))
                .hint("make the file readable, or delete it")
                .into());
        }
    };
    let (content, metadata) = files::read_opened(&mut file, parse::LARGEST)?;
    let kind = metadata.file_type();
    if !kind.is_file() {
        let what = if kind.is_dir() { "a folder" } else { "not a regular file" };
        return Err(could_not(&format!("it is {what}"))
            .hint("make it a text file with `profile = ...`, or delete it")
            .into());
    }
    if content.len() as u64 > parse::LARGEST {
        return Err(could_not("it is larger than 64 KiB")
            .hint(format!("keep only {} in it", parse::KEY_LIST))
            .into());
    }
    Ok(Some((content, files::is_ours_alone(&metadata))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_64_kib_is_read_and_a_byte_more_is_too_much() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(parse::NAME);
        let mut content = vec![b'#'; 64 * 1024];
        std::fs::write(&file, &content).unwrap();
        assert_eq!(read(&file).unwrap().as_ref(), Some(&content));
        content.extend(*b"##");
        for length in [content.len() - 1, content.len()] {
            std::fs::write(&file, &content[..length]).unwrap();
            let error = read(&file).unwrap_err().to_string();
            assert!(error.ends_with("it is larger than 64 KiB"), "{error}");
        }
    }
}
