//! Access keys in the keyring: kept, read by every tool, and never waited for.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::aws_cli;
use crate::harness::hook_stage;
use crate::harness::keyring_stage::KeyringStage;
use crate::harness::kind::Kind;
use crate::harness::scene::{self, STATIC_SECRET};
use crate::harness::shell::each_shell;
use crate::harness::terminal::Terminal;
use crate::harness::world::{PROGRAM, World};

const ID: &str = "AKIAIOSFODNN7EXAMPLE";

/// Fails if a file of the world holds the secret.
fn absent(path: &Path) {
    if path.is_symlink() {
        return;
    }
    if path.is_dir() {
        let entries = std::fs::read_dir(path).expect("it can be read");
        entries.for_each(|entry| absent(&entry.expect("it can be read").path()));
    } else if let Ok(content) = std::fs::read(path) {
        let secret = STATIC_SECRET.as_bytes();
        let is_there = content.windows(secret.len()).any(|window| window == secret);
        assert!(!is_there, "{} holds the secret", path.display());
    }
}

#[test]
fn keys_are_added_used_by_every_tool_and_removed() {
    let Some(stage) = KeyringStage::start() else { return };
    let world = &stage.world;
    world.aws_credentials("");
    let role = "role_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = base\nregion = eu-west-1\n";
    let config = format!("# mine\n[profile base]\nregion = eu-west-1\n\n[profile over]\n{role}");
    world.aws_config(&config);
    stage.add("base");

    let line = format!("credential_process = {} keys get base\n", world.bin().join("awsenv").display());
    let written = config.replacen("region = eu-west-1\n", &format!("region = eu-west-1\n{line}"), 1);
    assert_eq!(scene::read(world, ".aws/config"), written);
    let printed = world.run(["keys", "get", "base"]);
    let expected = json!({ "Version": 1, "AccessKeyId": ID, "SecretAccessKey": STATIC_SECRET });
    assert_eq!(printed.json(), expected);
    // awsenv reads the keyring itself: the program on the line need not even be there.
    world.aws_config(&written.replace(&*world.bin().to_string_lossy(), "/nowhere"));
    for profile in ["base", "over"] {
        let variables = scene::exec(world, &["-p", profile]);
        assert_eq!(variables["AWS_ACCESS_KEY_ID"] == ID, profile == "base", "{variables:?}");
    }
    world.aws_config(&written);
    if let Some(aws) = aws_cli::aws() {
        assert_eq!(aws_cli::exported(world, &aws, "base"), ID);
    }
    let listed = json!([{ "name": "base", "access_key_id": ID, "account": "111122223333",
        "profiles": ["base"], "locked": false, "rotating": false }]);
    assert_eq!(world.run(["keys", "list", "--json"]).json(), listed);
    let shown = world.run(["keys", "list"]).stdout;
    assert!(shown.contains(ID) && shown.contains("111122223333"), "{shown}");
    absent(&world.home());
    absent(&world.at("../run"));

    let again = world.command(["keys", "add", "base", "--stdin"]).stdin("AKIAOTHER0000000000\nx\n");
    again
        .code(1)
        .stderr(
            "awsenv: error: could not add the keys `base`: the keyring has keys of that name\n\
             awsenv: hint: run `awsenv keys add base --replace`\n",
        )
        .run();
    world
        .command(["keys", "remove", "base"])
        .code(2)
        .stderr(
            "awsenv: error: could not ask whether to remove the keys `base`: there is no terminal\n\
             awsenv: hint: run `awsenv keys remove base --yes`\n",
        )
        .run();
    let removed = world.command(["keys", "remove", "base", "--yes"]).unchecked().code(0).run();
    assert!(removed.stderr.contains("no longer used by profile base"), "{removed:?}");
    assert!(removed.stderr.contains(&format!("AWS still accepts {ID}")), "{removed:?}");
    assert_eq!(scene::read(world, ".aws/config"), config);
    assert_eq!(world.run(["keys", "list", "--json"]).json(), json!([]));
    let gone = world.command(["keys", "get", "base"]).unchecked().code(1).run();
    let said = "awsenv: error: could not find the keys `base` in the keyring (run `awsenv keys add base`)\n";
    assert_eq!((gone.stdout.as_str(), gone.stderr.as_str()), ("", said));
}

#[test]
fn configure_points_to_it() {
    let help = World::new().run(["configure", "--help"]).stdout;
    assert!(help.contains("awsenv keys add NAME"), "{help}");
}

#[test]
fn what_cannot_be_kept_is_refused_before_anything_is_written() {
    let Some(stage) = KeyringStage::start() else { return };
    let world = &stage.world;
    let config = scene::read(world, ".aws/config");
    let refused = |profile: &str, pair: &str, why: &str| {
        let output = world.command(["keys", "add", profile, "--stdin"]).stdin(pair).unchecked().code(1).run();
        assert!(output.stderr.contains(why), "{profile} {pair}: {}", output.stderr);
        assert_eq!((&*output.stdout, output.stderr.contains("hunter2")), ("", false));
    };
    let good = format!("{ID}\n{STATIC_SECRET}\n");
    refused("static", &good, "has keys in a file");
    refused("role", &good, "its kind is role");
    refused("dev", &good, "its kind is sso");
    refused("new name", &good, "invalid name");
    refused("new", "hunter2", "in two lines, or as JSON");
    refused("new", &format!("{ID}\nhunter2\n"), "does not fit the access key id");
    refused("new", "AKIAUNKNOWN000000000\nhunter2\n", "does not know the access key");
    refused("new", "ASIAIOSFODNN7EXAMPLE\nhunter2\n", "they are temporary");
    refused("new", &format!("{STATIC_SECRET}\nhunter2\n"), "not an access key id");
    assert_eq!(scene::read(world, ".aws/config"), config);
    assert_eq!(world.run(["keys", "list", "--json"]).json(), json!([]));
    let usage = world.command(["keys", "add", "new"]).unchecked().code(2).run();
    assert!(usage.stderr.contains("run `awsenv keys add new --stdin`"), "{usage:?}");
}

fn sit_down(world: &World) -> Terminal {
    let mut command = Command::new(PROGRAM);
    command.args(["keys", "add", "typed"]).env_clear().envs(world.env()).current_dir(world.home());
    let mut terminal = Terminal::start(command);
    wait_for(&mut terminal, "access key id for profile `typed` (not shown):");
    terminal
}

fn wait_for(terminal: &mut Terminal, text: &str) {
    let found = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(text).then_some(());
    terminal.wait_for(text, 0, found);
}

#[test]
fn a_person_types_the_pair_and_sees_none_of_it() {
    let Some(stage) = KeyringStage::start() else { return };
    let world = &stage.world;
    let mut terminal = sit_down(world);
    terminal.type_bytes(format!("{ID}\r").as_bytes());
    wait_for(&mut terminal, "secret access key (not shown):");
    terminal.type_bytes(format!("{STATIC_SECRET}\r").as_bytes());
    assert_eq!(terminal.wait_for_end(), 0);
    let shown = String::from_utf8_lossy(terminal.transcript()).into_owned();
    assert!(shown.contains("are in the keyring (arn:aws:iam::111122223333:user/alice)"), "{shown}");
    assert!(!shown.contains(STATIC_SECRET) && !shown.contains(ID), "{shown}");
    assert_eq!(world.run(["keys", "get", "typed"]).json()["AccessKeyId"], ID);

    world.command(["keys", "remove", "typed", "--yes"]).unchecked().code(0).run();
    let mut terminal = sit_down(world);
    terminal.type_bytes(b"\x03");
    assert_eq!(terminal.wait_for_end(), 130);
    let shown = String::from_utf8_lossy(terminal.transcript()).into_owned();
    assert!(shown.contains("cancelled; nothing was written"), "{shown}");
    assert_eq!(world.run(["keys", "list", "--json"]).json(), json!([]));
}

#[test]
fn a_locked_keyring_is_one_line_and_asks_nobody() {
    let Some(mut stage) = KeyringStage::start() else { return };
    stage.add("base");
    stage.lock();
    let world = &stage.world;
    let locked = "the keyring is locked";
    let get = world.command(["keys", "get", "base"]).unchecked().code(1).run();
    let said =
        "awsenv: error: could not read the keys `base`: the keyring is locked (run `awsenv keys unlock`)\n";
    assert_eq!((get.stdout.as_str(), get.stderr.as_str()), ("", said));
    scene::allowed(world, "p", "profile = base\n");
    for args in [
        &["exec", "-p", "base", "--", "/bin/true"][..],
        &["credential-process", "-p", "base"],
        &["whoami", "-p", "base"],
        &["keys", "remove", "base", "--yes"],
        &["exec", "-p", "base", "--role-arn", "arn:aws:iam::123456789012:role/Dev", "--", "/bin/true"],
    ] {
        let output = world.command(args).unchecked().run();
        assert!(output.code != 0 && output.stderr.contains(locked), "{args:?}: {output:?}");
        assert!(output.stderr.contains("awsenv keys unlock"), "{args:?}: {output:?}");
    }
    let hook = ["export", "bash", "--hook=1", "--features=ns", "--pid=1", "--fetch=1"];
    let hook = world.command(hook).current_dir("p").unchecked().run();
    assert!(hook.stderr.contains(locked) || hook.stdout.contains(locked), "{hook:?}");
    let listed = world.command(["keys", "list"]).unchecked().code(0).run();
    assert!(listed.stdout.contains("base") && listed.stdout.contains("locked"), "{listed:?}");
    assert_eq!(stage.asked(), 0, "nobody was asked for a password");

    let unlock = world.command(["keys", "unlock"]).unchecked().code(1).run();
    assert!(unlock.stderr.contains("the keyring asks for its password; Ctrl-C stops"), "{unlock:?}");
    assert!(unlock.stderr.contains("the keyring was not unlocked"), "{unlock:?}");
    assert!(stage.asked() > 0);
    stage.stop_keyring();
    stage.start_keyring(true);
    let world = &stage.world;
    world.command(["keys", "unlock"]).stderr("awsenv: the keyring was not locked\n").run();
    assert_eq!(scene::exec(world, &["-p", "base"])["AWS_ACCESS_KEY_ID"], ID);
}

#[test]
fn a_keyring_that_is_missing_or_stopped_is_said_within_two_seconds() {
    let Some(mut stage) = KeyringStage::bus_alone() else { return };
    let said = |stage: &KeyringStage, why: &str| {
        for args in [&["keys", "get", "base"][..], &["keys", "list"], &["exec", "-p", "base", "--", "true"]] {
            let begun = Instant::now();
            let output = stage.world.command(args).unchecked().run();
            let took = begun.elapsed();
            assert!(output.code != 0 && output.stderr.contains(why), "{args:?}: {output:?}");
            assert!(took < Duration::from_millis(2900), "{args:?} took {took:?}");
        }
    };
    stage
        .world
        .aws_config("[profile base]\ncredential_process = /x/awsenv keys get base\nregion = eu-west-1\n");
    said(&stage, "there is no keyring on the session bus");
    stage.start_keyring(true);
    stage.freeze_keyring(true);
    said(&stage, "the keyring did not answer within 2 seconds");
    stage.freeze_keyring(false);
    stage.freeze_bus(true);
    said(&stage, "the keyring did not answer within 2 seconds");
    stage.freeze_bus(false);
    stage.world.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
    said(&stage, "the session bus cannot be reached");
    stage.world.set("DBUS_SESSION_BUS_ADDRESS", "tcp:host=example.com,port=1");
    said(&stage, "names no socket of this machine");
    stage.world.unset("DBUS_SESSION_BUS_ADDRESS");
    stage.world.unset("XDG_RUNTIME_DIR");
    said(&stage, "there is no keyring here: `DBUS_SESSION_BUS_ADDRESS` is not set");
}

#[test]
fn an_mfa_session_opens_over_keys_in_the_keyring() {
    let Some(stage) = KeyringStage::start() else { return };
    let world = &stage.world;
    world
        .aws_config("[profile base]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\n");
    stage.add("base");
    let exec = |args: &[&str]| scene::exec(world, args)["AWS_ACCESS_KEY_ID"].clone();
    let session = exec(&["-p", "base", "--mfa-code", "123456"]);
    assert!(session.starts_with("ASIA"), "{session}");
    assert_eq!(exec(&["-p", "base"]), session);
    // Keys of another user have another session.
    let pair = format!("{ID}\n{STATIC_SECRET}\n");
    let again = world.command(["keys", "add", "base", "--stdin", "--replace"]).stdin(pair);
    again.unchecked().code(0).run();
    let needed = world.command(["exec", "-p", "base", "--", "true"]).unchecked().code(125).run();
    assert!(needed.stderr.contains("could not log in with the MFA device"), "{needed:?}");
}

/// The keyring is read once, by the run that may wait, and no prompt after that.
fn a_prompt_reads_the_keyring_once(kind: Kind) {
    let Some(mut stage) = KeyringStage::start() else { return };
    stage.world.aws_config("[profile base]\nregion = eu-west-1\n");
    stage.add("base");
    scene::allowed(&stage.world, "project", "profile = base\n");
    let mut shell = hook_stage::start(kind, &stage.world);
    shell.run("cd project");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID").as_deref(), Some(ID));
    // A keyring that is gone is missed by nobody.
    stage.freeze_keyring(true);
    let begun = Instant::now();
    shell.run("");
    shell.run("");
    assert!(begun.elapsed() < Duration::from_millis(1900), "{:?}", begun.elapsed());
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID").as_deref(), Some(ID));
    stage.freeze_keyring(false);

    // A locked one is said once, and what unlocks it brings the keys.
    shell.run("cd");
    stage.lock();
    let screen = shell.run("cd project");
    let screen = screen.text();
    assert!(screen.contains("the keyring is locked") && screen.contains("awsenv keys unlock"), "{screen}");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
    assert!(!shell.run("").text().contains("locked"), "it is said once");
    stage.stop_keyring();
    stage.start_keyring(true);
    stage.world.command(["keys", "unlock"]).unchecked().code(0).run();
    shell.run("");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID").as_deref(), Some(ID));
}

each_shell!(bash: a_prompt_reads_the_keyring_once);
