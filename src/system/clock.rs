//! The clock of the system, read here alone.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};

/// Returns the time (UTC). A command asks its [`crate::system::context::Context`], which a test can set.
pub fn now() -> DateTime<Utc> {
    // Not `Utc::now`, which panics if the clock stands before 1970.
    SystemTime::now().into()
}

/// Returns how long ago this was, for the times of files; `None` if it is in the future.
pub fn since(time: SystemTime) -> Option<Duration> {
    SystemTime::now().duration_since(time).ok()
}
