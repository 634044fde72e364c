//! Waiting for a lock that another process holds: at a prompt for a second, elsewhere for as long as it
//! takes, with a word about who is waited for.

use anyhow::Result;

use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;
use crate::system::lock::{self, LockGuard};
use crate::terminal::slow_notice::SlowNotice;

/// Takes the lock called `name`. `doing` says what its holder is at: `refreshing the same login`. Error of
/// kind [`FailureKind::Busy`] if another process holds it for longer than [`Context::patience`]: that process
/// may be stopped.
pub fn take(ctx: &Context, name: &str, doing: &str) -> Result<LockGuard> {
    if let Some(guard) = lock::try_lock(ctx, name)? {
        return Ok(guard);
    }
    let holder = lock::holder(ctx, name);
    let holder = holder.map_or("another process".to_owned(), |pid| format!("process {pid}"));
    let Some(patience) = ctx.patience() else {
        let _slow = SlowNotice::start(ctx, &format!("{holder}, which is {doing}"));
        return lock::lock(ctx, name);
    };
    lock::lock_within(ctx, name, patience)?.ok_or_else(|| {
        let failure = Failure::new(format!("{holder} is {doing} and has not finished"));
        failure.hint("run `awsenv reload` to try again now").kind(FailureKind::Busy).into()
    })
}
