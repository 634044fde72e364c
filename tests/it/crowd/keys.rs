//! Death at every step of `keys move` and `keys rotate`: no key is lost, and another run goes on.

use std::path::Path;

use crate::harness::invocation::{Invocation, Output};
use crate::harness::keyring_stage::KeyringStage;
use crate::harness::scene::{self, STATIC_SECRET};
use crate::harness::tools;
use crate::harness::world::{PROGRAM, World};

/// The calls that change a file, or speak with the keyring and AWS.
const CALLS: [&str; 7] = ["rename", "renameat", "renameat2", "write", "writev", "sendto", "recvfrom"];
/// How many steps of each kind `cargo test` takes, from the first to the last.
const SOME: usize = 5;

/// Runs the command under strace.
fn traced(world: &World, args: &[&str], more: &[&str]) -> (Output, String) {
    let log = world.scratch("steps");
    let path = log.display().to_string();
    let words = ["-f", "-qq", "-o", &path, "-e", "signal=none"].into_iter().chain(more.iter().copied());
    let words = words.chain([PROGRAM]).chain(args.iter().copied());
    let output = Invocation::new(world, Path::new("/usr/bin/strace"), words).unchecked().run();
    (output, std::fs::read_to_string(&log).expect("strace writes its log"))
}

/// Kills the command at its steps, one after the other, and has `check` look after each.
fn kill(world: &World, args: &[&str], before: &dyn Fn(), check: &dyn Fn(&str)) {
    before();
    let all = CALLS.map(|call| format!("?{call}")).join(",");
    let (output, log) = traced(world, args, &["-e", &format!("trace={all}")]);
    assert_eq!(output.code, 0, "{output:?}");
    let mut killed = 0;
    for call in CALLS {
        let count = log.lines().filter(|line| line.contains(&format!(" {call}("))).count();
        let stride = if std::env::var_os("AWSENV_CROWD").is_some() { 1 } else { count.div_ceil(SOME).max(1) };
        for step in (1..=count).step_by(stride) {
            before();
            let inject = format!("inject={call}:signal=KILL:when={step}");
            let trace = format!("trace={call}");
            let (output, _) = traced(world, args, &["-e", &trace, "-e", &inject]);
            killed += usize::from(output.code == 137);
            check(&format!("{call} {step}: {output:?}"));
        }
    }
    assert!(killed > 10, "{killed} kills landed");
}

#[test]
fn a_move_that_dies_loses_nothing_and_another_one_goes_on() {
    let Some(stage) = KeyringStage::start().filter(|_| tools::have(&["strace"])) else { return };
    let world = &stage.world;
    let (config, credentials) = (scene::read(world, ".aws/config"), scene::read(world, ".aws/credentials"));
    let before = || {
        world.aws_config(&config);
        world.aws_credentials(&credentials);
        world.command(["keys", "remove", "static", "--yes"]).unchecked().run();
    };
    let secret = || scene::exec(world, &["-p", "static"])["AWS_SECRET_ACCESS_KEY"].clone();
    kill(world, &["keys", "move", "static"], &before, &|about| {
        assert_eq!(secret(), STATIC_SECRET, "{about}");
        let is_moved = scene::read(world, ".aws/credentials").is_empty();
        let again = world.command(["keys", "move", "static"]).unchecked().run();
        assert!(is_moved || again.code == 0, "{about}: {again:?}");
        assert_eq!(secret(), STATIC_SECRET, "{about}");
        assert_eq!(scene::read(world, ".aws/credentials"), "", "{about}");
        let name = world.bin().join("awsenv");
        let line = format!("credential_process = {} keys get static\n", name.display());
        assert_eq!(scene::read(world, ".aws/config").matches(&line).count(), 1, "{about}");
    });
}

#[test]
fn a_rotation_that_dies_leaves_a_good_key_and_another_one_goes_on() {
    let Some(stage) = KeyringStage::start().filter(|_| tools::have(&["strace"])) else { return };
    let world = &stage.world;
    world.aws_credentials("");
    stage.add("base");
    let kept =
        || world.run(["keys", "get", "base"]).json()["AccessKeyId"].as_str().expect("an id").to_owned();
    let keys = || {
        world.emulator().with(|state| {
            let keys = state.identities.users[0].keys.iter();
            keys.map(|own| (own.key.id.clone(), own.is_active)).collect::<Vec<_>>()
        })
    };
    kill(world, &["keys", "rotate", "base"], &|| (), &|about| {
        assert!(keys().contains(&(kept(), true)), "{about}: {:?}", keys());
        let again = world.command(["keys", "rotate", "base"]).unchecked().run();
        assert_eq!(again.code, 0, "{about}: {again:?}");
        assert_eq!(keys(), [(kept(), true)], "{about}");
    });
}
