//! The service behind `aws login`: it renews a login for whoever proves to hold its key (RFC 9449), and gives
//! a new refresh token each time.

use std::collections::HashSet;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::{
    issuer, refusal::Refusal, reply::Reply, request::Request, request::text, state::State, sts,
    sts::Principal,
};

/// The only client that the AWS CLI is.
const CLIENT: &str = "arn:aws:signin:::devtools/same-device";
/// How far a proof's time may be off, in seconds.
const SKEW: i64 = 300;

/// The logins.
#[derive(Clone, Debug, Default)]
pub struct Signins {
    logins: Vec<Login>,
    /// Every proof is good for one request.
    proofs: HashSet<String>,
}

#[derive(Clone, Debug)]
struct Login {
    role: String,
    key: (String, String),
    refresh_token: String,
}

impl Signins {
    /// Begins a login to the role of this ARN, bound to the P-256 key with these coordinates (base64url), and
    /// returns its refresh token.
    pub fn begin(&mut self, role: &str, x: &str, y: &str) -> String {
        let refresh_token = issuer::uuid();
        let key = (x.to_owned(), y.to_owned());
        self.logins.push(Login { role: role.to_owned(), key, refresh_token: refresh_token.clone() });
        refresh_token
    }

    /// Ends every login: its refresh token is answered with `TOKEN_EXPIRED`.
    pub fn end(&mut self) {
        self.logins.clear();
    }
}

/// Answers `CreateOAuth2Token` with a refresh token.
pub(crate) fn renew(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let body = request.json();
    let key = proven(state, request)?;
    if text(&body, "clientId") != Some(CLIENT) || text(&body, "grantType") != Some("refresh_token") {
        return Err(Refusal::new(400, "INVALID_REQUEST", "the request makes no sense"));
    }
    let token = text(&body, "refreshToken").unwrap_or_default();
    let login =
        state.signins.logins.iter_mut().find(|login| login.refresh_token == token && login.key == key);
    let Some(login) = login else {
        return Err(Refusal::new(401, "TOKEN_EXPIRED", "the refresh token has expired"));
    };
    login.refresh_token = issuer::uuid();
    let (role, refresh_token) = (login.role.clone(), login.refresh_token.clone());
    let principal = Principal::role_session(&role, "alice")
        .ok_or_else(|| Refusal::new(500, "InternalError", "the role has no proper name"))?;
    let key = sts::issue(state, principal, state.clock.after(900));
    Ok(Reply::json(&json!({
        "accessToken": { "accessKeyId": key.id, "secretAccessKey": key.secret, "sessionToken": key.session_token },
        "tokenType": "aws_sigv4",
        "expiresIn": 900,
        "refreshToken": refresh_token,
    })))
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
