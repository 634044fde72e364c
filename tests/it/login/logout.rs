//! `awsenv logout`: what it revokes and clears, and what it leaves alone.

use awsenv_emulator::Entry;
use awsenv_emulator::Operation::{AssumeRole, GetRoleCredentials, Logout};
use chrono::TimeDelta;

use crate::harness::login_stage::{self as stage, TOKEN_FILE};
use crate::harness::scene::{self, DEV_ENTRY, LEGACY_ENTRY, LEGACY_TOKEN, ROLE_ENTRY, SESSION_TOKEN};
use crate::harness::world::World;

/// Makes a world with two logins, roles of both, and files that are nobody's.
fn world() -> World {
    let world = stage::world();
    for key in [SESSION_TOKEN, LEGACY_TOKEN] {
        scene::sign_in(&world).write(&world, key, TimeDelta::hours(1));
    }
    for entry in [DEV_ENTRY, LEGACY_ENTRY, ROLE_ENTRY] {
        scene::plant_role(&world, entry, TimeDelta::hours(1));
    }
    world.write(".aws/sso/cache/registration.json", r#"{"clientId": "x", "clientSecret": "y"}"#);
    world
        .write(".aws/sso/cache/foreign.json", r#"{"accessToken": "x", "expiresAt": "2099-01-01T00:00:00Z"}"#);
    world.write(".aws/cli/cache/session.db", "SQLite");
    world.write(".aws/cli/cache/foreign.json", r#"{"ProviderType": "sso", "Credentials": {}}"#);
    world
}

fn names(keys: &[&str]) -> Vec<String> {
    let mut names: Vec<_> = keys.iter().map(|key| format!("{key}.json")).collect();
    names.sort();
    names
}

fn left(world: &World) -> (Vec<String>, Vec<String>) {
    let mut roles = stage::files(world, ".aws/cli/cache");
    roles.retain(|name| name != "session.db");
    (stage::files(world, ".aws/sso/cache"), roles)
}

#[test]
fn one_session_is_revoked_and_cleared_and_nothing_else() {
    let world = world();
    let token = stage::token(&world, SESSION_TOKEN);
    world.command(["logout", "--sso-session", "my-sso"]).stderr("awsenv: logged out of my-sso\n").run();
    let (tokens, roles) = left(&world);
    assert_eq!(tokens, names(&["foreign", "registration", LEGACY_TOKEN]));
    assert_eq!(roles, names(&["foreign", LEGACY_ENTRY, ROLE_ENTRY]));
    assert_eq!(world.emulator().count(Logout), 1);
    // The token is dead at the server, not only here.
    world.write(TOKEN_FILE, token.to_string());
    world.command(["exec", "-p", "dev", "--", "true"]).unchecked().code(125).run();
    let refused = world.emulator().with(|state| {
        state
            .log
            .entries()
            .iter()
            .any(|entry| entry.operation == GetRoleCredentials && entry.status == Some(401))
    });
    assert!(refused);
    let again = "awsenv: there was no login to my-sso\n";
    world.command(["logout", "--sso-session", "my-sso"]).stderr(again).run();
    assert_eq!(world.emulator().count(Logout), 1);
}

#[test]
fn all_is_every_token_and_role_in_the_caches() {
    let world = world();
    let told = format!(
        "awsenv: logged out of my-sso\nawsenv: logged out of {}\n\
         awsenv: forgot 1 other set of keys that was kept here\n",
        scene::START
    );
    world.command(["logout", "--all"]).stderr(told).run();
    let (tokens, roles) = left(&world);
    assert_eq!(tokens, names(&["foreign", "registration"]));
    assert_eq!(roles, names(&["foreign"]));
    assert_eq!(world.emulator().count(Logout), 2);
}

#[test]
fn the_token_of_a_session_that_was_deleted_is_revoked_all_the_same() {
    let world = world();
    let token = stage::token(&world, SESSION_TOKEN);
    let config = scene::read(&world, ".aws/config");
    world.aws_config("[profile other]\nregion = eu-west-1\n");
    // What a killed write left has keys in it as well.
    let remnant = world.write(".aws/cli/cache/.awsenv-AbCdEf", "{}");
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(5);
    let file = std::fs::File::options().write(true).open(&remnant).expect("it is there");
    file.set_modified(past).expect("the file is ours");
    let told = format!(
        "awsenv: logged out of {0}\nawsenv: logged out of {0}\n\
         awsenv: removed 1 temporary file of writes that were killed\n\
         awsenv: forgot 3 other sets of keys that were kept here\n",
        scene::START
    );
    world.command(["logout", "--all"]).stderr(told).run();
    assert_eq!(left(&world), (names(&["foreign", "registration"]), names(&["foreign"])));
    assert_eq!(world.emulator().count(Logout), 2);
    assert!(!remnant.exists());
    // The token is dead at the server, not only here.
    world.write(TOKEN_FILE, token.to_string());
    world.aws_config(&config);
    world.command(["exec", "-p", "dev", "--", "true"]).unchecked().code(125).run();
    let refused = |entry: &Entry| entry.operation == GetRoleCredentials && entry.status == Some(401);
    assert!(world.emulator().with(|state| state.log.entries().iter().any(refused)));
}

#[test]
fn without_a_network_the_login_is_forgotten_here() {
    let mut world = world();
    world.set("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:1");
    let told = "awsenv: warning: could not log out at IAM Identity Center: `127.0.0.1:1` refused the connection; \
                the login is forgotten here, and AWS ends it when it expires\n\
                awsenv: logged out of my-sso\n";
    world.command(["logout", "-p", "dev"]).stderr(told).run();
    assert_eq!(left(&world).0, names(&["foreign", "registration", LEGACY_TOKEN]));
}

#[test]
fn a_login_that_is_over_is_forgotten_without_asking() {
    let world = world();
    stage::age(&world, TimeDelta::seconds(-1));
    world.command(["logout", "-p", "dev"]).stderr("awsenv: logged out of my-sso\n").run();
    assert_eq!((world.emulator().requests(), world.at(TOKEN_FILE).exists()), (0, false));
}

#[test]
fn what_came_of_the_login_goes_with_it() {
    let world = scene::signed_in();
    world.emulator().with(|state| {
        state.identities.roles.push(scene::role("arn:aws:iam::444455556666:role/Deploy"));
    });
    let given = "arn:aws:iam::123456789012:role/path/Dev";
    world.emulator().with(|state| {
        state.identities.roles.retain(|role| role.arn != given);
        state.identities.roles.push(scene::role(given));
    });
    let exec = |args: &[&str]| {
        let words = ["exec"].iter().chain(args).chain(&["--", "true"]);
        world.command(words).unchecked().run().code
    };
    let over = |profile, name| ["-p", profile, "--role-arn", given, "--role-session-name", name];
    for args in
        [&["-p", "role-over-sso"][..], &["-p", "role"], &over("dev", "mine"), &over("static", "other")]
    {
        assert_eq!(exec(args), 0, "{args:?}");
    }
    assert_eq!(world.emulator().count(AssumeRole), 4);
    world.command(["logout", "--sso-session", "my-sso"]).stderr("awsenv: logged out of my-sso\n").run();
    assert_eq!(exec(&["-p", "role-over-sso"]), 125, "it was assumed with that login");
    assert_eq!(exec(&over("dev", "mine")), 125, "it was assumed with that login");
    // Of the same role there is another session, over keys of the user's own.
    assert_eq!((exec(&["-p", "role"]), exec(&over("static", "other"))), (0, 0));
    assert_eq!(world.emulator().count(AssumeRole), 4);
    world.command(["logout", "--all"]).unchecked().code(0).run();
    assert_eq!((exec(&["-p", "role"]), exec(&over("static", "other"))), (0, 0));
    assert_eq!(world.emulator().count(AssumeRole), 6, "both were assumed again");
}

#[test]
fn all_is_all_that_awsenv_keeps_for_itself() {
    let world = stage::world();
    let config = scene::read(&world, ".aws/config");
    let keys = r#"{"Version": 1, "AccessKeyId": "ASIAP", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "2099-01-01T00:00:00Z"}"#;
    let program = world.program("print-keys", &format!("#!/bin/sh\necho '{keys}'\n"));
    world.aws_config(&format!("{config}\n[profile vault]\ncredential_process = {}\n", program.display()));
    world.run(["exec", "-p", "vault", "--", "true"]);
    assert_eq!(stage::files(&world, ".cache/awsenv/credentials").len(), 1);
    let told = format!(
        "awsenv: there was no login to my-sso\nawsenv: there was no login to {}\n\
         awsenv: forgot 1 other set of keys that was kept here\n",
        scene::START
    );
    world.command(["logout", "--all"]).stderr(told).run();
    assert_eq!(stage::files(&world, ".cache/awsenv/credentials"), [""; 0]);
}

#[test]
fn where_there_is_nothing_to_log_out_of_it_is_said() {
    let world = stage::world();
    world.aws_config("[profile static]\nregion = us-west-2\n");
    let told = "awsenv: there was no login: no profile needs one\n";
    world.command(["logout", "--all"]).stderr(told).run();
}

#[test]
fn a_logout_that_is_not_clear_is_told_how_to_be() {
    let world = world();
    let fails = |args: &[&str], error: &str, hint: &str| {
        let stderr = format!("awsenv: error: {error}\nawsenv: hint: {hint}\n");
        world.command([&["logout"], args].concat()).code(1).stderr(stderr).run();
    };
    let missing = "could not find the SSO session `my-so` in ~/.aws/config";
    fails(&["--sso-session", "my-so"], missing, "the only session is my-sso");
    let static_keys = "could not log out of the profile `static` (~/.aws/config:17): it has no SSO session";
    fails(&["-p", "static"], static_keys, "name a profile with `sso_session`, see `awsenv profiles`");
    let config = scene::read(&world, ".aws/config");
    let other = "[sso-session other]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n";
    world.aws_config(&format!("{config}\n{other}"));
    let several = "could not choose a login: there are several sessions";
    let names = "the names are my-sso, other";
    fails(
        &[],
        several,
        &format!("run `awsenv logout --sso-session NAME`, or `awsenv logout --all`; {names}"),
    );
    let login = format!(
        "awsenv: error: {several}\n\
         awsenv: hint: run `awsenv login --sso-session NAME`, or `awsenv login --all`; {names}\n"
    );
    world.command(["login"]).code(1).stderr(login).run();
    world.aws_config("");
    fails(
        &[],
        "could not choose a login: there is no `[sso-session]` in ~/.aws/config",
        "name a profile with `--profile`, or run `awsenv logout --all`",
    );
    let missing = "could not find the SSO session `x` in ~/.aws/config";
    fails(&["--sso-session", "x"], missing, "there are no sessions: name a profile with `--profile`");
}
