//! The service behind `aws login`: a page on which a person signs in to the console, and temporary keys for a
//! client that proves possession of a key (DPoP, RFC 9449). Each renewal gives a new refresh token.
//!
//! Its parameter is `scope`, in the singular, and its challenge method `SHA-256`, unlike Identity Center's
//! (AWS CLI 2.36).

use std::collections::HashSet;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use form_urlencoded::Serializer;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    authorize::{Authorization, Authorizations},
    issuer, page,
    refusal::Refusal,
    reply::Reply,
    request::Request,
    request::text,
    state::State,
    sts,
    sts::Principal,
};

/// The client of a browser on the same machine, and the one of a browser anywhere.
const SAME_DEVICE: &str = "arn:aws:signin:::devtools/same-device";
const CROSS_DEVICE: &str = "arn:aws:signin:::devtools/cross-device";
/// How far a proof's time may be off, in seconds.
const SKEW: i64 = 300;

/// The logins.
#[derive(Clone, Debug)]
pub struct Signins {
    /// The ARN of the user or role that signs in on a page.
    pub person: String,
    logins: Vec<Login>,
    /// The ids of the proofs so far: each is good for one request.
    proofs: HashSet<String>,
    authorizations: Authorizations,
}

#[derive(Clone, Debug)]
struct Login {
    arn: String,
    client: String,
    key: (String, String),
    refresh_token: String,
}

impl Default for Signins {
    /// Nobody is logged in; the user `Alice` of 111122223333 signs in.
    fn default() -> Self {
        Self {
            person: "arn:aws:iam::111122223333:user/Alice".to_owned(),
            logins: Vec::new(),
            proofs: HashSet::new(),
            authorizations: Authorizations::default(),
        }
    }
}

impl Signins {
    /// Begins a login of this ARN, bound to the P-256 key with these coordinates (base64url), and
    /// returns its refresh token.
    pub fn begin(&mut self, arn: &str, x: &str, y: &str) -> String {
        self.bind(arn, SAME_DEVICE, (x.to_owned(), y.to_owned()))
    }

    fn bind(&mut self, arn: &str, client: &str, key: (String, String)) -> String {
        let refresh_token = issuer::uuid();
        let (arn, client) = (arn.to_owned(), client.to_owned());
        self.logins.push(Login { arn, client, key, refresh_token: refresh_token.clone() });
        refresh_token
    }

    /// Ends every login: its refresh token is answered with `TOKEN_EXPIRED`.
    pub fn end(&mut self) {
        self.logins.clear();
    }
}

/// Answers `GET /v1/authorize`: asks for consent, or sends the browser on at once.
pub(crate) fn page(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let parameter = |name: &str| request.parameter(name).unwrap_or_default();
    let (client, redirect) = (parameter("client_id"), parameter("redirect_uri"));
    let is_known = match client.as_str() {
        SAME_DEVICE => redirect.starts_with("http://127.0.0.1:") && redirect.ends_with("/oauth/callback"),
        CROSS_DEVICE => redirect == format!("{}/v1/sessions/confirmation", state.url),
        _ => false,
    };
    if !is_known {
        return Err(Refusal::new(400, "", "This client, or its redirect address, is not known."));
    }
    let is_whole = parameter("response_type") == "code"
        && parameter("code_challenge_method") == "SHA-256"
        && parameter("scope") == "openid"
        && parameter("code_challenge").len() == 43
        && !parameter("state").is_empty();
    if !is_whole {
        return Err(Refusal::new(400, "", "This request makes no sense."));
    }
    let (of, challenge) = (parameter("state"), parameter("code_challenge"));
    let authorization = Authorization { client, redirect, state: of, challenge };
    if let Some(allowed) = state.person.answer() {
        return Ok(answer(state, authorization, allowed));
    }
    let id = state.signins.authorizations.wait(authorization);
    Ok(Reply::html(page::consent(&state.signins.person, "/v1/authorize", "request", &id)))
}

/// Answers `POST /v1/authorize`: the person's answer.
pub(crate) fn decide(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let (authorization, allowed) = state.signins.authorizations.answered(request)?;
    Ok(answer(state, authorization, allowed))
}

/// Answers `GET /v1/sessions/confirmation`: shows what the person pastes into the terminal.
pub(crate) fn confirmation(request: &Request) -> Reply {
    let parameter = |name: &str| request.parameter(name).unwrap_or_default();
    if parameter("code").is_empty() {
        return Reply::html(page::notice("You did not sign in."));
    }
    let answer = Serializer::new(String::new())
        .append_pair("state", &parameter("state"))
        .append_pair("code", &parameter("code"))
        .finish();
    Reply::html(page::shown_code(&BASE64_STANDARD.encode(answer)))
}

fn answer(state: &mut State, authorization: Authorization, allowed: bool) -> Reply {
    if !allowed {
        return authorization.back(&[("error", "access_denied")]);
    }
    let expires = state.clock.after(state.lifetimes.authorization_code);
    state.signins.authorizations.allow(authorization, issuer::uuid(), expires)
}

/// Answers `CreateOAuth2Token`.
pub(crate) fn token(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let body = request.json();
    let key = proven(state, request)?;
    match text(&body, "grantType") {
        Some("authorization_code") => redeem(state, &body, key),
        Some("refresh_token") => renew(state, &body, &key),
        _ => Err(Refusal::new(400, "INVALID_REQUEST", "the request makes no sense")),
    }
}

/// Exchanges an authorization code for keys and a refresh token.
fn redeem(state: &mut State, body: &Value, key: (String, String)) -> Result<Reply, Refusal> {
    let field = |name: &str| text(body, name).unwrap_or_default();
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(field("codeVerifier")));
    let redeemed = state.signins.authorizations.redeem(field("code"));
    let Some((authorization, expires)) = redeemed.filter(|(authorization, _)| {
        authorization.client == field("clientId")
            && authorization.redirect == field("redirectUri")
            && authorization.challenge == challenge
    }) else {
        return Err(Refusal::new(400, "INVALID_REQUEST", "the code is not known"));
    };
    if expires <= state.clock.now() {
        return Err(Refusal::new(403, "AUTHCODE_EXPIRED", "the code has expired"));
    }
    let arn = state.signins.person.clone();
    let refresh_token = state.signins.bind(&arn, &authorization.client, key);
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(&json!({ "alg": "ES384", "typ": "JWT" }));
    let payload = part(&json!({ "sub": arn, "aud": authorization.client, "iss": state.url }));
    let mut tokens = tokens(state, &arn, &refresh_token)?;
    tokens["idToken"] = json!(format!("{head}.{payload}.{}", BASE64_URL_SAFE_NO_PAD.encode([7; 96])));
    Ok(Reply::json(&tokens))
}

fn renew(state: &mut State, body: &Value, key: &(String, String)) -> Result<Reply, Refusal> {
    let token = text(body, "refreshToken").unwrap_or_default();
    let client = text(body, "clientId").unwrap_or_default();
    let is_it =
        |login: &&mut Login| login.refresh_token == token && login.key == *key && login.client == client;
    let Some(login) = state.signins.logins.iter_mut().find(is_it) else {
        return Err(Refusal::new(401, "TOKEN_EXPIRED", "the refresh token has expired"));
    };
    login.refresh_token = issuer::uuid();
    let (arn, refresh_token) = (login.arn.clone(), login.refresh_token.clone());
    Ok(Reply::json(&tokens(state, &arn, &refresh_token)?))
}

fn tokens(state: &mut State, arn: &str, refresh_token: &str) -> Result<Value, Refusal> {
    let principal = Principal::at_console(arn)
        .ok_or_else(|| Refusal::new(500, "server_error", "the person has no proper ARN"))?;
    let key = sts::issue(state, principal, state.clock.after(900));
    Ok(json!({
        "accessToken": { "accessKeyId": key.id, "secretAccessKey": key.secret, "sessionToken": key.session_token },
        "tokenType": "aws_sigv4",
        "expiresIn": 900,
        "refreshToken": refresh_token,
    }))
}

/// Checks the proof of possession, and returns the coordinates of its key.
fn proven(state: &mut State, request: &Request) -> Result<(String, String), Refusal> {
    let wrong = |why: &str| Refusal::new(401, "INVALID_PROOF", why);
    let proof = request.header("dpop").ok_or_else(|| wrong("there is no proof"))?;
    let (signed, signature) = proof.rsplit_once('.').ok_or_else(|| wrong("the proof is no JWT"))?;
    let (head, payload) = signed.split_once('.').ok_or_else(|| wrong("the proof is no JWT"))?;
    let part =
        |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| wrong("the proof is not base64url"));
    let object =
        |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).map_err(|_| wrong("the proof is not JSON"));
    let (head, payload) = (object(part(head)?)?, object(part(payload)?)?);
    let jwk = &head["jwk"];
    if head["typ"] != "dpop+jwt" || head["alg"] != "ES256" || jwk["kty"] != "EC" || jwk["crv"] != "P-256" {
        return Err(wrong("the proof is of another kind"));
    }
    let coordinates = [text(jwk, "x").unwrap_or_default(), text(jwk, "y").unwrap_or_default()];
    let mut point = vec![4];
    for coordinate in coordinates {
        point.extend(part(coordinate)?);
    }
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &part(signature)?)
        .map_err(|_| wrong("the signature does not fit"))?;
    let issued = payload["iat"].as_i64().unwrap_or_default();
    if payload["htm"] != "POST"
        || payload["htu"] != format!("{}/v1/token", state.url)
        || (issued - state.clock.now().timestamp()).abs() > SKEW
    {
        return Err(wrong("the proof is for another request"));
    }
    let id = text(&payload, "jti").ok_or_else(|| wrong("the proof has no name"))?;
    if !state.signins.proofs.insert(id.to_owned()) {
        return Err(wrong("the proof was used before"));
    }
    Ok((coordinates[0].to_owned(), coordinates[1].to_owned()))
}
