//! Everything the emulator knows, and how it is set to behave.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use serde_json::json;

use crate::{
    authorize::Authorizations,
    clock::Clock,
    device::Devices,
    fault::Faults,
    identities::Identities,
    issuer::Issuer,
    lifetimes::Lifetimes,
    log::Log,
    machine::Machine,
    organization::Organization,
    person::Person,
    registration::{Client, Clients},
    reply::Reply,
    session::{Sessions, Tokens},
    signin::Signins,
    sts::Issued,
};

/// The emulator's state; a change takes effect with the next request.
#[derive(Debug, Default)]
pub struct State {
    /// The accounts and roles behind the start URL.
    pub organization: Organization,
    /// The users and roles that STS knows.
    pub identities: Identities,
    /// How long what is issued lasts.
    pub lifetimes: Lifetimes,
    /// The time.
    pub clock: Clock,
    /// What the person at the browser does.
    pub person: Person,
    /// What goes wrong.
    pub faults: Faults,
    /// What was asked.
    pub log: Log,
    /// What is issued next.
    pub issuer: Issuer,
    /// The device authorizations that wait for an answer.
    pub devices: Devices,
    /// The sign-ins.
    pub sessions: Sessions,
    /// The region that the access portal's page names.
    pub portal_region: Option<String>,
    /// The machine whose metadata service the emulator is.
    pub machine: Machine,
    /// The logins of `aws login`.
    pub signins: Signins,
    /// The policies that sessions of roles were bounded with, in order: ARNs and texts.
    pub session_policies: Vec<String>,
    /// The names of the sessions of roles, in order.
    pub session_names: Vec<String>,
    pub(crate) url: String,
    pub(crate) clients: Clients,
    pub(crate) authorizations: Authorizations,
    /// The temporary keys issued so far, by access key id.
    pub(crate) keys: HashMap<String, Issued>,
    /// The ARN of the caller of each console sign-in token.
    pub(crate) signin_tokens: HashMap<String, String>,
    /// The ARN of the caller of each password of a container registry.
    pub(crate) registry_passwords: HashMap<String, String>,
    /// The serial numbers and codes of second factors that were shown.
    pub(crate) used_codes: HashSet<(String, String)>,
}

impl State {
    /// Forgets every client registration: their ids are answered with `InvalidClientException`.
    pub fn forget_clients(&mut self) {
        self.clients.forget();
    }

    /// Returns the ARN of the caller who got this password of a container registry.
    pub fn registry_caller(&self, password: &str) -> Option<&str> {
        self.registry_passwords.get(password).map(String::as_str)
    }

    /// Starts a sign-in for `client`, and returns the answer with its tokens.
    pub(crate) fn sign_in(&mut self, client: &Client) -> Reply {
        let ends = self.clock.after(self.lifetimes.session);
        let (now, lifetime) = (self.clock.now(), self.access_token_lifetime());
        tokens_reply(&self.sessions.begin(&client.id, client.refreshable(), now, ends, lifetime))
    }

    pub(crate) fn access_token_lifetime(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.lifetimes.access_token))
    }
}

/// Returns the answer of the token endpoint.
pub(crate) fn tokens_reply(tokens: &Tokens) -> Reply {
    Reply::json(&json!({
        "accessToken": tokens.access_token,
        "tokenType": "Bearer",
        "expiresIn": tokens.expires_in.num_seconds(),
        "refreshToken": tokens.refresh_token,
        "idToken": null,
    }))
}
