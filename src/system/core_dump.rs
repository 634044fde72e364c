//! Core dumps: this process holds secrets and leaves none. The programs that it starts keep the limit that it
//! was started with.

use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The limit with which this process was started; not set if it forbade dumps already.
static BEFORE: OnceLock<Rlimit> = OnceLock::new();

/// Forbids core dumps of this process.
pub fn forbid() {
    let before = BEFORE.get().copied().unwrap_or_else(|| getrlimit(Resource::Core));
    if before.current != Some(0) {
        let _ = BEFORE.set(before);
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), ..before });
    }
}

/// Restores the first limit, for a program that replaces this process (exec).
pub fn restore() {
    if let Some(before) = BEFORE.get() {
        let _ = setrlimit(Resource::Core, *before);
    }
}

/// Calls `start`, which starts a program, with the first limit. One thread at a time, since the limit is the
/// process's.
pub fn starting<T>(start: impl FnOnce() -> T) -> T {
    static STARTING: Mutex<()> = Mutex::new(());
    let _turn = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    restore();
    let started = start();
    forbid();
    started
}
