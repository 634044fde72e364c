//! Says after a second what is waited for, and that Ctrl-C stops it.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use crate::system::context::Context;
use crate::terminal::message;

/// Prints the notice after a second, unless it is dropped before.
pub struct SlowNotice {
    _done: Sender<()>,
}

impl SlowNotice {
    /// Starts the second. `what` is waited for, sanitized.
    pub fn start(ctx: &Context, what: &str) -> Self {
        let (done, waiting) = mpsc::channel();
        let (ctx, what) = (ctx.clone(), what.to_owned());
        thread::spawn(move || {
            // The sender is dropped when the wait is over.
            if waiting.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                message::status(&ctx, &format!("waiting for {what}, Ctrl-C stops it"));
            }
        });
        Self { _done: done }
    }
}
