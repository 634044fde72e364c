//! Keys in the keyring are in no message, log, file or command line, whatever is done with them.

use std::path::Path;

use awsenv_emulator::Operation::{CreateAccessKey, DeleteAccessKey, GetCallerIdentity, ListAccessKeys};
use awsenv_emulator::{Effect, Fault};

use crate::harness::invocation::{Invocation, Output};
use crate::harness::keyring_stage::KeyringStage;
use crate::harness::scene::{self, STATIC_SECRET};
use crate::harness::tools;

/// Every secret that the user has had so far.
fn secrets(stage: &KeyringStage) -> Vec<String> {
    let keys = stage.world.emulator().with(|state| state.identities.users[0].keys.clone());
    keys.into_iter().map(|own| own.key.secret).chain([STATIC_SECRET.to_owned()]).collect()
}

fn absent(secrets: &[String], text: &str, about: &str) {
    for secret in secrets {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!text.contains(secret.as_str()) && !text.contains(&hex), "{about} shows {secret}");
    }
}

fn look(secrets: &[String], path: &Path) {
    if path.is_symlink() {
        return;
    }
    if path.is_dir() {
        let entries = std::fs::read_dir(path).expect("it can be read");
        entries.for_each(|entry| look(secrets, &entry.expect("it can be read").path()));
    } else if let Ok(content) = std::fs::read(path) {
        absent(secrets, &String::from_utf8_lossy(&content), &path.display().to_string());
    }
}

#[test]
fn keys_in_the_keyring_are_in_no_message_file_or_argument() {
    let Some(stage) = KeyringStage::start().filter(|_| tools::have(&["strace"])) else { return };
    let world = &stage.world;
    let log = world.scratch("calls");
    let run = |args: &[&str], stdin: &str| -> Output {
        let path = log.display().to_string();
        let strace = ["-f", "-qq", "-e", "trace=execve", "-s", "4096", "-o", &path, "awsenv"];
        let words = strace.iter().chain(args);
        let run = Invocation::new(world, Path::new("/usr/bin/strace"), words).env("AWSENV_LOG", "debug");
        let output = run.stdin(stdin).unchecked().run();
        absent(&secrets(&stage), &output.stderr, &args.join(" "));
        let calls = std::fs::read_to_string(&log).expect("strace writes its log");
        absent(&secrets(&stage), &calls, "an argument");
        if args.get(1) != Some(&"get") {
            absent(&secrets(&stage), &output.stdout, &args.join(" "));
        }
        output
    };
    let pair = format!("AKIAIOSFODNN7EXAMPLE\n{STATIC_SECRET}\n");
    assert_eq!(run(&["keys", "move", "static"], "").code, 0);
    assert_eq!(run(&["keys", "add", "base", "--stdin"], &pair).code, 0);
    let effects = [
        Effect::Error { status: 403, name: "AccessDenied".into(), message: STATIC_SECRET.into() },
        Effect::Error { status: 500, name: STATIC_SECRET.into(), message: STATIC_SECRET.into() },
        Effect::Html,
        Effect::Close,
    ];
    let fail = |fault: Fault| {
        world.emulator().with(|state| {
            state.faults.clear();
            state.faults.add(fault.times(3));
        });
        assert_eq!(run(&["keys", "rotate", "base"], "").code, 1);
    };
    for effect in effects {
        for operation in [GetCallerIdentity, ListAccessKeys, CreateAccessKey] {
            fail(Fault::new(operation, effect.clone()));
        }
    }
    fail(Fault::error(DeleteAccessKey, 403, "AccessDenied"));
    world.emulator().with(|state| state.faults.clear());
    assert_eq!(run(&["keys", "rotate", "base"], "").code, 0);
    for args in [
        &["keys", "list"][..],
        &["keys", "list", "--json"],
        &["keys", "get", "base"],
        &["whoami", "-p", "base"],
        &["status"],
        &["doctor", "--offline"],
        &["keys", "add", "base", "--stdin"],
        &["keys", "remove", "static", "--yes"],
    ] {
        run(args, &pair);
    }
    scene::allowed(world, "p", "profile = base\n");
    let hook = ["export", "bash", "--hook=1", "--features=ns", "--pid=1", "--fetch=1"];
    world.command(hook).current_dir("p").unchecked().run();
    look(&secrets(&stage), &world.home());
    look(&secrets(&stage), &world.at("../run"));
}
