//! What a run cost: the files it read, the calls to AWS it made, and the time since its start. `AWSENV_LOG=debug` tells.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use crate::system::context::Context;
use crate::terminal::message;

static FILES: AtomicU32 = AtomicU32::new(0);
static CALLS: AtomicU32 = AtomicU32::new(0);

/// Counts a file that is read.
pub fn count_file() {
    FILES.fetch_add(1, Ordering::Relaxed);
}

/// Counts a call over the network.
pub fn count_call() {
    CALLS.fetch_add(1, Ordering::Relaxed);
}

/// Explains what the run has cost since `begin`.
pub fn tell(ctx: &Context, begin: Instant) {
    message::debug(ctx, || {
        let files = FILES.load(Ordering::Relaxed);
        let calls = CALLS.load(Ordering::Relaxed);
        let milliseconds = begin.elapsed().as_secs_f64() * 1000.0;
        format!("this run took {milliseconds:.1} ms, read {files} files and made {calls} calls")
    });
}
