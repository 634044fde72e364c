//! The refresh grant.

use awsenv_emulator::{Emulator, RefreshReply};
use serde_json::json;

use crate::sign_in::{Client, ask};

fn invalid_grant() -> (u16, String) {
    (400, "InvalidGrantException".to_owned())
}

#[test]
fn a_refresh_token_renews_an_expired_access_token() {
    let emulator = Emulator::start();
    let client = Client::register(&emulator, &json!({}));
    let old = client.sign_in();
    emulator.with(|state| state.clock.advance(3600));
    assert_eq!(
        ask(&emulator, &old, "/assignment/accounts").error(),
        (401, "UnauthorizedException".to_owned())
    );
    let new = client.refresh(&old).json();
    assert_ne!(new["accessToken"], old["accessToken"]);
    assert_eq!(new["refreshToken"], old["refreshToken"]);
    assert_eq!(ask(&emulator, &new, "/assignment/accounts").status, 200);
}

#[test]
fn a_rotated_refresh_token_is_dead() {
    let emulator = Emulator::start();
    emulator.with(|state| state.sessions.refresh_reply = RefreshReply::Rotated);
    let client = Client::register(&emulator, &json!({}));
    let old = client.sign_in();
    let new = client.refresh(&old).json();
    assert_ne!(new["refreshToken"], old["refreshToken"]);
    assert_eq!(client.refresh(&old).error(), invalid_grant());
    assert_eq!(client.refresh(&new).status, 200);
}

#[test]
fn a_reply_may_leave_the_refresh_token_out() {
    let emulator = Emulator::start();
    emulator.with(|state| state.sessions.refresh_reply = RefreshReply::Absent);
    let client = Client::register(&emulator, &json!({}));
    assert!(client.refresh(&client.sign_in()).json()["refreshToken"].is_null());
}

#[test]
fn a_sign_in_that_is_over_cannot_be_refreshed() {
    let emulator = Emulator::start();
    let client = Client::register(&emulator, &json!({}));
    let revoked = client.sign_in();
    emulator.with(|state| state.sessions.revoke());
    assert_eq!(client.refresh(&revoked).error(), invalid_grant());
    let lapsed = client.sign_in();
    emulator.with(|state| state.clock.advance(8 * 3600));
    assert_eq!(client.refresh(&lapsed).error(), invalid_grant());
    let foreign = Client::register(&emulator, &json!({}));
    assert_eq!(foreign.refresh(&client.sign_in()).error(), invalid_grant());
}

#[test]
fn an_access_token_ends_with_its_sign_in() {
    let emulator = Emulator::start();
    let client = Client::register(&emulator, &json!({}));
    let tokens = client.sign_in();
    emulator.with(|state| state.clock.advance(8 * 3600 - 60));
    let left = client.refresh(&tokens).json()["expiresIn"].as_i64().unwrap();
    assert!((1..=60).contains(&left), "{left}");
}
