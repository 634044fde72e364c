//! `awsenv docker-credential`: what Docker is told, with whose keys, and what is kept.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::thread;

use awsenv_emulator::Operation::{GetAuthorizationToken, GetPublicAuthorizationToken};
use chrono::TimeDelta;
use serde_json::Value;

use crate::harness::invocation::{Invocation, Output};
use crate::harness::listener::Listener;
use crate::harness::login_stage;
use crate::harness::scene::{self, STATIC_SECRET};
use crate::harness::world::{PROGRAM, World};

const NOT_FOUND: &str = "credentials not found in native keychain\n";
/// The registry of `role`.
const ROLES: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
/// The registry of `role-over-sso`.
const DEPLOYS: &str = "444455556666.dkr.ecr.eu-west-1.amazonaws.com";
/// The registry of nobody.
const CENTRAL: &str = "999900001111.dkr.ecr.eu-central-1.amazonaws.com";

const USER: &str = "arn:aws:iam::111122223333:user/alice";
const DEV: &str = "arn:aws:sts::123456789012:assumed-role/Dev/";

fn ask<'w>(world: &'w World, action: &str, server: &str) -> Invocation<'w> {
    world.command(["docker-credential", action]).stdin(format!("{server}\n"))
}

/// Returns the ARN of whoever asked for the password that is printed.
fn caller(world: &World, output: &Output) -> String {
    let answer = output.json();
    assert_eq!(answer["Username"], "AWS");
    let password = answer["Secret"].as_str().expect("it is text");
    let caller = world.emulator().with(|state| state.registry_caller(password).map(str::to_owned));
    caller.expect("the emulator made it")
}

fn not_found(world: &World, server: &str) -> String {
    let output = ask(world, "get", server).unchecked().run();
    assert_eq!((output.code, output.stdout.as_str()), (1, NOT_FOUND), "{server}: {output:?}");
    output.stderr
}

/// Makes a world where only one profile is of the account of [`ROLES`].
fn world() -> World {
    let world = scene::world();
    let config = scene::read(&world, ".aws/config");
    let (before, rest) = config.split_once("[profile role-options]").expect("it is there");
    let (_, after) = rest.split_once("[profile role-over-sso]").expect("it is there");
    world.aws_config(&format!("{before}[profile role-over-sso]{after}"));
    world
}

/// Returns the variables that a shell or a command has in which awsenv loaded this.
fn loaded(world: &World, args: &[&str]) -> Vec<(String, String)> {
    scene::exec(world, args).into_iter().collect()
}

fn ask_with(world: &World, variables: &[(String, String)], server: &str) -> Output {
    let all = variables.iter().fold(ask(world, "get", server), |run, (name, value)| run.env(name, value));
    all.unchecked().run()
}

fn kept(world: &World) -> Vec<String> {
    login_stage::files(world, ".cache/awsenv/registries")
}

#[test]
fn the_protocol_is_that_of_dockers_helpers() {
    let world = world();
    let helper = world.bin().join("docker-credential-awsenv");
    symlink(PROGRAM, &helper).expect("the folder is empty");
    let run = |action: &str, input: &str| Invocation::new(&world, Path::new(&helper), [action]).stdin(input);
    let server = format!("https://{ROLES}");
    let got = run("get", &server).run();
    assert_eq!(got.json()["ServerURL"], server);
    assert!(caller(&world, &got).starts_with(DEV));
    assert_eq!(run("list", "").run().json(), serde_json::json!({ ROLES: "AWS" }));
    assert!(run("version", "").run().stdout.starts_with("docker-credential-awsenv 0."));
    let stored = run("store", "{\"ServerURL\": \"x\", \"Secret\": \"y\"}").code(1).run();
    assert_eq!(stored.stdout.lines().count(), 1, "{}", stored.stdout);
    assert_eq!(run("get", "docker.io").code(1).run().stdout, NOT_FOUND);
    assert_eq!(run("erase", ROLES).run().stdout, "");
    assert_eq!(run("erase", "docker.io").run().stdout, "");
    assert_eq!(run("list", "").run().json(), serde_json::json!({}));
    assert_eq!(run("unknown", "").unchecked().run().code, 2);
}

#[test]
fn a_name_that_is_not_awss_gets_nothing_and_nobody_is_asked() {
    let world = world();
    let long = "x".repeat(1_000_000);
    for server in [
        "",
        "docker.io",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example",
        "https://evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com@evil.example",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com:5000",
        "123456789012.dkr.ecr.../evil.amazonaws.com",
        "../../etc/passwd",
        "\u{1b}[2J",
        &long,
    ] {
        assert_eq!(not_found(&world, server), "", "{server:.80}");
    }
    assert_eq!(world.emulator().requests(), 0);
    let binary = world.command(["docker-credential", "get"]).stdin(b"\xff\xfe".to_vec()).code(1).run();
    assert_eq!(binary.stdout, "could not read the registry's name from standard input\n");
}

#[test]
fn the_account_in_the_name_chooses_whose_keys_are_used() {
    let world = world();
    let only = ask(&world, "get", ROLES).run();
    assert!(caller(&world, &only).starts_with(DEV), "the only profile of the account");
    let hint = not_found(&world, CENTRAL);
    assert!(hint.contains("run `awsenv config set ecr.999900001111 PROFILE`"), "{hint}");
    let several = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
    not_found(&world, several);

    let statics = loaded(&world, &["-p", "static"]);
    assert_eq!(caller(&world, &ask_with(&world, &statics, CENTRAL)), USER, "what is loaded, at last");
    let role = caller(&world, &ask_with(&world, &statics, ROLES));
    assert!(role.starts_with(DEV), "a profile of the account comes before what is loaded");

    // The AWS files now have two profiles of the account.
    let config = scene::read(&world, ".aws/config");
    let second = "[profile second]\nrole_arn = arn:aws:iam::123456789012:role/path/Dev\nexternal_id = ext/1\nsource_profile = static\nregion = eu-west-1\n";
    world.aws_config(&format!("{config}\n{second}"));
    world.run(["docker-credential", "list"]);
    let hint = not_found(&world, ROLES);
    assert!(hint.contains("no single profile"), "{hint}");
    assert_eq!(caller(&world, &ask_with(&world, &statics, ROLES)), USER);
    let roles = loaded(&world, &["-p", "role"]);
    let role = caller(&world, &ask_with(&world, &roles, ROLES));
    assert!(role.starts_with(DEV), "what is loaded, if it is of the account");

    world.write(".config/awsenv/config", "ecr.123456789012 = static\necr.public = role\n");
    assert_eq!(caller(&world, &ask_with(&world, &roles, ROLES)), USER, "the setting, before all");
    let public = ask(&world, "get", "public.ecr.aws").run();
    assert!(caller(&world, &public).starts_with(DEV));
    assert_eq!(world.emulator().count(GetPublicAuthorizationToken), 1);
    world.write(".config/awsenv/config", "ecr.123456789012 = gone\n");
    let gone = ask(&world, "get", ROLES).unchecked().run();
    assert_eq!(gone.code, 1);
    assert!(gone.stdout.starts_with("could not use the setting `ecr.123456789012`"), "{}", gone.stdout);
}

#[test]
fn a_folders_target_counts_where_no_shell_has_loaded_it() {
    let world = world();
    scene::allowed(&world, "api", "profile = static\n");
    let in_folder = |world: &World| ask(world, "get", CENTRAL).current_dir("api").unchecked().run();
    assert_eq!(caller(&world, &in_folder(&world)), USER);
    world.write("api/.awsenv", "profile = static\nregion = eu-west-3\n");
    assert_eq!(in_folder(&world).stdout, NOT_FOUND, "it is not allowed any more");
    let inherited = ask(&world, "get", CENTRAL)
        .env("AWS_PROFILE", "static")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", STATIC_SECRET)
        .unchecked()
        .run();
    assert_eq!(inherited.stdout, NOT_FOUND, "awsenv did not load it");
}

#[test]
fn a_guarded_profile_counts_only_while_its_keys_are_loaded() {
    let mut world = world();
    let role = scene::exec(&world, &["-p", "role"]);
    let names: Vec<_> = role.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    world.set("AWSENV_CONFIRM", "role:123456789012/*");
    not_found(&world, ROLES);
    assert!(caller(&world, &ask_with(&world, &names, ROLES)).starts_with(DEV));

    let claim: Vec<_> = names
        .iter()
        .filter(|(name, _)| ["AWSENV_STATE", "AWS_PROFILE"].contains(&name.as_str()))
        .cloned()
        .collect();
    assert_eq!(claim.len(), 2);
    assert_eq!(ask_with(&world, &claim, ROLES).stdout, NOT_FOUND, "whoever only says so gets nothing");
    let mut other = names.clone();
    for (name, value) in &mut other {
        if name == "AWS_ACCESS_KEY_ID" {
            "AKIAIOSFODNN7EXAMPLE".clone_into(value);
        }
    }
    assert_eq!(ask_with(&world, &other, ROLES).stdout, NOT_FOUND, "nor does a mixture");

    world.write(".config/awsenv/config", "ecr.123456789012 = role\n");
    let refused = ask(&world, "get", ROLES).code(1).run();
    assert!(refused.stdout.starts_with("could not use profile `role`: it must be confirmed"), "{refused:?}");
    assert!(caller(&world, &ask_with(&world, &names, ROLES)).starts_with(DEV));
    scene::allowed(&world, "prod", "profile = role\n");
    world.write(".config/awsenv/config", "");
    let folder = ask(&world, "get", ROLES).current_dir("prod").unchecked().run();
    assert_eq!(folder.stdout, NOT_FOUND);
}

#[test]
fn no_login_begins_and_a_kept_token_needs_none() {
    let world = world();
    let failed = ask(&world, "get", DEPLOYS).code(1).run();
    assert!(failed.stdout.contains("awsenv login"), "{}", failed.stdout);
    assert_eq!((failed.stdout.lines().count(), world.browser().count()), (1, 0));
    let token = scene::sign_in(&world);
    let file = token.write(&world, scene::SESSION_TOKEN, TimeDelta::hours(1));
    let first = ask(&world, "get", DEPLOYS).run();
    fs::remove_file(file).expect("it is there");
    assert_eq!(ask(&world, "get", DEPLOYS).run().stdout, first.stdout);
}

#[test]
fn a_token_is_kept_for_its_caller_until_it_lapses_or_is_erased() {
    let world = world();
    let get = || ask(&world, "get", ROLES).run().stdout;
    let asked = || world.emulator().count(GetAuthorizationToken);
    let first = thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(get)).collect();
        let answers: Vec<_> = all.into_iter().map(|one| one.join().expect("it is answered")).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        answers[0].clone()
    });
    assert_eq!((get(), asked()), (first.clone(), 1));
    let [name] = &kept(&world)[..] else { panic!("{:?}", kept(&world)) };
    let path = format!(".cache/awsenv/registries/{name}");
    let mode = fs::metadata(world.at(&path)).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let mut entry: Value = serde_json::from_str(&scene::read(&world, &path)).expect("it is JSON");
    entry["expiresAt"] = scene::time_in(TimeDelta::minutes(10)).into();
    world.write(&path, entry.to_string());
    assert_ne!(get(), first, "less than a quarter of an hour is too little");
    assert_eq!(asked(), 2);
    entry["server"] = "999900001111.dkr.ecr.eu-west-1.amazonaws.com".into();
    world.write(&path, entry.to_string());
    get();
    assert_eq!(asked(), 3, "another registry's token");
    for torn in ["", "{", "[]", &"x".repeat(2_000_000)] {
        world.write(&path, torn);
        get();
    }
    assert_eq!(asked(), 7);

    let statics = loaded(&world, &["-p", "static"]);
    world.write(".config/awsenv/config", "ecr.123456789012 = static\n");
    assert_eq!(caller(&world, &ask_with(&world, &statics, ROLES)), USER, "another caller, another token");
    assert_eq!(kept(&world).len(), 2);
    ask(&world, "get", &ROLES.replace("eu-west-1", "eu-west-2")).run();
    ask(&world, "erase", ROLES).run();
    assert_eq!(kept(&world).len(), 1, "the other registry's stays");
    let said = world.command(["logout", "--all"]).unchecked().run();
    assert_eq!((kept(&world), said.code), (vec![], 0), "{said:?}");
}

#[test]
fn refusals_and_answers_that_are_none_are_one_line() {
    let mut world = world();
    world.emulator().with(|state| state.clock.set_skew(3600));
    ask(&world, "get", ROLES).run();
    world.emulator().with(|state| state.clock.set_skew(0));
    ask(&world, "erase", ROLES).run();
    for (status, body, expected) in [
        (200, "{}", "makes no sense"),
        (200, r#"{"authorizationData": [{"authorizationToken": "QQ==", "expiresAt": 1}]}"#, "makes no sense"),
        (
            400,
            r#"{"__type": "x#UnrecognizedClientException", "message": "\u001b[2Jno"}"#,
            "AWS refused the keys",
        ),
        (
            400,
            r#"{"__type": "AccessDeniedException", "Message": "not you"}"#,
            "not you (AccessDeniedException)",
        ),
        (503, "", "has an internal error (HTTP 503)"),
    ] {
        let service = Listener::start(status, "application/x-amz-json-1.1", body);
        world.set("AWS_ENDPOINT_URL_ECR", &service.url);
        let output = ask(&world, "get", ROLES).code(1).run();
        assert!(output.stdout.contains(expected), "{}", output.stdout);
        assert_eq!(output.stdout.lines().count(), 1, "{}", output.stdout);
        assert!(!output.stdout.contains('\u{1b}') && !output.stdout.contains(STATIC_SECRET));
    }
    world.set("AWS_ENDPOINT_URL_ECR", "http://registry.example");
    let open = ask(&world, "get", ROLES).code(1).run();
    assert!(open.stdout.contains("would be sent over plain http"), "{}", open.stdout);
    assert_eq!(kept(&world), [""; 0]);
}
