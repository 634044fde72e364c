//! What a run cost: the files it read, the calls to AWS it made, and the time since its start.
//! `AWSENV_LOG=debug` tells.

use std::time::Instant;

use crate::system::context::Context;
use crate::system::counters;
use crate::terminal::message;

/// Explains what the run has cost since `begin`.
pub fn tell(ctx: &Context, begin: Instant) {
    message::debug(ctx, || {
        let (files, calls) = (counters::files(), counters::calls());
        let milliseconds = begin.elapsed().as_secs_f64() * 1000.0;
        format!("this run took {milliseconds:.1} ms, read {files} files and made {calls} calls")
    });
}
