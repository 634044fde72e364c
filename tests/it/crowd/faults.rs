//! Death and faults at every step of a write. strace counts each kind of call that opens, writes, syncs,
//! renames, locks or removes a file, and at the one whose turn it is it kills the process or lets the call
//! fail: so it is known that each fault lands while the write is under way. After each, no file may be half
//! written, nothing may be stuck, and the next run works.
//!
//! `cargo test` takes some of the steps. `benches/crowd.sh` takes them all, and kills at calls of other kinds
//! as well.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use crate::harness::configure_world;
use crate::harness::invocation::{Invocation, Output};
use crate::harness::login_stage as stage;
use crate::harness::scene;
use crate::harness::tools;
use crate::harness::world::{PROGRAM, World};

/// The calls that change files, and those that come between them.
const CHANGES: [&str; 9] =
    ["fsync", "rename", "renameat", "renameat2", "fchmod", "ftruncate", "unlink", "symlink", "mkdir"];
const OTHERS: [&str; 3] = ["openat", "write", "flock"];
const MORE: [&str; 8] = ["read", "close", "statx", "futex", "connect", "sendto", "recvfrom", "clone3"];

/// The errors of a full disk, of no descriptors, of a read-only system and of a broken disk.
const ERRORS: [&str; 4] = ["error=ENOSPC", "error=EMFILE", "error=EROFS", "error=EIO"];
const DEATH: &str = "signal=KILL";

fn is_full() -> bool {
    std::env::var_os("AWSENV_CROWD").is_some()
}

/// A command, and what puts things in order before each run of it.
struct Steps<'a> {
    name: &'a str,
    world: &'a World,
    args: &'a [&'a str],
    before: &'a dyn Fn(&World),
}

impl Steps<'_> {
    /// Runs the command under strace with more arguments for that, and returns the log as well.
    fn traced(&self, calls: &str, more: &[&str]) -> (Output, String) {
        (self.before)(self.world);
        let log = self.world.scratch("faults");
        let (path, trace) = (log.display().to_string(), format!("trace={calls}"));
        let strace = ["-f", "-qq", "-o", &path, "-e", "signal=none", "-e", &trace];
        let words = strace.iter().chain(more).chain(&[PROGRAM]).chain(self.args);
        let output = Invocation::new(self.world, Path::new("/usr/bin/strace"), words).unchecked().run();
        (output, fs::read_to_string(&log).expect("strace writes its log"))
    }

    /// Returns how often each call is made, by the thread that makes it most often: so strace counts.
    fn counted(&self) -> BTreeMap<&'static str, usize> {
        let calls: Vec<_> =
            CHANGES.into_iter().chain(OTHERS).chain(MORE.into_iter().filter(|_| is_full())).collect();
        let (output, log) =
            self.traced(&calls.iter().map(|call| format!("?{call}")).collect::<Vec<_>>().join(","), &[]);
        assert_eq!(output.code, 0, "{}: {output:?}", self.name);
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for line in log.lines() {
            let Some((thread, rest)) = line.split_once(' ') else { continue };
            let name = rest.trim_start().split('(').next().unwrap_or_default();
            *counts.entry((name, thread)).or_default() += 1;
        }
        let most =
            |call: &str| counts.iter().filter(|((name, _), _)| *name == call).map(|(_, count)| *count).max();
        calls.into_iter().filter_map(|call| Some((call, most(call)?))).collect()
    }

    /// Runs the command with each fault at each step, or at some of them.
    fn survive(&self) {
        if !tools::have(&["strace"]) {
            return;
        }
        let begun = Instant::now();
        let steps: Vec<_> = self
            .counted()
            .into_iter()
            .flat_map(|(call, count)| (1..=count).map(move |step| (call, step)))
            .collect();
        let (mut landed, mut killed, mut failed) = (0, 0, 0);
        for (turn, (call, step)) in steps.iter().enumerate() {
            let is_change = CHANGES.contains(call);
            let faults = std::iter::once(&DEATH).chain(ERRORS.iter().filter(|_| !MORE.contains(call)));
            for (kind, fault) in faults.enumerate() {
                // In `cargo test`, every change is killed, and one in many of the rest is taken.
                if !is_full() && (kind > 0 || !is_change) && (turn + kind * 7) % 23 != 0 {
                    continue;
                }
                let inject = format!("inject={call}:{fault}:when={step}");
                let (output, log) = self.traced(call, &["-e", &inject]);
                landed += usize::from(output.code == 137 || log.contains("INJECTED"));
                killed += usize::from(output.code == 137);
                failed += usize::from(output.code != 0 && output.code != 137);
                let about = format!("{}, {call} {step} {fault}: {output:?}", self.name);
                // The runtime of the AWS clients wakes itself by a write to an event, which no disk can make
                // fail.
                let is_real = !output.stderr.contains("failed to wake I/O driver");
                assert!(!is_real || output.code != 101 && !output.stderr.contains("panicked"), "{about}");
                whole(self.world, &about);
                if turn % 10 == 0 {
                    self.works_again(&about);
                }
            }
        }
        self.works_again(self.name);
        if is_full() {
            let took = begun.elapsed();
            let line =
                format!("{}: {landed} faults, {killed} killed, {failed} failed, {took:?}\n", self.name);
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
        assert!(killed > 0, "{}: no kill landed", self.name);
    }

    fn works_again(&self, about: &str) {
        (self.before)(self.world);
        let begun = Instant::now();
        let output = self.world.command(self.args).unchecked().run();
        assert_eq!(output.code, 0, "after {about}: {output:?}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?} after {about}", begun.elapsed());
    }
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
    Steps { name: "role", world: &world, args: &["exec", "-p", "role", "--", "true"], before: &before }
        .survive();
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
    Steps { name: "refresh", world: &world, args: &["exec", "-p", "dev", "--", "true"], before: &before }
        .survive();
}

#[test]
fn a_permission_survives_every_fault() {
    let world = scene::world();
    world.project("p", "profile = static\n");
    let before = |world: &World| drop(fs::remove_dir_all(world.at(".local/state/awsenv/allow")));
    Steps { name: "allow", world: &world, args: &["allow", "p"], before: &before }.survive();
}

#[test]
fn the_config_file_survives_every_fault() {
    let world = configure_world::logged_in();
    let before = |world: &World| drop(world.aws_config(configure_world::SESSION));
    Steps {
        name: "configure",
        world: &world,
        args: &["configure", "sso", "--all", "--default-region", "eu-west-1"],
        before: &before,
    }
    .survive();
    let text = configure_world::config(&world);
    assert!(text.starts_with(configure_world::SESSION), "{text}");
}
