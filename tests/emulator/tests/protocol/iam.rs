//! The access keys of users.

use awsenv_emulator::{AccessKey, Emulator};

use crate::client::Answer;
use crate::signer::{Signer, alice, credentials};

fn ask(emulator: &Emulator, key: AccessKey, action: &str, fields: &[(&str, &str)]) -> Answer {
    let fields: Vec<_> = [("Action", action)].iter().chain(fields).copied().collect();
    Signer { service: "iam", region: "us-east-1", ..Signer::new(key) }.call(emulator, &fields)
}

fn who(emulator: &Emulator, key: AccessKey) -> Answer {
    Signer::new(key).call(emulator, &[("Action", "GetCallerIdentity")])
}

#[test]
fn a_user_has_two_keys_at_most_and_both_are_the_same_user() {
    let emulator = Emulator::start();
    let created = ask(&emulator, alice(), "CreateAccessKey", &[]);
    assert_eq!(created.element("UserName"), "alice");
    let new = AccessKey {
        id: created.element("AccessKeyId"),
        secret: created.element("SecretAccessKey"),
        session_token: String::new(),
    };
    assert!(new.id.starts_with("AKIA") && new.id.len() == 20 && new.secret.len() == 40, "{new:?}");
    let again = ask(&emulator, alice(), "CreateAccessKey", &[("UserName", "alice")]);
    assert_eq!(again.error(), (409, "LimitExceeded".to_owned()));
    let listed = ask(&emulator, new.clone(), "ListAccessKeys", &[]);
    assert!(listed.body.contains(&new.id) && listed.body.contains(&alice().id), "{}", listed.body);
    assert!(!listed.body.contains(&new.secret), "{}", listed.body);
    assert_eq!(who(&emulator, new).element("Arn"), who(&emulator, alice()).element("Arn"));
    let other = ask(&emulator, alice(), "ListAccessKeys", &[("UserName", "bob")]);
    assert_eq!(other.error(), (403, "AccessDenied".to_owned()));
}

#[test]
fn a_key_that_is_inactive_or_deleted_or_new_is_not_known() {
    let emulator = Emulator::start();
    emulator.with(|state| state.identities.new_key_refusals = 1);
    let created = ask(&emulator, alice(), "CreateAccessKey", &[]);
    let (id, secret) = (created.element("AccessKeyId"), created.element("SecretAccessKey"));
    let new = AccessKey { id: id.clone(), secret, session_token: String::new() };
    let unknown = (403, "InvalidClientTokenId".to_owned());
    assert_eq!(who(&emulator, new.clone()).error(), unknown);
    assert_eq!(who(&emulator, new.clone()).status, 200);
    let update = |status: &str| {
        ask(&emulator, alice(), "UpdateAccessKey", &[("AccessKeyId", &id), ("Status", status)])
    };
    assert_eq!(update("Nonsense").error().0, 400);
    assert_eq!(update("Inactive").status, 200);
    assert_eq!(who(&emulator, new.clone()).error(), unknown);
    assert_eq!(update("Active").status, 200);
    let delete = || ask(&emulator, alice(), "DeleteAccessKey", &[("AccessKeyId", &id)]);
    assert_eq!(delete().status, 200);
    assert_eq!(delete().error(), (404, "NoSuchEntity".to_owned()));
    assert_eq!(who(&emulator, new).error(), unknown);
    let session = credentials(&Signer::new(alice()).call(&emulator, &[("Action", "GetSessionToken")]));
    assert_eq!(ask(&emulator, session, "ListAccessKeys", &[]).status, 200);
}
