//! A clock that differs from AWS's, which makes AWS refuse what is signed by it.

use chrono::{DateTime, TimeDelta, Utc};

/// What AWS puts up with; some of its services more.
const TOLERATED: TimeDelta = TimeDelta::minutes(5);

/// What to do about it.
pub(super) const HINT: &str = "set the clock, or switch on its synchronisation";

/// Reads the header `date` of an answer: the time by AWS's clock.
pub(super) fn parse(header: Option<&str>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(header?).ok().map(|date| date.with_timezone(&Utc))
}

/// Returns whether `now` is further from AWS's time than AWS puts up with. Not if AWS's time is not known.
pub(super) fn is_off(aws: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    aws.is_some_and(|aws| (aws - now).abs() > TOLERATED)
}

/// Says how far the clock is off.
pub(super) fn reason(aws: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    match aws.map_or(0, |aws| (aws - now).num_minutes()) {
        0 => "this computer's clock is wrong".to_owned(),
        behind @ 1.. => format!("this computer's clock is {behind} minutes slow"),
        ahead => format!("this computer's clock is {} minutes fast", -ahead),
    }
}
