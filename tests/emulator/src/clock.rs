//! The time the emulator lives by, which a test moves instead of waiting.

use chrono::{DateTime, TimeDelta, Utc};

/// The system's time, moved by what a test asked for.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    advanced: TimeDelta,
    skew: TimeDelta,
}

impl Clock {
    /// Moves the time by which tokens, codes and keys expire forward by `seconds`.
    ///
    /// What was issued before is older by as much; the `Date` header and the check of signature times stay
    /// with the system's clock, so that a caller's signatures remain good.
    pub fn advance(&mut self, seconds: u32) {
        self.advanced += TimeDelta::seconds(i64::from(seconds));
    }

    /// Makes the server's clock differ from the system's by `seconds` (positive: ahead).
    ///
    /// It shows in the `Date` header of every reply and in the check of signature times, as a caller whose
    /// own clock is wrong sees it. Expirations are left alone.
    pub fn set_skew(&mut self, seconds: i32) {
        self.skew = TimeDelta::seconds(i64::from(seconds));
    }

    /// Returns the time by which things expire.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.advanced
    }

    /// Returns the time `seconds` from [`Clock::now`].
    pub(crate) fn after(&self, seconds: u32) -> DateTime<Utc> {
        self.now() + TimeDelta::seconds(i64::from(seconds))
    }

    /// Returns the time of day on the server's wall: for the `Date` header and signatures.
    pub(crate) fn wall(&self) -> DateTime<Utc> {
        Utc::now() + self.skew
    }
}
