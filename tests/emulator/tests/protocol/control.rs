//! The control endpoint, and what holds for the emulator as a whole.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use awsenv_emulator::{Emulator, Operation};
use serde_json::{Value, json};

use crate::{
    client::{Answer, get, post},
    sign_in::Client,
};

fn control(emulator: &Emulator, orders: &Value) -> Answer {
    post(&format!("{}/_control", emulator.url()), orders)
}

#[test]
fn orders_take_effect_and_the_report_counts() {
    let emulator = Emulator::start();
    let orders = json!({ "lifetimes": { "access_token": 60 }, "refresh_reply": "rotated" });
    assert_eq!(control(&emulator, &orders).status, 200);
    let client = Client::register(&emulator, &json!({}));
    let started = client.start().json();
    let report = get(&format!("{}/_control", emulator.url()), &[]).json();
    assert_eq!(report["pending"], json!([started["userCode"]]));
    assert_eq!(report["counts"], json!({ "RegisterClient": 1, "StartDeviceAuthorization": 1 }));
    assert_eq!(report["requests"][0]["path"], json!("/client/register"));

    assert_eq!(control(&emulator, &json!({ "allow": started["userCode"] })).json()["pending"], json!([]));
    let tokens = client.poll(&started).json();
    assert_eq!(tokens["expiresIn"], json!(60));
    assert_ne!(client.refresh(&tokens).json()["refreshToken"], tokens["refreshToken"]);
    assert_eq!(control(&emulator, &json!({ "reset_log": true })).json()["counts"], json!({}));
}

#[test]
fn faults_can_be_ordered() {
    let emulator = Emulator::start();
    let fault = json!({ "operation": "RegisterClient", "effect": "error", "status": 503, "times": 1 });
    assert_eq!(control(&emulator, &json!({ "fault": fault })).status, 200);
    let body = json!({ "clientName": "test", "clientType": "public" });
    let register = || post(&format!("{}/client/register", emulator.url()), &body).status;
    assert_eq!((register(), register()), (503, 200));
}

#[test]
fn an_account_can_be_added_and_replaced() {
    let emulator = Emulator::start();
    let roles = |roles: Value| {
        let account = json!({ "id": "123456789012", "name": "acme-new", "roles": roles });
        assert_eq!(control(&emulator, &json!({ "account": account })).status, 200);
        emulator.with(|state| state.organization.account("123456789012").unwrap().roles.clone())
    };
    assert_eq!(roles(json!(["A", "B"])), ["A", "B"]);
    assert_eq!(roles(json!([])), [""; 0]);
    assert_eq!(emulator.with(|state| state.organization.accounts.len()), 4);
}

#[test]
fn senseless_orders_are_refused() {
    let emulator = Emulator::start();
    for orders in [
        json!({ "unknown": 1 }),
        json!({ "person": "hesitates" }),
        json!({ "allow": "NOBO-DYHA" }),
        json!({ "lifetimes": { "unknown": 1 } }),
        json!({ "lifetimes": { "access_token": -1 } }),
        json!({ "account": { "name": "without an id" } }),
        json!({ "fault": { "effect": "nonsense" } }),
        json!({ "fault": { "effect": "hang", "unknown": 1 } }),
        json!({ "fault": { "effect": "error" } }),
        json!({ "fault": { "effect": "error", "status": 99 } }),
        json!({ "fault": { "effect": "hang", "operation": "Nonsense" } }),
    ] {
        assert_eq!(control(&emulator, &orders).status, 400, "{orders}");
    }
}

#[test]
fn waiting_ends_when_there_is_nothing_to_find() {
    let emulator = Emulator::start();
    assert_eq!(emulator.wait_for_user_code(Duration::from_millis(20)), None);
}

#[test]
fn two_emulators_know_nothing_of_each_other() {
    let (one, other) = (Emulator::start(), Emulator::start());
    assert_ne!(one.url(), other.url());
    Client::register(&one, &json!({}));
    assert_eq!((one.requests(), other.requests()), (1, 0));
    assert_eq!(one.count(Operation::RegisterClient), 1);
    one.reset_log();
    assert_eq!(one.requests(), 0);
}

#[test]
fn a_dropped_emulator_closes_its_connections() {
    let emulator = Emulator::start();
    let mut stream = TcpStream::connect(emulator.url().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(b"GET /_control HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    drop(emulator);
    stream.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_taken_port_is_an_error() {
    let emulator = Emulator::start();
    let port = emulator.url().rsplit(':').next().unwrap().parse().unwrap();
    assert!(Emulator::start_on(port).is_err());
}
