//! Permission for `.awsenv` files: a cloned repository must not be able to choose an account.
//!
//! `allow` binds to the canonical path of the folder and the exact content of the file: it makes a record in
//! the state folder, named by the digest of both. `deny` binds to the path alone. Records count only if they
//! belong to this user: `su` and `sudo -E` keep another user's `HOME`. What was allowed in a git repository's
//! main checkout is allowed at the same place of its linked worktrees.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::env_file::lookup::FoundFile;
use crate::settings::Settings;
use crate::system::context::Context;
use crate::system::{change_signal, files};
use crate::text::{digest, sanitize};

mod worktree;

/// Whether a file may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Its content was allowed, or its folder is trusted.
    Allowed,
    /// Its folder was denied: silent until the next allow.
    Denied,
    /// Neither: nobody has allowed this content here.
    Unknown,
}

/// Returns the permission of a file that was found. One that could not be read is never allowed.
pub fn of(ctx: &Context, settings: &Settings, found: &FoundFile) -> Permission {
    let (Ok(records), Some(folder), Some(content)) =
        (Records::new(ctx), canonical_folder(ctx, &found.path), &found.content)
    else {
        return Permission::Unknown;
    };
    if records.denies(&folder) {
        return Permission::Denied;
    }
    let allowed = |folder: &Path| files::is_our_file(&records.allowed(folder, content));
    if allowed(&folder) || trusted(settings, found, &folder) {
        return Permission::Allowed;
    }
    let main = worktree::in_main_checkout(&folder);
    match main.filter(|main| allowed(main) && !records.denies(main)) {
        Some(_) => Permission::Allowed,
        None => Permission::Unknown,
    }
}

/// Returns in words whether a file may be used, and which record or setting is the reason.
pub fn explained(ctx: &Context, settings: &Settings, found: &FoundFile) -> String {
    let (Ok(records), Some(folder), Some(content)) =
        (Records::new(ctx), canonical_folder(ctx, &found.path), &found.content)
    else {
        return "cannot be looked at, so it is not allowed".to_owned();
    };
    match of(ctx, settings, found) {
        Permission::Denied => format!("is denied by {}", sanitize::path(&records.denied(&folder))),
        Permission::Unknown => "is not allowed with this content".to_owned(),
        Permission::Allowed if files::is_our_file(&records.allowed(&folder, content)) => {
            format!("is allowed by {}", sanitize::path(&records.allowed(&folder, content)))
        }
        Permission::Allowed if trusted(settings, found, &folder) => {
            "is in a folder that the setting `trust` names".to_owned()
        }
        Permission::Allowed => "is allowed in its main checkout".to_owned(),
    }
}

/// Allows this content in the file's folder, and lifts a denial. Tells all shells to look again.
pub fn allow(ctx: &Context, file: &Path, content: &[u8]) -> Result<()> {
    let records = Records::new(ctx)?;
    let folder = canonical(ctx, file)?;
    remove(&records.denied(&folder))?;
    files::replace(&records.allowed(&folder, content), folder.as_os_str().as_bytes())?;
    change_signal::advance(ctx)
}

/// Denies any content in the file's folder, until the next [`allow()`]. Tells all shells to look again.
pub fn deny(ctx: &Context, file: &Path) -> Result<()> {
    let records = Records::new(ctx)?;
    let folder = canonical(ctx, file)?;
    files::replace(&records.denied(&folder), folder.as_os_str().as_bytes())?;
    change_signal::advance(ctx)
}

/// Removes the records of folders that were deleted, and returns the folders of the records that stay. A
/// record stays for a month if the folder's parent is missing as well, since the disk may not be mounted, and
/// if it is a denial, since the folder may be made again.
pub fn prune(ctx: &Context) -> Vec<PathBuf> {
    const MONTH: Duration = Duration::from_hours(30 * 24);
    /// In bytes (`PATH_MAX` of Linux).
    const LONGEST_PATH: u64 = 4096;
    let Ok(Records(state)) = Records::new(ctx) else { return Vec::new() };
    let mut kept = Vec::new();
    for (kind, is_allowed) in [("allow", true), ("deny", false)] {
        for record in files::older_than(&state.join(kind), Duration::ZERO) {
            let Ok(folder) = files::read(&record, LONGEST_PATH) else { continue };
            let folder = PathBuf::from(OsString::from_vec(folder));
            let was_deleted = is_allowed && folder.parent().is_some_and(Path::is_dir);
            let is_old = || files::age(&record).is_some_and(|age| age >= MONTH);
            if !folder.is_dir() && folder.is_absolute() && (was_deleted || is_old()) {
                let _ = remove(&record);
            } else {
                kept.push(folder);
            }
        }
    }
    kept
}

struct Records(PathBuf);

impl Records {
    fn new(ctx: &Context) -> Result<Self> {
        ctx.state_dir().map(Self)
    }

    fn allowed(&self, folder: &Path, content: &[u8]) -> PathBuf {
        self.record("allow", [folder.as_os_str().as_bytes(), content])
    }

    fn denied(&self, folder: &Path) -> PathBuf {
        self.record("deny", [folder.as_os_str().as_bytes()])
    }

    /// Returns whether a folder is denied. A record that cannot be looked at may say so.
    fn denies(&self, folder: &Path) -> bool {
        match self.denied(folder).symlink_metadata() {
            Ok(record) => record.is_file() && files::is_ours(&record),
            Err(error) => !files::is_missing(&error),
        }
    }

    fn record<const N: usize>(&self, kind: &str, about: [&[u8]; N]) -> PathBuf {
        files::below(&self.0, [kind, &digest::of(about, 64)])
    }
}

fn canonical_folder(ctx: &Context, file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    // The kernel's path of the current directory has no links, so a prompt need not resolve it and its
    // parents.
    let is_parent = |cwd: &PathBuf| cwd.ancestors().any(|parent| parent.as_os_str() == folder.as_os_str());
    if ctx.cwd.as_ref().is_some_and(is_parent) {
        return Some(folder.to_owned());
    }
    folder.canonicalize().ok()
}

fn canonical(ctx: &Context, file: &Path) -> Result<PathBuf> {
    canonical_folder(ctx, file)
        .with_context(|| format!("could not find the folder of {}", sanitize::path(file)))
}

/// Returns whether the setting `trust` names a folder around this one. Whole components are compared, so
/// `code` does not trust `code-evil`. Nobody has seen the content, so the file must belong to this user, and
/// nobody else may be able to write it.
fn trusted(settings: &Settings, found: &FoundFile, folder: &Path) -> bool {
    let inside = |root: &PathBuf| root.canonicalize().is_ok_and(|root| folder.starts_with(root));
    found.is_ours_alone && settings.trust.iter().any(inside)
}

fn remove(record: &Path) -> Result<()> {
    match std::fs::remove_file(record) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not delete {}", sanitize::path(record)))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, FileTimes};
    use std::time::SystemTime;

    use super::*;
    use crate::env_file::lookup;
    use crate::system::environment::Environment;

    /// A home folder with a folder `p` in it, whose `.awsenv` names a profile.
    fn world() -> (tempfile::TempDir, Context, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let top = home.path().canonicalize().unwrap();
        fs::create_dir(top.join("p")).unwrap();
        fs::write(top.join("p/.awsenv"), "profile = dev\n").unwrap();
        let ctx = Context::new(Environment::default(), &top, Path::new("/"));
        (home, ctx, top.join("p"))
    }

    #[test]
    fn the_reason_of_a_permission_is_told_in_words() {
        let (_home, ctx, folder) = world();
        let mut settings = Settings::default();
        let file = lookup::from(&folder, &folder).files.pop().unwrap();
        let told = |settings: &Settings| (of(&ctx, settings, &file), explained(&ctx, settings, &file));
        assert_eq!(told(&settings), (Permission::Unknown, "is not allowed with this content".to_owned()));
        settings.trust = vec![folder.clone()];
        let by_trust = "is in a folder that the setting `trust` names".to_owned();
        assert_eq!(told(&settings), (Permission::Allowed, by_trust));
        allow(&ctx, &file.path, b"profile = dev\n").unwrap();
        let (permission, why) = told(&settings);
        assert!(permission == Permission::Allowed && why.starts_with("is allowed by /"), "{why}");
        deny(&ctx, &file.path).unwrap();
        let (permission, why) = told(&settings);
        assert!(permission == Permission::Denied && why.starts_with("is denied by /"), "{why}");
        let unread = FoundFile { content: None, ..file };
        let why = explained(&ctx, &settings, &unread);
        assert_eq!(why, "cannot be looked at, so it is not allowed");
    }

    #[test]
    fn a_permission_from_the_main_checkout_is_told_as_such() {
        let (_home, ctx, main) = world();
        let record = main.join(".git/worktrees/w");
        let tree = main.with_file_name("w");
        fs::create_dir_all(&record).unwrap();
        fs::create_dir(&tree).unwrap();
        fs::copy(main.join(".awsenv"), tree.join(".awsenv")).unwrap();
        fs::write(tree.join(".git"), format!("gitdir: {}\n", record.display())).unwrap();
        fs::write(record.join("gitdir"), format!("{}\n", tree.join(".git").display())).unwrap();
        allow(&ctx, &main.join(".awsenv"), b"profile = dev\n").unwrap();
        let file = lookup::from(&tree, &tree).files.pop().unwrap();
        assert_eq!(explained(&ctx, &Settings::default(), &file), "is allowed in its main checkout");
    }

    #[test]
    fn a_denial_that_cannot_be_lifted_is_an_error_of_allow() {
        let (_home, ctx, folder) = world();
        let denied = Records::new(&ctx).unwrap().denied(&folder);
        fs::create_dir_all(denied.join("in the way")).unwrap();
        let error = allow(&ctx, &folder.join(".awsenv"), b"").unwrap_err();
        assert!(error.to_string().starts_with("could not delete "), "{error}");
    }

    #[test]
    fn records_go_with_their_folders_and_denials_after_a_month() {
        let (_home, ctx, folder) = world();
        let home = folder.parent().unwrap();
        let records = Records::new(&ctx).unwrap();
        let relative = PathBuf::from("gone");
        let deleted = home.join("gone");
        let unmounted = home.join("disk/gone");
        // Which record, its age in days, and whether it stays.
        let cases = [
            (false, &folder, 400, true),
            (true, &folder, 400, true),
            (true, &deleted, 0, false),
            (true, &unmounted, 29, true),
            (true, &unmounted, 31, false),
            (false, &deleted, 29, true),
            (false, &deleted, 31, false),
            (true, &relative, 400, true),
        ];
        for (is_allowed, about, days, stays) in cases {
            let record = if is_allowed { records.allowed(about, b"") } else { records.denied(about) };
            files::replace(&record, about.as_os_str().as_bytes()).unwrap();
            let written = SystemTime::now() - Duration::from_hours(days * 24);
            let times = FileTimes::new().set_modified(written);
            File::options().write(true).open(&record).unwrap().set_times(times).unwrap();
            let kept = prune(&ctx);
            assert_eq!(record.exists(), stays, "{is_allowed} {} {days}", about.display());
            assert_eq!(kept, if stays { vec![about.clone()] } else { Vec::new() });
            let _ = fs::remove_file(record);
        }
    }
}
