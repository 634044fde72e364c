//! `RegisterClient` of the OIDC service: public clients, for the device code or the authorization code grant.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hyper::Uri;
use serde_json::{Value, json};

use crate::{
    issuer,
    refusal::Refusal,
    reply::Reply,
    request::{Request, text, texts},
    state::State,
};

/// The scope with which tokens come with a refresh token.
const ACCOUNT_ACCESS: &str = "sso:account:access";

/// A registered client.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub id: String,
    pub name: String,
    pub scopes: Vec<String>,
    secret: String,
    expires: DateTime<Utc>,
    grants: Vec<String>,
    redirects: Vec<String>,
}

impl Client {
    /// Returns whether tokens of this client come with a refresh token.
    pub fn refreshable(&self) -> bool {
        self.scopes.iter().any(|scope| scope == ACCOUNT_ACCESS)
    }

    /// Refuses a grant that the client was not registered for; one that named no grants has the device code.
    pub fn may(&self, grant: &str) -> Result<(), Refusal> {
        let may = if self.grants.is_empty() {
            grant != "authorization_code"
        } else {
            self.grants.iter().any(|known| known == grant)
        };
        may.then_some(()).ok_or_else(|| {
            Refusal::new(400, "UnauthorizedClientException", format!("Client is not registered for {grant}"))
        })
    }

    /// Returns whether the browser may be sent to `uri`: a registered one, on any port.
    pub fn redirects_to(&self, uri: &str) -> bool {
        let Some(wanted) = loopback(uri) else { return false };
        self.redirects.iter().any(|known| loopback(known).as_ref() == Some(&wanted))
    }
}

/// The registered clients, by id.
#[derive(Debug, Default)]
pub(crate) struct Clients(HashMap<String, Client>);

impl Clients {
    /// Returns the client with this id, for a page that knows no secret.
    pub fn find(&self, id: &str, now: DateTime<Utc>) -> Option<&Client> {
        self.0.get(id).filter(|client| client.expires > now)
    }

    /// Returns the client that the id and secret in a request's body name.
    pub fn authenticate(&self, body: &Value, now: DateTime<Utc>) -> Result<Client, Refusal> {
        let id = required(body, "clientId")?;
        let secret = required(body, "clientSecret")?;
        self.find(id, now)
            .filter(|client| client.secret == secret)
            .cloned()
            .ok_or_else(|| Refusal::new(401, "InvalidClientException", "Invalid client provided"))
    }

    /// Forgets every client.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}

/// Answers `RegisterClient`.
pub(crate) fn register(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let body = request.json();
    let name = required(&body, "clientName")?;
    if required(&body, "clientType")? != "public" {
        return Err(Refusal::new(400, "InvalidClientMetadataException", "Invalid client type"));
    }
    let redirects = texts(&body, "redirectUris").unwrap_or_default();
    if redirects.iter().any(|uri| loopback(uri).is_none()) {
        return Err(Refusal::new(400, "InvalidRedirectUriException", "Invalid redirect uri"));
    }
    let grants = texts(&body, "grantTypes").unwrap_or_default();
    if grants.iter().any(|grant| grant == "authorization_code") {
        if redirects.is_empty() {
            return Err(Refusal::new(400, "InvalidRequestException", "Missing redirect uri"));
        }
        state.organization.check_start_url(required(&body, "issuerUrl")?)?;
    }
    let client = Client {
        id: issuer::client_id(),
        name: name.to_owned(),
        scopes: texts(&body, "scopes").unwrap_or_default(),
        secret: issuer::token("eyJraWQiOiJrZXktMSJ9."),
        expires: state.clock.after(state.lifetimes.registration),
        grants,
        redirects,
    };
    let reply = Reply::json(&json!({
        "clientId": client.id,
        "clientSecret": client.secret,
        "clientIdIssuedAt": state.clock.now().timestamp(),
        "clientSecretExpiresAt": client.expires.timestamp(),
        "authorizationEndpoint": null,
        "tokenEndpoint": null,
    }));
    state.clients.0.insert(client.id.clone(), client);
    Ok(reply)
}

/// Returns a field that a request must have.
pub(crate) fn required<'a>(body: &'a Value, key: &str) -> Result<&'a str, Refusal> {
    text(body, key).ok_or_else(|| Refusal::new(400, "InvalidRequestException", format!("Missing {key}")))
}

/// Returns host and path of a plain URI of this machine, whatever its port; `None` for any other.
fn loopback(uri: &str) -> Option<(String, String)> {
    let uri: Uri = uri.parse().ok()?;
    let host = uri.host().filter(|host| ["127.0.0.1", "[::1]", "localhost"].contains(host))?;
    (uri.scheme_str() == Some("http")).then(|| (host.to_owned(), uri.path().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::loopback;

    #[test]
    fn a_redirect_uri_is_of_this_machine_and_its_port_does_not_count() {
        let registered = loopback("http://127.0.0.1/oauth/callback");
        assert!(registered.is_some());
        assert_eq!(loopback("http://127.0.0.1:4711/oauth/callback"), registered);
        assert_ne!(loopback("http://127.0.0.1:4711/other"), registered);
        assert_ne!(loopback("http://localhost:4711/oauth/callback"), registered);
        for uri in ["https://127.0.0.1/x", "http://127.0.0.1.example/x", "http://acme.example/x", "/x", ""] {
            assert_eq!(loopback(uri), None, "{uri}");
        }
    }
}
