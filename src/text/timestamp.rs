//! Points in time as the AWS tools and the programs that they start write them: read leniently, written in
//! one form.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};

/// Longer text is no time.
const LONGEST: usize = 64;

/// The dates that name a year of four digits first, or the month by its name, so that no two readings are
/// possible.
const DATES: [&str; 7] = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d %B %Y", "%d-%B-%Y", "%B %d %Y"];

const TIMES: [&str; 5] = ["%H:%M:%S%.f", "%H:%M", "%H%M%S%.f", "%H%M", "%H"];

/// Returns the point in time that the text names; `None` if it cannot be read, or names no zone.
///
/// The AWS CLI reads with Python's `dateutil`. What is read here means the same there: RFC 3339 with `Z` or
/// an offset; a space for the `T`; fractions after a dot or a comma; the `UTC` suffix of older AWS CLIs; no
/// seconds (`2100-01-01T00:00Z`, of Java); the basic form (`20991231T000000Z`); and the dates of HTTP, mail,
/// `date` and Ruby, which name the month or a zone as its own word (`Thu, 31 Dec 2099 00:00:00 GMT`,
/// `Thu Dec 31 12:00:00 AM UTC 2099`).
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if text.len() > LONGEST || !text.is_ascii() {
        return None;
    }
    parse_rfc3339(text).or_else(|| parse_words(text))
}

/// The parts of a time, which come in many orders.
#[derive(Default)]
struct Parts<'a> {
    date: Vec<&'a str>,
    time: Option<&'a str>,
    half: Option<&'a str>,
    zone: Option<FixedOffset>,
}

fn parse_words(text: &str) -> Option<DateTime<Utc>> {
    let text = separated(text);
    let mut parts = Parts::default();
    for word in text.split_ascii_whitespace() {
        parts.take(word)?;
    }
    let Parts { date, time, half, zone } = parts;
    let date = date.join(" ");
    if is_digits(&date) && date.len() != 8 {
        return None;
    }
    let date = DATES.iter().find_map(|form| NaiveDate::parse_from_str(&date, form).ok());
    let date = date.filter(|date| (1000..=9999).contains(&chrono::Datelike::year(date)))?;
    let local = NaiveDateTime::new(date, time_of_day(time?, half)?);
    Some(local.and_local_timezone(zone?).single()?.to_utc())
}

/// Puts blanks for the `T` between date and time, and for the commas of prose. A comma between digits is a
/// decimal one.
fn separated(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let replaced = bytes.iter().enumerate().map(|(at, &byte)| {
        let between_digits = is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
        match byte {
            b'T' | b't' if between_digits => ' ',
            b',' => {
                if between_digits {
                    '.'
                } else {
                    ' '
                }
            }
            byte => byte.into(),
        }
    });
    replaced.collect()
}

impl<'a> Parts<'a> {
    /// Sorts a word into its part. `None` if that part is there already.
    fn take(&mut self, word: &'a str) -> Option<()> {
        if matches!(word, "AM" | "PM") {
            return self.half.replace(word).is_none().then_some(());
        }
        if let Some(zone) = zone(word) {
            return self.zone.replace(zone).is_none().then_some(());
        }
        let is_date = |word: &str| word.len() == 8 && is_digits(word) || word[1..].contains(['-', '/']);
        let is_time = word.contains(':')
            || self.time.is_none()
                && self.date.len() == 1
                && is_date(self.date[0])
                && word.starts_with(|c: char| c.is_ascii_digit());
        if is_time {
            let (time, zone) = split_zone(word)?;
            let is_new = self.time.replace(time).is_none();
            let is_only = zone.is_none() || self.zone.is_none();
            self.zone = self.zone.or(zone);
            return (is_new && is_only).then_some(());
        }
        if !is_weekday(word) {
            self.date.push(word);
        }
        (self.date.len() <= 3).then_some(())
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The date says the day of the week already.
fn is_weekday(word: &str) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let word = word.to_ascii_lowercase();
    word.len() >= 3 && DAYS.iter().any(|day| word == *day || word == day[..3])
}

/// Splits `00:00:00+02:00` and `000000Z`. `None` if what follows the time is no zone.
fn split_zone(word: &str) -> Option<(&str, Option<FixedOffset>)> {
    let end = word.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.')).unwrap_or(word.len());
    let (time, rest) = word.split_at(end);
    if rest.is_empty() { Some((time, None)) } else { zone(rest).map(|zone| (time, Some(zone))) }
}

/// Reads `Z`, `UTC`, `GMT`, `+02`, `+0200` and `+02:00`. Other names mean one zone here and another there.
fn zone(word: &str) -> Option<FixedOffset> {
    if matches!(word, "Z" | "z" | "UTC" | "GMT") {
        return FixedOffset::east_opt(0);
    }
    let (sign, digits) = match word.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if digits.len() == 4 => digits.split_at(2),
        None => (digits, "0"),
    };
    if !(1..=2).contains(&hours.len()) || !is_digits(hours) || !is_digits(minutes) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then(|| FixedOffset::east_opt(sign * (hours * 60 + minutes) * 60)).flatten()
}

fn time_of_day(text: &str, half: Option<&str>) -> Option<NaiveTime> {
    if let Some(half) = half {
        return NaiveTime::parse_from_str(&format!("{text} {half}"), "%I:%M:%S%.f %p").ok();
    }
    let digits = text.split('.').next().filter(|whole| is_digits(whole)).map(str::len);
    if digits.is_some_and(|digits| !matches!(digits, 2 | 4 | 6)) {
        return None;
    }
    // `%H` alone is no time of day to the parser.
    let text = if digits == Some(2) { format!("{text}00") } else { text.to_owned() };
    TIMES.iter().find_map(|form| NaiveTime::parse_from_str(&text, form).ok())
}

/// [`parse`] for what other programs write, some of which leave the zone out where they mean UTC.
pub(crate) fn parse_utc(text: &str) -> Option<DateTime<Utc>> {
    let naive = || {
        let forms = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
        forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text.trim(), form).ok())
    };
    parse(text).or_else(|| naive().map(|time| time.and_utc()))
}

/// Writes `2026-11-22T01:19:37Z`: UTC, whole seconds, a fraction cut off.
pub(crate) fn utc(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Writes `2026-11-22T01:19:37+00:00`, as the AWS CLI does for STS credentials: UTC, whole seconds.
pub(crate) fn utc_offset(time: DateTime<Utc>) -> String {
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
            "2026-11-22T01:19:37,4Z",
            "2026-11-22t01:19:37z",
            "2026-11-22T01:19:37GMT",
            "2026-11-22T03:19:37+02",
            "2026-11-22 03:19:37 +0200",
            "2026-11-22 01:19:37 UTC",
            "2026/11/22 01:19:37Z",
            "20261122T011937Z",
            "20261122T031937.4+0200",
            "20261122 011937Z",
            "2026-11-22T011937Z",
            "Sun, 22 Nov 2026 01:19:37 GMT",
            "Sun, 22 Nov 2026 03:19:37 +0200",
            "Sunday, 22-Nov-2026 01:19:37 GMT",
            "Sun Nov 22 01:19:37 UTC 2026",
            "Sun Nov 22 03:19:37 2026 +0200",
            "Sun 22 Nov 2026 01:19:37 AM UTC",
            "Nov 22, 2026, 1:19:37 AM UTC",
        ];
        for form in forms {
            assert_eq!(parse(form).map(utc).as_deref(), Some("2026-11-22T01:19:37Z"), "{form}");
        }
    }

    #[test]
    fn what_some_programs_leave_out_counts_as_zero() {
        for form in ["2026-11-22T13:00Z", "2026-11-22T13Z", "20261122T1300Z", "2026-11-22T15:00+02:00"] {
            assert_eq!(parse(form).map(utc).as_deref(), Some("2026-11-22T13:00:00Z"), "{form}");
        }
        assert_eq!(
            parse("Sun 22 Nov 2026 12:00:00 AM UTC").map(utc).as_deref(),
            Some("2026-11-22T00:00:00Z")
        );
    }

    #[test]
    fn a_time_without_a_zone_or_with_two_readings_is_none() {
        let forms = [
            "2026-11-22T01:19:37",
            "",
            "UTC",
            "tomorrow",
            "1790000000",
            "2026-13-22T01:19:37Z",
            "2026-11-22Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T01:19:37EST",
            "2026-11-22T01:19:37UTC+2",
            "2026-11-22 01:19:37 +0000 UTC",
            "2026-11-22T01:19:37+02:00Z",
            "2026-11-22T01:19:37+0260",
            "2026-11-22T01:19:37Z[UTC]",
            "11/22/2026 01:19:37Z",
            "22 Nov 26 01:19:37 UTC",
            "261122T011937Z",
            "202611T011937Z",
            "2026-11-22T0:1:9:7Z",
            "Sun Nov 22 2026 01:19:37 GMT+0000 (Coordinated Universal Time)",
            "2026-11-22T01:19:37\u{661}Z",
            &"2026-11-22T01:19:37Z ".repeat(9),
        ];
        for form in forms {
            assert_eq!(parse(form), None, "{form}");
        }
    }

    #[test]
    fn sts_times_are_written_with_an_offset() {
        let time = parse("2026-11-22T01:19:37.9Z").unwrap();
        assert_eq!(utc_offset(time), "2026-11-22T01:19:37+00:00");
    }
}
