//! Renewal: when credentials are due, and the detached process that fetches new ones while the prompt
//! returns.

use std::process::{Command, Stdio};

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use crate::failure::Failure;
use crate::load::plan::LoadPlan;
use crate::shared_config::CleanContext;
use crate::system::context::Context;
use crate::system::core_dump;
use crate::system::file_stamp::FileStamp;
use crate::system::{backoff, lock};
use crate::terminal::message;
use crate::text::sanitize;
use crate::values::credentials::Credentials;

/// After this time the shell looks for the result of a renewal. One that succeeds changes the cache file,
/// which the shell sees sooner.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(60);

/// Returns when credentials that were fetched at `since` and expire at `expiration` are due for renewal: when
/// less than 15 minutes or a third of their lifetime is left, whichever is shorter. Without `since` the
/// lifetime counts as an hour.
pub fn due(expiration: DateTime<Utc>, since: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let lifetime = since.map_or(TimeDelta::hours(1), |since| expiration - since);
    expiration - (lifetime / 3).clamp(TimeDelta::zero(), TimeDelta::minutes(15))
}

/// When a shell must look at its credentials again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// The time (UTC).
    pub at: DateTime<Utc>,
    /// Whether they are due for renewal, so that new ones may come before that time.
    pub is_due: bool,
}

/// Returns when a shell that has these credentials must look again, and starts their renewal if they are due.
/// `kept` is the stamp of their cache file, which was written when they were fetched. `None` if they do not
/// expire.
pub fn attend(
    ctx: &Context,
    target: &LoadPlan,
    credentials: &Credentials,
    kept: Option<FileStamp>,
) -> Option<Next> {
    let expiration = credentials.expiration?;
    let since = kept.and_then(|mark| DateTime::from_timestamp(mark.modified.0, 0));
    let (now, due) = (ctx.now(), due(expiration, since));
    message::debug(ctx, || {
        format!("the credentials of {} are due for renewal at {due}", sanitize::shown(target.profile()))
    });
    if due > now {
        return Some(Next { at: due, is_due: false });
    }
    if target.resolved_profile.lock_name().is_none() {
        // Another process could not hand over credentials that are not cached.
        return Some(Next { at: expiration, is_due: true });
    }
    let next = match backoff::current(ctx, &pause_name(target.profile())) {
        Some(pause) => pause.until,
        None if !target.renews_silently(ctx) => expiration,
        None => {
            start(ctx, target);
            now + LOOK_AGAIN
        }
    };
    Some(Next { at: next.min(expiration), is_due: true })
}

/// Starts `awsenv renew` as a detached process, unless a process is fetching these credentials already.
fn start(ctx: &Context, target: &LoadPlan) {
    let busy = target
        .resolved_profile
        .lock_name()
        .is_some_and(|name| lock::is_held(ctx, &name).is_ok_and(|held| held));
    let Some(program) = ctx.program().filter(|_| !busy) else { return };
    let mut command = Command::new(program);
    command.arg("renew").args(target.resolved_profile.options());
    // The `.awsenv` may have set the region, where the role is assumed.
    command.args(target.region.iter().flat_map(|region| ["--region", &region.name]));
    command.env_clear().envs(ctx.env.iter());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // The process may start programs of its own, so core dumps are allowed for it as usual.
    let started = core_dump::starting(|| command.spawn());
    message::debug(ctx, || match started {
        Ok(child) => format!("process {} renews them", child.id()),
        Err(error) => format!("could not start the renewal: {}", error.kind()),
    });
}

/// Fetches new credentials in place of cached ones that expire, without ever asking a person. After each
/// failure the pause before the next attempt grows.
pub fn run(ctx: &CleanContext, target: &LoadPlan) -> Result<()> {
    let Some(left) = target
        .resolved_profile
        .kept_credentials(ctx)?
        .and_then(|kept| kept.expiration)
        .map(|time| time - ctx.now())
    else {
        return Ok(());
    };
    let name = pause_name(target.profile());
    match target.obtain(ctx, left + TimeDelta::seconds(1), None) {
        Ok(_) => backoff::clear(ctx, &name),
        Err(error) => {
            backoff::extend(ctx, &name, &format!("{error:#}"), Failure::hint_of(&error));
            return Err(error);
        }
    }
    Ok(())
}

fn pause_name(profile: &str) -> String {
    format!("renew {profile}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_credentials_are_not_always_due() {
        let start = DateTime::UNIX_EPOCH;
        let minutes = |n| start + TimeDelta::minutes(n);
        assert_eq!(due(minutes(60), None), minutes(45));
        assert_eq!(due(minutes(480), Some(start)), minutes(465));
        assert_eq!(due(minutes(15), Some(start)), minutes(10), "a third of 15 minutes");
        assert_eq!(due(minutes(-5), Some(start)), minutes(-5));
    }
}
