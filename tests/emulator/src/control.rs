//! The control endpoint `/_control`: the library's calls, for other processes.
//!
//! `GET` returns the requests so far; `POST` first changes the emulator, all keys optional:
//!
//! ```json
//! {"person": "approves", "allow": "BCDF-GHJK", "deny": "BCDF-GHJK", "advance": 3600, "skew": -900,
//!  "lifetimes": {"access_token": 60}, "refresh_reply": "rotated", "revoke": true, "reset_log": true,
//!  "clear_faults": true,
//!  "fault": {"operation": "AssumeRole", "times": 2, "delay_ms": 100,
//!            "effect": "error", "status": 503, "name": "ServiceUnavailable", "message": "later"},
//!  "account": {"id": "123456789012", "name": "acme-new", "email": "aws@acme.example",
//!              "roles": ["ReadOnly"]}}
//! ```
//!
//! An `effect` is one of `delay`, `late`, `error`, `hang`, `close` and `html`; without `operation` it befalls
//! every request, without `times` every one until `clear_faults`. An `account` replaces the one with its id.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    fault::Fault, organization::Account, person::Person, reply::Reply, request::Request,
    session::RefreshReply, state::State,
};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Orders {
    person: Option<Person>,
    allow: Option<String>,
    deny: Option<String>,
    advance: Option<u32>,
    skew: Option<i32>,
    lifetimes: Option<serde_json::Map<String, Value>>,
    refresh_reply: Option<RefreshReply>,
    revoke: bool,
    reset_log: bool,
    clear_faults: bool,
    fault: Option<Fault>,
    account: Option<Account>,
}

/// Answers a request to the control endpoint: 400 with the reason if its orders make no sense.
pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    let obeyed = match request.method.as_str() {
        "GET" => Ok(()),
        "POST" => serde_json::from_slice(&request.body)
            .map_err(|error| error.to_string())
            .and_then(|orders| obey(state, orders)),
        _ => Err("only GET and POST".to_owned()),
    };
    match obeyed {
        Ok(()) => Reply::json(&report(state)),
        Err(error) => Reply::json(&json!({ "error": error })).status(400),
    }
}

fn obey(state: &mut State, orders: Orders) -> Result<(), String> {
    if let Some(changes) = orders.lifetimes {
        let mut lifetimes = serde_json::to_value(&state.lifetimes).map_err(|error| error.to_string())?;
        for (name, value) in changes {
            lifetimes[name] = value;
        }
        state.lifetimes = serde_json::from_value(lifetimes).map_err(|error| error.to_string())?;
    }
    for (code, allowed) in [(orders.allow, true), (orders.deny, false)] {
        let Some(code) = code else { continue };
        let waited = if allowed { state.devices.allow(&code) } else { state.devices.deny(&code) };
        waited.then_some(()).ok_or_else(|| format!("no device authorization waits for {code}"))?;
    }
    state.person = orders.person.unwrap_or(state.person);
    state.sessions.refresh_reply = orders.refresh_reply.unwrap_or(state.sessions.refresh_reply);
    state.clock.advance(orders.advance.unwrap_or_default());
    orders.skew.into_iter().for_each(|seconds| state.clock.set_skew(seconds));
    if orders.revoke {
        state.sessions.revoke();
    }
    if orders.reset_log {
        state.log.reset();
    }
    if orders.clear_faults {
        state.faults.clear();
    }
    orders.account.into_iter().for_each(|account| state.organization.set(account));
    orders.fault.into_iter().for_each(|fault| state.faults.add(fault));
    Ok(())
}

fn report(state: &State) -> Value {
    json!({
        "pending": state.devices.pending(),
        "counts": state.log.counts(),
        "requests": state.log.entries(),
    })
}
