//! The device code grant.

use std::time::Duration;

use awsenv_emulator::{Emulator, Operation, Person, State};
use serde_json::json;

use crate::{
    client::{get, post, submit},
    sign_in::{Client, DEVICE_CODE, emulator},
};

fn pending() -> (u16, String) {
    (400, "AuthorizationPendingException".to_owned())
}

#[test]
fn a_poll_is_pending_until_the_person_allows_it() {
    let emulator = Emulator::start();
    let client = Client::register(&emulator, &json!({}));
    let started = client.start().json();
    assert_eq!(started["verificationUri"], json!(format!("{}/device", emulator.url())));
    assert_eq!(started["interval"], json!(1));
    let refused = client.poll(&started);
    assert_eq!(refused.error(), pending());
    let body: serde_json::Value = serde_json::from_str(&refused.body).unwrap();
    assert_eq!(body["error"], json!("authorization_pending"));

    let code = emulator.wait_for_user_code(Duration::ZERO).unwrap();
    assert_eq!(started["userCode"], json!(code));
    assert!(emulator.with(|state| state.devices.allow(&code)));
    let tokens = client.poll(&started).json();
    assert_eq!(tokens["tokenType"], json!("Bearer"));
    assert_eq!(tokens["expiresIn"], json!(3600));
    assert!(tokens["refreshToken"].is_string());
    assert_eq!(emulator.count(Operation::CreateTokenDeviceCode), 2);
    assert_eq!(client.poll(&started).error(), (400, "InvalidGrantException".to_owned()), "a code works once");
}

#[test]
fn the_third_poll_within_the_interval_is_slowed_down() {
    let emulator = Emulator::start();
    emulator.with(|state| state.lifetimes.poll_interval = 100);
    let client = Client::register(&emulator, &json!({}));
    let started = client.start().json();
    assert_eq!(client.poll(&started).error(), pending());
    assert_eq!(client.poll(&started).error(), pending());
    assert_eq!(client.poll(&started).error(), (400, "SlowDownException".to_owned()));
    emulator.with(|state| state.clock.advance(101));
    assert_eq!(client.poll(&started).error(), pending());
}

#[test]
fn an_old_device_code_is_expired() {
    let emulator = Emulator::start();
    let client = Client::register(&emulator, &json!({}));
    let started = client.start().json();
    emulator.with(|state| state.clock.advance(600));
    assert_eq!(client.poll(&started).error(), (400, "ExpiredTokenException".to_owned()));
}

#[test]
fn a_denied_sign_in_is_access_denied() {
    let emulator = Emulator::start();
    let client = Client::register(&emulator, &json!({}));
    let started = client.start().json();
    let code = started["userCode"].as_str().unwrap();
    assert!(emulator.with(|state| state.devices.deny(code)));
    assert!(!emulator.with(|state| state.devices.allow(code)), "the answer stands");
    assert_eq!(client.poll(&started).error(), (400, "AccessDeniedException".to_owned()));
}

#[test]
fn a_person_who_approves_does_so_after_the_first_poll() {
    let emulator = emulator(Person::Approves);
    let client = Client::register(&emulator, &json!({}));
    let started = client.start().json();
    assert_eq!(client.poll(&started).error(), pending());
    assert_eq!(client.poll(&started).status, 200);
}

#[test]
fn the_page_asks_and_the_click_counts() {
    let emulator = Emulator::start();
    let client = Client::register(&emulator, &json!({ "clientName": "a <b> client" }));
    let started = client.start().json();
    let page = get(started["verificationUriComplete"].as_str().unwrap(), &[]);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("a &lt;b&gt; client"), "{}", page.body);
    assert_eq!(client.poll(&started).error(), pending(), "opening the page is no answer");

    let code = started["userCode"].as_str().unwrap().to_lowercase();
    let page = started["verificationUri"].as_str().unwrap();
    assert_eq!(submit(page, &[("user_code", &code), ("decision", "allow")]).status, 200);
    assert_eq!(client.poll(&started).status, 200);
    assert_eq!(submit(page, &[("user_code", &code), ("decision", "allow")]).status, 404);
}

#[test]
fn without_the_scope_there_is_no_refresh_token() {
    let emulator = Emulator::start();
    let tokens = Client::register(&emulator, &json!({ "scopes": [] })).sign_in();
    assert!(tokens["refreshToken"].is_null());
}

#[test]
fn an_unknown_or_lapsed_client_is_refused_with_401() {
    let emulator = Emulator::start();
    let invalid = (401, "InvalidClientException".to_owned());
    let stranger =
        json!({ "clientId": "x", "clientSecret": "x", "grantType": DEVICE_CODE, "deviceCode": "x" });
    assert_eq!(post(&format!("{}/token", emulator.url()), &stranger).error(), invalid);
    let client = Client::register(&emulator, &json!({}));
    emulator.with(|state| state.clock.advance(90 * 24 * 3600));
    assert_eq!(client.start().error(), invalid);
    let client = Client::register(&emulator, &json!({}));
    emulator.with(State::forget_clients);
    assert_eq!(client.start().error(), invalid);
}

#[test]
fn a_client_for_the_browser_may_not_use_device_codes() {
    let emulator = Emulator::start();
    let client = Client::register_pkce(&emulator);
    assert_eq!(client.start().error(), (400, "UnauthorizedClientException".to_owned()));
}

#[test]
fn another_organisations_start_url_is_refused() {
    let emulator = Emulator::start();
    emulator.with(|state| state.organization.start_url = Some("https://other.awsapps.com/start".to_owned()));
    let client = Client::register(&emulator, &json!({}));
    assert_eq!(client.start().error(), (400, "InvalidRequestException".to_owned()));
}
