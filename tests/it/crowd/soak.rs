//! A long day in one shell: prompts, changes of directory and renewals, after which nothing has grown.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::harness::hook_stage::{allowed, launch, world};
use crate::harness::kind::Kind;
use crate::harness::shell::{Shell, each_shell};
use crate::harness::world::World;

/// Prompts at one place between two changes of directory.
const PROMPTS: usize = 10;

/// How often the shell goes into a folder and out of it: `AWSENV_SOAK=500` makes 1,000 changes of directory.
fn rounds() -> usize {
    std::env::var("AWSENV_SOAK").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(6)
}

/// What must not grow.
#[derive(Debug)]
struct Size {
    /// Of the shell, in kilobytes.
    memory: u64,
    descriptors: usize,
    /// Of the shell's exported variables, in bytes.
    environment: usize,
    /// Below the home and the runtime directory.
    files: usize,
}

impl Size {
    fn of(shell: &mut Shell, world: &World) -> Self {
        let environment = shell.environment();
        let process = Path::new("/proc").join(shell.pid().to_string());
        let status = fs::read_to_string(process.join("status")).expect("the shell runs");
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells");
        Self {
            memory: memory.trim().trim_end_matches(" kB").parse().expect("a number"),
            descriptors: fs::read_dir(process.join("fd")).expect("they are ours").count(),
            environment: environment.iter().map(|(name, value)| name.len() + value.len()).sum(),
            files: count(&world.home()) + count(&world.home().with_file_name("run")),
        }
    }
}

/// Counts files but for stamps, of which each time that a file had gets one. They are removed after a day.
fn count(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let counted = entries.filter(|path| !path.ends_with("stamps"));
    counted.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
}

fn soak(shell: &mut Shell, rounds: usize) {
    for _ in 0..rounds {
        for folder in ["short", ".."] {
            shell.quietly(&format!("cd {folder}"));
            for _ in 0..PROMPTS {
                shell.quietly("");
            }
        }
    }
}

fn nothing_grows_in_a_long_day(kind: Kind) {
    let world = world();
    // Keys that lapse after nine seconds are renewed every three.
    let helper = world.program(
        "keys",
        "#!/bin/sh\nprintf '{\"Version\": 1, \"AccessKeyId\": \"ASIASOAK%012d\", \"SecretAccessKey\": \"s\", \
         \"SessionToken\": \"t\", \"Expiration\": \"%s\"}' \"$$\" \"$(date -u -d '+9 seconds' +%FT%TZ)\"",
    );
    world.aws_config(&format!(
        "[profile short]\nregion = eu-west-1\ncredential_process = {}\n",
        helper.display()
    ));
    allowed(&world, "short", "profile = short\n");
    // What the shell itself keeps of each line, without the hook.
    let mut plain = Shell::launch(kind, &world).start();
    let mut shell = launch(kind, &world).env("AWSENV_QUIET", "1").start();
    let sizes = [&mut plain, &mut shell].map(|shell| {
        soak(shell, 3);
        let before = Size::of(shell, &world);
        soak(shell, rounds());
        [before, Size::of(shell, &world)]
    });
    let (name, rounds) = (kind.name(), rounds());
    let _ = writeln!(std::io::stderr(), "{name}, {rounds} rounds: without the hook and with it {sizes:?}");
    let [[start, end], [before, after]] = sizes;
    // elvish's garbage collector comes and goes; 400 bytes for each prompt of 500 rounds would be more.
    let mut own = end.memory.saturating_sub(start.memory) + 4096;
    if kind == Kind::Tcsh {
        // tcsh itself loses some 100 bytes at each `eval`: half a kilobyte at each prompt.
        own += rounds as u64 * (PROMPTS as u64 + 1);
    }
    assert!(after.memory <= before.memory + own, "{before:?}, then {after:?}");
    // elvish opens and closes some by itself, without the hook too. One for each change of directory is more.
    let some = if kind == Kind::Elvish { 8 } else { 0 };
    assert!(after.descriptors <= before.descriptors + some, "{before:?}, then {after:?}");
    assert!(after.environment <= before.environment + 64, "{before:?}, then {after:?}");
    assert!(after.files <= before.files + 4, "{before:?}, then {after:?}");
}

each_shell!(every: nothing_grows_in_a_long_day);
