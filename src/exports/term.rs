//! The origin of what was chosen with `awsenv use`: since when the choice counts, and until when.
//!
//! The times are part of the bookkeeping, so that a shell below, and `awsenv status`, can say them. Nothing
//! is loaded because of them.

use chrono::{DateTime, TimeDelta, Utc};

use crate::exports::bookkeeping::Loaded;
use crate::text::duration;

/// The start of every origin that `awsenv use` makes.
const PREFIX: &str = "use-";

/// The time for which a choice counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// When it was made.
    pub since: DateTime<Utc>,
    /// When it ends by itself; `None` if it does not.
    pub until: Option<DateTime<Utc>>,
}

impl Term {
    /// Returns the origin of a choice: `use-`, both times in hexadecimal seconds since 1970 (0 for no end),
    /// and the first 8 digits of `about`, a digest of what was chosen.
    pub fn origin(self, about: &str) -> String {
        let until = self.until.map_or(0, |until| until.timestamp());
        format!("{PREFIX}{:x}-{until:x}-{}", self.since.timestamp(), about.get(..8).unwrap_or(about))
    }

    /// Reads what [`Term::origin`] wrote; `None` for the origin of a folder, or of `awsenv exec`.
    pub fn of_origin(origin: &str) -> Option<Self> {
        let mut times = origin.strip_prefix(PREFIX)?.split('-').map(|part| i64::from_str_radix(part, 16));
        let (since, until) = (times.next()?.ok()?, times.next()?.ok()?);
        let until = if until == 0 { None } else { Some(DateTime::from_timestamp(until, 0)?) };
        Some(Self { since: DateTime::from_timestamp(since, 0)?, until })
    }

    /// Returns whether what is loaded was chosen with `awsenv use`, and the choice still counts.
    pub fn holds(loaded: &Loaded, now: DateTime<Utc>) -> bool {
        let is_theirs = loaded.overridden || loaded.withdrawn;
        !is_theirs && Self::of_origin(&loaded.origin).is_some_and(|term| !term.is_over(now))
    }

    /// Returns how long it still lasts, as a prompt shows it: to the nearest minute, in the last minute to
    /// the second. `None` if it does not end by itself.
    pub fn left_in_prompt(self, now: DateTime<Utc>) -> Option<String> {
        let left = (self.until? - now).max(TimeDelta::seconds(1));
        let half = if left < TimeDelta::minutes(1) { TimeDelta::zero() } else { TimeDelta::seconds(30) };
        Some(duration::left_in_prompt(left + half))
    }

    /// Returns whether it has ended by itself.
    pub fn is_over(self, now: DateTime<Utc>) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_read_as_it_was_written_and_fits_the_bookkeeping() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        for until in [None, Some(at(4_000_000_000))] {
            let term = Term { since: at(3_999_996_400), until };
            let origin = term.origin("0123456789abcdef");
            assert!(origin.len() <= 32, "{origin}");
            assert_eq!(Term::of_origin(&origin), Some(term));
            let left =
                until.map(|until| term.left_in_prompt(until - TimeDelta::milliseconds(29 * 60_000 + 59_000)));
            assert_eq!(left, until.map(|_| Some("30m".to_owned())));
        }
        for other in ["", "exec", "exec-role", "0123456789abcdef", "use-", "use-x-0-", "use-1"] {
            assert_eq!(Term::of_origin(other), None, "{other}");
        }
    }
}
