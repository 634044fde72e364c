//! The service that turns temporary keys into a signed-in console. AWS has no client for it.
//!
//! `POST /federation` with a form gives a token that is good for 15 minutes; a page of the same host takes it
//! (AWS's documentation on custom identity brokers).

use anyhow::Result;
use form_urlencoded::Serializer;
use serde_json::{Value, json};

use crate::aws::call_error::CallError;
use crate::aws::raw_request::Ask;
use crate::aws::{Client, signin_host};
use crate::failure::Failure;
use crate::system::context::Context;
use crate::values::credentials::Credentials;
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;

/// Returns the address that opens `destination` signed in with these keys, which must be temporary ones.
/// Anybody who has the address can use it for 15 minutes. Errors: the keys are long-lived or refused; the
/// service gives no answer.
pub fn address(
    ctx: &Context,
    endpoint: &Endpoint,
    credentials: &Credentials,
    destination: &str,
) -> Result<Secret> {
    let what = "sign in to the console";
    let Some(session_token) = &credentials.session_token else {
        return Err(Failure::new("could not sign in to the console: long-lived access keys cannot open it")
            .hint("use a profile with a role: `role_arn` and `source_profile`, or SSO")
            .into());
    };
    let session = json!({
        "sessionId": credentials.access_key_id,
        "sessionKey": credentials.secret_access_key.reveal(),
        "sessionToken": session_token.reveal(),
    });
    // In the body: proxies log URLs.
    let body = Serializer::new(String::new())
        .append_pair("Action", "getSigninToken")
        .append_pair("Session", &session.to_string())
        .finish();
    let url = signin_host::federation_url(endpoint)?;
    let client = Client::new(ctx, Endpoint { url: Some(url.clone()), ..endpoint.clone() });
    let secrets = [credentials.secret_access_key.reveal(), session_token.reveal()];
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
    let ask = Ask { method: "POST", url: &url, headers: &headers, body, secrets: &secrets };
    let failed = |trouble: CallError| trouble.failure(what);
    let answer = client.exchange(&ask).map_err(failed)?;
    // This service refuses with a page.
    if answer.status == 400 || answer.status == 403 {
        return Err(Failure::new("could not sign in to the console: AWS refused the keys")
            .hint("run `awsenv whoami` to see whether they still work")
            .into());
    }
    let answer = answer.examined().map_err(failed)?;
    let token = serde_json::from_slice::<Value>(&answer.body)
        .ok()
        .filter(|_| answer.status == 200)
        .and_then(|answer| Some(answer.get("SigninToken")?.as_str()?.to_owned()))
        .ok_or_else(|| failed(CallError::Garbled(url.clone())))?;
    let query = Serializer::new(String::new())
        .append_pair("Action", "login")
        .append_pair("Issuer", "awsenv")
        .append_pair("Destination", destination)
        .append_pair("SigninToken", &token)
        .finish();
    Ok(Secret::new(format!("{url}?{query}")))
}
