//! The service behind `aws login`: it renews a login for whoever holds its key.
//!
//! `POST /v1/token` with JSON, and in the header `DPoP` a proof (RFC 9449) that is made anew for each
//! request. AWS has no client for it but the ones inside of its tools; the form is that of AWS CLI 2.36.

mod proof;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::aws::call_error::{CallError, Refusal};
use crate::aws::clock_skew;
use crate::aws::raw_request::{Ask, RawAnswer};
use crate::aws::{Client, signin_host, usable};
use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;
use crate::text::sanitize::shown;
use crate::values::credentials::Credentials;
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;

const ATTEMPTS: u32 = 3;
/// Keys last a quarter of an hour; nothing longer is believed.
const LONGEST: i64 = 12 * 3600;

/// What a login is renewed with.
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
    /// For the next time.
    pub refresh_token: Secret,
}

/// Renews a login. Errors: [`FailureKind::LoginNeeded`] if a person must log in again, with the reason alone
/// as its text, and [`FailureKind::Unreachable`].
pub fn renew(ctx: &Context, endpoint: &Endpoint, login: ConsoleLogin<'_>) -> Result<Renewed> {
    let what = "renew the login";
    let url = format!("{}/v1/token", signin_host::url(endpoint)?);
    let client = Client::new(ctx, Endpoint { url: Some(url.clone()), ..endpoint.clone() });
    let key = proof::ProofKey::of_pem(login.key)
        .ok_or_else(|| Failure::new("its key cannot be used").kind(FailureKind::LoginNeeded))?;
    let body = json!({
        "clientId": login.client_id, "refreshToken": login.refresh_token.reveal(), "grantType": "refresh_token",
    });
    let mut attempts = ATTEMPTS;
    let answer = loop {
        attempts -= 1;
        let proof = key.prove("POST", &url, ctx.now())?;
        let headers = [("content-type", "application/json"), ("dpop", proof.reveal())];
        let secrets = [login.refresh_token.reveal(), proof.reveal()];
        let ask =
            Ask { method: "POST", url: &url, headers: &headers, body: body.to_string(), secrets: &secrets };
        // A request that got no answer may have been the one use of the token: only an answer is a reason to
        // ask again.
        match client.exchange(&ask).map_err(|trouble| trouble.failure(what))? {
            answer if answer.status >= 500 && attempts > 0 => {}
            answer => break answer,
        }
    };
    if answer.status != 200 {
        return Err(refused(&answer, what, ctx.now()));
    }
    renewed(&answer, ctx)
        .ok_or_else(|| Failure::new(format!("could not {what}: the answer lacks what was asked for")).into())
}

/// Whoever may not go on must log in again, whatever the reason.
fn refused(answer: &RawAnswer, what: &str, now: DateTime<Utc>) -> anyhow::Error {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(shown);
    let date = clock_skew::parse(answer.date.as_deref());
    let refusal = Refusal { status: answer.status, code: text("error"), message: text("message"), date };
    let code = refusal.code();
    if answer.status >= 500 {
        let reason = format!("the sign-in service has an internal error ({code})");
        return CallError::Unreachable(reason, Some("try again later".to_owned())).failure(what);
    }
    if answer.status == 429 {
        let reason = format!("AWS asks to slow down ({code})");
        return CallError::Unreachable(reason, Some("wait a minute and try again".to_owned())).failure(what);
    }
    let reason = match code.as_str() {
        "TOKEN_EXPIRED" => "the login has expired".to_owned(),
        "USER_CREDENTIALS_CHANGED" => "the password was changed since the login".to_owned(),
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
    Failure::new(format!("{reason} ({code})")).kind(FailureKind::LoginNeeded).into()
}

fn renewed(answer: &RawAnswer, ctx: &Context) -> Option<Renewed> {
    let answer: Value = serde_json::from_slice(&answer.body).ok()?;
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
    let refresh_token = text(&answer, "refreshToken").filter(|token| !token.is_empty())?;
    Some(Renewed { credentials, refresh_token: Secret::new(refresh_token) })
}
