//! Identity Center's access tokens in `~/.aws/sso/cache`, shared with the AWS CLI: a login by one is a login
//! for both.
//!
//! One line of JSON per file, named by [`crate::cache::key::token`]. The form is that of AWS CLI 2.36:
//!
//! ```json
//! {"startUrl": "…", "region": "…", "accessToken": "…", "expiresAt": "2026-11-22T01:19:37Z", "clientId": "…",
//!  "clientSecret": "…", "registrationExpiresAt": "…", "refreshToken": "…"}
//! ```

use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::cache::key;
use crate::system::context::Context;
use crate::system::files::Replacement;
use crate::system::json_file;
use crate::text::timestamp;
use crate::values::credentials::is_plain;
use crate::values::secret::Secret;
use crate::values::start_url;

/// A token with less time left than this is refreshed before it is used (15 minutes, as the AWS CLI does).
/// Exactly this much is still enough.
pub const REFRESH_WINDOW: TimeDelta = TimeDelta::seconds(900);

/// The outcome of a login. Only the first two fields are in every file; the last four let it be refreshed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "they are called so by AWS")]
pub struct Token {
    /// Opens the portal; empty if the file has `null` or nothing in its place, and only the rest can be used.
    pub access_token: Secret,
    /// When the token expires (UTC).
    pub expires_at: DateTime<Utc>,
    /// The start URL as configured.
    pub start_url: Option<String>,
    /// The region of Identity Center, not that of the work.
    pub region: Option<String>,
    /// The client that the token was issued to.
    pub client_id: Option<String>,
    /// That client's secret.
    pub client_secret: Option<Secret>,
    /// When that client's registration expires (UTC).
    pub registration_expires_at: Option<DateTime<Utc>>,
    /// Gets the next token without a person; good for one use.
    pub refresh_token: Option<Secret>,
}

impl Token {
    /// Returns whether the token can be used at `now`.
    pub fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.expires_at > now && !self.access_token.reveal().is_empty()
    }

    /// Returns whether the token was issued for this start URL and region, as far as its file says. If the
    /// configuration was changed since, the token is of no use there.
    pub fn is_for(&self, start_url: &str, region: &str) -> bool {
        self.start_url.as_deref().is_none_or(|own| start_url::bare(own) == start_url::bare(start_url))
            && self.region.as_deref().is_none_or(|own| own == region)
    }

    /// Returns whether the token should be refreshed before it is used at `now`.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.expires_at - now < REFRESH_WINDOW || self.access_token.reveal().is_empty()
    }

    /// Returns whether a refresh can succeed at `now`: everything it needs is there, and the client's
    /// registration has not expired.
    pub fn is_refreshable(&self, now: DateTime<Utc>) -> bool {
        self.refresh_token.is_some()
            && self.client_id.is_some()
            && self.client_secret.is_some()
            && self.registration_expires_at.is_some_and(|lapse| lapse > now)
    }
}

/// Returns the file in `~/.aws/sso/cache` named `key`, of a token or a client registration, whether or not it
/// exists.
pub fn path(ctx: &Context, key: &str) -> Result<PathBuf> {
    Ok(ctx.aws_dir()?.join("sso/cache").join(format!("{key}.json")))
}

/// Returns the token named `key`, expired or not, whatever session it was issued for; `None` if it is missing
/// or cannot be read.
pub fn read(ctx: &Context, key: &str) -> Option<Token> {
    let entry = json_file::read(ctx, &path(ctx, key).ok()?)?;
    Some(Token {
        access_token: access_token(entry.get("accessToken")?)?,
        expires_at: json_file::time(&entry, "expiresAt")?,
        start_url: json_file::text(&entry, "startUrl"),
        region: json_file::text(&entry, "region"),
        client_id: json_file::text(&entry, "clientId"),
        client_secret: json_file::secret(&entry, "clientSecret"),
        registration_expires_at: json_file::time(&entry, "registrationExpiresAt"),
        refresh_token: json_file::secret(&entry, "refreshToken"),
    })
}

/// [`read`], but only a token that was issued for this start URL and region.
pub fn read_for(ctx: &Context, key: &str, start_url: &str, region: &str) -> Option<Token> {
    read(ctx, key).filter(|token| token.is_for(start_url, region))
}

/// A file that lacks the key is no token to the AWS CLI (2.36), one that has `null` there can be refreshed.
fn access_token(value: &Value) -> Option<Secret> {
    let text = if value.is_null() { "" } else { value.as_str()? };
    // It is sent in a header, which carries nothing else.
    is_plain(text).then(|| Secret::new(text))
}

/// Returns the names of all files in the folder that are named as tokens are. Some are client registrations.
pub fn all(ctx: &Context) -> Vec<String> {
    path(ctx, "").map(|path| key::siblings(&path)).unwrap_or_default()
}

/// Writes the token named `key`, whole and 0600. An error if the folder cannot be written: the token is good
/// all the same, so a caller warns and goes on.
pub fn write(ctx: &Context, key: &str, token: &Token) -> Result<()> {
    json_file::write(&path(ctx, key)?, &TokenFile::new(token))
}

/// In bytes; real tokens stay under 8 KiB.
const ROOM: usize = 16 * 1024;

/// Prepares to write the token named `key`, before the refresh token in it is spent. An error if the new
/// token could not be written.
pub fn prepare(ctx: &Context, key: &str) -> Result<Replacement> {
    Replacement::prepare(&path(ctx, key)?, ROOM)
}

/// [`write()`] to a place that was prepared.
pub fn write_prepared(place: Replacement, token: &Token) -> Result<()> {
    json_file::write_prepared(place, &TokenFile::new(token))
}

/// A token as its file has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenFile<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    start_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    access_token: &'a str,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

impl<'a> TokenFile<'a> {
    fn new(token: &'a Token) -> Self {
        Self {
            start_url: token.start_url.as_deref(),
            region: token.region.as_deref(),
            access_token: token.access_token.reveal(),
            expires_at: timestamp::utc(token.expires_at),
            client_id: token.client_id.as_deref(),
            client_secret: token.client_secret.as_ref().map(Secret::reveal),
            registration_expires_at: token.registration_expires_at.map(timestamp::utc),
            refresh_token: token.refresh_token.as_ref().map(Secret::reveal),
        }
    }
}

/// Removes the token named `key`; nothing to do if there is none.
pub fn remove(ctx: &Context, key: &str) -> Result<()> {
    json_file::remove(&path(ctx, key)?)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const LINE: &str = concat!(
        r#"{"startUrl": "https://d-1234567890.awsapps.com/start", "region": "us-east-1", "#,
        r#""accessToken": "at/+=", "expiresAt": "2026-11-22T01:19:37Z", "clientId": "id", "#,
        r#""clientSecret": "caf\u00e9/+=", "registrationExpiresAt": "2027-01-01T00:00:00Z", "refreshToken": "rt"}"#
    );

    fn put(ctx: &Context, key: &str, content: &str) {
        let path = path(ctx, key).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    #[test]
    fn what_the_aws_cli_wrote_is_written_back_byte_for_byte() {
        let (_home, ctx) = Context::in_temporary_home();
        put(&ctx, "a", LINE);
        let token = read(&ctx, "a").unwrap();
        write(&ctx, "b", &token).unwrap();
        assert_eq!(fs::read_to_string(path(&ctx, "b").unwrap()).unwrap(), LINE);
        assert_eq!(token.client_secret.unwrap().reveal(), "café/+=");
    }

    #[test]
    fn a_token_without_a_refresh_token_has_no_such_key() {
        let (_home, ctx) = Context::in_temporary_home();
        put(&ctx, "a", LINE);
        let token = Token { refresh_token: None, ..read(&ctx, "a").unwrap() };
        write(&ctx, "a", &token).unwrap();
        let content = fs::read_to_string(path(&ctx, "a").unwrap()).unwrap();
        assert_eq!(content, LINE.replace(r#", "refreshToken": "rt""#, ""));
        assert_eq!(read(&ctx, "a"), Some(token));
    }

    #[test]
    fn the_token_and_its_time_are_all_a_file_needs() {
        let (_home, ctx) = Context::in_temporary_home();
        put(
            &ctx,
            "a",
            r#"{"accessToken": "t", "expiresAt": "2020-01-01T00:00:00UTC", "region": null, "x": []}"#,
        );
        let token = read(&ctx, "a").unwrap();
        assert_eq!(token.access_token.reveal(), "t");
        assert_eq!((token.region, token.refresh_token), (None, None));
    }

    #[test]
    fn a_file_that_is_no_token_is_a_miss() {
        let (_home, ctx) = Context::in_temporary_home();
        let cases = [
            &LINE[..LINE.len() - 5],
            r#"{"clientId": "id", "clientSecret": "s", "expiresAt": "2027-01-01T00:00:00Z"}"#,
            r#"{"accessToken": "t"}"#,
            r#"{"accessToken": "t", "expiresAt": "2027-01-01T00:00:00"}"#,
            r#"{"accessToken": 1, "expiresAt": "2027-01-01T00:00:00Z"}"#,
            r#"{"accessToken": "t\n", "expiresAt": "2027-01-01T00:00:00Z"}"#,
        ];
        for content in cases {
            put(&ctx, "a", content);
            assert_eq!(read(&ctx, "a"), None, "{content}");
        }
    }

    #[test]
    fn a_file_with_null_for_its_token_is_good_for_a_refresh_alone() {
        let (_home, ctx) = Context::in_temporary_home();
        put(&ctx, "a", &LINE.replace(r#""at/+=""#, "null"));
        let token = read(&ctx, "a").unwrap();
        let early = token.expires_at - TimeDelta::days(1);
        assert!(!token.is_alive(early) && token.is_due(early) && token.is_refreshable(early));
    }

    #[test]
    fn a_rewritten_file_is_private() {
        let (_home, ctx) = Context::in_temporary_home();
        put(&ctx, "a", LINE);
        let file = path(&ctx, "a").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        write(&ctx, "a", &read(&ctx, "a").unwrap()).unwrap();
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn fifteen_minutes_left_is_enough() {
        let (_home, ctx) = Context::in_temporary_home();
        put(&ctx, "a", LINE);
        let token = read(&ctx, "a").unwrap();
        let left = |seconds| token.expires_at - TimeDelta::seconds(seconds);
        assert!(!token.is_due(left(900)) && token.is_due(left(899)));
        assert!(token.is_alive(left(1)) && !token.is_alive(left(0)));
    }

    #[test]
    fn a_refresh_needs_a_live_registration() {
        let (_home, ctx) = Context::in_temporary_home();
        put(&ctx, "a", LINE);
        let token = read(&ctx, "a").unwrap();
        let lapse = token.registration_expires_at.unwrap();
        assert!(token.is_refreshable(lapse - TimeDelta::seconds(1)));
        assert!(!token.is_refreshable(lapse));
        assert!(!Token { client_secret: None, ..token }.is_refreshable(lapse - TimeDelta::seconds(1)));
    }

    #[test]
    fn no_secret_shows_in_debug_text() {
        let (_home, ctx) = Context::in_temporary_home();
        put(&ctx, "a", LINE);
        let shown = format!("{:?}", read(&ctx, "a").unwrap());
        for secret in ["caf", "at/", "\"rt\""] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
