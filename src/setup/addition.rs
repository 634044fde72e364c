//! A text that was added to a file, or a file that was made.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::system::files;
use crate::text::sanitize;

/// The longest start-up file that is changed, in bytes.
const LONGEST: u64 = 4 * 1024 * 1024;

/// The text, and its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addition {
    /// The file, links followed.
    path: PathBuf,
    /// The text.
    text: String,
    /// Whether the file was made for it.
    is_new: bool,
    /// Folders that were made for it, the innermost last.
    folders: Vec<PathBuf>,
}

impl Addition {
    /// Adds the text at the end of a file, which keeps its mode. Makes the file and its folders if they are
    /// missing. Follows a link. Errors: the file is another user's, read-only, larger than 4 MiB or no
    /// regular file, or another program has just changed it.
    pub fn append(path: &Path, text: &str) -> Result<Self> {
        let path = files::follow(path);
        let before = read(&path)?;
        let content = before.as_deref().unwrap_or_default();
        let gap = if content.is_empty() || content.ends_with(b"\n") { "" } else { "\n" };
        let text = format!("{gap}{text}");
        let folders = missing_folders(&path);
        if !files::rewrite(&path, &[content, text.as_bytes()].concat(), before.as_deref())? {
            return Err(could_not(&path, "another program has just changed it").hint("run it again").into());
        }
        Ok(Self { path, text, is_new: before.is_none(), folders })
    }

    /// Makes a file with the text; `None` if there is one already.
    pub fn make(path: &Path, text: &str) -> Result<Option<Self>> {
        if path.symlink_metadata().is_ok() {
            return Ok(None);
        }
        Self::append(path, text).map(Some)
    }

    /// Returns the content of a file, links followed; `None` if it does not exist. An error if this user may
    /// not change it.
    pub fn content(path: &Path) -> Result<Option<Vec<u8>>> {
        read(&files::follow(path))
    }

    /// Returns the text that was added at the end of a file since it had the content `before`; `None` if it
    /// was changed otherwise, or not at all.
    pub fn since(path: &Path, before: Option<&[u8]>) -> Result<Option<Self>> {
        let path = files::follow(path);
        let Some(now) = read(&path)? else { return Ok(None) };
        let added = now.strip_prefix(before.unwrap_or_default()).filter(|added| !added.is_empty());
        let text = added.and_then(|added| std::str::from_utf8(added).ok()).map(str::to_owned);
        Ok(text.map(|text| Self { path, text, is_new: before.is_none(), folders: Vec::new() }))
    }

    /// Returns the file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the text and nothing else; deletes a file that was made for it if nothing is left, and its
    /// empty folders. Returns false if the text is not there exactly once.
    pub fn take_out(&self) -> Result<bool> {
        let Some(content) = read(&self.path)? else { return Ok(false) };
        let text = self.text.as_bytes();
        let mut places = content.windows(text.len().max(1)).enumerate().filter(|(_, part)| *part == text);
        let (Some((at, _)), None) = (places.next(), places.next()) else { return Ok(false) };
        let rest = [&content[..at], &content[at + text.len()..]].concat();
        if rest.is_empty() && self.is_new {
            fs::remove_file(&self.path)
                .with_context(|| format!("could not delete {}", sanitize::path(&self.path)))?;
            // Folders with other files stay.
            self.folders.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
        } else if !files::rewrite(&self.path, &rest, Some(&content))? {
            return Err(could_not(&self.path, "another program has just changed it")
                .hint("run it again")
                .into());
        }
        Ok(true)
    }
}

fn could_not(path: &Path, why: &str) -> Failure {
    Failure::new(format!("could not write {}: {why}", sanitize::path(path)))
}

/// Returns the content of a file that this user may change; `None` if it does not exist.
fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let (content, metadata) = match files::read_regular(path, LONGEST) {
        Ok(read) => read,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(could_not(path, &files::reason(&error)).into()),
    };
    let why = if !metadata.is_file() {
        "it is no regular file"
    } else if content.len() as u64 > LONGEST {
        "it is larger than 4 MiB"
    } else if !files::is_ours(&metadata) {
        "it belongs to another user"
    } else if !files::is_writable(path, &metadata) {
        "it is read-only"
    } else {
        return Ok(Some(content));
    };
    Err(could_not(path, why).into())
}

/// Returns the folders above the path that do not exist, the innermost last.
fn missing_folders(path: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> =
        path.ancestors().skip(1).take_while(|folder| !folder.is_dir()).map(Path::to_owned).collect();
    folders.reverse();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_taken_out_to_the_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rc");
        for before in ["", "a\n", "a", "a\r\n\r\n"] {
            fs::write(&path, before).unwrap();
            let added = Addition::append(&path, "line\n").unwrap();
            assert!(fs::read_to_string(&path).unwrap().ends_with("\nline\n") || before.is_empty());
            assert!(added.take_out().unwrap());
            assert_eq!(fs::read_to_string(&path).unwrap(), before);
            assert!(!added.take_out().unwrap());
        }
        let added = Addition::append(&path, "line\n").unwrap();
        fs::write(&path, "line\nline\n").unwrap();
        assert!(!added.take_out().unwrap(), "which of the two is not known");
    }

    #[test]
    fn what_was_made_goes_with_its_folders_unless_something_else_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/rc");
        let made = Addition::make(&path, "x\n").unwrap().unwrap();
        assert_eq!(Addition::make(&path, "y\n").unwrap(), None);
        assert!(made.take_out().unwrap());
        assert!(!folder.path().join("a").exists());
        let made = Addition::make(&path, "x\n").unwrap().unwrap();
        fs::write(&path, "mine\nx\n").unwrap();
        assert!(made.take_out().unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine\n");
    }
}
