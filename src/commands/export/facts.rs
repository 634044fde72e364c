//! The facts from which a shell can tell by itself that a decision still holds.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::exports::change::Change;
use crate::exports::variable;
use crate::prompt::decision::Decision;
use crate::prompt::watch_list::WatchList;
use crate::shell;
use crate::shell::guard::{Content, Guard, Present};
use crate::system::context::Context;
use crate::system::file_stamp::{self, FileStamp};

/// Returns the facts that a decision depends on, in terms that a shell with these features can check.
pub(super) fn guard(ctx: &Context, decision: &Decision, features: &str) -> Guard {
    let WatchList { dir, mistaken, ceiling, env_files, absent, existing, marks } = &decision.watch_list;
    let now = ctx.now().timestamp();
    let mut guard = Guard {
        dir: dir.clone(),
        mistaken: mistaken.clone(),
        nearest: env_files.first().map(|(path, _)| path.clone()),
        ceiling: ceiling.clone(),
        existing: existing.clone(),
        present: present(ctx, decision),
        deadline: decision.deadline.map(|deadline| deadline.timestamp()),
        now,
        uptime: if shell::has_feature(features, "uptime") { uptime() } else { None },
        ..Guard::default()
    };
    for (path, content) in env_files {
        match content {
            // No shell variable can hold a NUL.
            Some(text) if !text.contains(&0) => {
                // A shell without `zstat` cannot see the times of the file, and compares its content.
                let stamp = shell::has_feature(features, "zstat").then(|| file_stamp::mark(path)).flatten();
                let stamp = stamp.filter(FileStamp::is_old);
                guard.contents.push(Content { path: path.clone(), text: text.clone(), stamp });
            }
            _ => match file_stamp::mark(path) {
                Some(mark) => guard.marks.push((path.clone(), mark)),
                None => guard.dangling.push(path.clone()),
            },
        }
    }
    // Below the nearest file the hook itself looks for new ones.
    let nearest_folder = guard.nearest.as_ref().and_then(|path| path.parent());
    let above = |path: &&PathBuf| match (nearest_folder, path.parent()) {
        (Some(nearest), Some(folder)) => !folder.starts_with(nearest),
        _ => false,
    };
    guard.absent.extend(absent.iter().filter(above).cloned());
    for (path, mark) in marks {
        match mark {
            Some(mark) => guard.marks.push((path.clone(), *mark)),
            None => guard.absent.push(path.clone()),
        }
    }
    let mut plain = Vec::new();
    let linked = guard.marks.iter().filter(|(path, _)| !is_plain(path, &mut plain));
    guard.targets = linked.filter_map(|(path, mark)| target(path, *mark)).collect();
    guard.absent.sort();
    guard.absent.dedup();
    guard
}

/// Returns the watched variables that the shell exports once it has made the change.
fn present(ctx: &Context, decision: &Decision) -> Vec<Present> {
    let changes = decision.transition.as_ref().map_or(&[][..], |transition| &transition.changes);
    let present = |name: &'static str| {
        let mut may_be_empty = ctx.env.get(name).map(OsStr::is_empty);
        for (_, change) in changes.iter().filter(|(variable, _)| variable.name == name) {
            match change {
                Change::Set(value) => may_be_empty = Some(value.reveal().is_empty()),
                Change::Restore => may_be_empty = Some(true),
                Change::Unset => may_be_empty = None,
                Change::Hold | Change::Cover | Change::Forget => {}
            }
        }
        may_be_empty.map(|may_be_empty| Present { name, may_be_empty })
    };
    variable::watched().filter_map(present).collect()
}

/// Returns whether there is surely no link in a path. `plain` collects the paths without one: `realpath`
/// would ask the kernel about each part of each path, and most parts are the same.
fn is_plain<'a>(path: &'a Path, plain: &mut Vec<&'a OsStr>) -> bool {
    if plain.contains(&path.as_os_str()) {
        return true;
    }
    let above = match path.parent() {
        Some(folder) => path.file_name().is_some() && is_plain(folder, plain),
        None => path.has_root(),
    };
    let is_plain = above && path.symlink_metadata().is_ok_and(|file| !file.is_symlink());
    plain.extend(is_plain.then_some(path.as_os_str()));
    is_plain
}

/// Returns the path and the file that it leads to, if there is a link in it.
fn target(path: &Path, mark: FileStamp) -> Option<(PathBuf, PathBuf)> {
    let real = path.canonicalize().ok().filter(|real| real != path)?;
    let is_same = file_stamp::mark(&real).is_some_and(|now| now.inode == mark.inode);
    // If the link has changed since the mark was taken, `/` makes the shell run the program again.
    Some((path.to_owned(), if is_same { real } else { PathBuf::from("/") }))
}

/// Returns the seconds since the system started, sleep included; `None` where the system does not say.
fn uptime() -> Option<i64> {
    std::fs::read_to_string("/proc/uptime").ok()?.split('.').next()?.parse().ok()
}
