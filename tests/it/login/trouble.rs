//! What goes wrong with a login, each in its own words.

use std::fs;

use awsenv_emulator::Operation::{
    CreateTokenAuthorizationCode, CreateTokenDeviceCode, GetRoleCredentials, RegisterClient,
    StartDeviceAuthorization,
};
use awsenv_emulator::{Effect, Fault, Operation, Person};

use crate::harness::hook_stage;
use crate::harness::login_stage::{self as stage, Sitting};
use crate::harness::scene;
use crate::harness::shell::Kind;
use crate::harness::world::World;

const LOGIN: [&str; 3] = ["login", "--sso-session", "my-sso"];
const DEVICE: [&str; 4] = ["login", "--sso-session", "my-sso", "--device-code"];

/// Returns the lines of the failed login from the first that begins so.
fn told(world: &World, args: &[&str]) -> String {
    let screen = stage::run(world, args, 1);
    let host = world.emulator().url().trim_start_matches("http://");
    let start = screen.find("awsenv: error: ").unwrap_or_else(|| panic!("no error in {screen}"));
    screen[start..].replace(host, "<host>")
}

fn fault(world: &World, operation: Operation, effect: Effect) {
    world.emulator().with(|state| {
        state.faults.clear();
        state.faults.add(Fault::new(operation, effect));
    });
}

#[test]
fn a_start_url_that_the_region_does_not_know() {
    let world = stage::world();
    world
        .emulator()
        .with(|state| state.organization.start_url = Some("https://acme.awsapps.com/start".into()));
    let hint = "awsenv: hint: check `sso_start_url` and `sso_region`: the region is that of IAM Identity Center, not of the work";
    assert_eq!(
        told(&world, &DEVICE),
        format!(
            "awsenv: error: could not start a login with a device code: Invalid start url provided (InvalidRequestException)\n{hint}"
        )
    );
    assert_eq!(
        told(&world, &LOGIN),
        format!(
            "awsenv: error: could not register with IAM Identity Center: Invalid start url provided (InvalidRequestException)\n{hint}"
        )
    );
}

#[test]
fn a_region_that_is_none() {
    let world = stage::world();
    let config = scene::read(&world, ".aws/config").replace("eu-central-1", "eu central 1");
    world.aws_config(&config);
    assert_eq!(
        world.shown(&told(&world, &LOGIN)),
        "awsenv: error: invalid region in ~/.aws/config:15: `eu central 1`\n\
         awsenv: hint: a region is letters, digits and hyphens, such as `eu-west-1`"
    );
}

#[test]
fn a_person_who_says_no() {
    let world = stage::world();
    stage::person(&world, Person::Denies);
    let hint = "awsenv: hint: run `awsenv login --sso-session my-sso` to try again";
    assert_eq!(
        told(&world, &LOGIN),
        format!("awsenv: error: could not log in to my-sso: it was not allowed (access_denied)\n{hint}")
    );
    assert_eq!(
        told(&world, &DEVICE),
        format!("awsenv: error: could not log in to my-sso: it was not allowed\n{hint}")
    );
}

#[test]
fn a_code_that_nobody_used_in_time() {
    let world = stage::world();
    stage::person(&world, Person::Waits);
    let mut sitting = Sitting::start(&world, &DEVICE);
    stage::wait_for(&world, CreateTokenDeviceCode, 1);
    world.emulator().with(|state| state.clock.advance(601));
    sitting.end();
    let screen = sitting.finish(&world, 1);
    assert!(screen.ends_with("awsenv: error: could not log in to my-sso: nobody allowed it in time\nawsenv: hint: run `awsenv login --sso-session my-sso` to try again"), "{screen}");
}

#[test]
fn a_code_that_is_not_taken() {
    let world = stage::world();
    fault(
        &world,
        CreateTokenAuthorizationCode,
        Effect::Error {
            status: 400,
            name: "InvalidGrantException".into(),
            message: "Invalid grant provided".into(),
        },
    );
    assert_eq!(
        told(&world, &LOGIN),
        "awsenv: error: could not finish the login: AWS does not accept the code (InvalidGrantException)\n\
         awsenv: hint: run `awsenv login --sso-session my-sso` to try again"
    );
}

#[test]
fn a_network_that_asks_for_a_sign_in_first() {
    let world = stage::world();
    for (operation, args, what) in [
        (RegisterClient, &LOGIN[..], "register with IAM Identity Center"),
        (StartDeviceAuthorization, &DEVICE, "start a login with a device code"),
        (CreateTokenDeviceCode, &DEVICE, "finish the login"),
    ] {
        fault(&world, operation, Effect::Html);
        assert_eq!(
            told(&world, args),
            format!(
                "awsenv: error: could not {what}: a web page came in place of the answer of `<host>` (HTTP 200)\n\
                 awsenv: hint: if this network asks for a sign-in, open a browser and sign in to it"
            )
        );
    }
    assert_eq!(stage::files(&world, ".aws/sso/cache").len(), 1, "the registration alone is good");
}

#[test]
fn a_network_that_is_away_for_a_moment_does_not_cost_the_code() {
    let world = stage::world();
    // What one poll tries, and the next.
    let away = Fault::new(CreateTokenDeviceCode, Effect::Close).times(6);
    world.emulator().with(|state| state.faults.add(away));
    stage::run(&world, &DEVICE, 0);
    let asked = stage::counts(&world, [RegisterClient, StartDeviceAuthorization]);
    assert_eq!(asked, [1, 1]);
}

#[test]
fn a_machine_without_a_network() {
    let mut world = stage::world();
    world.set("AWS_ENDPOINT_URL_SSO_OIDC", "http://127.0.0.1:1");
    assert_eq!(
        told(&world, &LOGIN),
        "awsenv: error: could not register with IAM Identity Center: `127.0.0.1:1` refused the connection"
    );
    scene::allowed(&world, "p", "profile = dev\n");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    let screen = shell.run("cd p");
    let end = "awsenv: error: could not register with IAM Identity Center: `127.0.0.1:1` refused the connection\n\
               awsenv: hint: run `awsenv reload` to try again now";
    assert!(screen.text().ends_with(end), "{screen}");
    assert_eq!(shell.run(""), "", "it is not tried at every prompt");
    assert_eq!(stage::pages(&world), 0);
}

#[test]
fn a_clock_that_is_wrong() {
    let world = stage::world();
    // Keys that lapse before they arrive: so it looks to a machine whose clock is ahead.
    world.emulator().with(|state| {
        state.lifetimes.role_credentials = 0;
        state.clock.set_skew(-7200);
    });
    stage::run(&world, &LOGIN, 0);
    let output = world.command(["exec", "-p", "dev", "--", "true"]).unchecked().code(125).run();
    assert_eq!(
        output.stderr,
        "awsenv: error: could not use the credentials from AWS: they have expired already\n\
         awsenv: hint: check this computer's clock\n"
    );
    assert_eq!(world.emulator().count(GetRoleCredentials), 1);
}

#[test]
fn a_cache_that_cannot_be_written_is_a_warning() {
    let world = stage::world();
    // A file where the folder should be; a mode would not stop root.
    fs::create_dir_all(world.at(".aws/sso")).expect("the world can be written");
    world.write(".aws/sso/cache", "");
    let screen = stage::run(&world, &LOGIN, 0);
    assert_eq!(screen.matches("awsenv: warning: could not write ").count(), 1, "{screen}");
    assert!(screen.ends_with("awsenv: logged in to my-sso, 59m left"), "{screen}");
}

#[test]
fn the_cure_of_a_login_without_a_session_names_the_profile() {
    let world = stage::world();
    stage::person(&world, Person::Denies);
    assert_eq!(
        told(&world, &["login", "--profile", "legacy"]),
        format!(
            "awsenv: error: could not log in to {}: it was not allowed\n\
             awsenv: hint: run `awsenv login --profile legacy` to try again",
            scene::START
        )
    );
}
