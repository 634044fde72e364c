//! A clock that differs from AWS's, which makes AWS refuse what is signed by it.

use chrono::{DateTime, TimeDelta, Utc};

/// The difference that AWS tolerates; some services tolerate more.
const TOLERATED: TimeDelta = TimeDelta::minutes(5);

/// The hint for a wrong clock.
pub(super) const HINT: &str = "set the clock, or switch on its synchronisation";

/// Reads the header `date` of an answer: the time by AWS's clock.
pub(super) fn parse(header: Option<&str>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(header?).ok().map(|date| date.with_timezone(&Utc))
}

/// Returns whether `now` differs from AWS's time by more than AWS tolerates; false if AWS's time is not
/// known.
pub(super) fn is_off(aws: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    aws.is_some_and(|aws| (aws - now).abs() > TOLERATED)
}

/// Returns in words how far the clock is off.
pub(super) fn reason(aws: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    match aws.map_or(0, |aws| (aws - now).num_minutes()) {
        0 => "this computer's clock is wrong".to_owned(),
        behind @ 1.. => format!("this computer's clock is {behind} minutes slow"),
        ahead => format!("this computer's clock is {} minutes fast", -ahead),
    }
}
