//! Locks between awsenv's processes, so that of ten shells one logs in and the others wait or give up.
//!
//! A lock is named after the cache entry that it guards ([`crate::cache::key`]): a token's name for a login
//! or a refresh, a role's for a fetch.
//!
//! The kernel holds them (flock) and releases them when the process ends, however it ends, so none is ever
//! stale. Their files, in the `locks` folder of the state folder, contain the holder's process id. [`prune`]
//! removes old ones, so whoever takes a lock then checks that its file is still in its place: otherwise two
//! processes could hold the same lock on two files. A child process does not inherit them, since std opens
//! files close-on-exec.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::failure::Failure;
use crate::system::context::Context;
use crate::system::files;
use crate::text::digest;

/// How long [`try_lock`] waits for a process that only looks ([`is_held`]). That takes microseconds; a
/// process that was stopped meanwhile delays nobody for longer.
const LOOKING: Duration = Duration::from_secs(1);

/// Holds a lock until it is dropped.
#[derive(Debug)]
pub struct LockGuard(File);

impl Drop for LockGuard {
    fn drop(&mut self) {
        // While the lock is still held, so that it never clears the next holder's id.
        let _ = self.0.set_len(0);
        let _ = self.0.unlock();
    }
}

/// Takes the lock called `name`, and waits as long as another holds it.
pub fn lock(ctx: &Context, name: &str) -> Result<LockGuard> {
    loop {
        let file = open(ctx, name)?;
        while let Err(error) = file.lock() {
            // By a signal that does not end the process, such as SIGWINCH.
            if error.kind() != ErrorKind::Interrupted {
                return Err(error).context(describe(ctx, name));
            }
        }
        if is_in_place(&file, &path(ctx, name)?) {
            return Ok(signed(file));
        }
    }
}

/// [`lock`], but `None` if another holds it for longer than `limit`.
pub fn lock_within(ctx: &Context, name: &str, limit: Duration) -> Result<Option<LockGuard>> {
    let (tell, told) = mpsc::channel();
    // flock(2) has no time limit. A thread that waits too long releases the lock as soon as it has it: there
    // is no receiver any more.
    thread::spawn({
        let (ctx, name) = (ctx.clone(), name.to_owned());
        move || drop(tell.send(lock(&ctx, &name)))
    });
    let begun = Instant::now();
    let told = told.recv_timeout(limit).ok().transpose();
    ctx.has_waited(begun.elapsed());
    told
}

/// Takes the lock called `name` if it is free; `None` if another process, or another guard of this one, holds
/// it. Waits for processes that only look ([`is_held`]), a second at most.
pub fn try_lock(ctx: &Context, name: &str) -> Result<Option<LockGuard>> {
    let mut file = open(ctx, name)?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) if is_in_place(&file, &path(ctx, name)?) => return Ok(Some(signed(file))),
            Ok(()) => file = open(ctx, name)?,
            Err(TryLockError::WouldBlock) if begun.elapsed() < LOOKING && is_looked_at(&file) => {
                thread::yield_now();
            }
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error).context(describe(ctx, name)),
        }
    }
}

/// Returns whether the locked file is still the one at `path`, and was not removed before it was locked.
fn is_in_place(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(file), Ok(there)) => (file.dev(), file.ino()) == (there.dev(), there.ino()),
        // Removed; or a file system without stat, where nothing can be removed either.
        _ => file.metadata().is_err(),
    }
}

/// Removes the files of locks that nobody took for this long.
pub fn prune(ctx: &Context, age: Duration) {
    let Ok(folder) = ctx.state_dir().map(|state| state.join("locks")) else { return };
    for path in files::older_than(&folder, age) {
        if path.extension().is_some_and(|ending| ending == "lock")
            && let Ok(file) = File::open(&path)
            && file.try_lock().is_ok()
            && is_in_place(&file, &path)
        {
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// Returns whether nobody holds the lock, only shared locks of processes that look.
fn is_looked_at(file: &File) -> bool {
    let shared = file.try_lock_shared().is_ok();
    if shared {
        let _ = file.unlock();
    }
    shared
}

/// Returns whether another process, or a guard of this one, holds the lock called `name`. The probe is a
/// shared lock for a moment: many can look at once, and the holder's process id stays.
pub fn is_held(ctx: &Context, name: &str) -> Result<bool> {
    match open(ctx, name)?.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error).context(describe(ctx, name)),
    }
}

/// Returns the process id of the holder of the lock called `name`, for a message, after [`try_lock`] returned
/// `None`. `None` if it is not known. If nobody holds the lock, it may be the id of a killed process.
pub fn holder(ctx: &Context, name: &str) -> Option<u32> {
    let mut text = String::new();
    File::open(path(ctx, name).ok()?).ok()?.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Returns the file of the lock called `name`. A name that is no plain file name is replaced by its digest.
pub fn path(ctx: &Context, name: &str) -> Result<PathBuf> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let file = if !name.is_empty() && name.len() <= 100 && name.chars().all(plain) {
        format!("{name}.lock")
    } else {
        format!("{}.lock", digest::sha1(name))
    };
    Ok(ctx.state_dir()?.join("locks").join(file))
}

fn open(ctx: &Context, name: &str) -> Result<File> {
    let path = path(ctx, name)?;
    let open = || -> Result<File> {
        if let Some(folder) = path.parent() {
            files::make_private_dir(folder)?;
        }
        // Not truncated: it contains the holder's id.
        Ok(OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)?)
    };
    open().map_err(|error| {
        let failure = Failure::new(format!("{}: {error:#}", describe(ctx, name)));
        failure.hint("set `XDG_STATE_HOME` to a folder that can be written").into()
    })
}

fn describe(ctx: &Context, name: &str) -> String {
    let path = path(ctx, name).map(|path| crate::text::sanitize::path(&path)).unwrap_or_default();
    format!("could not lock {path}")
}

/// Writes this process's id into the file. The lock holds even if that fails.
fn signed(mut file: File) -> LockGuard {
    let _ = file.set_len(0);
    let _ = file.rewind();
    let _ = write!(file, "{}", std::process::id());
    LockGuard(file)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_held_lock_is_refused_and_a_dropped_one_is_free() {
        let (_home, ctx) = Context::in_temporary_home();
        let guard = lock(&ctx, "a").unwrap();
        assert!(try_lock(&ctx, "a").unwrap().is_none());
        assert!(try_lock(&ctx, "b").unwrap().is_some());
        drop(guard);
        assert!(try_lock(&ctx, "a").unwrap().is_some());
    }

    #[test]
    fn to_look_leaves_the_holder_s_name_and_hinders_nobody_else_who_looks() {
        let (_home, ctx) = Context::in_temporary_home();
        assert!(!is_held(&ctx, "a").unwrap());
        let guard = lock(&ctx, "a").unwrap();
        assert!(is_held(&ctx, "a").unwrap());
        assert_eq!(holder(&ctx, "a"), Some(std::process::id()));
        drop(guard);
        let looking = open(&ctx, "a").unwrap();
        looking.lock_shared().unwrap();
        assert!(!is_held(&ctx, "a").unwrap());
    }

    #[test]
    fn who_looks_at_a_lock_is_not_taken_for_its_holder() {
        let (_home, ctx) = Context::in_temporary_home();
        let looking = open(&ctx, "a").unwrap();
        looking.lock_shared().unwrap();
        let (tell, told) = mpsc::channel();
        let taker = thread::spawn({
            let ctx = ctx.clone();
            move || tell.send(try_lock(&ctx, "a").unwrap().is_some()).unwrap()
        });
        assert!(told.recv_timeout(Duration::from_millis(100)).is_err(), "it was refused because of a look");
        looking.unlock().unwrap();
        assert_eq!(told.recv_timeout(Duration::from_secs(10)), Ok(true));
        taker.join().unwrap();
        // Nor does one who never ends looking keep others for ever.
        looking.lock_shared().unwrap();
        assert!(try_lock(&ctx, "a").unwrap().is_none());
    }

    #[test]
    fn a_waiter_gets_the_lock_when_its_holder_lets_go() {
        let (_home, ctx) = Context::in_temporary_home();
        let guard = lock(&ctx, "a").unwrap();
        let (tell, told) = mpsc::channel();
        let waiter = thread::spawn({
            let ctx = ctx.clone();
            let tell = tell.clone();
            move || {
                let _guard = lock(&ctx, "a").unwrap();
                tell.send("waiter").unwrap();
            }
        });
        tell.send("holder").unwrap();
        drop(guard);
        waiter.join().unwrap();
        assert_eq!(told.iter().take(2).collect::<Vec<_>>(), ["holder", "waiter"]);
    }

    #[test]
    fn a_waiter_without_patience_goes_away_and_never_keeps_the_lock() {
        let (_home, ctx) = Context::in_temporary_home();
        let guard = lock(&ctx, "a").unwrap();
        assert!(lock_within(&ctx, "a", Duration::from_millis(20)).unwrap().is_none());
        drop(guard);
        // The one who went away may hold it for a moment, and lets go.
        assert!(lock_within(&ctx, "a", Duration::from_mins(1)).unwrap().is_some());
    }

    #[test]
    fn waiters_can_read_who_holds_the_lock() {
        let (_home, ctx) = Context::in_temporary_home();
        assert_eq!(holder(&ctx, "a"), None);
        let guard = lock(&ctx, "a").unwrap();
        assert_eq!(holder(&ctx, "a"), Some(std::process::id()));
        drop(guard);
        assert_eq!(holder(&ctx, "a"), None);
        fs::write(path(&ctx, "a").unwrap(), "4294967296000, left over").unwrap();
        assert_eq!(holder(&ctx, "a"), None);
        let _guard = lock(&ctx, "a").unwrap();
        assert_eq!(holder(&ctx, "a"), Some(std::process::id()));
    }

    #[test]
    fn an_old_lock_is_pruned_unless_it_is_held_and_nobody_keeps_a_removed_one() {
        let (_home, ctx) = Context::in_temporary_home();
        let held = lock(&ctx, "held").unwrap();
        drop(lock(&ctx, "free").unwrap());
        let [held_file, free_file] = ["held", "free"].map(|name| path(&ctx, name).unwrap());
        prune(&ctx, Duration::from_mins(1));
        assert!(held_file.exists() && free_file.exists(), "they are young");
        let waiting = open(&ctx, "free").unwrap();
        prune(&ctx, Duration::ZERO);
        assert!(held_file.exists() && !free_file.exists());
        // Who had opened the file before gets the lock on one that nobody else finds, and must not keep it.
        waiting.lock().unwrap();
        assert!(!is_in_place(&waiting, &free_file));
        assert!(try_lock(&ctx, "free").unwrap().is_some());
        drop(held);
    }

    #[test]
    fn many_who_take_and_prune_at_once_never_hold_it_together() {
        let (_home, ctx) = Context::in_temporary_home();
        let inside = std::sync::atomic::AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let guard = lock(&ctx, "a").unwrap();
                        assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        drop(guard);
                        prune(&ctx, Duration::ZERO);
                    }
                });
            }
        });
    }

    #[test]
    fn a_child_process_does_not_keep_the_lock() {
        let (_home, ctx) = Context::in_temporary_home();
        let file = open(&ctx, "a").unwrap();
        file.lock().unwrap();
        let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        // Closed without unlocking, so that a descriptor in the child would keep the lock for as long as it
        // lives.
        drop(file);
        let (tell, told) = mpsc::channel();
        let waiter = thread::spawn(move || {
            let _guard = lock(&ctx, "a").unwrap();
            tell.send(()).unwrap();
        });
        let taken = told.recv_timeout(Duration::from_secs(10));
        child.kill().unwrap();
        child.wait().unwrap();
        waiter.join().unwrap();
        assert_eq!(taken, Ok(()));
    }

    #[test]
    fn files_and_folder_are_private_and_any_name_will_do() {
        let (_home, ctx) = Context::in_temporary_home();
        for name in ["sso-0ad3", "../../x", "a/b", "", "é"] {
            let _guard = lock(&ctx, name).unwrap();
            let path = path(&ctx, name).unwrap();
            let folder = path.parent().unwrap();
            assert_eq!(folder, ctx.state_dir().unwrap().join("locks"), "{name}");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
            assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700, "{name}");
        }
    }
}
