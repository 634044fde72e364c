//! The service behind `aws login`: exchanges the code of its page for a login, and renews a login for the
//! holder of its key.
//!
//! `POST /v1/token` with JSON, and in the header `DPoP` a proof (RFC 9449) that is made for each request. AWS
//! has no client for it but the ones inside of its tools; the form is that of AWS CLI 2.36.

mod proof;

use std::time::Instant;

use anyhow::Result;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub use self::proof::{ProofKey, uuid};
use crate::aws::call_error::CallError;
use crate::aws::clock_skew;
use crate::aws::raw_request::{Ask, RawAnswer};
use crate::aws::{Client, incomplete, signin_host, usable};
use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;
use crate::values::credentials::Credentials;
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;
use crate::values::secret_json::SecretJson;
use crate::values::url;

const ATTEMPTS: u32 = 3;
/// In seconds. Keys last 15 minutes; an answer that says more than 12 hours is not believed.
const LONGEST: i64 = 12 * 3600;
/// In bytes, as the service itself says.
const LONGEST_ID_TOKEN: usize = 4096;

/// What a login is renewed with, from its cache file.
#[derive(Clone, Copy, Debug)]
pub struct ConsoleLogin<'a> {
    /// The client that it was made by.
    pub client_id: &'a str,
    /// Good for one use.
    pub refresh_token: &'a Secret,
    /// The private key, in PEM.
    pub key: &'a Secret,
}

/// A renewed login.
#[derive(Debug)]
pub struct Renewed {
    /// The keys; without an account.
    pub credentials: Credentials,
    /// For the next renewal.
    pub refresh_token: Secret,
}

/// Where the person who signs in is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInClient {
    /// At a browser on this machine, which brings the code to a port here.
    SameDevice,
    /// At any browser: its page shows the code.
    CrossDevice,
}

impl SignInClient {
    /// Returns what the service calls it.
    pub fn id(self) -> &'static str {
        match self {
            Self::SameDevice => "arn:aws:signin:::devtools/same-device",
            Self::CrossDevice => "arn:aws:signin:::devtools/cross-device",
        }
    }
}

/// The code that the page gave, and what proves that the page was opened here.
#[derive(Clone, Copy, Debug)]
pub struct SignInCode<'a> {
    /// The client in the page's address.
    pub client: SignInClient,
    /// The code; good for one use.
    pub code: &'a Secret,
    /// The secret whose digest is the challenge in the page's address.
    pub verifier: &'a Secret,
    /// The redirect in the page's address.
    pub redirect_uri: &'a str,
}

/// A new login.
#[derive(Debug)]
pub struct SignedIn {
    /// The keys; without an account.
    pub credentials: Credentials,
    /// For the next ones.
    pub refresh_token: Secret,
    /// The service's statement about the person, a signed JWT.
    pub id_token: Secret,
    /// The ARN of the person's session at the console, from `id_token`.
    pub session: String,
}

/// Everything but `A-Za-z0-9-._~` (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Returns the address of the service, scheme and host alone: where the browser is sent. A path in a custom
/// endpoint is dropped, as the AWS CLI does (2.36).
pub fn base_url(endpoint: &Endpoint) -> Result<String> {
    signin_host::url(endpoint).map(|url| url::origin(&url))
}

/// Returns the address of the page where a person signs in. The parameters stand in the order in which the
/// AWS CLI (2.36) writes them.
pub fn authorize_url(
    base: &str,
    client: SignInClient,
    redirect_uri: &str,
    (state, verifier): (&str, &Secret),
) -> String {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.reveal()));
    let parameters = [
        ("response_type", "code"),
        ("client_id", client.id()),
        ("state", state),
        ("code_challenge_method", "SHA-256"),
        ("scope", "openid"),
        ("redirect_uri", redirect_uri),
        ("code_challenge", &challenge),
    ];
    let query = parameters.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, RESERVED)));
    format!("{base}/v1/authorize?{}", query.join("&"))
}

/// Exchanges the code of the page for a login, which is bound to `key`. Errors: [`FailureKind::LoginNeeded`]
/// if the code or the person is refused, with the reason alone as its text, and [`FailureKind::Unreachable`].
pub fn redeem(ctx: &Context, endpoint: &Endpoint, key: &ProofKey, given: SignInCode<'_>) -> Result<SignedIn> {
    let what = "finish the login";
    let body = json!({
        "clientId": given.client.id(), "grantType": "authorization_code", "code": given.code.reveal(),
        "codeVerifier": given.verifier.reveal(), "redirectUri": given.redirect_uri,
    });
    let answer = ask(ctx, endpoint, key, &body, &[given.code.reveal(), given.verifier.reveal()], what)?;
    let signed_in = || {
        let Renewed { credentials, refresh_token } = renewed(&answer, ctx)?;
        let id_token = answer.get("idToken")?.as_str().filter(|token| token.len() <= LONGEST_ID_TOKEN)?;
        let session = subject(id_token)?;
        Some(SignedIn { credentials, refresh_token, id_token: Secret::new(id_token), session })
    };
    signed_in().ok_or_else(|| incomplete(what).into())
}

/// Returns the subject of an id token. It came from the service itself, over TLS, so that its signature need
/// not be checked (section 3.1.3.7 of the core of `OpenID` Connect).
fn subject(id_token: &str) -> Option<String> {
    let mut parts = id_token.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let payload: Value = serde_json::from_slice(&payload).ok()?;
    let subject = payload.get("sub")?.as_str()?;
    (!subject.is_empty() && !subject.contains(char::is_control)).then(|| subject.to_owned())
}

/// Renews a login. Errors: [`FailureKind::TokenRejected`] if AWS renews it for nobody any more,
/// [`FailureKind::LoginNeeded`] if a person must log in for another reason, both with the reason alone as
/// their text, and [`FailureKind::Unreachable`].
pub fn renew(ctx: &Context, endpoint: &Endpoint, login: ConsoleLogin<'_>) -> Result<Renewed> {
    let what = "renew the login";
    let key = ProofKey::of_pem(login.key)
        .ok_or_else(|| Failure::new("its key cannot be used").kind(FailureKind::LoginNeeded))?;
    let body = json!({
        "clientId": login.client_id, "refreshToken": login.refresh_token.reveal(), "grantType": "refresh_token",
    });
    let answer = ask(ctx, endpoint, &key, &body, &[login.refresh_token.reveal()], what)?;
    renewed(&answer, ctx).ok_or_else(|| incomplete(what).into())
}

/// Asks for a token. `secrets` are those in the body.
fn ask(
    ctx: &Context,
    endpoint: &Endpoint,
    key: &ProofKey,
    body: &Value,
    secrets: &[&str],
    what: &str,
) -> Result<SecretJson> {
    let url = format!("{}/v1/token", signin_host::url(endpoint)?);
    let client = Client::new(ctx, Endpoint { url: Some(url.clone()), ..endpoint.clone() });
    let mut attempts = ATTEMPTS;
    let begun = Instant::now();
    let answer = loop {
        attempts -= 1;
        let proof = key.prove("POST", &url, ctx.now())?;
        let headers = [("content-type", "application/json"), ("dpop", proof.reveal())];
        let secrets = [secrets, &[proof.reveal()]].concat();
        let ask =
            Ask { method: "POST", url: &url, headers: &headers, body: body.to_string(), secrets: &secrets };
        // The token is good for one use, which a request without an answer may have been: only an answer is a
        // reason to ask again.
        match client.exchange_since(begun, &ask).map_err(|trouble| trouble.failure(what))? {
            answer if answer.status >= 500 && attempts > 0 => {}
            answer => break answer,
        }
    };
    let answer = answer.examined().map_err(|trouble| trouble.failure(what))?;
    if answer.status != 200 {
        return Err(refused(&answer, what, ctx.now()));
    }
    serde_json::from_slice(&answer.body).map_err(|_| incomplete(what).into())
}

/// Returns the error for a refusal: with most of them the person must log in again.
fn refused(answer: &RawAnswer, what: &str, now: DateTime<Utc>) -> anyhow::Error {
    let refusal = answer.refusal();
    let (code, date) = (refusal.code(), refusal.date);
    let mut kind = FailureKind::LoginNeeded;
    let reason = match code.as_str() {
        "TOKEN_EXPIRED" => {
            kind = FailureKind::TokenRejected;
            "the login has expired".to_owned()
        }
        "USER_CREDENTIALS_CHANGED" => {
            kind = FailureKind::TokenRejected;
            "the password was changed since the login".to_owned()
        }
        "AUTHCODE_EXPIRED" => "the code of the page has expired".to_owned(),
        "INSUFFICIENT_PERMISSIONS" => {
            "the user may not log in this way: `signin:CreateOAuth2Token` is not allowed".to_owned()
        }
        // The proof carries this computer's time: another login would be refused as well.
        _ if clock_skew::is_off(date, now) => {
            let reason = clock_skew::reason(date, now);
            return Failure::new(format!("could not {what}: {reason} ({code})"))
                .hint(clock_skew::HINT)
                .into();
        }
        _ if (answer.status == 401 || answer.status == 403) => "the login was refused".to_owned(),
        _ => return CallError::Refused(refusal).failure(what),
    };
    Failure::new(format!("{reason} ({code})")).kind(kind).into()
}

/// Reads keys and refresh token of an answer. `None` if one is missing or malformed.
fn renewed(answer: &Value, ctx: &Context) -> Option<Renewed> {
    let keys = answer.get("accessToken")?;
    let text = |value: &Value, key: &str| Some(value.get(key)?.as_str()?.to_owned());
    let lasts = answer.get("expiresIn")?.as_i64().filter(|seconds| (1..=LONGEST).contains(seconds))?;
    let credentials = usable(Credentials {
        access_key_id: text(keys, "accessKeyId")?,
        secret_access_key: Secret::new(text(keys, "secretAccessKey")?),
        session_token: Some(Secret::new(text(keys, "sessionToken")?)),
        expiration: Some(ctx.now() + TimeDelta::seconds(lasts)),
        account: None,
    })?;
    let refresh_token = text(answer, "refreshToken").filter(|token| !token.is_empty())?;
    Some(Renewed { credentials, refresh_token: Secret::new(refresh_token) })
}
