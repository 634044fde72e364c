//! The account that a folder demands, and whose word counts for whose keys are.

use awsenv_emulator::Emulator;
use awsenv_emulator::Operation::GetCallerIdentity;

use crate::harness::invocation::Invocation;
use crate::harness::recorder::Recorder;
use crate::harness::scene::{self, STATIC_SECRET};
use crate::harness::world::World;

/// Makes a world with this profile `p`, and a folder that demands the account of the emulator's user.
fn world(profile: &str, more: &str) -> World {
    let world = World::with_emulator();
    world.aws_config(&format!("[profile p]\nregion = eu-west-1\n{profile}"));
    scene::allowed(&world, "p", &format!("profile = p\naccount = 111122223333\n{more}"));
    world
}

fn keys() -> String {
    format!("aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {STATIC_SECRET}\n")
}

fn exec(world: &World) -> Invocation<'_> {
    world.command(["exec", "--", "/bin/true"]).current_dir(world.at("p"))
}

fn asked(emulator: &Emulator) -> usize {
    emulator.count(GetCallerIdentity)
}

#[test]
fn each_endpoint_is_asked_once_and_its_word_counts_there_alone() {
    let world = world(&keys(), "");
    exec(&world).run();
    exec(&world).run();
    assert_eq!(asked(world.emulator()), 1);

    let other = Emulator::start();
    other.with(|state| state.identities.users[0].account = "444455556666".to_owned());
    let error = "awsenv: error: could not load profile `p`: it belongs to account 444455556666, and \
                 ~/p/.awsenv:2 demands account 111122223333\nawsenv: hint: name the right profile, or correct `account` in .awsenv\n";
    for _ in 0..2 {
        exec(&world).env("AWS_ENDPOINT_URL_STS", other.url()).code(125).stderr(error).run();
    }
    assert_eq!((asked(&other), asked(world.emulator())), (1, 1));
    exec(&world).run();
    assert_eq!(asked(world.emulator()), 1, "what the other one said changed nothing here");
}

#[test]
fn nobody_logs_in_for_a_profile_of_another_account() {
    let world = scene::world();
    let project = scene::allowed(&world, "other", "profile = dev\naccount = 444455556666\n");
    let error = "awsenv: error: could not load profile `dev`: it belongs to account 111122223333, and \
                 ~/other/.awsenv:2 demands account 444455556666\nawsenv: hint: name the right profile, or correct `account` in .awsenv\n";
    world.command(["exec", "--", "/bin/false"]).current_dir(&project).code(125).stderr(error).run();
    let hook = ["export", "bash", "--hook=1", "--features=ns,epoch", "--pid=1"];
    let hook = world.command(hook).current_dir(&project).env("PWD", &project).stderr(error).run();
    assert!(!hook.stdout.contains("_awsenv_more='1'"), "{}", hook.stdout);
}

#[test]
fn what_an_endpoint_of_the_profile_alone_says_is_not_kept() {
    let mut world = world("", "");
    let url = world.emulator().url().to_owned();
    world.unset("AWS_ENDPOINT_URL_STS");
    world.aws_config(&format!("[profile p]\nregion = eu-west-1\nendpoint_url = {url}\n{}", keys()));
    exec(&world).run();
    exec(&world).run();
    assert_eq!(asked(world.emulator()), 2);
    assert!(!world.at(".cache/awsenv/accounts").exists());
}

#[test]
fn an_account_that_stands_beside_the_keys_is_no_proof() {
    let world = world(&format!("{}aws_account_id = 111122223333\n", keys()), "");
    let other = Emulator::start();
    other.with(|state| state.identities.users[0].account = "444455556666".to_owned());
    let refused = exec(&world).env("AWS_ENDPOINT_URL_STS", other.url()).unchecked().code(125).run();
    assert!(refused.stderr.contains("it belongs to account 444455556666"), "{}", refused.stderr);
    assert_eq!(world.run(["profiles", "--json"]).json()[0]["account"], serde_json::Value::Null);
}

#[test]
fn where_no_keys_are_exported_a_program_is_asked_whose_they_are() {
    let world = world("credential_process = vault\n", "export = profile\n");
    let print = |account: &str| {
        let left = scene::time_in(chrono::TimeDelta::hours(1));
        let answer = format!(
            r#"{{"Version": 1, "AccessKeyId": "ASIAX", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "{left}", "AccountId": "{account}"}}"#
        );
        world.write("answer.json", answer);
        let _ = std::fs::remove_dir_all(world.at(".cache/awsenv/credentials"));
    };
    let real = format!("#!/bin/sh\ncat '{}'\n", world.at("answer.json").display());
    let recorder = Recorder::new(world.scratch("vault"));
    world.program("vault", &recorder.script(&world.program("vault-real", &real)));
    print("111122223333");
    for _ in 0..2 {
        let exported = world.command(["export", "json"]).current_dir(world.at("p")).unchecked().code(0).run();
        assert_eq!(exported.json()["AWS_PROFILE"], "p");
        assert!(exported.json().get("AWS_ACCESS_KEY_ID").is_none(), "{}", exported.stdout);
    }
    assert_eq!(recorder.take().len(), 1);
    print("444455556666");
    let refused = exec(&world).unchecked().code(125).run();
    assert!(refused.stderr.contains("it belongs to account 444455556666"), "{}", refused.stderr);
}
