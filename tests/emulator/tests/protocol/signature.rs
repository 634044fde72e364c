//! Who may call STS at all.

use awsenv_emulator::{AccessKey, Emulator};
use chrono::TimeDelta;

use crate::{
    client::{Answer, submit},
    signer::{Signer, alice, credentials},
};

fn who(emulator: &Emulator, signer: &Signer) -> Answer {
    signer.call(emulator, &[("Action", "GetCallerIdentity")])
}

#[test]
fn a_user_is_known_by_the_signature() {
    let emulator = Emulator::start();
    let answer = who(&emulator, &Signer::new(alice()));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.element("Arn"), "arn:aws:iam::111122223333:user/alice");
    assert_eq!(answer.element("Account"), "111122223333");
}

#[test]
fn a_wrong_secret_or_service_or_time_is_a_signature_that_does_not_match() {
    let emulator = Emulator::start();
    let good = Signer::new(alice());
    let secret = AccessKey { secret: "x".repeat(40), ..alice() };
    for (name, signer) in [
        ("secret", Signer { key: secret, ..good.clone() }),
        ("service", Signer { service: "sso", ..good.clone() }),
        ("past", Signer { time: good.time - TimeDelta::minutes(16), ..good.clone() }),
        ("future", Signer { time: good.time + TimeDelta::minutes(16), ..good.clone() }),
    ] {
        assert_eq!(who(&emulator, &signer).error(), (403, "SignatureDoesNotMatch".to_owned()), "{name}");
    }
}

#[test]
fn a_skewed_clock_shows_in_the_date_and_refuses_signatures() {
    let emulator = Emulator::start();
    emulator.with(|state| state.clock.set_skew(3600));
    let answer = who(&emulator, &Signer::new(alice()));
    assert_eq!(answer.error(), (403, "SignatureDoesNotMatch".to_owned()));
    assert!(answer.element("Message").starts_with("Signature expired: "), "{}", answer.body);
    let date = chrono::DateTime::parse_from_rfc2822(answer.header("date")).unwrap();
    let ahead = date.timestamp() - chrono::Utc::now().timestamp();
    assert!((3590..=3600).contains(&ahead), "{ahead}");
}

#[test]
fn an_unknown_key_or_a_foreign_session_token_is_an_invalid_token() {
    let emulator = Emulator::start();
    let session = Signer::new(alice()).call(&emulator, &[("Action", "GetSessionToken")]);
    let session = credentials(&session);
    assert_eq!(who(&emulator, &Signer::new(session.clone())).status, 200);
    for (name, key) in [
        ("id", AccessKey { id: "AKIAUNKNOWN".to_owned(), ..alice() }),
        ("missing", AccessKey { session_token: String::new(), ..session.clone() }),
        ("foreign", AccessKey { session_token: "foreign".to_owned(), ..session.clone() }),
        ("needless", AccessKey { session_token: session.session_token, ..alice() }),
    ] {
        let answer = who(&emulator, &Signer::new(key));
        assert_eq!(answer.error(), (403, "InvalidClientTokenId".to_owned()), "{name}");
    }
}

#[test]
fn a_session_expires() {
    let emulator = Emulator::start();
    let fields = [("Action", "GetSessionToken"), ("DurationSeconds", "900")];
    let session = credentials(&Signer::new(alice()).call(&emulator, &fields));
    emulator.with(|state| state.clock.advance(900));
    assert_eq!(who(&emulator, &Signer::new(session)).error(), (403, "ExpiredToken".to_owned()));
}

#[test]
fn an_unsigned_call_is_refused() {
    let emulator = Emulator::start();
    let answer = submit(&format!("{}/", emulator.url()), &[("Action", "GetCallerIdentity")]);
    assert_eq!(answer.error(), (403, "MissingAuthenticationToken".to_owned()));
}
