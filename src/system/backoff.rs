//! Pauses between attempts after a failure: remembered on disk, so that all shells share them, and longer
//! after each failure in a row.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::system::context::Context;
use crate::system::{files, json_file};
use crate::text::{digest, timestamp};

/// The pause after each failure in a row, in seconds; the last one repeats.
const PAUSES: [i64; 6] = [10, 30, 60, 120, 300, 900];

/// A failure, and the pause after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// When it may be tried again (UTC).
    pub until: DateTime<Utc>,
    /// The error, as it was printed.
    pub message: String,
    /// Its hint, as it was printed.
    pub hint: Option<String>,
    /// How many failures there were in a row.
    failures: usize,
}

/// Returns the pause of the operation called `name`; `None` if it may be tried now.
pub fn current(ctx: &Context, name: &str) -> Option<Backoff> {
    read(ctx, name).filter(|pause| {
        let rest = pause.until - ctx.now();
        // A clock that was set back must not make a pause longer.
        rest > TimeDelta::zero() && rest <= TimeDelta::seconds(PAUSES[PAUSES.len() - 1])
    })
}

/// Records one more failure and returns the pause after it.
pub fn extend(ctx: &Context, name: &str, message: &str, hint: Option<&str>) -> Backoff {
    let failures = read(ctx, name).map_or(0, |pause| pause.failures);
    keep(ctx, name, failures + 1, message, hint)
}

fn keep(ctx: &Context, name: &str, failures: usize, message: &str, hint: Option<&str>) -> Backoff {
    let failures = failures.clamp(1, PAUSES.len());
    let pause = Backoff {
        until: ctx.now() + TimeDelta::seconds(PAUSES[failures - 1]),
        message: message.to_owned(),
        hint: hint.map(str::to_owned),
        failures,
    };
    let entry = json!({ "until": timestamp::utc(pause.until), "failures": pause.failures, "message": message, "hint": hint });
    // If it cannot be written, the next prompt tries again.
    let _ = path(ctx, name).and_then(|path| files::replace(&path, entry.to_string().as_bytes()));
    pause
}

/// Records that the person stopped the operation, with the longest pause: it was too slow for them once.
pub fn stop(ctx: &Context, name: &str, message: &str, hint: Option<&str>) {
    keep(ctx, name, PAUSES.len(), message, hint);
}

/// Forgets the failures: it worked, or the user asks for another try.
pub fn clear(ctx: &Context, name: &str) {
    if let Ok(path) = path(ctx, name) {
        let _ = std::fs::remove_file(path);
    }
}

/// Removes the records of failures that did not happen again for this long.
pub fn prune(ctx: &Context, age: Duration) {
    let Ok(folder) = ctx.state_dir().map(|state| state.join("pauses")) else { return };
    for path in files::older_than(&folder, age) {
        let _ = json_file::remove(&path);
    }
}

fn read(ctx: &Context, name: &str) -> Option<Backoff> {
    let entry = json_file::read(ctx, &path(ctx, name).ok()?)?;
    Some(Backoff {
        until: json_file::time(&entry, "until")?,
        message: json_file::text(&entry, "message")?,
        hint: json_file::text(&entry, "hint"),
        failures: entry.get("failures").and_then(Value::as_u64)?.try_into().ok()?,
    })
}

fn path(ctx: &Context, name: &str) -> Result<PathBuf> {
    Ok(ctx.state_dir()?.join("pauses").join(digest::of([name.as_bytes()], 40)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_grows_with_each_failure_and_is_not_longer_under_a_clock_set_back() {
        let start = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let (_home, ctx) = Context::in_temporary_home();
        let at = |seconds| ctx.at(start + TimeDelta::seconds(seconds));
        for seconds in [10, 30, 60, 120, 300, 900, 900] {
            let pause = extend(&at(0), "a", "no answer", Some("wait"));
            assert_eq!(pause.until, at(seconds).now());
            let last_second = current(&at(seconds - 1), "a").unwrap();
            assert_eq!(
                (last_second.message, last_second.hint),
                ("no answer".to_owned(), Some("wait".to_owned()))
            );
            assert_eq!(current(&at(seconds), "a"), None, "{seconds} seconds are over");
            assert_eq!(current(&at(seconds - 901), "a"), None, "the clock was set back");
        }
        assert_eq!(current(&at(0), "b"), None);
        clear(&at(0), "a");
        assert_eq!(extend(&at(0), "a", "no answer", None).until, at(10).now());
        stop(&at(0), "a", "stopped", None);
        assert!(current(&at(899), "a").is_some());
    }
}
