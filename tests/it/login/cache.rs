//! The file of a login: what is done where it cannot be written, what it must hold, and where its token may
//! go.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use awsenv_emulator::Operation::{CreateTokenRefreshToken, GetRoleCredentials, Logout};
use awsenv_emulator::RefreshReply;
use chrono::TimeDelta;

use crate::harness::hook_stage;
use crate::harness::login_stage::{self as stage, TOKEN_FILE};
use crate::harness::ordinary;
use crate::harness::scene::{self, DEV_ENTRY, START};
use crate::harness::world::World;

const LOGIN: [&str; 3] = ["login", "--sso-session", "my-sso"];
const EXEC: [&str; 5] = ["exec", "-p", "dev", "--", "/bin/true"];

fn mode(world: &World, folder: &str, mode: u32) {
    fs::set_permissions(world.at(folder), Permissions::from_mode(mode)).expect("the folder is ours");
}

/// A world with a login that can be refreshed and lasts for `left`. Refresh tokens rotate.
fn refreshable(left: TimeDelta) -> World {
    let world = stage::world();
    world.emulator().with(|state| state.sessions.refresh_reply = RefreshReply::Rotated);
    stage::run(&world, &LOGIN, 0);
    stage::age(&world, left);
    world.emulator().reset_log();
    world
}

#[test]
fn a_refresh_token_is_not_spent_where_its_successor_cannot_be_kept() {
    if !ordinary::possible() {
        return;
    }
    let world = refreshable(TimeDelta::seconds(-1));
    let before = scene::read(&world, TOKEN_FILE);
    mode(&world, ".aws/sso/cache", 0o500);
    let told = format!(
        "awsenv: error: the login to my-sso ({START}) has expired, and is not refreshed here: \
         could not write ~/{TOKEN_FILE}: permission denied\n\
         awsenv: hint: run `awsenv login --sso-session my-sso` where that file can be written\n"
    );
    ordinary::command(&world, &EXEC).code(125).stderr(told).run();
    let doctor = ordinary::command(&world, &["doctor", "--offline", "--json"]).unchecked().run().json();
    assert_eq!(world.emulator().requests(), 0);
    assert_eq!(scene::read(&world, TOKEN_FILE), before);
    let named = |finding: &serde_json::Value| {
        let text = finding["finding"].as_str().unwrap_or_default();
        finding["level"] == "warning" && text.contains(".aws/sso/cache cannot be written")
    };
    assert!(doctor.as_array().is_some_and(|findings| findings.iter().any(named)), "{doctor:#}");

    // What is still alive serves, without a word.
    stage::age(&world, TimeDelta::seconds(600));
    ordinary::command(&world, &EXEC).run();
    assert_eq!(stage::counts(&world, [CreateTokenRefreshToken, GetRoleCredentials]), [0, 1]);

    mode(&world, ".aws/sso/cache", 0o700);
    fs::remove_file(world.at(scene::entry(DEV_ENTRY))).expect("it is cached");
    ordinary::command(&world, &EXEC).run();
    assert_eq!(world.emulator().count(CreateTokenRefreshToken), 1, "it was good for one use");
}

#[test]
fn caches_that_cannot_be_written_cost_one_warning() {
    if !ordinary::possible() {
        return;
    }
    let world = scene::signed_in();
    fs::create_dir_all(world.at(".aws/cli/cache")).expect("the world can be written");
    mode(&world, ".aws/cli/cache", 0o500);
    // Two roles on the way, two files.
    let chain = "\n[profile chain]\nrole_arn = arn:aws:iam::444455556666:role/Deploy\nsource_profile = role\nregion = eu-west-1\n";
    let config = scene::read(&world, ".aws/config") + chain;
    world.aws_config(&config);
    let run = ordinary::command(&world, &["exec", "-p", "chain", "--", "/bin/true"]).unchecked().run();
    mode(&world, ".aws/cli/cache", 0o700);
    assert_eq!(run.stderr.matches("awsenv: warning: could not write ").count(), 1, "{run:?}");
}

#[test]
fn a_state_folder_that_cannot_be_written_is_named_with_what_to_set() {
    if !ordinary::possible() {
        return;
    }
    let world = refreshable(TimeDelta::seconds(-1));
    let elsewhere = world.scratch("state");
    fs::remove_dir_all(world.at(".local")).expect("it is there");
    mode(&world, "", 0o500);
    let expired = format!("the login to my-sso ({START}) has expired, and ");
    let exec = ordinary::command(&world, &EXEC).unchecked().code(125).run();
    let followed = ordinary::command(&world, &EXEC).env("XDG_STATE_HOME", &elsewhere).unchecked().run();
    // Without a refresh token a person is needed, who cannot be asked either.
    let content = scene::read(&world, TOKEN_FILE).replace("refreshToken", "x");
    world.write(TOKEN_FILE, content);
    stage::age(&world, TimeDelta::seconds(-1));
    let login = ordinary::command(&world, &LOGIN).unchecked().code(1).run();
    let logged_in = ordinary::command(&world, &LOGIN).env("XDG_STATE_HOME", &elsewhere).unchecked().run();
    mode(&world, "", 0o700);
    for output in [&exec, &login] {
        assert!(output.stderr.contains(&expired), "{output:?}");
        let hint = "\nawsenv: hint: set `XDG_STATE_HOME` to a folder that can be written\n";
        assert!(output.stderr.ends_with(hint), "{output:?}");
    }
    assert_eq!((followed.code, logged_in.code), (0, 0), "{followed:?} {logged_in:?}");
}

#[test]
fn a_file_without_an_access_token_is_refreshed() {
    let world = refreshable(TimeDelta::seconds(-1));
    let token = stage::token(&world, scene::SESSION_TOKEN);
    let access = token["accessToken"].to_string();
    world.write(TOKEN_FILE, scene::read(&world, TOKEN_FILE).replace(&access, "null"));
    scene::exec(&world, &["-p", "dev"]);
    assert_eq!(world.emulator().count(CreateTokenRefreshToken), 1);
    assert!(stage::token(&world, scene::SESSION_TOKEN)["accessToken"].is_string());
}

/// Edits the config file.
fn edit(world: &World, from: &str, to: &str) {
    let config = scene::read(world, ".aws/config");
    assert!(config.contains(from));
    world.aws_config(&config.replace(from, to));
}

#[test]
fn a_token_goes_only_where_it_was_issued_for() {
    let world = scene::signed_in();
    let section = format!("[sso-session my-sso]\nsso_start_url = {START}\nsso_region = eu-central-1");
    // What makes no difference is no other place.
    let same = section.replace(START, &format!("{START}/#/"));
    edit(&world, &section, &same);
    scene::exec(&world, &["-p", "dev"]);
    fs::remove_file(world.at(scene::entry(DEV_ENTRY))).expect("it is cached");
    world.emulator().reset_log();

    let project = scene::allowed(&world, "p", "profile = dev\n");
    let changes = [
        ("eu-central-1", "us-east-1", "`sso_region` was eu-central-1, and is now us-east-1"),
        (
            START,
            "https://d-0987654321.awsapps.com/start",
            "`sso_start_url` was https://d-1234567890.awsapps.com/start, and is now https://d-0987654321.awsapps.com/start",
        ),
    ];
    let mut now = same;
    for (from, to, told) in changes {
        let next = section.replace(from, to);
        edit(&world, &now, &next);
        now = next;
        let told = format!("the login to my-sso is one to another place: {told}\n");
        let exec = world.command(EXEC).unchecked().code(125).run();
        assert!(exec.stderr.contains(&told), "{exec:?}");
        assert!(exec.stderr.ends_with("hint: run `awsenv login --profile dev`\n"), "{exec:?}");
        let status = world.command(["status", "--json"]).current_dir(&project).code(3).run().json();
        assert_eq!((&status["state"], &status["login"]["expires_at"]), (&"login-needed".into(), &().into()));
        let profiles = world.run(["profiles", "--json"]).json();
        assert_eq!(profiles[0]["login"], "none");
    }
    // Nor is the new place told of it at a logout.
    world.command(["logout", "--sso-session", "my-sso"]).stderr("awsenv: logged out of my-sso\n").run();
    assert_eq!(world.emulator().requests(), 0);
    assert!(!world.at(TOKEN_FILE).exists());
}

#[test]
fn a_login_at_the_new_place_replaces_the_old_one() {
    let world = stage::world();
    stage::run(&world, &LOGIN, 0);
    edit(&world, "sso_region = eu-central-1", "sso_region = eu-west-1");
    stage::run(&world, &LOGIN, 0);
    assert_eq!(stage::token(&world, scene::SESSION_TOKEN)["region"], "eu-west-1");
    scene::exec(&world, &["-p", "dev"]);
    let mut shell = hook_stage::start(crate::harness::kind::Kind::Bash, &world);
    scene::allowed(&world, "p", "profile = dev\n");
    shell.run("cd p");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
    assert_eq!(world.emulator().count(Logout), 0);
}
