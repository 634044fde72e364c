//! Waits for a lock that another process holds: below a prompt for a second, elsewhere as long as it takes,
//! naming the process after a second.

use anyhow::Result;

use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;
use crate::system::lock::{self, LockGuard};
use crate::terminal::slow_notice::SlowNotice;

/// Takes the lock called `name`. `doing` says what its holder does, such as `refreshing the same login`. An
/// error of kind [`FailureKind::Busy`] if another process holds it for longer than [`Context::patience`].
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
