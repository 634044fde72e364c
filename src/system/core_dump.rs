//! Core dumps: a process that holds secrets leaves none, and the programs that it starts may, if they might
//! before.

use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What was allowed when this process started, if that was any dump at all.
static BEFORE: OnceLock<Rlimit> = OnceLock::new();

/// Forbids dumps of this process.
pub fn forbid() {
    let before = BEFORE.get().copied().unwrap_or_else(|| getrlimit(Resource::Core));
    if before.current != Some(0) {
        let _ = BEFORE.set(before);
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), ..before });
    }
}

/// Allows again what was allowed before, for a program that takes the place of this process.
pub fn restore() {
    if let Some(before) = BEFORE.get() {
        let _ = setrlimit(Resource::Core, *before);
    }
}

/// Starts a program, which inherits what was allowed before. One thread at a time: the limit is the
/// process's.
pub fn starting<T>(start: impl FnOnce() -> T) -> T {
    static STARTING: Mutex<()> = Mutex::new(());
    let _turn = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    restore();
    let started = start();
    forbid();
    started
}
