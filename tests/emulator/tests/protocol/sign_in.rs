//! The steps of a sign-in, for tests whose subject comes after.

use awsenv_emulator::{Emulator, Person};
use serde_json::{Value, json};

use crate::client::{Answer, get, post};

pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A registered client, with the emulator it is registered at.
pub struct Client<'a> {
    emulator: &'a Emulator,
    id: Value,
    secret: Value,
}

impl<'a> Client<'a> {
    /// Registers a client; `more` is merged into the request.
    pub fn register(emulator: &'a Emulator, more: &Value) -> Self {
        let mut body =
            json!({ "clientName": "test", "clientType": "public", "scopes": ["sso:account:access"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let client = post(&format!("{}/client/register", emulator.url()), &body).json();
        Self { emulator, id: client["clientId"].clone(), secret: client["clientSecret"].clone() }
    }

    /// Registers a client for the authorization code grant, as the AWS CLI does.
    pub fn register_pkce(emulator: &'a Emulator) -> Self {
        let more = json!({
            "grantTypes": ["authorization_code", "refresh_token"],
            "redirectUris": ["http://127.0.0.1/oauth/callback"],
            "issuerUrl": "https://acme.awsapps.com/start",
        });
        Self::register(emulator, &more)
    }

    pub fn id(&self) -> &str {
        self.id.as_str().unwrap()
    }

    /// Starts a device authorization.
    pub fn start(&self) -> Answer {
        self.post("/device_authorization", &json!({ "startUrl": "https://acme.awsapps.com/start" }))
    }

    /// Polls for the tokens of a device code.
    pub fn poll(&self, started: &Value) -> Answer {
        self.post("/token", &json!({ "grantType": DEVICE_CODE, "deviceCode": started["deviceCode"] }))
    }

    /// Signs in with a device code, the person willing.
    pub fn sign_in(&self) -> Value {
        let started = self.start().json();
        let code = started["userCode"].as_str().unwrap();
        assert!(self.emulator.with(|state| state.devices.allow(code)));
        self.poll(&started).json()
    }

    /// Asks for new tokens.
    pub fn refresh(&self, tokens: &Value) -> Answer {
        self.post("/token", &json!({ "grantType": "refresh_token", "refreshToken": tokens["refreshToken"] }))
    }

    /// Sends a request of this client.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let mut body = body.clone();
        body["clientId"] = self.id.clone();
        body["clientSecret"] = self.secret.clone();
        post(&format!("{}{path}", self.emulator.url()), &body)
    }
}

/// Asks the portal with the access token among `tokens`.
pub fn ask(emulator: &Emulator, tokens: &Value, path: &str) -> Answer {
    let bearer = tokens["accessToken"].as_str().unwrap();
    get(&format!("{}{path}", emulator.url()), &[("x-amz-sso_bearer_token", bearer)])
}

/// Starts an emulator whose person does this.
pub fn emulator(person: Person) -> Emulator {
    let emulator = Emulator::start();
    emulator.with(|state| state.person = person);
    emulator
}
