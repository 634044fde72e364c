//! Roles for whom a token in a file vouches.

use std::fs;

use awsenv_emulator::Operation::{AssumeRole, AssumeRoleWithWebIdentity};
use awsenv_emulator::{Fault, Role};
use serde_json::Value;

use crate::harness::scene;
use crate::harness::world::World;

const ARN: &str = "arn:aws:iam::123456789012:role/Web";

/// File names that AWS CLI 2.36.7 gave to its cache entries.
const ENTRY: &str = "18af613c9bef419c04d3b122efca26134232a879";
const BOB_ENTRY: &str = "2d726d3b1a24d9d0d7cfa32fff186000d99875da";

/// Makes a world in which the profile `web` may have the role with the token that is in `~/token`.
fn world() -> World {
    let world = World::with_emulator();
    world.emulator().with(|state| {
        let role = Role { web_identity_token: Some("acme-token".to_owned()), ..Role::new(ARN) };
        state.identities.roles.push(role);
    });
    let token = world.write("token", "acme-token\n");
    let keys =
        format!("role_arn = {ARN}\nweb_identity_token_file = {}\nregion = eu-west-1\n", token.display());
    world.aws_config(&format!("[profile web]\n{keys}[profile bob]\n{keys}role_session_name = bob\n"));
    world
}

fn count(world: &World) -> usize {
    world.emulator().count(AssumeRoleWithWebIdentity)
}

fn refused(world: &World, error: &str) {
    world.command(["exec", "-p", "web", "--", "/bin/false"]).code(125).stderr(error).run();
}

#[test]
fn the_role_is_kept_as_the_aws_cli_keeps_it() {
    let world = world();
    let variables = scene::exec(&world, &["-p", "web"]);
    assert_eq!(variables["AWS_REGION"], "eu-west-1");
    let entry: Value = serde_json::from_str(&scene::read(&world, &scene::entry(ENTRY))).expect("JSON");
    assert_eq!(entry["Credentials"]["AccessKeyId"], variables["AWS_ACCESS_KEY_ID"].as_str());
    assert_eq!(entry["Credentials"]["AccountId"], "123456789012");
    assert_eq!(scene::exec(&world, &["-p", "web"]), variables);
    assert_eq!(world.emulator().requests(), 1);

    scene::exec(&world, &["-p", "bob"]);
    let entry: Value = serde_json::from_str(&scene::read(&world, &scene::entry(BOB_ENTRY))).expect("JSON");
    assert_eq!(entry["AssumedRoleUser"]["Arn"], "arn:aws:sts::123456789012:assumed-role/Web/bob");
}

#[test]
fn as_the_source_of_another_role_it_is_not_kept() {
    let world = world();
    world.emulator().with(|state| {
        state.identities.roles.push(Role::new("arn:aws:iam::123456789012:role/Dev"));
    });
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!(
        "{config}[profile over]\nrole_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = web\nregion = eu-west-1\n"
    ));
    scene::exec(&world, &["-p", "over"]);
    assert_eq!((count(&world), world.emulator().count(AssumeRole)), (1, 1));
    assert!(!world.at(scene::entry(ENTRY)).exists());
}

#[test]
fn the_environment_has_no_part_in_a_profile_that_is_named() {
    let mut world = world();
    world.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere");
    world.set("AWS_ROLE_ARN", "arn:aws:iam::999999999999:role/Other");
    world.set("AWS_ROLE_SESSION_NAME", "other");
    let exec = scene::exec(&world, &["-p", "web"]);
    assert!(
        !exec.contains_key("AWS_ROLE_ARN") && !exec.contains_key("AWS_WEB_IDENTITY_TOKEN_FILE"),
        "{exec:?}"
    );
    assert!(world.at(scene::entry(ENTRY)).exists());
}

#[test]
fn a_file_that_holds_no_token_is_named_with_its_line() {
    let world = world();
    let says = |why: &str| {
        refused(
            &world,
            &format!(
                "awsenv: error: could not use the profile `web`: ~/token, its `web_identity_token_file` \
                 (~/.aws/config:3), {why}\n\
                 awsenv: hint: name a file that holds a token; `~` and `$` mean nothing there\n"
            ),
        );
    };
    fs::remove_file(world.at("token")).expect("it is there");
    says("cannot be read: no such file");
    world.write("token", "\n");
    says("is empty");
    world.write("token", "x".repeat(70_000));
    says("is larger than 64 KiB");
    world.write("token", b"\xff");
    says("is not text");
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn what_sts_says_no_to_is_told_without_the_token() {
    let world = world();
    world.write("token", "another-token");
    let refusal = world.command(["exec", "-p", "web", "--", "/bin/false"]).unchecked().code(125).run();
    let start = format!(
        "awsenv: error: could not load profile `web`: could not assume the role `{ARN}` by web identity: the web identity \
         token was refused: "
    );
    assert!(refusal.stderr.starts_with(&start), "{}", refusal.stderr);
    assert!(!refusal.stderr.contains("another-token"), "{}", refusal.stderr);

    world.write("token", "acme-token");
    world.emulator().with(|state| {
        state.faults.add(Fault::error(AssumeRoleWithWebIdentity, 400, "ExpiredTokenException").times(1));
    });
    refused(
        &world,
        &format!(
            "awsenv: error: could not load profile `web`: could not assume the role `{ARN}` by web identity: the web identity \
             token has expired (ExpiredTokenException)\n\
             awsenv: hint: whoever writes the file of `web_identity_token_file` must renew it\n"
        ),
    );
    world.emulator().with(|state| {
        state.faults.add(Fault::error(AssumeRoleWithWebIdentity, 503, "ServiceUnavailable").times(2));
    });
    scene::exec(&world, &["-p", "web"]);
}

#[test]
fn the_role_must_be_named() {
    let world = world();
    world.aws_config("[profile web]\nweb_identity_token_file = /token\n");
    refused(
        &world,
        "awsenv: error: could not find `role_arn` in the profile `web` (~/.aws/config:1)\n\
         awsenv: hint: add the line `role_arn = …` to it\n",
    );
}

#[test]
fn it_is_listed_with_account_and_role() {
    let world = world();
    let row = &world.run(["profiles", "--json"]).json()[0];
    assert_eq!(
        (&row["kind"], &row["account"], &row["role"]),
        (&"web-identity".into(), &"123456789012".into(), &"Web".into())
    );
}
