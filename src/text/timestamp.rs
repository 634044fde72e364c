//! Points in time as the AWS tools write them: read leniently, written in one form.

use chrono::{DateTime, SecondsFormat, Utc};

/// Reads a point in time: RFC 3339 with `Z` or an offset, fractions of a second, a space for the `T`, and
/// the `UTC` suffix of older AWS CLIs. `None` for anything else, and for a time that names no zone.
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Some(local) = text.strip_suffix("UTC") {
        return parse_rfc3339(&format!("{}Z", local.trim_end()));
    }
    // `%z` takes `+0000` as well as `+00:00`.
    parse_rfc3339(text).or_else(|| {
        DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z").ok().map(|time| time.with_timezone(&Utc))
    })
}

/// Writes `2026-11-22T01:19:37Z`: UTC, whole seconds, a fraction cut off.
pub fn utc(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Writes `2026-11-22T01:19:37+00:00`, as the AWS CLI does for STS credentials: UTC, whole seconds.
pub fn utc_offset(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, false)
}

fn parse_rfc3339(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_the_aws_tools_write_is_read() {
        let forms = [
            "2026-11-22T01:19:37Z",
            "2026-11-22T01:19:37UTC",
            "2026-11-22T01:19:37 UTC",
            "2026-11-22T01:19:37+00:00",
            "2026-11-22T01:19:37+0000",
            "2026-11-22T03:19:37+02:00",
            "2026-11-22 01:19:37Z",
            "2026-11-22T01:19:37.000000Z",
            "2026-11-22T01:19:37.4UTC",
        ];
        for form in forms {
            assert_eq!(parse(form).map(utc).as_deref(), Some("2026-11-22T01:19:37Z"), "{form}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_none() {
        for form in ["2026-11-22T01:19:37", "", "UTC", "tomorrow", "1790000000", "2026-13-22T01:19:37Z"] {
            assert_eq!(parse(form), None, "{form}");
        }
    }

    #[test]
    fn sts_times_are_written_with_an_offset() {
        let time = parse("2026-11-22T01:19:37.9Z").unwrap();
        assert_eq!(utc_offset(time), "2026-11-22T01:19:37+00:00");
    }
}
