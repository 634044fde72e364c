//! What goes wrong on purpose.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use awsenv_emulator::{Effect, Emulator, Fault, Operation, State};
use serde_json::json;

use crate::{
    client::{Answer, send},
    sign_in::{Client, ask},
    signer::{Signer, alice},
};

const ACCOUNTS: &str = "/assignment/accounts";

fn who(emulator: &Emulator) -> Answer {
    Signer::new(alice()).call(emulator, &[("Action", "GetCallerIdentity")])
}

#[test]
fn an_error_befalls_its_operation_for_as_long_as_was_asked() {
    let emulator = Emulator::start();
    let tokens = Client::register(&emulator, &json!({})).sign_in();
    let fault = Fault::error(Operation::ListAccounts, 429, "TooManyRequestsException").times(2);
    emulator.with(|state| state.faults.add(fault));
    assert_eq!(who(&emulator).status, 200, "another operation is spared");
    for _ in 0..2 {
        let refused = ask(&emulator, &tokens, ACCOUNTS);
        assert_eq!(refused.error(), (429, "TooManyRequestsException".to_owned()));
    }
    assert_eq!(ask(&emulator, &tokens, ACCOUNTS).status, 200);
    assert_eq!(emulator.count(Operation::ListAccounts), 3);
    assert_eq!(emulator.with(|state| state.log.succeeded(Operation::ListAccounts)), 1);
}

#[test]
fn an_error_follows_the_manners_of_its_service_and_may_have_no_name() {
    let emulator = Emulator::start();
    emulator.with(|state| {
        state.faults.add(Fault::error(Operation::GetCallerIdentity, 400, "Throttling").times(1));
        state.faults.add(Fault::error(Operation::GetRoleCredentials, 401, ""));
    });
    assert_eq!(who(&emulator).error(), (400, "Throttling".to_owned()));
    let tokens = Client::register(&emulator, &json!({})).sign_in();
    let refused = ask(&emulator, &tokens, "/federation/credentials?account_id=1&role_name=R");
    assert_eq!(refused.error(), (401, String::new()));
}

#[test]
fn a_closed_connection_has_no_answer() {
    let emulator = Emulator::start();
    emulator.with(|state| state.faults.add(Fault::everywhere(Effect::Close)));
    assert!(send(&format!("{}/token", emulator.url()), &[], "{}").is_err());
    let status = emulator.with(|state| state.log.entries().last().map(|entry| entry.status));
    assert_eq!(status, Some(None));
    emulator.with(|state| state.faults.clear());
    assert_eq!(who(&emulator).status, 200);
}

#[test]
fn a_captive_portal_answers_html_and_is_no_success() {
    let emulator = Emulator::start();
    emulator.with(|state| state.faults.add(Fault::everywhere(Effect::Html).times(1)));
    let answer = who(&emulator);
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert_eq!(emulator.with(|state| state.log.succeeded(Operation::GetCallerIdentity)), 0);
    assert_eq!(emulator.count(Operation::GetCallerIdentity), 1);
}

#[test]
fn a_delay_comes_before_the_proper_answer() {
    let emulator = Emulator::start();
    let fault = Fault::new(Operation::GetCallerIdentity, Effect::Delay).delay(Duration::from_millis(200));
    emulator.with(|state| state.faults.add(fault));
    let begun = Instant::now();
    assert_eq!(who(&emulator).status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[test]
fn a_hanging_request_holds_up_no_other_and_ends_with_the_emulator() {
    let emulator = Emulator::start();
    emulator.with(|state| state.faults.add(Fault::new(Operation::Logout, Effect::Hang)));
    let (tell, told) = mpsc::channel();
    let url = format!("{}/logout", emulator.url());
    let hanging = thread::spawn(move || tell.send(send(&url, &[], "").is_err()).unwrap());
    let seen = |state: &mut State| (state.log.count(Operation::Logout) == 1).then_some(());
    emulator.wait_for(Duration::from_secs(10), seen).unwrap();
    assert_eq!(who(&emulator).status, 200);
    assert!(told.try_recv().is_err(), "it hangs");
    drop(emulator);
    assert!(told.recv_timeout(Duration::from_secs(10)).unwrap(), "the connection is closed");
    hanging.join().unwrap();
}
