//! Explains with `AWSENV_LOG=debug` what a run cost: files read, calls to AWS, time.

use std::time::Instant;

use crate::system::context::Context;
use crate::system::counters;
use crate::terminal::message;

/// Prints the cost of the run since `begin`, in milliseconds.
pub fn tell(ctx: &Context, begin: Instant) {
    message::debug(ctx, || {
        let (files, calls) = (counters::files(), counters::calls());
        let milliseconds = begin.elapsed().as_secs_f64() * 1000.0;
        format!("this run took {milliseconds:.1} ms, read {files} files and made {calls} calls")
    });
}
