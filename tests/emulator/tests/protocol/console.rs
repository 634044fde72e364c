//! The page of `aws login` and what comes of it.

use awsenv_emulator::{Emulator, Operation::SignInPage, Person};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

use crate::client::{get, post, submit};

const SAME: &str = "arn:aws:signin:::devtools/same-device";
const CROSS: &str = "arn:aws:signin:::devtools/cross-device";

fn page(emulator: &Emulator, client: &str, redirect: &str, method: &str) -> String {
    let challenge = "x".repeat(43);
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("response_type", "code"),
            ("client_id", client),
            ("state", "s1"),
            ("code_challenge_method", method),
            ("scope", "openid"),
            ("redirect_uri", redirect),
            ("code_challenge", &challenge),
        ])
        .finish();
    format!("{}/v1/authorize?{query}", emulator.url())
}

#[test]
fn a_browser_is_sent_to_this_machine_or_to_the_code_and_nowhere_else() {
    let emulator = Emulator::start();
    let (here, confirmation) =
        ("http://127.0.0.1:4711/oauth/callback", format!("{}/v1/sessions/confirmation", emulator.url()));
    for (client, redirect, method) in [
        ("other", here, "SHA-256"),
        (SAME, "http://evil.example/oauth/callback", "SHA-256"),
        (SAME, &confirmation, "SHA-256"),
        (CROSS, here, "SHA-256"),
        (SAME, here, "S256"),
    ] {
        assert_eq!(get(&page(&emulator, client, redirect, method), &[]).status, 400, "{client} {redirect}");
    }
    // The person clicks.
    let asked = get(&page(&emulator, SAME, here, "SHA-256"), &[]);
    let id = asked.body.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = format!("{}/v1/authorize", emulator.url());
    let allowed = submit(&form, &[("request", id), ("decision", "allow")]);
    assert!(allowed.header("location").starts_with(here), "{allowed:?}");
    assert_eq!(allowed.redirected("state").as_deref(), Some("s1"));
    assert_eq!(submit(&form, &[("request", id), ("decision", "allow")]).status, 404);
    emulator.with(|state| state.person = Person::Denies);
    let denied = get(&page(&emulator, SAME, here, "SHA-256"), &[]);
    assert_eq!(denied.redirected("error").as_deref(), Some("access_denied"));
    emulator.with(|state| state.person = Person::Approves);
    let led = get(&page(&emulator, CROSS, &confirmation, "SHA-256"), &[]);
    let shown = get(led.header("location"), &[]).body;
    let code = shown.split("<pre>").nth(1).unwrap().split("</pre>").next().unwrap();
    let answer = String::from_utf8(BASE64_STANDARD.decode(code).unwrap()).unwrap();
    assert!(answer.starts_with("state=s1&code="), "{answer}");
    assert_eq!(emulator.count(SignInPage), 8);
}

#[test]
fn no_token_is_given_without_a_proof() {
    let emulator = Emulator::start();
    let body =
        json!({ "clientId": SAME, "grantType": "authorization_code", "code": "x", "codeVerifier": "y" });
    let refused = post(&format!("{}/v1/token", emulator.url()), &body);
    assert_eq!(refused.error(), (401, "AccessDeniedException".to_owned()));
}
