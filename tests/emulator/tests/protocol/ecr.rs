//! Tokens of container registries.

use awsenv_emulator::Emulator;

use crate::{
    client::{Answer, send},
    signer::{Signer, alice},
};

const PRIVATE: &str = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
const PUBLIC: &str = "SpencerFrontendService.GetAuthorizationToken";

fn ask(emulator: &Emulator, signer: &Signer, target: &str) -> Answer {
    let headers = signer.headers(emulator.url().trim_start_matches("http://"), "{}");
    let mut headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    headers.push(("x-amz-target", target));
    send(&format!("{}/", emulator.url()), &headers, "{}").unwrap()
}

fn refused(answer: &Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.body);
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    body["__type"].as_str().unwrap().to_owned()
}

#[test]
fn a_token_is_for_whoever_signs_for_the_service() {
    let emulator = Emulator::start();
    let signer = Signer { service: "ecr", ..Signer::new(alice()) };
    let private = ask(&emulator, &signer, PRIVATE).json();
    assert!(private["authorizationData"][0]["authorizationToken"].as_str().unwrap().starts_with("QVdTO"));
    assert!(private["authorizationData"][0]["expiresAt"].is_number());
    let public = Signer { service: "ecr-public", ..signer.clone() };
    assert!(ask(&emulator, &public, PUBLIC).json()["authorizationData"]["authorizationToken"].is_string());

    assert_eq!(refused(&ask(&emulator, &signer, PUBLIC)), "InvalidSignatureException");
    assert_eq!(refused(&ask(&emulator, &Signer::new(alice()), PRIVATE)), "InvalidSignatureException");
    let mut other = alice();
    other.secret.push('x');
    let other = Signer { key: other, ..signer };
    assert_eq!(refused(&ask(&emulator, &other, PRIVATE)), "InvalidSignatureException");
}
