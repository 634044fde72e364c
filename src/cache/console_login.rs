//! Logins of `aws login` in `~/.aws/login/cache`, shared with the AWS CLI: a login by one is a login for
//! both.
//!
//! One file per `login_session`, named by [`crate::cache::key::login_session`], in the form of AWS CLI 2.36:
//!
//! ```json
//! {"accessToken": {"accessKeyId": "…", "secretAccessKey": "…", "sessionToken": "…", "accountId": "…",
//!   "expiresAt": "…Z"}, "tokenType": "aws_sigv4", "clientId": "…", "refreshToken": "…", "idToken": "…",
//!  "dpopKey": "-----BEGIN EC PRIVATE KEY-----…"}
//! ```

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;
use serde_json::json;

use crate::cache::key;
use crate::shared_config;
use crate::system::context::Context;
use crate::system::files::Replacement;
use crate::system::json_file;
use crate::text::timestamp;
use crate::values::credentials::Credentials;
use crate::values::secret::Secret;
use crate::values::secret_json::SecretJson;

/// A login as its file has it.
#[derive(Clone, Debug)]
pub struct ConsoleLoginEntry {
    /// Its keys, expired or not; always with a session token and an expiration.
    pub credentials: Credentials,
    /// The client that it was made by.
    pub client_id: String,
    /// Gets the next keys; good for one use.
    pub refresh_token: Secret,
    /// The private key that the login is bound to, in PEM.
    pub key: Secret,
    /// The file as it was read.
    whole: SecretJson,
}

/// Returns the file of the login to `session` (the ARN in `login_session`), whether or not it exists.
/// `AWS_LOGIN_CACHE_DIRECTORY` moves its folder; variables and `~` in it are filled in (AWS CLI 2.36).
pub fn path(ctx: &Context, session: &str) -> Result<PathBuf> {
    path_of_key(ctx, &key::login_session(session))
}

/// [`path`] for the name of a file.
pub fn path_of_key(ctx: &Context, key: &str) -> Result<PathBuf> {
    Ok(shared_config::login_cache(ctx)?.join(format!("{key}.json")))
}

/// Returns the login to `session`; `None` if it is missing, or lacks a part.
pub fn read(ctx: &Context, session: &str) -> Option<ConsoleLoginEntry> {
    let whole = json_file::read(ctx, &path(ctx, session).ok()?)?;
    let keys = whole.get("accessToken")?;
    let credentials = Credentials {
        access_key_id: json_file::text(keys, "accessKeyId")?,
        secret_access_key: json_file::secret(keys, "secretAccessKey")?,
        session_token: Some(json_file::secret(keys, "sessionToken")?),
        expiration: Some(json_file::time(keys, "expiresAt")?),
        account: json_file::text(keys, "accountId"),
    };
    if !credentials.can_be_sent() {
        return None;
    }
    let key = Secret::new(whole.get("dpopKey")?.as_str()?);
    Some(ConsoleLoginEntry {
        credentials,
        client_id: json_file::text(&whole, "clientId")?,
        refresh_token: json_file::secret(&whole, "refreshToken")?,
        key,
        whole,
    })
}

/// A login that is not written yet.
#[derive(Debug)]
pub struct NewConsoleLogin<'a> {
    /// Its keys, with an expiration and an account.
    pub credentials: &'a Credentials,
    /// The client that it was made by.
    pub client_id: &'a str,
    /// Gets the next keys.
    pub refresh_token: &'a Secret,
    /// The service's statement about the person, a signed JWT.
    pub id_token: &'a Secret,
    /// The private key that the login is bound to, in PEM.
    pub key: &'a Secret,
}

impl NewConsoleLogin<'_> {
    /// Writes the login, 0600, in the form of AWS CLI 2.36.
    pub fn write(&self, place: Replacement) -> Result<()> {
        let keys = self.credentials;
        let file = LoginFile {
            access_token: KeysInFile {
                access_key_id: &keys.access_key_id,
                secret_access_key: keys.secret_access_key.reveal(),
                session_token: keys.session_token.as_ref().map(Secret::reveal).unwrap_or_default(),
                account_id: keys.account.as_deref().unwrap_or_default(),
                expires_at: keys.expiration.map(timestamp::utc).unwrap_or_default(),
            },
            token_type: "aws_sigv4",
            client_id: self.client_id,
            refresh_token: self.refresh_token.reveal(),
            id_token: self.id_token.reveal(),
            dpop_key: self.key.reveal(),
        };
        json_file::write_prepared(place, &file)
    }
}

/// The file, its parts in the order in which the AWS CLI writes them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoginFile<'a> {
    access_token: KeysInFile<'a>,
    token_type: &'a str,
    client_id: &'a str,
    refresh_token: &'a str,
    id_token: &'a str,
    dpop_key: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeysInFile<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    account_id: &'a str,
    expires_at: String,
}

/// Removes the login of this name; nothing to do if it is not there.
pub fn remove(ctx: &Context, key: &str) -> Result<()> {
    json_file::remove(&path_of_key(ctx, key)?)
}

/// Returns the names of all logins, without `.json`: what `aws logout --all` removes (AWS CLI 2.36).
pub fn all(ctx: &Context) -> Vec<String> {
    let entries = shared_config::login_cache(ctx).ok().and_then(|folder| std::fs::read_dir(folder).ok());
    let name = |path: PathBuf| {
        let whole = json_file::read(ctx, &path)?;
        whole.get("accessToken")?.get("accessKeyId")?;
        Some(path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned())
    };
    entries.into_iter().flatten().flatten().filter_map(|entry| name(entry.path())).collect()
}

/// In bytes; real logins stay under 16 KiB.
const ROOM: usize = 32 * 1024;

/// Prepares to write the login to `session`, before its refresh token is spent. An error if the new login
/// could not be written.
pub fn prepare(ctx: &Context, session: &str) -> Result<Replacement> {
    Replacement::prepare(&path(ctx, session)?, ROOM)
}

/// Writes the login with new keys and a new refresh token, whole and 0600; everything else, and the account,
/// stays as it is.
pub fn renew(
    place: Replacement,
    entry: &ConsoleLoginEntry,
    keys: &Credentials,
    refresh_token: &Secret,
) -> Result<()> {
    let mut whole = entry.whole.clone();
    whole["accessToken"]["accessKeyId"] = json!(keys.access_key_id);
    whole["accessToken"]["secretAccessKey"] = json!(keys.secret_access_key.reveal());
    whole["accessToken"]["sessionToken"] = json!(keys.session_token.as_ref().map(Secret::reveal));
    whole["accessToken"]["expiresAt"] = json!(keys.expiration.map(timestamp::utc));
    whole["refreshToken"] = json!(refresh_token.reveal());
    json_file::write_prepared(place, &*whole)
}
