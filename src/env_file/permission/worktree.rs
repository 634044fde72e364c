//! Linked git worktrees: what was allowed in a main checkout counts in the worktrees that `git worktree add`
//! made of it.
//!
//! A linked worktree has a file `.git` that names its record, a folder in the main checkout, and the record's
//! file `gitdir` names that `.git` in turn (gitrepository-layout(5)):
//!
//! ```text
//! worktree/.git                         gitdir: /main/.git/worktrees/NAME
//! main/.git/worktrees/NAME/gitdir       /worktree/.git
//! ```
//!
//! Anybody can write the first, and a folder that was unpacked may hold one. Only the second shows that the
//! main checkout knows the worktree. Since git 2.48 both paths may be relative. git itself is never run: a
//! repository can configure it to run programs.

use std::path::{Path, PathBuf};

use crate::system::files;

/// In bytes; no path is longer.
const LARGEST: u64 = 8 * 1024;

/// Returns the folder in the main checkout that corresponds to `folder`, a canonical path in a linked
/// worktree. It need not exist. `None` if `folder` is not in a linked worktree, or if the main checkout has
/// no record of that worktree.
pub fn in_main_checkout(folder: &Path) -> Option<PathBuf> {
    let (root, link) = folder
        .ancestors()
        .map(|root| (root, root.join(".git")))
        .find(|(_, link)| link.symlink_metadata().is_ok())?;
    let record = root.join(named_in(&link)?.strip_prefix("gitdir:")?.trim()).canonicalize().ok()?;
    let worktrees = record.parent().filter(|folder| folder.ends_with(".git/worktrees"))?;
    let named = record.join(named_in(&record.join("gitdir"))?);
    // Only the folder is resolved: `.git` itself must not be a link to another one.
    let points_back = named.file_name()? == ".git" && named.parent()?.canonicalize().ok()? == root;
    let main = worktrees.parent()?.parent()?;
    let place = folder.strip_prefix(root).ok()?;
    // Collected, since joining nothing leaves a slash at the end.
    points_back.then(|| main.join(place).components().collect())
}

/// Returns the only line of a small regular file that belongs to this user; `None` for any other file.
fn named_in(path: &Path) -> Option<String> {
    let (content, file) = files::read_opened(&mut files::open_no_link(path).ok()?, LARGEST).ok()?;
    if !file.is_file() || !files::is_ours(&file) {
        return None;
    }
    let line = String::from_utf8(content).ok()?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    (!line.is_empty() && !line.contains(['\n', '\0'])).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_line_of_a_small_file_names_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gitdir");
        // The longest path of Linux.
        let longest = "x".repeat(4096);
        let lines = [("a", Some("a")), ("a\n", Some("a")), (&longest, Some(&*longest))];
        let others = ["", "\n", "a\nb", "a\n\n", "a\0b"].map(|text| (text, None));
        for (text, expected) in lines.into_iter().chain(others) {
            std::fs::write(&file, text).unwrap();
            assert_eq!(named_in(&file).as_deref(), expected, "{text:?}");
        }
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        std::fs::write(&file, "a").unwrap();
        assert_eq!(named_in(&link), None);
        assert_eq!(named_in(folder.path()), None);
    }
}
