//! Console sign-in.

use awsenv_emulator::{AccessKey, Emulator};
use serde_json::json;

use crate::{
    client::{Answer, get, submit},
    signer::{Signer, alice, credentials},
};

fn exchange(emulator: &Emulator, key: &AccessKey, duration: &str) -> Answer {
    let session = json!({ "sessionId": key.id, "sessionKey": key.secret, "sessionToken": key.session_token })
        .to_string();
    let mut fields = vec![("Action", "getSigninToken"), ("Session", session.as_str())];
    if !duration.is_empty() {
        fields.push(("SessionDuration", duration));
    }
    submit(&format!("{}/federation", emulator.url()), &fields)
}

fn assume(emulator: &Emulator, key: AccessKey) -> AccessKey {
    let role = "arn:aws:iam::444455556666:role/Deploy";
    let fields = [("Action", "AssumeRole"), ("RoleArn", role), ("RoleSessionName", "test")];
    credentials(&Signer::new(key).call(emulator, &fields))
}

#[test]
fn temporary_credentials_open_the_console() {
    let emulator = Emulator::start();
    let key = assume(&emulator, alice());
    let token = exchange(&emulator, &key, "3600").json()["SigninToken"].as_str().unwrap().to_owned();
    let page = format!(
        "{}/federation?Action=login&Issuer=x&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2F",
        emulator.url()
    );
    let console = get(&format!("{page}&SigninToken={token}"), &[]);
    assert!(console.body.contains("assumed-role/Deploy/test"), "{}", console.body);
    assert_eq!(get(&format!("{page}&SigninToken=other"), &[]).status, 400);
}

#[test]
fn a_users_own_key_or_a_wrong_secret_opens_nothing() {
    let emulator = Emulator::start();
    assert_eq!(exchange(&emulator, &alice(), "").status, 400);
    let wrong = AccessKey { secret: "x".to_owned(), ..assume(&emulator, alice()) };
    assert_eq!(exchange(&emulator, &wrong, "").status, 400);
}

#[test]
fn a_chained_role_may_not_name_a_duration() {
    let emulator = Emulator::start();
    let first = assume(&emulator, alice());
    let chained = assume(&emulator, first);
    assert_eq!(exchange(&emulator, &chained, "3600").status, 400);
    assert_eq!(exchange(&emulator, &chained, "").status, 200);
}
