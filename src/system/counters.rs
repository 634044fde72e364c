//! Counts what a run does: the files it reads, and the calls to AWS it makes.

use std::sync::atomic::{AtomicU32, Ordering};

static FILES: AtomicU32 = AtomicU32::new(0);
static CALLS: AtomicU32 = AtomicU32::new(0);

/// Counts a file that is opened to be read.
pub fn count_file() {
    FILES.fetch_add(1, Ordering::Relaxed);
}

/// Counts a call over the network.
pub fn count_call() {
    CALLS.fetch_add(1, Ordering::Relaxed);
}

/// Returns how many files were read.
pub fn files() -> u32 {
    FILES.load(Ordering::Relaxed)
}

/// Returns how many calls were made.
pub fn calls() -> u32 {
    CALLS.load(Ordering::Relaxed)
}
