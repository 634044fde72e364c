//! AWS that says no, something else, or nothing.

use std::net::TcpListener;

use awsenv_emulator::Operation::{self, AssumeRole, GetCallerIdentity, GetRoleCredentials};
use awsenv_emulator::{Effect, Fault};

use crate::harness::listener::Listener;
use crate::harness::scene;
use crate::harness::world::World;

/// Runs `exec` with the profile, which must fail with this, and returns how often it asked.
fn refused(world: &World, profile: &str, error: &str, hint: Option<&str>) {
    let hint = hint.map(|hint| format!("awsenv: hint: {hint}\n")).unwrap_or_default();
    let shown = |text: &str| text.replace(world.emulator().url().trim_start_matches("http://"), "HOST");
    let output = world.command(["exec", "-p", profile, "--", "/bin/false"]).unchecked().code(125).run();
    assert_eq!(shown(&output.stderr), format!("awsenv: error: {error}\n{hint}"));
}

fn fault(world: &World, fault: Fault) {
    world.emulator().reset_log();
    world.emulator().with(|state| {
        state.faults.clear();
        state.faults.add(fault);
    });
}

const DEV: &str =
    "could not load profile `dev`: could not get credentials of role `Admin` in account `111122223333`";
const ROLE: &str =
    "could not load profile `role`: could not assume the role `arn:aws:iam::123456789012:role/Dev`";

#[test]
fn refusals_of_the_portal_are_told_in_words() {
    let world = scene::signed_in();
    let error = |status: u16, name: &str| Fault::error(GetRoleCredentials, status, name);
    let assigned = "the role is on your list, but AWS refuses it: run `awsenv login --force --profile dev`, or ask who administers \
         IAM Identity Center";
    fault(&world, error(403, "ForbiddenException"));
    let text = format!("{DEV}: the role is not assigned to you (ForbiddenException)");
    refused(&world, "dev", &text, Some(assigned));
    fault(&world, error(404, "ResourceNotFoundException"));
    let text = format!("{DEV}: the role is not assigned to you (ResourceNotFoundException)");
    refused(&world, "dev", &text, Some(assigned));
    fault(&world, error(400, "InvalidRequestException"));
    let text = format!("{DEV}: a fault that was asked for (InvalidRequestException)");
    refused(&world, "dev", &text, None);
    assert_eq!(world.emulator().count(GetRoleCredentials), 1, "a refusal is not tried again");
}

#[test]
fn throttling_and_errors_of_the_server_are_tried_three_times() {
    let world = scene::signed_in();
    let count = |operation: Operation| world.emulator().count(operation);
    fault(&world, Fault::error(GetRoleCredentials, 429, "TooManyRequestsException"));
    let text = format!("{DEV}: AWS asks to slow down (TooManyRequestsException)");
    refused(&world, "dev", &text, Some("wait a minute and try again"));
    assert_eq!(count(GetRoleCredentials), 3);

    fault(&world, Fault::error(GetRoleCredentials, 500, "InternalServerException"));
    let text = format!("{DEV}: `HOST` has an internal error (InternalServerException)");
    let later = "try again later; the state of AWS is on https://health.aws.amazon.com";
    refused(&world, "dev", &text, Some(later));
    assert_eq!(count(GetRoleCredentials), 3);

    fault(&world, Fault::error(AssumeRole, 503, "ServiceUnavailable"));
    let text = format!("{ROLE}: `HOST` has an internal error (ServiceUnavailable)");
    refused(&world, "role", &text, Some(later));
    assert_eq!(count(AssumeRole), 3);

    for (status, name) in [(429, "TooManyRequestsException"), (500, "InternalServerException")] {
        fault(&world, Fault::error(GetRoleCredentials, status, name).times(2));
        std::fs::remove_dir_all(world.dir(".aws/cli")).expect("it was just made");
        scene::exec(&world, &["-p", "dev"]);
        assert_eq!(count(GetRoleCredentials), 3, "the third attempt succeeds");
    }
}

#[test]
fn a_web_page_in_place_of_an_answer_is_a_captive_portal() {
    let world = scene::signed_in();
    fault(&world, Fault::everywhere(Effect::Html));
    let page = "a web page came in place of the answer of `HOST` (HTTP 200)";
    let sign_in = "if this network asks for a sign-in, open a browser and sign in to it";
    refused(&world, "dev", &format!("{DEV}: {page}"), Some(sign_in));
    refused(&world, "role", &format!("{ROLE}: {page}"), Some(sign_in));
}

#[test]
fn a_closed_connection_and_a_closed_port_are_told_apart_from_a_refusal() {
    let world = scene::signed_in();
    fault(&world, Fault::everywhere(Effect::Close));
    let output = world.command(["exec", "-p", "dev", "--", "/bin/false"]).unchecked().code(125).run();
    assert!(
        output.stderr.starts_with(&format!("awsenv: error: {DEV}: could not reach `127.0.0.1:")),
        "{output:?}"
    );
    assert!(output.stderr.lines().count() <= 2, "{output:?}");

    // Nobody listens on a port that was just given back.
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it is bound");
    let stderr = format!("awsenv: error: {DEV}: `{free}` refused the connection\n");
    let exec = world
        .command(["exec", "-p", "dev", "--", "/bin/false"])
        .env("AWS_ENDPOINT_URL_SSO", format!("http://{free}"));
    exec.code(125).stderr(stderr).run();
}

#[test]
fn an_answer_that_is_no_answer_is_not_taken_for_one() {
    let world = scene::signed_in();
    for body in [
        "{}",
        "[]",
        "nonsense",
        "{\"roleCredentials\": {}}",
        "{\"roleCredentials\": {\"accessKeyId\": \"A\", \"secretAccessKey\": \"B\", \"sessionToken\": \"\", \"expiration\": 0}}",
        "{\"roleCredentials\": {\"accessKeyId\": \"A\\nB\", \"secretAccessKey\": \"B\", \"sessionToken\": \"C\", \"expiration\": \
         4070908800000}}",
    ] {
        let portal = Listener::start(200, "application/json", body);
        let exec =
            world.command(["exec", "-p", "dev", "--", "/bin/false"]).env("AWS_ENDPOINT_URL_SSO", &portal.url);
        let output = exec.unchecked().code(125).run();
        let words = ["holds no usable credentials", "makes no sense"];
        assert!(words.iter().any(|words| output.stderr.contains(words)), "{body}: {}", output.stderr);
        assert!(!world.at(scene::entry(scene::DEV_ENTRY)).exists(), "{body}");
    }
}

#[test]
fn a_wrong_clock_is_named_with_how_wrong_it_is() {
    let world = scene::world();
    // A day's difference: the official client corrects itself, so the server refuses by name here.
    world.emulator().with(|state| state.clock.set_skew(24 * 3600));
    scene::exec(&world, &["-p", "role"]);
    assert_eq!(
        world.emulator().with(|state| state.log.succeeded(AssumeRole)),
        1,
        "the clock's error is worked around"
    );

    let world = scene::world();
    world.emulator().with(|state| state.clock.set_skew(24 * 3600));
    fault(&world, Fault::error(AssumeRole, 403, "RequestExpired"));
    let cure = "set the clock, or switch on its synchronisation";
    let output = world.command(["exec", "-p", "role", "--", "/bin/false"]).unchecked().code(125).run();
    assert!(
        output.stderr.starts_with(&format!("awsenv: error: {ROLE}: this computer's clock is 1")),
        "{output:?}"
    );
    assert!(
        output.stderr.ends_with(&format!(" minutes slow (RequestExpired)\nawsenv: hint: {cure}\n")),
        "{output:?}"
    );
}

#[test]
fn refusals_of_sts_are_told_in_words() {
    let world = scene::world();
    let cases = [
        ("AccessDenied", "access denied: a fault that was asked for (AccessDenied)"),
        (
            "InvalidClientTokenId",
            "AWS does not know the access key, or not in this region (InvalidClientTokenId)",
        ),
        (
            "SignatureDoesNotMatch",
            "the secret access key does not fit the access key id (SignatureDoesNotMatch)",
        ),
        (
            "RegionDisabledException",
            "STS is not active in this region for the account (RegionDisabledException)",
        ),
        ("ValidationError", "a fault that was asked for (ValidationError)"),
    ];
    for (name, words) in cases {
        fault(&world, Fault::error(AssumeRole, 403, name));
        let output = world.command(["exec", "-p", "role", "--", "/bin/false"]).unchecked().code(125).run();
        assert!(output.stderr.starts_with(&format!("awsenv: error: {ROLE}: {words}\n")), "{output:?}");
    }
}

#[test]
fn an_account_that_cannot_be_asked_for_is_not_taken_for_granted() {
    let world = scene::world();
    let project = scene::allowed(&world, "p", "profile = static\naccount = 111122223333\n");
    fault(&world, Fault::error(GetCallerIdentity, 500, "InternalFailure"));
    let exec = || world.command(["exec", "--", "/bin/true"]).current_dir(&project);
    let output = exec().unchecked().code(125).run();
    assert!(output.stderr.contains("has an internal error"), "{output:?}");
    world.emulator().with(|state| state.faults.clear());
    exec().run();
}
