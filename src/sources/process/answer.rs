//! What a `credential_process` prints, in the form that the AWS SDKs agree on.
//!
//! ```json
//! {"Version": 1, "AccessKeyId": "…", "SecretAccessKey": "…", "SessionToken": "…",
//!  "Expiration": "2026-11-22T01:19:37Z"}
//! ```
//!
//! In names upper and lower case count, `Version` is a number, and `null` counts as absent (AWS CLI 2.36).

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::text::timestamp;
use crate::values::credentials::{Credentials, is_plain};
use crate::values::secret::Secret;
use crate::values::secret_json::SecretJson;

/// Reads the answer. The error says what is wrong with it, as a sentence that follows the program's name, and
/// quotes nothing from it.
pub(super) fn read(answer: &[u8], now: DateTime<Utc>) -> Result<Credentials, String> {
    if answer.iter().all(u8::is_ascii_whitespace) {
        return Err("printed nothing".into());
    }
    let answer: SecretJson = serde_json::from_slice(answer)
        .map_err(|error| format!("printed no JSON (line {}, column {})", error.line(), error.column()))?;
    if !answer.is_object() {
        return Err("printed no JSON object".into());
    }
    match answer.get("Version") {
        Some(version) if version.as_f64() == Some(1.0) => {}
        Some(_) => return Err("printed a `Version` that is not the number 1".into()),
        None => return Err("printed no `Version`, which must be the number 1".into()),
    }
    let required = |key| text(&answer, key)?.ok_or_else(|| format!("printed no `{key}`"));
    let credentials = Credentials {
        access_key_id: required("AccessKeyId")?,
        secret_access_key: Secret::new(required("SecretAccessKey")?),
        session_token: text(&answer, "SessionToken")?.map(Secret::new),
        expiration: expiration(&answer)?,
        account: text(&answer, "AccountId")?,
    };
    match credentials.expiration {
        Some(expiration) if expiration <= now => {
            Err(format!("printed credentials that expired at {}", timestamp::utc(expiration)))
        }
        _ => Ok(credentials),
    }
}

fn text(answer: &Value, key: &str) -> Result<Option<String>, String> {
    match answer.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !is_plain(text) => {
            Err(format!("printed a `{key}` with a character that cannot be in one"))
        }
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("printed a `{key}` that is not text")),
    }
}

fn expiration(answer: &Value) -> Result<Option<DateTime<Utc>>, String> {
    match answer.get("Expiration") {
        None | Some(Value::Null) => Ok(None),
        Some(time) => time.as_str().and_then(timestamp::parse).map(Some).ok_or_else(|| {
            "printed an `Expiration` that is not a time with a zone, such as `2026-11-22T01:19:37Z`"
                .to_owned()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"Version": 1, "AccessKeyId": "AKIAX", "SecretAccessKey": "hunter2", "SessionToken": "tok",
        "Expiration": "2026-11-22T03:19:37.123+02:00", "AccountId": "111122223333", "Other": [1]}"#;

    fn read_at(answer: &str, now: &str) -> Result<Credentials, String> {
        read(answer.as_bytes(), timestamp::parse(now).unwrap())
    }

    fn wrong(answer: &str) -> String {
        let why = read_at(answer, "2026-11-22T00:00:00Z").unwrap_err();
        assert!(!why.contains("hunter2"), "{why}");
        why
    }

    #[test]
    fn every_part_is_read() {
        let read = read_at(WHOLE, "2026-11-22T00:00:00Z").unwrap();
        assert_eq!((read.access_key_id.as_str(), read.secret_access_key.reveal()), ("AKIAX", "hunter2"));
        assert_eq!(read.session_token.unwrap().reveal(), "tok");
        assert_eq!(read.expiration.map(timestamp::utc).as_deref(), Some("2026-11-22T01:19:37Z"));
        assert_eq!(read.account.as_deref(), Some("111122223333"));
    }

    #[test]
    fn what_is_optional_may_be_absent_null_or_empty() {
        for rest in [
            "",
            r#", "SessionToken": null, "Expiration": null, "AccountId": null"#,
            r#", "SessionToken": """#,
        ] {
            let answer = format!(r#"{{"Version": 1.0, "AccessKeyId": "a", "SecretAccessKey": "b"{rest}}}"#);
            let read = read_at(&answer, "2026-11-22T00:00:00Z").unwrap();
            assert_eq!((read.session_token, read.expiration, read.account), (None, None, None), "{rest}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_what_was_printed() {
        let cases = [
            ("", "printed nothing"),
            (" \n", "printed nothing"),
            ("hunter2", "printed no JSON (line 1, column 1)"),
            ("{\"Version\": 1,\n \"SecretAccessKey\": hunter2}", "printed no JSON (line 2, column 21)"),
            (&format!("{WHOLE} {WHOLE}"), "printed no JSON (line 3, column 1)"),
            ("[1]", "printed no JSON object"),
            (
                r#"{"AccessKeyId": "a", "SecretAccessKey": "hunter2"}"#,
                "printed no `Version`, which must be the number 1",
            ),
            (&WHOLE.replace(": 1,", ": \"1\","), "printed a `Version` that is not the number 1"),
            (&WHOLE.replace(": 1,", ": 2,"), "printed a `Version` that is not the number 1"),
            (&WHOLE.replace("AccessKeyId", "accessKeyId"), "printed no `AccessKeyId`"),
            (&WHOLE.replace("\"hunter2\"", "null"), "printed no `SecretAccessKey`"),
            (&WHOLE.replace("\"hunter2\"", "\"\""), "printed no `SecretAccessKey`"),
            (&WHOLE.replace("\"AKIAX\"", "7"), "printed a `AccessKeyId` that is not text"),
            (
                &WHOLE.replace("tok", "t\\nok"),
                "printed a `SessionToken` with a character that cannot be in one",
            ),
            (
                &WHOLE.replace("AKIAX", "AKIÄX"),
                "printed a `AccessKeyId` with a character that cannot be in one",
            ),
            (
                &WHOLE.replace("+02:00", ""),
                "printed an `Expiration` that is not a time with a zone, such as `2026-11-22T01:19:37Z`",
            ),
            (
                &WHOLE.replace("2026-11-22T03:19:37.123+02:00", ""),
                "printed an `Expiration` that is not a time with a zone, such as `2026-11-22T01:19:37Z`",
            ),
            (&WHOLE.replace("2026", "2020"), "printed credentials that expired at 2020-11-22T01:19:37Z"),
        ];
        for (answer, why) in cases {
            // The words of the JSON parser are its own.
            let said = wrong(answer);
            let expected = if why.starts_with("printed no JSON (") { "printed no JSON (" } else { why };
            assert!(said.starts_with(expected) && (expected != why || said == why), "{answer}: {said}");
        }
    }

    #[test]
    fn fuzz_credential_process() {
        let now = timestamp::parse("2026-11-22T00:00:00Z").unwrap();
        let seeds = [WHOLE, r#"{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "hunter2"}"#, "{}", " "];
        crate::fuzz::run("credential_process", crate::fuzz::MANY, &seeds, |content| {
            match read(content, now) {
                Ok(credentials) => {
                    assert!(credentials.can_be_sent());
                    format!("read {:?}", credentials.expiration.is_some())
                }
                Err(why) => {
                    assert!(
                        !why.contains("hunter") && !why.contains(crate::text::sanitize::is_hidden),
                        "{why}"
                    );
                    why
                }
            }
        });
    }
}
