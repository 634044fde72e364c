//! Console sign-in: `getSigninToken` of the federation endpoint, and the page that its token opens.
//!
//! The parameters are those of "Enable custom identity broker access to the AWS console" in the IAM User
//! Guide.

use serde_json::{Value, json};

use crate::{
    issuer, page,
    refusal::Refusal,
    reply::Reply,
    request::{Request, text},
    state::State,
};

/// Answers `/federation`: by GET with the parameters in the query, by POST with them in a form.
pub(crate) fn answer(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    match parameter(request, "Action").as_deref() {
        Some("getSigninToken") => signin_token(state, request),
        Some("login") => console(state, request),
        _ => Err(bad("Action must be getSigninToken or login")),
    }
}

/// Exchanges temporary credentials for a sign-in token.
fn signin_token(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let session = parameter(request, "Session").unwrap_or_default();
    let session: Value = serde_json::from_str(&session).map_err(|_| bad("Session must be JSON"))?;
    let part = |name| text(&session, name).unwrap_or_default();
    let issued = state.keys.get(part("sessionId")).filter(|issued| {
        issued.key.secret == part("sessionKey")
            && issued.key.session_token == part("sessionToken")
            && issued.expires > state.clock.now()
    });
    let principal =
        issued.ok_or_else(|| bad("Session holds no good temporary credentials"))?.principal.clone();
    let duration = parameter(request, "SessionDuration").map(|seconds| seconds.parse::<u32>());
    match duration {
        Some(Ok(900..=43200)) if principal.chained => {
            return Err(bad("SessionDuration is not for chained roles"));
        }
        None | Some(Ok(900..=43200)) => {}
        Some(_) => return Err(bad("SessionDuration must be 900 to 43200")),
    }
    let token = issuer::token("");
    state.signin_tokens.insert(token.clone(), principal.arn);
    Ok(Reply::json(&json!({ "SigninToken": token })))
}

/// Answers with a page in place of the console.
fn console(state: &State, request: &Request) -> Result<Reply, Refusal> {
    let token = parameter(request, "SigninToken").unwrap_or_default();
    let arn = state.signin_tokens.get(&token).ok_or_else(|| bad("SigninToken is unknown"))?;
    let destination = parameter(request, "Destination").ok_or_else(|| bad("Destination is missing"))?;
    Ok(Reply::html(page::notice(&format!("Signed in as {arn}, on the way to {destination}"))))
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    request.parameter(name).or_else(|| request.field(name))
}

fn bad(message: &str) -> Refusal {
    Refusal::new(400, "", message)
}
