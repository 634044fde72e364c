//! `awsenv credential-process` and `awsenv whoami`: for tools without a shell, and for people in doubt.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::thread;

use awsenv_emulator::Operation::{AssumeRole, GetRoleCredentials};
use chrono::TimeDelta;

use crate::harness::invocation::Invocation;
use crate::harness::login_stage::{self as stage, Sitting};
use crate::harness::scene::{self, DEV_ENTRY, ROLE_ENTRY};
use crate::harness::tools;
use crate::harness::world::World;

#[test]
fn the_answer_is_what_the_sdks_expect_and_nothing_else() {
    let world = scene::signed_in();
    let answer = world.run(["credential-process", "--profile", "dev"]).json();
    assert_eq!(answer["Version"], 1);
    assert_eq!(answer["AccountId"], "111122223333");
    assert!(answer["Expiration"].as_str().is_some_and(|time| time.ends_with('Z')), "{answer}");
    let exec = scene::exec(&world, &["-p", "dev"]);
    for (key, variable) in [
        ("AccessKeyId", "AWS_ACCESS_KEY_ID"),
        ("SecretAccessKey", "AWS_SECRET_ACCESS_KEY"),
        ("SessionToken", "AWS_SESSION_TOKEN"),
        ("Expiration", "AWS_CREDENTIAL_EXPIRATION"),
    ] {
        assert_eq!(answer[key], exec[variable], "{key}");
    }
    assert_eq!(world.emulator().count(GetRoleCredentials), 1, "the second answer is the cached one");

    let lasting = world.run(["credential-process", "--profile", "static"]).json();
    assert_eq!(lasting["SecretAccessKey"], scene::STATIC_SECRET);
    assert!(lasting.get("SessionToken").is_none() && lasting.get("Expiration").is_none(), "{lasting}");
}

#[test]
fn a_failure_is_one_line() {
    let world = scene::world();
    let failed = world.command(["credential-process", "--profile", "dev"]).unchecked().code(1).run();
    assert_eq!(failed.stdout, "");
    assert_eq!(failed.stderr.lines().count(), 1, "{}", failed.stderr);
    assert!(failed.stderr.contains("awsenv login --profile dev"), "{}", failed.stderr);
}

#[test]
fn whoami_says_what_aws_says() {
    let world = scene::signed_in();
    let answer = world.run(["whoami", "--profile", "static", "--json"]).json();
    assert_eq!(answer["account"], "111122223333");
    assert_eq!(answer["arn"], "arn:aws:iam::111122223333:user/alice");
    let dev = world.run(["whoami", "--profile", "dev"]);
    assert!(dev.stdout.contains("account  111122223333\n"), "{}", dev.stdout);
}

#[test]
fn two_hundred_at_once_make_one_call_and_have_two_hundred_answers() {
    let world = scene::world();
    let answers: Vec<_> = thread::scope(|scope| {
        let ask = || world.run(["credential-process", "-p", "role"]).json();
        let asked: Vec<_> = (0..200).map(|_| scope.spawn(ask)).collect();
        asked.into_iter().map(|asked| asked.join().expect("it is answered")).collect()
    });
    assert_eq!(answers.len(), 200);
    let keys: BTreeSet<_> = answers.iter().map(|answer| answer["AccessKeyId"].to_string()).collect();
    assert_eq!((keys.len(), world.emulator().count(AssumeRole)), (1, 1));
}

#[test]
fn less_than_fifteen_minutes_are_handed_out_only_where_no_more_can_be_had() {
    let world = scene::world();
    let key = |profile: &str| world.run(["credential-process", "-p", profile]).json()["AccessKeyId"].clone();
    for (entry, profile) in [(ROLE_ENTRY, "role"), (DEV_ENTRY, "dev")] {
        scene::plant_role(&world, entry, TimeDelta::minutes(14));
        let is_planted = key(profile) == "ASIAPLANTED";
        assert_eq!(is_planted, profile == "dev", "nobody is logged in for `dev`");
    }
    let token = scene::sign_in(&world);
    token.write(&world, scene::SESSION_TOKEN, TimeDelta::hours(1));
    assert_ne!(key("dev"), "ASIAPLANTED");
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::minutes(16));
    assert_eq!(key("dev"), "ASIAPLANTED");
}

#[test]
fn a_login_begins_only_on_a_terminal_and_not_after_a_no() {
    let world = stage::world();
    let args = ["credential-process", "-p", "dev"];
    let failed = world.command(args).unchecked().code(1).run();
    assert_eq!((failed.stdout.as_str(), failed.stderr.lines().count()), ("", 1), "{}", failed.stderr);
    for login in ["never", "ask"] {
        let mut sitting = Sitting::with(&world, &args, &[("AWSENV_LOGIN", login)]);
        assert_eq!((sitting.end(), stage::pages(&world)), (1, 0));
        assert_eq!(sitting.screen(&world).lines().count(), 1, "{}", sitting.screen(&world));
    }
    stage::person(&world, awsenv_emulator::Person::Denies);
    stage::run(&world, &args, 1);
    stage::person(&world, awsenv_emulator::Person::Approves);
    stage::run(&world, &args, 1);
    assert_eq!(stage::pages(&world), 1, "a no is honoured");
    stage::run(&world, &["login", "--sso-session", "my-sso"], 0);
    assert!(stage::run(&world, &args, 0).contains("\"AccessKeyId\""));
}

#[test]
fn a_login_that_is_under_way_is_waited_for_by_who_may_not_ask() {
    let world = stage::world();
    stage::person(&world, awsenv_emulator::Person::Waits);
    let mut holder = Sitting::start(&world, &["login", "--sso-session", "my-sso"]);
    holder.wait_for("waiting for you");
    let args = ["credential-process", "-p", "dev"];
    let mut waiting = Sitting::with(&world, &args, &[("AWSENV_LOGIN", "never")]);
    waiting.wait_for("awsenv: waiting for the login to my-sso");
    let token = scene::sign_in(&world);
    token.write(&world, scene::SESSION_TOKEN, TimeDelta::hours(1));
    assert!(waiting.finish(&world, 0).contains("\"AccessKeyId\""));
    holder.type_keys("\u{3}");
    assert_eq!((holder.end(), stage::pages(&world)), (130, 1));
}

/// Makes a world with a profile for tools over `role`, whose process is the program under test.
fn for_tools() -> World {
    let world = scene::world();
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!(
        "{config}\n[profile tools]\nregion = eu-west-1\ncredential_process = awsenv credential-process --profile role\n"
    ));
    world
}

#[test]
fn the_aws_cli_runs_it() {
    let Some(aws) = crate::harness::aws_cli::aws() else {
        return tools::lacking("an AWS CLI of version 2");
    };
    let world = for_tools();
    let exported = crate::harness::aws_cli::exported(&world, &aws, "tools");
    assert_eq!(exported, scene::exec(&world, &["-p", "role"])["AWS_ACCESS_KEY_ID"]);
    assert_eq!(crate::harness::aws_cli::exported(&world, &aws, "tools"), exported);
    assert_eq!(world.emulator().count(AssumeRole), 1);
}

#[test]
fn boto3_runs_it_and_aws_takes_what_it_says() {
    let find = Command::new("python3").args(["-c", "import boto3, sys; print(sys.executable)"]).output();
    let Some(found) = find.ok().filter(|found| found.status.success()) else {
        // Debian's python3-boto3 is no part of the gate: the AWS CLI has the same library inside.
        return eprintln!("skipped: python3 has no boto3");
    };
    let python = String::from_utf8(found.stdout).expect("a path");
    let world = for_tools();
    let script = "import boto3\n\
        session = boto3.Session(profile_name='tools')\n\
        print(session.client('sts').get_caller_identity()['Arn'])\n";
    let run = || Invocation::new(&world, Path::new(python.trim()), ["-c", script]).run().stdout;
    assert!(run().starts_with("arn:aws:sts::123456789012:assumed-role/Dev/"));
    run();
    assert_eq!(world.emulator().count(AssumeRole), 1);
}
