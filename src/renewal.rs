//! When credentials are to be renewed.

use chrono::{DateTime, TimeDelta, Utc};

/// Returns when credentials that lapse at `expiration` are due for renewal: when less than 15 minutes or a third of
/// their lifetime is left, whichever is shorter. A lifetime that is not known counts as an hour.
pub fn due(expiration: DateTime<Utc>, since: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let lifetime = since.map_or(TimeDelta::hours(1), |since| expiration - since);
    expiration - (lifetime / 3).clamp(TimeDelta::zero(), TimeDelta::minutes(15))
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
