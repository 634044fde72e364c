//! Client registrations in `~/.aws/sso/cache`, shared with the AWS CLI.
//!
//! Both ways to log in share one file name ([`crate::cache::key::registration`]), but an entry is good only
//! for the one that it was made for; its `grantTypes` tell which. Written by AWS CLI 2.36 as:
//!
//! ```json
//! {"clientId": "…", "clientSecret": "…", "expiresAt": "2026-11-22T01:19:37Z",
//!  "scopes": ["sso:account:access"], "grantTypes": ["authorization_code", "refresh_token"]}
//! ```

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::cache::sso_token::path;
use crate::system::context::Context;
use crate::system::json_file;
use crate::text::timestamp;
use crate::values::secret::Secret;

/// With less time left than this the client is registered again (15 minutes, as the AWS CLI does). Exactly
/// this much is still enough.
pub const RENEWAL_WINDOW: TimeDelta = TimeDelta::seconds(900);

/// The grant that tells a registration for PKCE from one for a device code.
pub const AUTHORIZATION_CODE: &str = "authorization_code";

/// A client that Identity Center knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Names the client.
    pub client_id: String,
    /// Goes with every request of the client.
    pub client_secret: Secret,
    /// When the registration expires (UTC).
    pub expires_at: DateTime<Utc>,
    /// What was asked for; `None` if nothing was.
    pub scopes: Option<Vec<String>>,
    /// The grants asked for; `None` for a device code.
    pub grant_types: Option<Vec<String>>,
}

impl Registration {
    /// Returns whether it was made for the authorization code with PKCE; if not, it is one for a device code.
    pub fn is_for_pkce(&self) -> bool {
        self.grant_types.iter().flatten().any(|grant| grant == AUTHORIZATION_CODE)
    }

    /// Returns whether it can be used at `now` for as long as a login takes.
    pub fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.expires_at - now >= RENEWAL_WINDOW
    }
}

/// Returns the registration named `key`, expired or not, for PKCE or for a device code; `None` if it is
/// missing or cannot be read.
pub fn read(ctx: &Context, key: &str) -> Option<Registration> {
    let entry = json_file::read(ctx, &path(ctx, key).ok()?)?;
    Some(Registration {
        client_id: json_file::text(&entry, "clientId")?,
        client_secret: json_file::secret(&entry, "clientSecret")?,
        expires_at: json_file::time(&entry, "expiresAt")?,
        scopes: list(&entry, "scopes"),
        grant_types: list(&entry, "grantTypes"),
    })
}

/// Writes the registration named `key`, whole and 0600. An error if the folder cannot be written.
pub fn write(ctx: &Context, key: &str, registration: &Registration) -> Result<()> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct RegistrationFile<'a> {
        client_id: &'a str,
        client_secret: &'a str,
        expires_at: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        scopes: Option<&'a [String]>,
        #[serde(skip_serializing_if = "Option::is_none")]
        grant_types: Option<&'a [String]>,
    }
    let file = RegistrationFile {
        client_id: &registration.client_id,
        client_secret: registration.client_secret.reveal(),
        expires_at: timestamp::utc(registration.expires_at),
        scopes: registration.scopes.as_deref(),
        grant_types: registration.grant_types.as_deref(),
    };
    json_file::write(&path(ctx, key)?, &file)
}

fn list(entry: &Value, key: &str) -> Option<Vec<String>> {
    let items = entry.get(key)?.as_array()?;
    Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const DEVICE: &str = r#"{"clientId": "id", "clientSecret": "cs", "expiresAt": "2026-11-22T01:19:37Z"}"#;
    const SCOPED_DEVICE: &str = concat!(
        r#"{"clientId": "id", "clientSecret": "cs", "expiresAt": "2026-11-22T01:19:37Z", "#,
        r#""scopes": ["sso:account:access"]}"#
    );
    const PKCE: &str = concat!(
        r#"{"clientId": "id", "clientSecret": "cs", "expiresAt": "2026-11-22T01:19:37Z", "#,
        r#""scopes": ["sso:account:access"], "grantTypes": ["authorization_code", "refresh_token"]}"#
    );

    fn stored(content: &str) -> (tempfile::TempDir, Context, Option<Registration>) {
        let (home, ctx) = Context::in_temporary_home();
        let path = path(&ctx, "a").unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        let registration = read(&ctx, "a");
        (home, ctx, registration)
    }

    #[test]
    fn what_the_aws_cli_wrote_is_written_back_byte_for_byte() {
        for content in [DEVICE, SCOPED_DEVICE, PKCE] {
            let (_home, ctx, registration) = stored(content);
            write(&ctx, "b", &registration.unwrap()).unwrap();
            assert_eq!(fs::read_to_string(path(&ctx, "b").unwrap()).unwrap(), content);
        }
    }

    #[test]
    fn the_grants_tell_which_login_an_entry_serves() {
        for (content, pkce) in [(DEVICE, false), (SCOPED_DEVICE, false), (PKCE, true)] {
            assert_eq!(stored(content).2.unwrap().is_for_pkce(), pkce, "{content}");
        }
    }

    #[test]
    fn fifteen_minutes_left_is_enough() {
        let registration = stored(PKCE).2.unwrap();
        assert!(registration.is_alive(registration.expires_at - TimeDelta::seconds(900)));
        assert!(!registration.is_alive(registration.expires_at - TimeDelta::seconds(899)));
    }

    #[test]
    fn a_token_file_is_no_registration() {
        assert_eq!(stored(r#"{"accessToken": "t", "expiresAt": "2026-11-22T01:19:37Z"}"#).2, None);
    }
}
