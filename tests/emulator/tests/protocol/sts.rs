//! The actions of STS.

use awsenv_emulator::{AccessKey, Emulator, Role};
use serde_json::json;

use crate::{
    client::{Answer, submit},
    sign_in::{Client, ask},
    signer::{Signer, alice, credentials},
};

const DEPLOY: &str = "arn:aws:iam::444455556666:role/Deploy";
const MFA: [(&str, &str); 2] =
    [("SerialNumber", "arn:aws:iam::111122223333:mfa/alice"), ("TokenCode", "123456")];

fn assume(emulator: &Emulator, key: AccessKey, role: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("Action", "AssumeRole"), ("RoleArn", role), ("RoleSessionName", "test")];
    fields.extend(more);
    Signer::new(key).call(emulator, &fields)
}

fn denied() -> (u16, String) {
    (403, "AccessDenied".to_owned())
}

fn invalid() -> (u16, String) {
    (400, "ValidationError".to_owned())
}

#[test]
fn an_assumed_role_is_a_caller_in_turn() {
    let emulator = Emulator::start();
    let answer = assume(&emulator, alice(), DEPLOY, &[]);
    assert_eq!(answer.element("Arn"), "arn:aws:sts::444455556666:assumed-role/Deploy/test");
    let first = credentials(&answer);
    let who = Signer::new(first.clone()).call(&emulator, &[("Action", "GetCallerIdentity")]);
    assert_eq!(who.element("Arn"), "arn:aws:sts::444455556666:assumed-role/Deploy/test");
    assert_eq!(who.element("UserId"), answer.element("AssumedRoleId"));
    assert_ne!(credentials(&assume(&emulator, first.clone(), DEPLOY, &[])), first, "roles chain");
}

#[test]
fn role_credentials_from_the_portal_assume_roles() {
    let emulator = Emulator::start();
    let tokens = Client::register(&emulator, &json!({})).sign_in();
    let path = "/federation/credentials?account_id=111122223333&role_name=Developer";
    let issued = ask(&emulator, &tokens, path).json()["roleCredentials"].clone();
    let text = |name: &str| issued[name].as_str().unwrap().to_owned();
    let key = AccessKey {
        id: text("accessKeyId"),
        secret: text("secretAccessKey"),
        session_token: text("sessionToken"),
    };
    let who = Signer::new(key.clone()).call(&emulator, &[("Action", "GetCallerIdentity")]);
    let arn = who.element("Arn");
    assert!(arn.starts_with("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Developer_"), "{arn}");
    assert!(arn.ends_with("/alice"), "{arn}");
    assert_eq!(assume(&emulator, key, DEPLOY, &[]).status, 200);
}

#[test]
fn only_a_trusted_caller_assumes_a_role() {
    let emulator = Emulator::start();
    let partner = "arn:aws:iam::444455556666:role/Partner";
    assert_eq!(assume(&emulator, alice(), "arn:aws:iam::444455556666:role/None", &[]).error(), denied());
    assert_eq!(assume(&emulator, alice(), partner, &[]).error(), denied());
    assert_eq!(assume(&emulator, alice(), partner, &[("ExternalId", "other")]).error(), denied());
    assert_eq!(assume(&emulator, alice(), partner, &[("ExternalId", "acme-partner")]).status, 200);

    let arn = "arn:aws:iam::444455556666:role/Second";
    let only = Role { principals: vec![DEPLOY.to_owned()], ..Role::new(arn) };
    emulator.with(|state| state.identities.roles.push(only));
    assert_eq!(assume(&emulator, alice(), arn, &[]).error(), denied());
    let deploy = credentials(&assume(&emulator, alice(), DEPLOY, &[]));
    assert_eq!(assume(&emulator, deploy, arn, &[]).status, 200);
}

#[test]
fn a_guarded_role_wants_the_second_factor() {
    let emulator = Emulator::start();
    let guarded = "arn:aws:iam::444455556666:role/Guarded";
    assert_eq!(assume(&emulator, alice(), guarded, &[]).error(), denied());
    assert_eq!(assume(&emulator, alice(), guarded, &MFA[..1]).error(), denied());
    let answer = assume(&emulator, alice(), guarded, &[MFA[0], ("TokenCode", "654321")]);
    assert_eq!(answer.error(), denied());
    assert!(answer.element("Message").contains("invalid MFA one time pass code"), "{}", answer.body);
    assert_eq!(assume(&emulator, alice(), guarded, &[MFA[0], ("TokenCode", "12345")]).error(), invalid());
    assert_eq!(assume(&emulator, alice(), guarded, &MFA).status, 200);
    let again = assume(&emulator, alice(), guarded, &MFA);
    assert!(again.element("Message").contains("invalid MFA one time pass code"), "{}", again.body);
    let other = [("SerialNumber", "arn:aws:iam::111122223333:mfa/bob"), ("TokenCode", "234567")];
    let answer = assume(&emulator, alice(), guarded, &other);
    assert!(answer.element("Message").contains("verify your MFA serial number"), "{}", answer.body);
    assert_eq!(assume(&emulator, alice(), guarded, &[MFA[0], other[1]]).status, 200);
}

#[test]
fn a_session_with_the_second_factor_opens_a_guarded_role() {
    let emulator = Emulator::start();
    let guarded = "arn:aws:iam::444455556666:role/Guarded";
    let plain = credentials(&Signer::new(alice()).call(&emulator, &[("Action", "GetSessionToken")]));
    assert_eq!(assume(&emulator, plain, guarded, &[]).error(), denied());
    let fields = [("Action", "GetSessionToken"), MFA[0], MFA[1]];
    let strong = credentials(&Signer::new(alice()).call(&emulator, &fields));
    assert_eq!(assume(&emulator, strong.clone(), guarded, &[]).status, 200);
    let again = Signer::new(strong).call(&emulator, &fields);
    assert_eq!(again.error(), denied(), "a session does not beget a session");
}

#[test]
fn durations_keep_to_the_roles_limit_and_chains_to_an_hour() {
    let emulator = Emulator::start();
    let partner = [("ExternalId", "acme-partner"), ("DurationSeconds", "3601")];
    assert_eq!(
        assume(&emulator, alice(), "arn:aws:iam::444455556666:role/Partner", &partner).error(),
        invalid()
    );
    let long = [("DurationSeconds", "43200")];
    let first = credentials(&assume(&emulator, alice(), DEPLOY, &long));
    let chained = assume(&emulator, first.clone(), DEPLOY, &long);
    assert_eq!(chained.error(), invalid());
    assert!(chained.element("Message").contains("role chaining"), "{}", chained.body);
    for seconds in ["899", "43201"] {
        assert_eq!(assume(&emulator, alice(), DEPLOY, &[("DurationSeconds", seconds)]).error(), invalid());
    }
    emulator.with(|state| state.clock.advance(3600));
    let who = [("Action", "GetCallerIdentity")];
    assert_eq!(Signer::new(first).call(&emulator, &who).status, 200, "it lasts as long as was asked");
}

#[test]
fn parameters_are_validated() {
    let emulator = Emulator::start();
    let call = |fields: &[(&str, &str)]| Signer::new(alice()).call(&emulator, fields).error();
    let action = ("Action", "AssumeRole");
    assert_eq!(call(&[action, ("RoleSessionName", "test")]), invalid());
    assert_eq!(call(&[action, ("RoleArn", DEPLOY)]), invalid());
    assert_eq!(call(&[action, ("RoleArn", DEPLOY), ("RoleSessionName", "no spaces")]), invalid());
    assert_eq!(call(&[action, ("RoleArn", "Deploy"), ("RoleSessionName", "test")]), invalid());
    assert_eq!(call(&[("Action", "Nonsense")]), (400, "InvalidAction".to_owned()));
}

#[test]
fn a_web_identity_token_opens_its_role_unsigned() {
    let emulator = Emulator::start();
    let web = |role: &str, token: &str| {
        let fields = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("RoleArn", role),
            ("RoleSessionName", "test"),
            ("WebIdentityToken", token),
        ];
        submit(&format!("{}/", emulator.url()), &fields)
    };
    let role = "arn:aws:iam::444455556666:role/Web";
    let key = credentials(&web(role, "acme-web-identity-token\n"));
    let who = Signer::new(key).call(&emulator, &[("Action", "GetCallerIdentity")]);
    assert_eq!(who.element("Arn"), "arn:aws:sts::444455556666:assumed-role/Web/test");
    assert_eq!(web(role, "other").error(), (400, "InvalidIdentityToken".to_owned()));
    assert_eq!(web(DEPLOY, "acme-web-identity-token").error(), denied());
    assert_eq!(assume(&emulator, alice(), role, &[]).error(), denied(), "not by AssumeRole");
}
