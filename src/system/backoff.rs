//! Failures that are not tried again at every prompt: remembered on disk for all shells, with a growing
//! pause.

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

/// A failure that still counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// When it may be tried again (UTC).
    pub until: DateTime<Utc>,
    /// What went wrong, as it was said.
    pub message: String,
    /// The cure, as it was said.
    pub hint: Option<String>,
    failures: usize,
}

/// Returns the pause that is on for what `name` stands for; `None` if it may be tried.
pub fn current(ctx: &Context, name: &str) -> Option<Backoff> {
    read(ctx, name).filter(|pause| {
        let rest = pause.until - ctx.now();
        // A clock that was set back must not make a pause last.
        rest > TimeDelta::zero() && rest <= TimeDelta::seconds(PAUSES[PAUSES.len() - 1])
    })
}

/// Notes one more failure and returns the pause after it.
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
    // If it cannot be written, the failure is met again.
    let _ = path(ctx, name).and_then(|path| files::replace(&path, entry.to_string().as_bytes()));
    pause
}

/// Notes that the person stopped it: what was in vain for as long as they waited is not begun again soon.
pub fn stop(ctx: &Context, name: &str, message: &str, hint: Option<&str>) {
    keep(ctx, name, PAUSES.len(), message, hint);
}

/// Forgets the failures: it worked, or the user asks for another try.
pub fn clear(ctx: &Context, name: &str) {
    if let Ok(path) = path(ctx, name) {
        let _ = std::fs::remove_file(path);
    }
}

/// Forgets failures that nobody has met again for this long.
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
