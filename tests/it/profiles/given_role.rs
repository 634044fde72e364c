//! Roles that are named on the command line.

use crate::harness::login_stage as stage;
use crate::harness::mfa_stage;
use crate::harness::scene::{self, ROLE_ENTRY};
use crate::harness::world::World;

const DEV: &str = "arn:aws:iam::123456789012:role/Dev";

fn refused(world: &World, args: &[&str], stderr: &str) {
    let words = ["exec"].iter().chain(args).chain(&["--", "/bin/false"]);
    world.command(words).code(125).stderr(stderr).run();
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn a_named_role_is_assumed_with_the_profile_s_credentials_and_cached_as_the_aws_cli_does() {
    let world = scene::signed_in();
    let env = scene::exec(&world, &["-p", "static", "--role-arn", DEV]);
    assert_eq!((env["AWS_REGION"].as_str(), env["AWSENV_PROFILE"].as_str()), ("us-west-2", "static"));
    assert!(!env.contains_key("AWS_PROFILE"), "a tool that prefers it would be in another account");
    assert!(world.at(scene::entry(ROLE_ENTRY)).exists());
    // The profile `role` is the same role over the same keys.
    assert_eq!(scene::exec(&world, &["-p", "role"])["AWS_ACCESS_KEY_ID"], env["AWS_ACCESS_KEY_ID"]);
    let named = ["-p", "dev", "--role-arn", DEV, "--role-session-name", "alice"];
    let over_sso = scene::exec(&world, &named);
    assert_ne!(over_sso["AWS_ACCESS_KEY_ID"], env["AWS_ACCESS_KEY_ID"]);
    assert_eq!(scene::exec(&world, &named)["AWS_ACCESS_KEY_ID"], over_sso["AWS_ACCESS_KEY_ID"]);
    assert_eq!(world.emulator().count(awsenv_emulator::Operation::AssumeRole), 2);
    // What was exported is the role, whatever mode is asked for.
    let words = ["exec", "-p", "static", "--role-arn", DEV, "--", "/usr/bin/env"];
    let env = scene::variables(&world.command(words).env("AWSENV_EXPORT", "profile").run());
    assert!(env.contains_key("AWS_ACCESS_KEY_ID") && !env.contains_key("AWS_PROFILE"));
}

#[test]
fn a_role_is_assumed_from_the_profile_s_own_role() {
    let world = mfa_stage::world();
    let deploy = "arn:aws:iam::444455556666:role/Deploy";
    world.emulator().with(|state| {
        // It trusts nobody but the role that the profile has.
        let principals = vec!["arn:aws:iam::123456789012:role/Dev".to_owned()];
        state.identities.roles.push(awsenv_emulator::Role { principals, ..scene::role(deploy) });
    });
    scene::exec(&world, &["-p", "role", "--role-arn", deploy]);
    assert_eq!(world.emulator().count(awsenv_emulator::Operation::AssumeRole), 2);
    assert_eq!(stage::files(&world, ".aws/cli/cache").len(), 2);
    // A code that the profile's role wants is not wanted for the one above it.
    let words = ["exec", "-p", "second", "--role-arn", deploy, "--mfa-code", "123456", "--", "/bin/true"];
    world.command(words).unchecked().code(0).run();
    let words = ["exec", "-p", "second", "--role-arn", deploy, "--", "/bin/true"];
    world.command(words).unchecked().code(0).run();
}

#[test]
fn what_is_no_role_and_no_session_name_is_refused() {
    let world = scene::world();
    refused(
        &world,
        &["-p", "static", "--role-arn", "arn:aws:iam::123456789012:user/me"],
        "awsenv: error: invalid `--role-arn`: `arn:aws:iam::123456789012:user/me`\n\
         awsenv: hint: write it as `arn:aws:iam::111122223333:role/Name`\n",
    );
    refused(
        &world,
        &["-p", "static", "--role-arn", DEV, "--role-session-name", "no blanks"],
        "awsenv: error: invalid `--session-name`: `no blanks`\n\
         awsenv: hint: use 2 to 64 letters, digits and `_+=,.@-`\n",
    );
}

#[test]
fn the_account_that_a_folder_demands_is_the_role_s() {
    let world = scene::world();
    let project = scene::allowed(&world, "p", "profile = static\naccount = 111122223333\n");
    let exec = |arn: &str| {
        let words = ["exec", "--role-arn", arn, "--", "/bin/true"];
        world.command(words).current_dir(&project).unchecked().run()
    };
    let other = exec(DEV);
    assert_eq!(other.code, 125);
    assert!(other.stderr.contains("belongs to account 123456789012"), "{}", other.stderr);
    world.emulator().with(|state| {
        state.identities.roles.push(scene::role("arn:aws:iam::111122223333:role/Own"));
    });
    assert_eq!(exec("arn:aws:iam::111122223333:role/Own").code, 0);
}

#[test]
fn the_device_of_the_profile_guards_the_role_too() {
    let world = mfa_stage::world();
    let args = [
        "exec",
        "-p",
        "alice",
        "--role-arn",
        "arn:aws:iam::444455556666:role/Guarded",
        "--mfa-code",
        "123456",
    ];
    let run = |args: &[&str]| world.command(args.iter().chain(&["--", "/bin/true"])).unchecked().run().code;
    assert_eq!(run(&args[..5]), 125);
    assert_eq!(run(&args), 0);
    assert_eq!(run(&args[..5]), 0);
    assert_eq!(mfa_stage::calls(&world), [1, 1]);
    assert_eq!(stage::files(&world, ".aws/cli/cache").len(), 1);
}

#[test]
fn inside_the_command_no_other_account_is_shown() {
    let world = scene::signed_in();
    let words = ["exec", "-p", "dev", "--role-arn", DEV, "--", "awsenv", "status", "--json"];
    let status = world.run(words).json();
    assert_eq!((status["profile"].as_str(), status["role"].as_str()), (Some("dev"), None));
    assert_eq!(status["account"].as_str(), None);
    assert_eq!(status["message"], "inside `awsenv exec` with profile dev and `--role-arn`");
    assert_eq!(status["credentials"]["state"], "valid");
}
