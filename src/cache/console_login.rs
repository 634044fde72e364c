//! Logins of `aws login` in `~/.aws/login/cache`, shared with the AWS CLI: a login by one is a login for
//! both.
//!
//! One file per `login_session`, named by [`crate::cache::key::login_session`], in the form of AWS CLI 2.36:
//!
//! ```json
//! {"accessToken": {"accessKeyId": "…", "secretAccessKey": "…", "sessionToken": "…", "accountId": "…", "expiresAt": "…Z"},
//!  "tokenType": "aws_sigv4", "clientId": "…", "refreshToken": "…", "idToken": "…", "dpopKey": "-----BEGIN EC PRIVATE KEY-----…"}
//! ```

use std::path::PathBuf;

use anyhow::Result;
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

/// A login.
#[derive(Clone, Debug)]
pub struct ConsoleLoginEntry {
    /// The keys that it gives, alive or lapsed; always with a session token and an expiration.
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
    let folder = shared_config::login_cache(ctx)?;
    Ok(folder.join(format!("{}.json", key::login_session(session))))
}

/// Reads the login to `session`. `None` if there is none that has every part.
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

/// In bytes; real logins stay under 16 KiB.
const ROOM: usize = 32 * 1024;

/// Prepares to renew the login to `session`, before what it is renewed with is spent. An error if it could
/// not be kept.
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
