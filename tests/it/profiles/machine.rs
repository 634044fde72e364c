//! Roles whose source is the environment, a container or an EC2 instance, and profiles that rest on nothing
//! else.

use awsenv_emulator::Operation::{
    AssumeRole, GetCallerIdentity, GetContainerCredentials, GetInstanceCredentials, GetInstanceRole,
    OpenInstanceSession,
};
use awsenv_emulator::{Effect, Fault};

use crate::harness::hook_stage;
use crate::harness::invocation::Invocation;
use crate::harness::kind::Kind;
use crate::harness::listener::Listener;
use crate::harness::scene::{self, ROLE_ENTRY, STATIC_SECRET};
use crate::harness::shell::each_shell;
use crate::harness::world::World;

const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/Dev\nregion = eu-west-1\n";

/// Makes a world with the profiles `role`, over this source, and `bare`, which has no keys. The machine is
/// the emulator.
fn world(source: &str) -> World {
    let mut world = scene::world();
    world.aws_config(&format!(
        "[profile role]\n{ROLE}credential_source = {source}\n[profile bare]\nregion = eu-west-1\n"
    ));
    world.aws_credentials("");
    let url = world.emulator().url().to_owned();
    world.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
    world.unset("AWS_EC2_METADATA_DISABLED");
    world
}

fn container(world: &mut World) {
    let url = format!("{}/container/credentials", world.emulator().url());
    world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
}

fn exec<'w>(world: &'w World, profile: &str) -> Invocation<'w> {
    world.command(["exec", "-p", profile, "--", "/bin/true"])
}

fn refused(exec: Invocation<'_>, text: &str) {
    let output = exec.unchecked().code(125).run();
    assert!(output.stderr.contains(text), "{}", output.stderr);
}

#[test]
fn a_role_over_the_environment_uses_its_keys() {
    let world = world("Environment");
    refused(exec(&world, "role"), "could not use the profile `role`: its `credential_source` (");
    exec(&world, "role")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", STATIC_SECRET)
        .run();
    assert_eq!(world.emulator().count(AssumeRole), 1);
    assert!(world.at(scene::entry(ROLE_ENTRY)).exists(), "it is kept as the AWS CLI keeps it");
    let expired = exec(&world, "role")
        .env("XDG_RUNTIME_DIR", "/nowhere")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", STATIC_SECRET)
        .env("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z");
    std::fs::remove_file(world.at(scene::entry(ROLE_ENTRY))).expect("it was kept");
    refused(expired, "have expired");
}

#[test]
fn the_name_of_a_source_counts_by_the_letter() {
    let world = world("environment");
    exec(&world, "role")
        .code(125)
        .stderr(
            "awsenv: error: could not use the profile `role`: its `credential_source` `environment` \
             (~/.aws/config:4) does not exist\n\
             awsenv: hint: write one of `Environment`, `EcsContainer`, `Ec2InstanceMetadata`\n",
        )
        .run();
}

#[test]
fn an_instance_is_asked_in_a_session() {
    let world = world("Ec2InstanceMetadata");
    exec(&world, "role").run();
    let counts = [OpenInstanceSession, GetInstanceRole, GetInstanceCredentials, AssumeRole];
    assert_eq!(counts.map(|operation| world.emulator().count(operation)), [1; 4]);
}

#[test]
fn a_profile_without_keys_has_those_of_the_machine_and_they_are_kept_nowhere() {
    let mut world = world("Ec2InstanceMetadata");
    let whoami = world.run(["whoami", "-p", "bare", "--json"]).json();
    assert_eq!(whoami["arn"], "arn:aws:sts::444455556666:assumed-role/Machine/i-0123456789abcdef0");
    assert_eq!(world.emulator().count(GetInstanceCredentials), 1);
    assert!(!world.at(".aws/cli").exists() && !world.at(".cache/awsenv/credentials").exists());

    container(&mut world);
    scene::exec(&world, &["-p", "bare"]);
    assert_eq!(world.emulator().count(GetContainerCredentials), 1, "a container goes first");
    assert_eq!(world.run(["profiles", "--json"]).json()[1]["kind"], "other");
}

#[test]
fn without_sessions_the_first_version_is_asked_unless_that_is_switched_off() {
    let world = world("Ec2InstanceMetadata");
    world.emulator().with(|state| (state.machine.has_sessions, state.machine.allows_v1) = (false, true));
    exec(&world, "bare").run();
    refused(
        exec(&world, "bare").env("AWS_EC2_METADATA_V1_DISABLED", "true"),
        "its metadata service opens no session, and asking without one is switched off",
    );
}

#[test]
fn a_machine_without_a_role_or_an_answer_is_told() {
    let world = world("Ec2InstanceMetadata");
    refused(
        exec(&world, "bare").env("AWS_EC2_METADATA_DISABLED", "TRUE"),
        "could not find credentials in the profile `bare`",
    );
    refused(
        exec(&world, "role").env("AWS_EC2_METADATA_DISABLED", "true"),
        "the metadata service is switched off",
    );
    assert_eq!(world.emulator().requests(), 0);
    world
        .emulator()
        .with(|state| state.faults.add(Fault::error(OpenInstanceSession, 400, "BadRequest").times(1)));
    refused(exec(&world, "bare"), "(BadRequest)");
    world.emulator().with(|state| state.faults.add(Fault::error(GetInstanceRole, 500, "").times(1)));
    refused(exec(&world, "role"), "has an internal error");
    exec(&world, "role").env("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2").run();
    world
        .emulator()
        .with(|state| state.faults.add(Fault::new(GetInstanceCredentials, Effect::Html).times(1)));
    std::fs::remove_file(world.at(scene::entry(ROLE_ENTRY))).expect("it was kept");
    refused(exec(&world, "role"), "a web page came in place of the answer");
    world.emulator().with(|state| state.machine.role = None);
    refused(exec(&world, "bare"), "the instance has no role");
    refused(
        exec(&world, "bare").env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1"),
        "could not find credentials in the profile `bare` (",
    );
}

#[test]
fn a_container_wants_its_token_from_a_file_or_a_variable() {
    let mut world = world("EcsContainer");
    refused(exec(&world, "role"), "neither `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` nor");
    container(&mut world);
    world.emulator().with(|state| state.machine.authorization = Some("Basic hunter2".to_owned()));
    refused(exec(&world, "role"), "the authorization does not fit (Unauthorized)");
    exec(&world, "bare").env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic hunter2").run();
    let file = world.write("token", "Basic hunter2");
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &file);
    exec(&world, "role").env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another").run();
    assert_eq!(world.emulator().count(AssumeRole), 1);
    world.write("token", "Basic hunter2\n");
    let output = exec(&world, "bare").unchecked().code(125).run();
    assert!(output.stderr.contains("it holds a line feed"), "{}", output.stderr);
    assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
    std::fs::remove_file(file).expect("it is there");
    refused(
        exec(&world, "bare"),
        "token, which `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` names: no such file",
    );
}

#[test]
fn a_container_s_trouble_is_tried_again_and_told() {
    let mut world = world("EcsContainer");
    container(&mut world);
    world
        .emulator()
        .with(|state| state.faults.add(Fault::error(GetContainerCredentials, 503, "Busy").times(2)));
    exec(&world, "bare").run();
    assert_eq!(world.emulator().count(GetContainerCredentials), 3);
    world
        .emulator()
        .with(|state| state.faults.add(Fault::error(GetContainerCredentials, 403, "Forbidden").times(1)));
    refused(exec(&world, "bare"), "(Forbidden)");
    let other =
        Listener::start(200, "application/json", r#"{"AccessKeyId": "a", "SecretAccessKey": "hunter2"}"#);
    let output = exec(&world, "bare")
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &other.url)
        .unchecked()
        .code(125)
        .run();
    assert!(output.stderr.contains("the answer has no `Expiration`"), "{}", output.stderr);
    assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
    refused(
        exec(&world, "bare").env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://aws.example/x"),
        "over plain HTTP keys may come from this machine alone",
    );
}

#[test]
fn no_proxy_is_between_a_machine_and_its_keys() {
    let mut world = world("EcsContainer");
    let proxy = Listener::start(502, "text/plain", "");
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        world.set(name, &proxy.url);
    }
    // A name that is no loopback address to whoever looks at it.
    let url = world.emulator().url().replace("127.0.0.1", "0.0.0.0");
    world.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
    exec(&world, "bare").run();
    assert_eq!(proxy.requests(), Vec::<String>::new());
}

#[test]
fn a_demanded_account_is_asked_of_aws() {
    let world = world("Ec2InstanceMetadata");
    let project = scene::allowed(&world, "project", "profile = bare\naccount = 111122223333\n");
    let exec = world.command(["exec", "--", "/bin/true"]).current_dir(&project);
    refused(exec, "it belongs to account 444455556666");
    assert_eq!(world.emulator().count(GetCallerIdentity), 1);
}

fn a_shell_asks_the_machine_once(kind: Kind) {
    let world = world("Ec2InstanceMetadata");
    scene::allowed(&world, "project", "profile = bare\n");
    world.dir("project/below");
    let mut shell = hook_stage::start(kind, &world);
    shell.run("cd project");
    let key = shell.env("AWS_ACCESS_KEY_ID");
    assert!(key.is_some());
    shell.run("cd below");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), key);
    assert_eq!(world.emulator().count(GetInstanceCredentials), 1);
    shell.run("cd");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
}

each_shell!(a_shell_asks_the_machine_once);
