//! Spans of time, as people read and write them.

use chrono::TimeDelta;

/// Returns the time left in two units at most: `58m left`, `7h 59m left`, `expired`.
pub fn left(span: TimeDelta) -> String {
    short(span).map_or_else(|| EXPIRED.to_owned(), |span| format!("{span} left"))
}

/// [`left`] in the room that a shell's prompt has: `58m`, `7h 59m`, `expired`.
pub fn left_in_prompt(span: TimeDelta) -> String {
    short(span).unwrap_or_else(|| EXPIRED.to_owned())
}

const EXPIRED: &str = "expired";

/// `None` once the span is over.
fn short(span: TimeDelta) -> Option<String> {
    let (hours, minutes, seconds) = (span.num_hours(), span.num_minutes() % 60, span.num_seconds());
    match (hours, minutes) {
        _ if seconds <= 0 => None,
        (0, 0) => Some(format!("{seconds}s")),
        (0, minutes) => Some(format!("{minutes}m")),
        (hours, minutes) => Some(format!("{hours}h {minutes}m")),
    }
}

/// Returns the time left to the second: `9:58 left`.
pub fn countdown(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    format!("{}:{:02} left", seconds / 60, seconds % 60)
}

/// Reads a span: digits and `s`, `m` or `h`. `None` for anything else.
pub fn parse(text: &str) -> Option<TimeDelta> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok().filter(|number| *number >= 0)?;
    match unit {
        "s" => TimeDelta::try_seconds(number),
        "m" => TimeDelta::try_minutes(number),
        "h" => TimeDelta::try_hours(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_they_are_written() {
        assert_eq!(parse("90s"), Some(TimeDelta::seconds(90)));
        assert_eq!(parse("30m"), Some(TimeDelta::minutes(30)));
        assert_eq!(parse("1h"), Some(TimeDelta::hours(1)));
        for wrong in ["", "5", "h", "-1s", "1.5h", "5d", "é", "99999999999999h"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_left_is_said_in_two_units_at_most() {
        let cases = [
            (-1, "expired"),
            (59, "59s left"),
            (3599, "59m left"),
            (3600, "1h 0m left"),
            (29_000, "8h 3m left"),
        ];
        for (seconds, text) in cases {
            assert_eq!(left(TimeDelta::seconds(seconds)), text);
        }
    }
}
