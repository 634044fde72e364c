//! The authorization code grant with PKCE (RFC 7636): the page behind `GET /authorize`, and the code's
//! exchange for tokens.
//!
//! Identity Center's parameter is `scopes`, in the plural, and its challenge method `S256` (AWS CLI 2.36).

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use form_urlencoded::Serializer;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    issuer, page,
    refusal::Refusal,
    registration::{Client, required},
    reply::Reply,
    request::Request,
    state::State,
};

/// A sign-in in the browser, at Identity Center or for `aws login`.
#[derive(Clone, Debug)]
pub(crate) struct Authorization {
    pub client: String,
    pub redirect: String,
    /// The `state` parameter, which the redirection returns.
    pub state: String,
    pub challenge: String,
}

impl Authorization {
    /// Returns the redirection to the program's listener with these parameters and the state.
    pub fn back(&self, parameters: &[(&str, &str)]) -> Reply {
        let query = Serializer::new(String::new())
            .extend_pairs(parameters)
            .append_pair("state", &self.state)
            .finish();
        Reply::redirect(format!("{}?{query}", self.redirect))
    }
}

/// The sign-ins that wait for the person, and those whose code waits for the program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Authorizations {
    pending: HashMap<String, Authorization>,
    codes: HashMap<String, (Authorization, DateTime<Utc>)>,
}

impl Authorizations {
    /// Keeps a sign-in until the person answers, and returns the id that the page's form sends back.
    pub fn wait(&mut self, authorization: Authorization) -> String {
        let id = issuer::uuid();
        self.pending.insert(id.clone(), authorization);
        id
    }

    /// Returns the sign-in that the person answered on the page, and whether they allowed it.
    pub fn answered(&mut self, request: &Request) -> Result<(Authorization, bool), Refusal> {
        let id = request.field("request").unwrap_or_default();
        let authorization = self.pending.remove(&id);
        let authorization = authorization
            .ok_or_else(|| Refusal::new(404, "", "This request is unknown or answered already."))?;
        Ok((authorization, request.field("decision").as_deref() == Some("allow")))
    }

    /// Sends the browser back to the program with this code.
    pub fn allow(&mut self, authorization: Authorization, code: String, expires: DateTime<Utc>) -> Reply {
        let reply = authorization.back(&[("code", &code)]);
        self.codes.insert(code, (authorization, expires));
        reply
    }

    /// Returns the sign-in of a code, and when the code expires. A code works once, whether or not the
    /// exchange succeeds.
    pub fn redeem(&mut self, code: &str) -> Option<(Authorization, DateTime<Utc>)> {
        self.codes.remove(code)
    }
}

/// Answers `GET /authorize`: asks for consent, or sends the browser on at once.
pub(crate) fn page(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let parameter = |name: &str| request.parameter(name).unwrap_or_default();
    let Some(client) = state.clients.find(&parameter("client_id"), state.clock.now()).cloned() else {
        return Err(Refusal::new(400, "", "This client is not registered."));
    };
    let redirect = parameter("redirect_uri");
    if !client.redirects_to(&redirect) {
        // A code must never travel to an address that the client did not register, so nothing is redirected.
        return Err(Refusal::new(400, "", "This redirect address is not registered."));
    }
    let authorization = Authorization {
        client: client.id.clone(),
        redirect,
        state: parameter("state"),
        challenge: parameter("code_challenge"),
    };
    if let Some(problem) = problem(&client, request) {
        return Ok(authorization.back(&[("error", problem.0), ("error_description", problem.1)]));
    }
    if let Some(allowed) = state.person.answer() {
        return Ok(answer(state, authorization, allowed));
    }
    let id = state.authorizations.wait(authorization);
    Ok(Reply::html(page::consent(&client.name, "/authorize", "request", &id)))
}

/// Answers `POST /authorize`: the person's answer.
pub(crate) fn decide(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let (authorization, allowed) = state.authorizations.answered(request)?;
    Ok(answer(state, authorization, allowed))
}

/// Exchanges an authorization code for tokens.
pub(crate) fn redeem(state: &mut State, client: &Client, body: &Value) -> Result<Reply, Refusal> {
    client.may("authorization_code")?;
    let code = required(body, "code")?;
    let verifier = required(body, "codeVerifier")?;
    let redirect = required(body, "redirectUri")?;
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    let good = state.authorizations.redeem(code).is_some_and(|(authorization, expires)| {
        authorization.client == client.id
            && authorization.redirect == redirect
            && authorization.challenge == challenge
            && expires > state.clock.now()
    });
    if good {
        Ok(state.sign_in(client))
    } else {
        Err(Refusal::new(400, "InvalidGrantException", "Invalid grant provided"))
    }
}

fn answer(state: &mut State, authorization: Authorization, allowed: bool) -> Reply {
    if !allowed {
        return authorization
            .back(&[("error", "access_denied"), ("error_description", "User denied the request")]);
    }
    let code = issuer::token("eyJraWQiOiJrZXktMiJ9.");
    let expires = state.clock.after(state.lifetimes.authorization_code);
    state.authorizations.allow(authorization, code, expires)
}

/// Returns what is wrong with a request whose client and redirect address are good: a code and a sentence.
fn problem(client: &Client, request: &Request) -> Option<(&'static str, &'static str)> {
    let parameter = |name: &str| request.parameter(name).unwrap_or_default();
    let scopes = parameter("scopes");
    if parameter("response_type") != "code" {
        Some(("unsupported_response_type", "response_type must be code"))
    } else if parameter("code_challenge_method") != "S256" {
        Some(("invalid_request", "code_challenge_method must be S256"))
    } else if parameter("code_challenge").len() != 43 {
        Some(("invalid_request", "code_challenge must be 43 characters"))
    } else if parameter("state").is_empty() {
        Some(("invalid_request", "state is missing"))
    } else if !scopes.split(' ').all(|scope| client.scopes.iter().any(|known| known == scope)) {
        Some(("invalid_scope", "scopes must be registered"))
    } else {
        None
    }
}
