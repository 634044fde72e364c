//! ECR and the public ECR: `GetAuthorizationToken`, in JSON 1.1.
//!
//! The form of the answers is that of the API references: a list of one for the registries of accounts, an
//! object for the public one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::{
    issuer, operation::Operation, refusal::Refusal, reply::Reply, request::Request, signature, state::State,
};

/// How long a token lasts, in seconds.
const LIFETIME: u32 = 12 * 3600;

/// Answers a signed request for a token.
pub(crate) fn answer(state: &mut State, operation: Operation, request: &Request) -> Result<Reply, Refusal> {
    let is_public = operation == Operation::GetPublicAuthorizationToken;
    let service = if is_public { "ecr-public" } else { "ecr" };
    let caller = signature::authenticate(state, service, request).map_err(renamed)?;
    serde_json::from_slice::<Value>(&request.body)
        .map_err(|_| Refusal::new(400, "SerializationException", "The body is no JSON"))?;
    let password = issuer::registry_password();
    let expires = state.clock.after(LIFETIME).timestamp();
    let mut data = json!({
        "authorizationToken": STANDARD.encode(format!("AWS:{password}")),
        "expiresAt": expires,
    });
    state.registry_passwords.insert(password, caller.arn);
    if !is_public {
        data["proxyEndpoint"] = json!(format!("https://{}.dkr.ecr.us-east-1.amazonaws.com", caller.account));
        data = json!([data]);
    }
    Ok(Reply::json(&json!({ "authorizationData": data })))
}

/// Returns a refusal of the signature with the name that the JSON services give it.
fn renamed(refusal: Refusal) -> Refusal {
    let name = match refusal.name.as_str() {
        "InvalidClientTokenId" => "UnrecognizedClientException",
        "ExpiredToken" => "ExpiredTokenException",
        "SignatureDoesNotMatch" => "InvalidSignatureException",
        "MissingAuthenticationToken" => "MissingAuthenticationTokenException",
        "IncompleteSignature" => "IncompleteSignatureException",
        name => name,
    };
    Refusal { status: 400, name: name.to_owned(), ..refusal }
}
