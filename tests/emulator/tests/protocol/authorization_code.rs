//! The authorization code grant with PKCE.

use awsenv_emulator::{Emulator, Operation, Person};
use serde_json::json;

use crate::{
    client::{Answer, get, post, submit},
    sign_in::{Client, ask, emulator},
};

/// The verifier and challenge of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const REDIRECT: &str = "http://127.0.0.1:4711/oauth/callback";

/// Opens the page, with `changes` to a good request.
fn authorize(emulator: &Emulator, client: &Client, changes: &[(&str, &str)]) -> Answer {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", client.id()),
        ("redirect_uri", REDIRECT),
        ("state", "a state & more"),
        ("code_challenge_method", "S256"),
        ("scopes", "sso:account:access"),
        ("code_challenge", CHALLENGE),
    ];
    for &(name, value) in changes {
        pairs.retain(|&(known, _)| known != name);
        pairs.push((name, value));
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    get(&format!("{}/authorize?{query}", emulator.url()), &[])
}

fn redeem(client: &Client, code: &str, verifier: &str, redirect: &str) -> Answer {
    let grant = json!({
        "grantType": "authorization_code", "code": code, "codeVerifier": verifier, "redirectUri": redirect,
    });
    client.post("/token", &grant)
}

fn invalid_grant() -> (u16, String) {
    (400, "InvalidGrantException".to_owned())
}

#[test]
fn a_code_and_its_verifier_are_worth_tokens_once() {
    let emulator = emulator(Person::Approves);
    let client = Client::register_pkce(&emulator);
    let back = authorize(&emulator, &client, &[]);
    assert!(back.header("location").starts_with(&format!("{REDIRECT}?")));
    assert_eq!(back.redirected("state").as_deref(), Some("a state & more"));
    let code = back.redirected("code").unwrap();
    let tokens = redeem(&client, &code, VERIFIER, REDIRECT).json();
    assert_eq!(ask(&emulator, &tokens, "/assignment/accounts").status, 200);
    assert_eq!(client.refresh(&tokens).status, 200);
    assert_eq!(redeem(&client, &code, VERIFIER, REDIRECT).error(), invalid_grant());
    assert_eq!(emulator.with(|state| state.log.succeeded(Operation::CreateTokenAuthorizationCode)), 1);
    assert_eq!(emulator.count(Operation::CreateTokenAuthorizationCode), 2);
}

#[test]
fn a_wrong_verifier_or_redirect_or_client_or_time_gets_nothing() {
    let emulator = emulator(Person::Approves);
    let client = Client::register_pkce(&emulator);
    let code = || authorize(&emulator, &client, &[]).redirected("code").unwrap();
    assert_eq!(redeem(&client, &code(), CHALLENGE, REDIRECT).error(), invalid_grant());
    let other_port = "http://127.0.0.1:4712/oauth/callback";
    assert_eq!(redeem(&client, &code(), VERIFIER, other_port).error(), invalid_grant());
    let other = Client::register_pkce(&emulator);
    assert_eq!(redeem(&other, &code(), VERIFIER, REDIRECT).error(), invalid_grant());
    let code = code();
    emulator.with(|state| state.clock.advance(600));
    assert_eq!(redeem(&client, &code, VERIFIER, REDIRECT).error(), invalid_grant());
}

#[test]
fn an_unregistered_address_is_not_redirected_to() {
    let emulator = emulator(Person::Approves);
    let client = Client::register_pkce(&emulator);
    for redirect in ["http://127.0.0.1:4711/other", "http://acme.example/oauth/callback"] {
        assert_eq!(authorize(&emulator, &client, &[("redirect_uri", redirect)]).status, 400, "{redirect}");
    }
    assert_eq!(authorize(&emulator, &client, &[("client_id", "stranger")]).status, 400);
}

#[test]
fn a_bad_request_is_reported_to_the_listener() {
    let emulator = emulator(Person::Approves);
    let client = Client::register_pkce(&emulator);
    for (name, value, error) in [
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("scopes", "sso:account:access other", "invalid_scope"),
    ] {
        let back = authorize(&emulator, &client, &[(name, value)]);
        assert_eq!(back.redirected("error").as_deref(), Some(error), "{name}");
        assert_eq!(back.redirected("code"), None, "{name}");
    }
}

#[test]
fn the_page_waits_for_a_click() {
    let emulator = Emulator::start();
    let client = Client::register_pkce(&emulator);
    for (decision, parameter) in [("allow", "code"), ("deny", "error")] {
        let page = authorize(&emulator, &client, &[]);
        assert_eq!(page.status, 200);
        let id = page.body.split_once("name=\"request\" value=\"").unwrap().1.split_once('"').unwrap().0;
        let action = format!("{}/authorize", emulator.url());
        let back = submit(&action, &[("request", id), ("decision", decision)]);
        assert!(back.redirected(parameter).is_some(), "{decision}");
        assert_eq!(submit(&action, &[("request", id), ("decision", "allow")]).status, 404, "answered once");
    }
}

#[test]
fn only_addresses_of_this_machine_can_be_registered() {
    let emulator = Emulator::start();
    let body = json!({
        "clientName": "test", "clientType": "public", "grantTypes": ["authorization_code"],
        "redirectUris": ["http://acme.example/"], "issuerUrl": "https://acme.awsapps.com/start",
    });
    let answer = post(&format!("{}/client/register", emulator.url()), &body);
    assert_eq!(answer.error(), (400, "InvalidRedirectUriException".to_owned()));
}
