//! Credentials of roles in `~/.aws/cli/cache`, shared with the AWS CLI: what one has fetched, the other uses.
//!
//! Two forms, both as AWS CLI 2.36 writes them. Identity Center's roles ([`crate::cache::key::sso_role`]),
//! whose `ProviderType` lets `aws sso logout` find them:
//!
//! ```json
//! {"ProviderType": "sso", "Credentials": {"AccessKeyId": "…", "SecretAccessKey": "…", "SessionToken": "…",
//!  "Expiration": "2026-11-22T01:19:37Z", "AccountId": "111122223333"}}
//! ```
//!
//! Assumed roles ([`crate::cache::key::assumed_role`]), the answer of STS as it came:
//!
//! ```json
//! {"Credentials": {"AccessKeyId": "…", "SecretAccessKey": "…", "SessionToken": "…",
//!  "Expiration": "2026-11-22T01:23:57+00:00", "AccountId": "123456789012"},
//!  "AssumedRoleUser": {"AssumedRoleId": "…", "Arn": "…"},
//!  "ResponseMetadata": {"RequestId": "…", "HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}}
//! ```
//!
//! The folder also holds `session.db`, which is the AWS CLI's own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::cache::key;
use crate::system::context::Context;
use crate::system::{files, json_file};
use crate::text::timestamp;
use crate::values::account_id;
use crate::values::arn;
use crate::values::assumed_role::AssumedRole;
use crate::values::credentials::Credentials;
use crate::values::secret::Secret;

/// An entry with less time left than this is fetched again (15 minutes, as the AWS CLI does). Exactly this
/// much is still enough.
pub const WINDOW: TimeDelta = TimeDelta::seconds(900);

/// Returns the file of the entry named `key`, whether or not it exists.
pub fn path(ctx: &Context, key: &str) -> Result<PathBuf> {
    Ok(files::below(&ctx.aws_dir()?, ["cli/cache", &format!("{key}.json")]))
}

/// Returns the credentials in the entry named `key`, of either form, expired or not; `None` if it is missing
/// or cannot be read. They always have a session token and an expiration.
pub fn read(ctx: &Context, key: &str) -> Option<Credentials> {
    read_file(ctx, &path(ctx, key).ok()?)
}

/// Writes an Identity Center role's credentials under `key`, whole and 0600. An error if the folder cannot be
/// written: the credentials are good all the same, so a caller warns and goes on.
pub fn write_sso(ctx: &Context, key: &str, credentials: &Credentials) -> Result<()> {
    json_file::write(&path(ctx, key)?, &RoleEntry::new(Some("sso"), credentials))
}

/// Writes an assumed role's credentials under `key`, as [`write_sso`] does.
pub fn write_assumed(ctx: &Context, key: &str, role: &AssumedRole) -> Result<()> {
    let entry = RoleEntry {
        provider_type: None,
        credentials: EntryKeys::new(&role.credentials, timestamp::utc_offset),
        user: Some(User { assumed_role_id: &role.assumed_role_id, arn: &role.arn }),
        reply: Some(Reply {
            request_id: &role.request_id,
            status: 200,
            headers: &role.http_headers,
            // The AWS CLI does not read it.
            retry_attempts: 0,
        }),
    };
    json_file::write(&path(ctx, key)?, &entry)
}

/// Removes the entry named `key`; nothing to do if there is none.
pub fn remove(ctx: &Context, key: &str) -> Result<()> {
    json_file::remove(&path(ctx, key)?)
}

/// Returns the file of an entry of awsenv's own, for credentials that the AWS CLI does not cache: the session
/// of an IAM user's MFA device, named by [`crate::cache::key::mfa_session`], and the keys from a
/// `credential_process`, named by [`crate::cache::key::process`].
pub fn own_path(ctx: &Context, key: &str) -> Result<PathBuf> {
    Ok(files::below(&ctx.cache_dir()?, ["credentials", &format!("{key}.json")]))
}

/// [`read`] for an entry of awsenv's own.
pub fn read_own(ctx: &Context, key: &str) -> Option<Credentials> {
    read_file(ctx, &own_path(ctx, key).ok()?)
}

/// [`remove`] for an entry of awsenv's own.
pub fn remove_own(ctx: &Context, key: &str) -> Result<()> {
    json_file::remove(&own_path(ctx, key)?)
}

/// Removes all entries, shared and own, and returns how many there were. Files without credentials stay.
pub fn clear(ctx: &Context) -> Result<usize> {
    let mut removed = 0;
    for entry in [path(ctx, "")?, own_path(ctx, "")?] {
        for key in key::siblings(&entry) {
            let path = entry.with_file_name(format!("{key}.json"));
            if read_file(ctx, &path).is_some() {
                json_file::remove(&path)?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}

/// Removes the entries of awsenv's own that expired more than a day ago.
pub fn prune_own(ctx: &Context) {
    let Ok(path) = own_path(ctx, "") else { return };
    for key in key::siblings(&path) {
        let expiration = read_own(ctx, &key).and_then(|credentials| credentials.expiration);
        if expiration.is_some_and(|expiration| expiration + TimeDelta::days(1) < ctx.now()) {
            let _ = remove_own(ctx, &key);
        }
    }
}

/// [`write_sso`] for an entry of awsenv's own.
pub fn write_own(ctx: &Context, key: &str, credentials: &Credentials) -> Result<()> {
    json_file::write(&own_path(ctx, key)?, &RoleEntry::new(None, credentials))
}

fn read_file(ctx: &Context, path: &Path) -> Option<Credentials> {
    let ReadEntry { credentials: keys, user } = json_file::read_as(ctx, path)?;
    let parts = [&*keys.access_key_id, keys.secret_access_key.reveal(), keys.session_token.reveal()];
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    let credentials = Credentials {
        access_key_id: keys.access_key_id,
        secret_access_key: keys.secret_access_key,
        session_token: Some(keys.session_token),
        expiration: Some(timestamp::parse(&keys.expiration)?),
        // Older AWS CLIs leave the account out.
        account: keys
            .account_id
            .or_else(|| arn::account(&user?.arn))
            .filter(|account| account_id::is_valid(account)),
    };
    Some(credentials).filter(Credentials::can_be_sent)
}

/// The parts of an entry that are read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReadEntry {
    credentials: ReadKeys,
    #[serde(rename = "AssumedRoleUser")]
    user: Option<ReadUser>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReadKeys {
    access_key_id: String,
    secret_access_key: Secret,
    session_token: Secret,
    expiration: String,
    account_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReadUser {
    #[serde(default)]
    arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RoleEntry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_type: Option<&'static str>,
    credentials: EntryKeys<'a>,
    #[serde(rename = "AssumedRoleUser", skip_serializing_if = "Option::is_none")]
    user: Option<User<'a>>,
    #[serde(rename = "ResponseMetadata", skip_serializing_if = "Option::is_none")]
    reply: Option<Reply<'a>>,
}

impl<'a> RoleEntry<'a> {
    fn new(provider_type: Option<&'static str>, credentials: &'a Credentials) -> Self {
        let credentials = EntryKeys::new(credentials, timestamp::utc);
        Self { provider_type, credentials, user: None, reply: None }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EntryKeys<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: Option<&'a str>,
    expiration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

impl<'a> EntryKeys<'a> {
    fn new(credentials: &'a Credentials, form: fn(DateTime<Utc>) -> String) -> Self {
        Self {
            access_key_id: &credentials.access_key_id,
            secret_access_key: credentials.secret_access_key.reveal(),
            session_token: credentials.session_token.as_ref().map(Secret::reveal),
            expiration: credentials.expiration.map(form),
            account_id: credentials.account.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct User<'a> {
    assumed_role_id: &'a str,
    arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reply<'a> {
    request_id: &'a str,
    #[serde(rename = "HTTPStatusCode")]
    status: u16,
    #[serde(rename = "HTTPHeaders")]
    headers: &'a BTreeMap<String, String>,
    retry_attempts: u32,
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SSO: &str = concat!(
        r#"{"ProviderType": "sso", "Credentials": {"AccessKeyId": "ASIAX", "SecretAccessKey": "sk/+", "#,
        r#""SessionToken": "st==", "Expiration": "2026-11-22T01:19:37Z", "AccountId": "011122223333"}}"#
    );
    const STS: &str = concat!(
        r#"{"Credentials": {"AccessKeyId": "ASIAX", "SecretAccessKey": "sk/+", "SessionToken": "st==", "#,
        r#""Expiration": "2026-11-22T01:23:57+00:00", "AccountId": "123456789012"}, "#,
        r#""AssumedRoleUser": {"AssumedRoleId": "AROAX:me", "Arn": "arn:aws:sts::123456789012:assumed-role/Dev/me"}, "#,
        r#""ResponseMetadata": {"RequestId": "r-1", "HTTPStatusCode": 200, "#,
        r#""HTTPHeaders": {"content-type": "text/xml", "x-amzn-requestid": "r-1"}, "RetryAttempts": 0}}"#
    );

    fn stored(content: &str) -> (tempfile::TempDir, Context, Option<Credentials>) {
        let (home, ctx) = Context::in_temporary_home();
        let path = path(&ctx, "a").unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        let credentials = read(&ctx, "a");
        (home, ctx, credentials)
    }

    #[test]
    fn an_identity_center_entry_is_written_back_byte_for_byte() {
        let (_home, ctx, credentials) = stored(SSO);
        let credentials = credentials.unwrap();
        write_sso(&ctx, "b", &credentials).unwrap();
        assert_eq!(fs::read_to_string(path(&ctx, "b").unwrap()).unwrap(), SSO);
        assert_eq!(credentials.account.as_deref(), Some("011122223333"));
    }

    #[test]
    fn an_sts_entry_is_written_back_byte_for_byte() {
        let (_home, ctx, credentials) = stored(STS);
        let headers = [("content-type", "text/xml"), ("x-amzn-requestid", "r-1")];
        let role = AssumedRole {
            credentials: credentials.unwrap(),
            assumed_role_id: "AROAX:me".into(),
            arn: "arn:aws:sts::123456789012:assumed-role/Dev/me".into(),
            request_id: "r-1".into(),
            http_headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        };
        write_assumed(&ctx, "b", &role).unwrap();
        assert_eq!(fs::read_to_string(path(&ctx, "b").unwrap()).unwrap(), STS);
    }

    #[test]
    fn an_entry_of_an_older_aws_cli_tells_its_account_by_the_arn() {
        let old = STS.replace(r#", "AccountId": "123456789012""#, "").replace("+00:00", "UTC");
        assert_eq!(stored(&old).2.unwrap().account.as_deref(), Some("123456789012"));
        let old = SSO.replace(r#", "AccountId": "011122223333""#, "");
        assert_eq!(stored(&old).2.unwrap().account, None);
    }

    #[test]
    fn an_entry_that_lacks_a_part_is_a_miss() {
        for part in ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Credentials"] {
            assert_eq!(stored(&SSO.replace(part, "Other")).2, None, "{part}");
        }
        assert_eq!(stored(&SSO[..SSO.len() - 1]).2, None, "torn");
        assert_eq!(stored(&format!("{SSO}}}")).2, None, "two writers at once");
        assert_eq!(stored(&SSO.replace("st==", r"st\u0000")).2, None, "a control character");
        let list = r#"[["ASIAX", "sk", "st", "2999-01-01T00:00:00Z", null], null]"#;
        assert_eq!(stored(list).2, None, "a list");
    }

    #[test]
    fn an_unwritable_folder_is_an_error_that_names_the_file() {
        let (home, ctx, credentials) = stored(SSO);
        fs::remove_dir_all(home.path().join(".aws/cli")).unwrap();
        // A file in the folder's place stops root too.
        fs::write(home.path().join(".aws/cli"), "").unwrap();
        let error = write_sso(&ctx, "a", &credentials.unwrap()).unwrap_err();
        assert!(format!("{error:#}").contains("could not write"), "{error:#}");
        assert!(format!("{error:#}").contains(".aws/cli/cache/a.json"), "{error:#}");
        assert_eq!(read(&ctx, "a"), None);
    }

    #[test]
    fn own_entries_stay_out_of_the_aws_folder() {
        let (home, ctx) = Context::in_temporary_home();
        let credentials = Credentials {
            access_key_id: "ASIAX".into(),
            secret_access_key: Secret::new("sk"),
            session_token: Some(Secret::new("st")),
            expiration: timestamp::parse("2999-01-01T00:00:00Z"),
            account: None,
        };
        write_own(&ctx, "m", &credentials).unwrap();
        assert_eq!(read_own(&ctx, "m"), Some(credentials));
        remove_own(&ctx, "m").unwrap();
        assert_eq!(read_own(&ctx, "m"), None);
        assert!(!home.path().join(".aws").exists());
    }

    #[test]
    fn fuzz_cache_files() {
        let token = r#"{"startUrl": "https://a/start", "region": "eu-west-1", "accessToken": "at", "expiresAt": "2026-11-22T01:19:37Z", "clientId": "id", "clientSecret": "cs", "registrationExpiresAt": "2027-01-01T00:00:00Z", "refreshToken": "rt"}"#;
        let login = r#"{"accessToken": {"accessKeyId": "A", "secretAccessKey": "s", "sessionToken": "t", "accountId": "111122223333", "expiresAt": "2026-11-22T01:19:37Z"}, "clientId": "c", "refreshToken": "r", "dpopKey": "k"}"#;
        let marker = r#"{"state": "pending", "takeovers": 2, "until": "2026-11-22T01:19:37Z", "failures": 3, "message": "m"}"#;
        let (_home, ctx) = Context::in_temporary_home();
        let role = path(&ctx, "a").unwrap();
        let files = [
            crate::cache::sso_token::path(&ctx, "a").unwrap(),
            crate::cache::console_login::path(&ctx, "a").unwrap(),
            crate::login::marker::path(&ctx, "a").unwrap(),
        ];
        fs::create_dir_all(role.parent().unwrap()).unwrap();
        for file in &files {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(&role, file).unwrap();
        }
        crate::fuzz::run("cache files", crate::fuzz::FEW * 5, &[SSO, STS, token, login, marker], |content| {
            fs::write(&role, content).unwrap();
            let keys = read(&ctx, "a");
            assert!(keys.as_ref().is_none_or(|keys| keys.can_be_sent() && keys.expiration.is_some()));
            let token = crate::cache::sso_token::read(&ctx, "a").is_some();
            let login = crate::cache::console_login::read(&ctx, "a").is_some();
            format!("{} {token} {login} {:?}", keys.is_some(), crate::login::marker::read(&ctx, "a"))
        });
    }
}
