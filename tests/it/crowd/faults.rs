//! Death and faults at every step of a write. strace counts the calls that open, write, sync, rename, lock or remove a
//! file, and at the one that is next in turn it kills the process or lets the call fail: so it is known that each fault
//! lands while the write is under way. After each, no file may be half written, nothing may be stuck, and the next run
//! works.
//!
//! `cargo test` takes some of the steps. `benches/crowd.sh` takes them all.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use crate::harness::configure_world;
use crate::harness::invocation::Invocation;
use crate::harness::login_stage as stage;
use crate::harness::scene;
use crate::harness::tools;
use crate::harness::world::{PROGRAM, World};

/// The calls that are counted.
const CALLS: &str = "/^(openat|write|fsync|fchmod|mkdir|mkdirat|rename|renameat|renameat2|unlink|unlinkat|flock|ftruncate|symlink|symlinkat)$";

/// Kills, and the errors of a full disk, of no descriptors, of a read-only system and of a broken disk.
const FAULTS: [&str; 5] = ["signal=KILL", "error=ENOSPC", "error=EMFILE", "error=EROFS", "error=EIO"];

/// No run has more steps.
const MOST: usize = 2000;

fn is_full() -> bool {
    std::env::var_os("AWSENV_CROWD").is_some()
}

/// Runs a command with each fault at each step. `before` puts things in order for the next run.
fn at_every_step(name: &str, world: &World, args: &[&str], before: &dyn Fn(&World), offset: usize) {
    if !tools::have(&["strace"]) {
        return;
    }
    let (stride, begun) = (if is_full() { 1 } else { 23 }, Instant::now());
    let (mut tried, mut killed, mut failed) = (0, 0, 0);
    for fault in FAULTS {
        let mut step = 1 + offset % stride;
        while step < MOST {
            before(world);
            // In a whole run, death comes at every call to the kernel of whatever kind.
            let calls = if is_full() && fault == FAULTS[0] { "all" } else { CALLS };
            let inject = format!("inject={calls}:{fault}:when={step}");
            let trace = format!("trace={calls}");
            let log = world.scratch("faults").display().to_string();
            let strace = ["-f", "-qq", "-o", &log, "-e", "signal=none", "-e", &trace, "-e", &inject, PROGRAM];
            let words = strace.iter().chain(args);
            let output = Invocation::new(world, Path::new("/usr/bin/strace"), words).unchecked().run();
            let landed = fs::read_to_string(&log).is_ok_and(|log| log.contains("INJECTED"));
            if !landed && output.code != 137 {
                // All steps were tried.
                break;
            }
            tried += 1;
            killed += usize::from(output.code == 137);
            failed += usize::from(output.code != 0 && output.code != 137);
            let about = format!("{name}, {fault} at step {step}: {output:?}");
            // The runtime of the AWS clients wakes itself by a write to an event, which no disk can make fail.
            let is_real = !output.stderr.contains("failed to wake I/O driver");
            assert!(!is_real || output.code != 101 && !output.stderr.contains("panicked"), "{about}");
            whole(world, &about);
            step += stride;
        }
        before(world);
        let begun = Instant::now();
        let output = world.command(args).unchecked().run();
        assert_eq!(output.code, 0, "{name} after {fault}: {output:?}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{name} after {fault} took {:?}", begun.elapsed());
    }
    if is_full() {
        let line =
            format!("{name}: {tried} faults, {killed} killed, {failed} failed, {:?}\n", begun.elapsed());
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    assert!(killed > 0, "{name}: no kill landed");
}

/// Fails if a file of awsenv's or the AWS CLI's is half written.
fn whole(world: &World, about: &str) {
    for folder in [".aws/sso/cache", ".aws/cli/cache", ".cache/awsenv/credentials", ".cache/awsenv/recipes"] {
        let entries = fs::read_dir(world.at(folder)).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()).filter(|path| path.extension().is_some()) {
            let content = fs::read(&path).expect("it can be read");
            let is_json = serde_json::from_slice::<serde_json::Value>(&content).is_ok();
            assert!(is_json, "{} is half written after {about}", path.display());
        }
    }
    let config = fs::read_to_string(world.at(".aws/config")).unwrap_or_default();
    assert!(config.is_empty() || config.ends_with('\n'), "the config file is cut off after {about}");
}

#[test]
fn the_write_of_a_role_survives_every_fault() {
    let world = scene::world();
    let before = |world: &World| drop(fs::remove_file(world.at(scene::entry(scene::ROLE_ENTRY))));
    at_every_step("role", &world, &["exec", "-p", "role", "--", "true"], &before, 3);
}

#[test]
fn the_refresh_of_a_login_survives_every_fault() {
    let world = stage::world();
    stage::run(&world, &["login", "--sso-session", "my-sso"], 0);
    let file = scene::read(&world, stage::TOKEN_FILE);
    let before = move |world: &World| {
        // The token of before, due: at the emulator, its refresh token can be used again.
        world.write(stage::TOKEN_FILE, &file);
        stage::age(world, TimeDelta::minutes(5));
        let _ = fs::remove_file(world.at(scene::entry(scene::DEV_ENTRY)));
    };
    at_every_step("refresh", &world, &["exec", "-p", "dev", "--", "true"], &before, 11);
}

#[test]
fn a_permission_survives_every_fault() {
    let world = scene::world();
    world.project("p", "profile = static\n");
    let before = |world: &World| drop(fs::remove_dir_all(world.at(".local/state/awsenv/allow")));
    at_every_step("allow", &world, &["allow", "p"], &before, 2);
}

#[test]
fn the_config_file_survives_every_fault() {
    let world = configure_world::logged_in();
    let before = |world: &World| drop(world.aws_config(configure_world::SESSION));
    at_every_step(
        "configure",
        &world,
        &["configure", "sso", "--all", "--default-region", "eu-west-1"],
        &before,
        7,
    );
    let text = configure_world::config(&world);
    assert!(text.starts_with(configure_world::SESSION), "{text}");
}
