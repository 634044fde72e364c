//! The device code grant: `StartDeviceAuthorization`, the polls, and the page where the person answers.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::{
    issuer, page,
    refusal::Refusal,
    registration::{Client, required},
    reply::Reply,
    request::Request,
    state::State,
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The polls that may come as fast as a client likes: the AWS CLI 2.36 polls once before it shows its
/// prompt and once right after, and only then waits.
const FREE_POLLS: u32 = 2;

/// A device authorization.
#[derive(Clone, Debug)]
struct Device {
    code: String,
    user_code: String,
    client: String,
    client_name: String,
    expires: DateTime<Utc>,
    allowed: Option<bool>,
    polls: u32,
    last_poll: DateTime<Utc>,
}

/// The device authorizations, used up ones left out.
#[derive(Debug, Default)]
pub struct Devices(Vec<Device>);

impl Devices {
    /// Returns the user codes that wait for an answer, oldest first; expired ones may be among them.
    pub fn pending(&self) -> Vec<String> {
        let waits = self.0.iter().filter(|device| device.allowed.is_none());
        waits.map(|device| device.user_code.clone()).collect()
    }

    /// Allows the sign-in with this user code, as the person would; returns whether it waited for an answer.
    pub fn allow(&mut self, user_code: &str) -> bool {
        self.decide(user_code, true)
    }

    /// Denies the sign-in with this user code, as the person would; returns whether it waited for an answer.
    pub fn deny(&mut self, user_code: &str) -> bool {
        self.decide(user_code, false)
    }

    fn decide(&mut self, user_code: &str, allowed: bool) -> bool {
        let device =
            self.0.iter_mut().find(|device| device.user_code == user_code && device.allowed.is_none());
        device.map(|device| device.allowed = Some(allowed)).is_some()
    }
}

/// Answers `StartDeviceAuthorization`.
pub(crate) fn start(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let body = request.json();
    let client = state.clients.authenticate(&body, state.clock.now())?;
    client.may(GRANT)?;
    state.organization.check_start_url(required(&body, "startUrl")?)?;
    let device = Device {
        code: issuer::token(""),
        user_code: issuer::user_code(),
        client: client.id,
        client_name: client.name,
        expires: state.clock.after(state.lifetimes.device_code),
        allowed: None,
        polls: 0,
        last_poll: state.clock.now(),
    };
    let page = format!("{}/device", state.url);
    let reply = Reply::json(&json!({
        "deviceCode": device.code,
        "userCode": device.user_code,
        "verificationUri": page,
        "verificationUriComplete": format!("{page}?user_code={}", device.user_code),
        "expiresIn": state.lifetimes.device_code,
        "interval": state.lifetimes.poll_interval,
    }));
    state.devices.0.push(device);
    Ok(reply)
}

/// Answers a poll: with a refusal until the person has allowed the sign-in, and then once with tokens.
pub(crate) fn poll(state: &mut State, client: &Client, code: &str) -> Result<Reply, Refusal> {
    client.may(GRANT)?;
    let now = state.clock.now();
    let interval = TimeDelta::seconds(i64::from(state.lifetimes.poll_interval));
    let known = |device: &Device| device.code == code && device.client == client.id;
    let Some(place) = state.devices.0.iter().position(known) else {
        return Err(Refusal::new(400, "InvalidGrantException", "Invalid grant provided"));
    };
    let device = &mut state.devices.0[place];
    if device.expires <= now {
        return Err(Refusal::new(400, "ExpiredTokenException", "Device code has expired"));
    }
    match device.allowed {
        Some(true) => {
            state.devices.0.remove(place);
            Ok(state.sign_in(client))
        }
        Some(false) => Err(Refusal::new(400, "AccessDeniedException", "The person denied the request")),
        None => {
            device.polls += 1;
            let hasty = device.polls > FREE_POLLS && now - device.last_poll < interval;
            device.last_poll = now;
            device.allowed = state.person.answer();
            Err(if hasty {
                Refusal::new(400, "SlowDownException", "Polling too fast")
            } else {
                Refusal::new(400, "AuthorizationPendingException", "Authorization is pending")
            })
        }
    }
}

/// Answers `GET /device`: the page that asks for the code, or for the person's consent.
pub(crate) fn page(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let Some(code) = request.parameter("user_code") else { return Ok(Reply::html(page::ask_code())) };
    let device = waiting(state, &code)?;
    match state.person.answer() {
        None => Ok(Reply::html(page::consent(&device.client_name, "/device", "user_code", &code))),
        Some(allowed) => answer(state, &code, allowed),
    }
}

/// Answers `POST /device`: the person has clicked.
pub(crate) fn decide(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let code = request.field("user_code").unwrap_or_default();
    answer(state, &code, request.field("decision").as_deref() == Some("allow"))
}

fn answer(state: &mut State, code: &str, allowed: bool) -> Result<Reply, Refusal> {
    let code = waiting(state, code)?.user_code;
    state.devices.decide(&code, allowed);
    let word = if allowed { "allowed" } else { "denied" };
    Ok(Reply::html(page::notice(&format!("Request {word}. You can close this window."))))
}

/// Returns the sign-in that waits for an answer; the code may be in lower case.
fn waiting(state: &State, code: &str) -> Result<Device, Refusal> {
    let code = code.trim().to_ascii_uppercase();
    let now = state.clock.now();
    let waits =
        |device: &&Device| device.user_code == code && device.allowed.is_none() && device.expires > now;
    let device = state.devices.0.iter().find(waits).cloned();
    device.ok_or_else(|| Refusal::new(404, "", "This code is unknown, used or expired."))
}
