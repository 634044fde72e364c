//! Profiles of people who signed in with `aws login`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;

use awsenv_emulator::Fault;
use awsenv_emulator::Operation::{AssumeRole, CreateOAuth2Token};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

use crate::harness::hook_stage;
use crate::harness::invocation::Invocation;
use crate::harness::kind::Kind;
use crate::harness::ordinary;
use crate::harness::scene;
use crate::harness::shell::each_shell;
use crate::harness::world::World;

const SESSION: &str = "arn:aws:iam::111122223333:user/Alice";

/// The name that AWS CLI 2.36.7 gave to the file of that session.
const ENTRY: &str = ".aws/login/cache/a5ed68ef865fa5c277327645d998eb3e125aa67e91d766c8fe392e068153172c.json";

/// Makes a world with the profile `console`. Nobody has signed in.
fn world() -> World {
    let world = World::with_emulator();
    world.aws_config(&format!("[profile console]\nlogin_session = {SESSION}\nregion = eu-west-1\n"));
    world
}

/// Signs in as `aws login` does, with keys that last for `left`.
fn sign_in(world: &World, left: TimeDelta) {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    // What follows the head of PKCS #8 is the key alone, and at its end the two coordinates.
    let der = document.expect("random numbers").as_ref()[29..].to_vec();
    let coordinate = |from_end: usize| {
        let start = der.len() - from_end;
        BASE64_URL_SAFE_NO_PAD.encode(&der[start..start + 32])
    };
    let refresh_token =
        world.emulator().with(|state| state.signins.begin(SESSION, &coordinate(64), &coordinate(32)));
    let key = BASE64_STANDARD.encode(&der);
    let (first, second) = key.split_at(64);
    let entry = json!({
        "accessToken": {
            "accessKeyId": "ASIASIGNEDIN", "secretAccessKey": "se/cret", "sessionToken": "to/ken",
            "accountId": "111122223333", "expiresAt": scene::time_in(left),
        },
        "tokenType": "aws_sigv4",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "refreshToken": refresh_token,
        "idToken": "x.y.z",
        "dpopKey": format!("-----BEGIN EC PRIVATE KEY-----\n{first}\n{second}\n-----END EC PRIVATE KEY-----\n"),
    });
    world.write(ENTRY, entry.to_string());
}

fn entry(world: &World) -> Value {
    serde_json::from_str(&scene::read(world, ENTRY)).expect("the entry is JSON")
}

fn exec(world: &World) -> Invocation<'_> {
    world.command(["exec", "-p", "console", "--", "/bin/true"])
}

fn needs_a_login(world: &World, why: &str) {
    let error = format!(
        "awsenv: error: could not load profile `console`: {why}\nawsenv: hint: run `awsenv login --profile console`\n"
    );
    exec(world).code(125).stderr(error).run();
}

const MISSING: &str = "you are not logged in to arn:aws:iam::111122223333:user/Alice";

#[test]
fn live_keys_are_taken_as_they_are() {
    let world = world();
    sign_in(&world, TimeDelta::minutes(10));
    let variables = scene::exec(&world, &["-p", "console"]);
    assert_eq!(variables["AWS_ACCESS_KEY_ID"], "ASIASIGNEDIN");
    assert_eq!(variables["AWS_SESSION_TOKEN"], "to/ken");
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn lapsing_keys_are_renewed_with_a_proof_and_the_login_goes_on() {
    let world = world();
    for left in [TimeDelta::minutes(4), TimeDelta::minutes(-60)] {
        sign_in(&world, left);
        fs::set_permissions(world.at(ENTRY), fs::Permissions::from_mode(0o644)).expect("it is ours");
        let before = entry(&world);
        let variables = scene::exec(&world, &["-p", "console"]);
        let after = entry(&world);
        let keys = &after["accessToken"];
        assert_eq!(keys["accessKeyId"], variables["AWS_ACCESS_KEY_ID"].as_str());
        assert_ne!(keys["accessKeyId"], "ASIASIGNEDIN");
        assert_eq!((&keys["accountId"], &after["idToken"]), (&"111122223333".into(), &"x.y.z".into()));
        assert_eq!(after["dpopKey"], before["dpopKey"]);
        assert_ne!(after["refreshToken"], before["refreshToken"]);
        scene::utc(&keys["expiresAt"]);
        let mode = fs::metadata(world.at(ENTRY)).expect("it was read").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(scene::exec(&world, &["-p", "console"]), variables);
    }
    assert_eq!(world.emulator().requests(), 2);
}

#[test]
fn many_at_once_use_up_one_token() {
    let world = world();
    sign_in(&world, TimeDelta::minutes(-1));
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| exec(&world).run());
        }
    });
    assert_eq!(world.emulator().count(CreateOAuth2Token), 1);
}

#[test]
fn a_login_that_is_over_names_the_command_that_cures_it() {
    let world = world();
    needs_a_login(&world, MISSING);
    for (code, why, is_over) in [
        ("TOKEN_EXPIRED", "the login has expired", true),
        ("USER_CREDENTIALS_CHANGED", "the password was changed since the login", true),
        ("OTHER", "the login was refused", false),
    ] {
        sign_in(&world, TimeDelta::minutes(-1));
        world.emulator().with(|state| state.faults.add(Fault::error(CreateOAuth2Token, 403, code).times(1)));
        needs_a_login(&world, &format!("{why} ({code})"));
        // Nobody asks again with what AWS never takes again.
        assert_eq!(world.at(ENTRY).exists(), !is_over, "{code}");
    }
}

#[test]
fn a_clock_that_is_off_is_named() {
    let world = world();
    sign_in(&world, TimeDelta::minutes(-1));
    world.emulator().with(|state| {
        state.clock.set_skew(3600);
        state.faults.add(Fault::error(CreateOAuth2Token, 400, "INVALID_REQUEST"));
    });
    let output = exec(&world).unchecked().code(125).run();
    // The minutes of this computer's clock and of the emulator's may change between.
    assert!(
        output.stderr.contains("this computer's clock is 59 minutes slow (INVALID_REQUEST)\n")
            || output.stderr.contains("this computer's clock is 60 minutes slow (INVALID_REQUEST)\n"),
        "{output:?}"
    );
    assert!(output.stderr.ends_with("hint: set the clock, or switch on its synchronisation\n"), "{output:?}");
}

#[test]
fn a_login_is_not_used_up_where_the_next_one_cannot_be_kept() {
    if !ordinary::possible() {
        return;
    }
    let world = world();
    sign_in(&world, TimeDelta::minutes(-1));
    let before = scene::read(&world, ENTRY);
    let lock = |mode| fs::set_permissions(world.at(".aws/login/cache"), fs::Permissions::from_mode(mode));
    lock(0o500).expect("the folder is ours");
    let told = format!(
        "awsenv: error: could not load profile `console`: its keys have expired, and are not renewed here: \
         could not write ~/{ENTRY}: permission denied\n\
         awsenv: hint: run `awsenv login --profile console` where that file can be written\n"
    );
    let words = ["exec", "-p", "console", "--", "/bin/true"];
    ordinary::command(&world, &words).code(125).stderr(told).run();
    assert_eq!((world.emulator().requests(), scene::read(&world, ENTRY)), (0, before));
    lock(0o700).expect("the folder is ours");
    exec(&world).run();
}

#[test]
fn a_torn_or_foreign_entry_is_no_login() {
    let world = world();
    sign_in(&world, TimeDelta::minutes(10));
    let whole = scene::read(&world, ENTRY);
    for content in [
        &whole[..whole.len() / 2],
        "[]",
        &whole.replace("dpopKey", "other"),
        &whole.replace("expiresAt", "x"),
    ] {
        world.write(ENTRY, content);
        needs_a_login(&world, MISSING);
    }
    sign_in(&world, TimeDelta::minutes(-1));
    let broken = scene::read(&world, ENTRY).replace("BEGIN EC", "BEGIN RSA");
    world.write(ENTRY, broken);
    needs_a_login(&world, "its key cannot be used");
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn a_service_in_trouble_is_asked_again_and_live_keys_bridge_it() {
    let world = world();
    let trouble = |times| {
        world.emulator().with(|state| {
            state.faults.add(Fault::error(CreateOAuth2Token, 500, "SERVER_ERROR").times(times));
        });
    };
    sign_in(&world, TimeDelta::minutes(-1));
    trouble(2);
    exec(&world).run();
    sign_in(&world, TimeDelta::minutes(4));
    trouble(3);
    assert_eq!(scene::exec(&world, &["-p", "console"])["AWS_ACCESS_KEY_ID"], "ASIASIGNEDIN");
    sign_in(&world, TimeDelta::minutes(-1));
    trouble(3);
    let host = world.emulator().url().trim_start_matches("http://");
    exec(&world)
        .code(125)
        .stderr(format!(
            "awsenv: error: could not load profile `console`: could not renew the login: `{host}` has an internal error \
             (SERVER_ERROR)\nawsenv: hint: try again later; the state of AWS is on https://health.aws.amazon.com\n",
        ))
        .run();
}

#[test]
fn the_folder_of_the_logins_may_be_elsewhere() {
    let mut world = world();
    sign_in(&world, TimeDelta::minutes(10));
    fs::rename(world.at(".aws/login/cache"), world.at("logins")).expect("both are in the home");
    needs_a_login(&world, MISSING);
    world.set("AWS_LOGIN_CACHE_DIRECTORY", "$HOME/logins");
    exec(&world).run();
}

#[test]
fn a_role_over_a_login_is_assumed() {
    let world = world();
    world.emulator().with(|state| {
        state.identities.roles.push(scene::role("arn:aws:iam::123456789012:role/Dev"));
    });
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!(
        "{config}[profile role]\nrole_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = console\nregion = eu-west-1\n"
    ));
    let role = || world.command(["exec", "-p", "role", "--", "/bin/true"]);
    let refused = role().unchecked().code(125).run();
    assert!(refused.stderr.contains("run `awsenv login --profile console`"), "{}", refused.stderr);
    sign_in(&world, TimeDelta::minutes(-1));
    role().run();
    assert_eq!((world.emulator().count(CreateOAuth2Token), world.emulator().count(AssumeRole)), (1, 1));
}

#[test]
fn it_is_listed_and_shown_with_its_login() {
    let world = world();
    let config = fs::read_to_string(world.at(".aws/config")).expect("it is there");
    let hop = |name: &str, source: &str| {
        format!("[profile {name}]\nrole_arn = arn:aws:iam::444455556666:role/R\nsource_profile = {source}\n")
    };
    world.aws_config(&format!("{config}{}{}", hop("role", "console"), hop("far", "role")));
    let row = || {
        let rows = world.run(["profiles", "--json"]).json();
        // A role over it rests on the same login.
        assert_eq!((&rows[1]["login"], &rows[2]["login"]), (&rows[0]["login"], &rows[0]["login"]));
        rows[0].clone()
    };
    assert_eq!((&row()["kind"], &row()["login"]), (&"login".into(), &"none".into()));
    let project = scene::allowed(&world, "project", "profile = console\naccount = 111122223333\n");
    let status = |code| world.command(["status", "--json"]).current_dir(&project).code(code).run().json();
    assert_eq!(status(3)["state"], "login-needed");
    sign_in(&world, TimeDelta::minutes(10));
    assert_eq!((&row()["account"], &row()["login"]), (&"111122223333".into(), &"alive".into()));
    let shown = status(0);
    assert_eq!((&shown["state"], &shown["login"]["session"]), (&"ready".into(), &SESSION.into()));
    assert_eq!(shown["credentials"]["state"], "valid");
    world.command(["exec", "--", "/bin/true"]).current_dir(&project).run();
    sign_in(&world, TimeDelta::minutes(-1));
    assert_eq!(row()["login"], "expired");
}

fn a_login_elsewhere_is_noticed_at_the_next_prompt(kind: Kind) {
    let world = world();
    scene::allowed(&world, "project", "profile = console\n");
    world.write(".config/awsenv/config", "login = never\n");
    let mut shell = hook_stage::start(kind, &world);
    let screen = shell.run("cd project");
    assert!(screen.text().contains("run `awsenv login --profile console`"), "{}", screen.text());
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
    sign_in(&world, TimeDelta::minutes(10));
    shell.run("true");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID").as_deref(), Some("ASIASIGNEDIN"));
    assert_eq!(world.emulator().requests(), 0);
}

each_shell!(a_login_elsewhere_is_noticed_at_the_next_prompt);

fn another_folder_of_logins_is_noticed_at_the_next_prompt(kind: Kind) {
    let world = world();
    sign_in(&world, TimeDelta::minutes(10));
    scene::allowed(&world, "project", "profile = console\n");
    fs::rename(world.at(".aws/login/cache"), world.at("logins")).expect("both are in the home");
    world.write(".config/awsenv/config", "login = never\n");
    let mut shell = hook_stage::start(kind, &world);
    shell.run("cd project");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
    let elsewhere = world.at("logins").display().to_string();
    shell.run(&match kind {
        Kind::Fish => format!("set -gx AWS_LOGIN_CACHE_DIRECTORY '{elsewhere}'"),
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Bash | Kind::Zsh => format!("export AWS_LOGIN_CACHE_DIRECTORY='{elsewhere}'"),
    });
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID").as_deref(), Some("ASIASIGNEDIN"));
}

each_shell!(another_folder_of_logins_is_noticed_at_the_next_prompt);
