//! The access portal.

use std::collections::HashSet;

use awsenv_emulator::{AccessKey, Emulator, Organization};
use chrono::Utc;
use serde_json::{Value, json};

use crate::{
    client::{get, send},
    sign_in::{Client, ask},
};

const CREDENTIALS: &str = "/federation/credentials?account_id=111122223333&role_name=Developer";

fn signed_in(emulator: &Emulator) -> Value {
    Client::register(emulator, &json!({})).sign_in()
}

#[test]
fn role_credentials_are_of_the_form_of_awss_and_each_is_new() {
    let emulator = Emulator::start();
    emulator.with(|state| state.lifetimes.role_credentials = 900);
    let tokens = signed_in(&emulator);
    let mut seen = HashSet::new();
    for _ in 0..20 {
        let credentials = ask(&emulator, &tokens, CREDENTIALS).json()["roleCredentials"].clone();
        let text = |key: &str| credentials[key].as_str().unwrap();
        assert!(text("accessKeyId").starts_with("ASIA") && text("accessKeyId").len() == 20);
        assert_eq!(text("secretAccessKey").len(), 40);
        assert!(text("sessionToken").len() > 300);
        let left = credentials["expiration"].as_i64().unwrap() - Utc::now().timestamp_millis();
        assert!((890_000..=900_000).contains(&left), "{left}");
        assert!(seen.insert(text("accessKeyId").to_owned()));
        assert!(seen.insert(text("secretAccessKey").to_owned()));
        assert!(seen.insert(text("sessionToken").to_owned()));
    }
}

#[test]
fn a_planted_key_is_issued_as_it_is() {
    let emulator = Emulator::start();
    let tokens = signed_in(&emulator);
    let secret = "it's \"$HOME\" `x` \\ \u{e9}\n".to_owned();
    let key = AccessKey { id: "ASIAX".to_owned(), secret: secret.clone(), session_token: "t".to_owned() };
    emulator.with(|state| state.issuer.plant(key));
    let credentials = ask(&emulator, &tokens, CREDENTIALS).json();
    assert_eq!(credentials["roleCredentials"]["secretAccessKey"], json!(secret));
}

#[test]
fn a_role_that_is_not_assigned_is_forbidden() {
    let emulator = Emulator::start();
    let tokens = signed_in(&emulator);
    let forbidden = (403, "ForbiddenException".to_owned());
    for (account, role) in [("111122223333", "Nobody"), ("444455556666", "Developer"), ("1", "Developer")] {
        let path = format!("/federation/credentials?account_id={account}&role_name={role}");
        let answer = ask(&emulator, &tokens, &path);
        assert_eq!(answer.error(), forbidden, "{account} {role}");
        assert!(answer.body.contains("No access"));
    }
    emulator.with(|state| state.organization.unassign("Developer"));
    assert_eq!(ask(&emulator, &tokens, CREDENTIALS).error(), forbidden);
}

#[test]
fn an_unknown_or_revoked_or_expired_token_is_unauthorized() {
    let emulator = Emulator::start();
    let unauthorized = (401, "UnauthorizedException".to_owned());
    let url = format!("{}{CREDENTIALS}", emulator.url());
    assert_eq!(get(&url, &[]).error(), unauthorized);
    assert_eq!(get(&url, &[("x-amz-sso_bearer_token", "unknown")]).error(), unauthorized);
    let tokens = signed_in(&emulator);
    emulator.with(|state| state.sessions.forget_access_tokens());
    assert_eq!(ask(&emulator, &tokens, CREDENTIALS).error(), unauthorized);
    let tokens = signed_in(&emulator);
    emulator.with(|state| state.clock.advance(3600));
    assert_eq!(ask(&emulator, &tokens, CREDENTIALS).error(), unauthorized);
}

#[test]
fn logout_ends_the_sign_in_and_its_refresh_token() {
    let emulator = Emulator::start();
    let client = Client::register(&emulator, &json!({}));
    let (tokens, other) = (client.sign_in(), client.sign_in());
    let bearer = [("x-amz-sso_bearer_token", tokens["accessToken"].as_str().unwrap())];
    let url = format!("{}/logout", emulator.url());
    assert_eq!(send(&url, &bearer, "").unwrap().status, 200);
    assert_eq!(send(&url, &bearer, "").unwrap().status, 401);
    assert_eq!(client.refresh(&tokens).status, 400);
    assert_eq!(ask(&emulator, &other, CREDENTIALS).status, 200, "another sign-in is left alone");
}

#[test]
fn hundreds_of_accounts_come_in_pages_without_gap_or_repetition() {
    let emulator = Emulator::start();
    emulator.with(|state| {
        state.organization = Organization::empty();
        state.organization.add_many(250, &["ReadOnly"]).add("999999999999", "nothing-for-you", &[]);
        state.organization.page_size = 60;
    });
    let tokens = signed_in(&emulator);
    let (mut names, mut pages, mut next) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = ask(&emulator, &tokens, &format!("/assignment/accounts?max_result=100{next}")).json();
        let list = page["accountList"].as_array().unwrap();
        pages.push(list.len());
        names.extend(list.iter().map(|account| account["accountName"].as_str().unwrap().to_owned()));
        let Some(token) = page["nextToken"].as_str() else { break };
        next = format!("&next_token={token}");
    }
    assert_eq!(pages, [60, 60, 60, 60, 10]);
    let expected: Vec<_> = (1..=250).map(|number| format!("acme-{number:04}")).collect();
    assert_eq!(names, expected);
}

#[test]
fn the_roles_of_an_account_come_in_pages_too() {
    let emulator = Emulator::start();
    let tokens = signed_in(&emulator);
    let path = "/assignment/roles?account_id=111122223333&max_result=2";
    let first = ask(&emulator, &tokens, path).json();
    assert_eq!(first["roleList"][1], json!({ "roleName": "ReadOnly", "accountId": "111122223333" }));
    let next = format!("{path}&next_token={}", first["nextToken"].as_str().unwrap());
    let second = ask(&emulator, &tokens, &next).json();
    assert_eq!(second["roleList"].as_array().unwrap().len(), 1);
    assert!(second["nextToken"].is_null());
    for wrong in ["max_result=0", "max_result=101", "max_result=x", "next_token=junk"] {
        let answer = ask(&emulator, &tokens, &format!("/assignment/accounts?{wrong}"));
        assert_eq!(answer.error(), (400, "InvalidRequestException".to_owned()), "{wrong}");
    }
}
