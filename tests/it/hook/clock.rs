//! The clock: what lapses is looked at in time, and a clock that is merely coarse makes nothing run.

use std::path::{Path, PathBuf};

use awsenv::shell::guard::{Guard, Present};
use awsenv::shell::{self, Stamps};

use crate::harness::hook_stage::{ENTERED_OPS, allowed, cannot, start, world};
use crate::harness::invocation::Invocation;
use crate::harness::shell::{Kind, each_shell};
use crate::harness::world::World;

struct NoStamps;

impl Stamps for NoStamps {
    fn stamp(&self, _: (i64, i64)) -> Option<PathBuf> {
        None
    }
}

/// Lets the shell judge at this time, in Unix seconds, the facts of a run that was at second 1000 and gave a
/// deadline of 2000. Returns whether it finds them unchanged.
fn is_fresh_at(world: &World, kind: Kind, time: i64) -> bool {
    let home = Present { name: "HOME", may_be_empty: false };
    let guard = Guard { present: vec![home], now: 1000, deadline: Some(2000), ..Guard::default() };
    let language = shell::find(kind.name()).expect("a shell of ours");
    let fresh = language.fresh(&guard, "ns,zstat,epoch", &NoStamps);
    let fresh = String::from_utf8(fresh).expect("no path in it");
    // Unset, it loses its meaning in bash; zsh knows it only from a module.
    // zsh's hook takes the commands into itself.
    let is_fresh = if kind == Kind::Zsh { "eval $_awsenv_same" } else { "_awsenv_fresh" };
    let script = format!(
        "_awsenv_compose() {{ :; }}\nunset EPOCHSECONDS; EPOCHSECONDS={time}\n{fresh}\n{is_fresh} && echo fresh || echo stale"
    );
    let run = Invocation::new(world, Path::new("/usr/bin/env"), [kind.name(), "-c", &script]).run();
    run.stdout == "fresh\n"
}

fn a_clock_that_lags_by_a_tick_makes_nothing_run_and_one_set_back_does(kind: Kind) {
    if kind == Kind::Fish {
        return cannot(kind, "it reads the time since the system started, which nobody sets");
    }
    let world = World::new();
    for (time, fresh) in [(1000, true), (999, true), (998, false), (1999, true), (2000, false)] {
        assert_eq!(is_fresh_at(&world, kind, time), fresh, "at {time}");
    }
}

/// Returns the time since the system started, sleep included, in seconds.
fn uptime() -> i64 {
    let uptime = std::fs::read_to_string("/proc/uptime").expect("Linux");
    uptime.split('.').next().and_then(|seconds| seconds.parse().ok()).expect("seconds")
}

fn time_passes_while_the_system_sleeps(kind: Kind) {
    let world = World::new();
    if kind != Kind::Fish {
        // The clock on the wall has gone on by an hour, whatever else counts time.
        assert!(is_fresh_at(&world, kind, 1000));
        return assert!(!is_fresh_at(&world, kind, 1000 + 3600));
    }
    let language = shell::find(kind.name()).expect("a shell of ours");
    for (since, fresh) in [(0, true), (900, true), (1001, false), (3600, false)] {
        // The run was that long ago, and gave a deadline of 1000 seconds.
        let guard =
            Guard { now: 1000, deadline: Some(2000), uptime: Some(uptime() - since), ..Guard::default() };
        let text = language.fresh(&guard, "path,uptime", &NoStamps);
        let script = format!(
            "{}\n_awsenv_fresh; and echo fresh; or echo stale",
            String::from_utf8(text).expect("no path in it")
        );
        let run = Invocation::new(&world, Path::new("/usr/bin/env"), ["fish", "-c", &script]).run();
        assert_eq!(run.stdout == "fresh\n", fresh, "after {since} s");
    }
}

fn the_time_when_keys_are_due_is_known_to_the_shell(kind: Kind) {
    if kind == Kind::Bash {
        return cannot(kind, "it has no event before a command");
    }
    let world = World::with_emulator();
    world.aws_config(
        "[profile user]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
         aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n\
         [profile role]\nregion = eu-west-1\nsource_profile = user\nrole_arn = arn:aws:iam::444455556666:role/Deploy\n",
    );
    allowed(&world, "role", "profile = role\n");
    allowed(&world, "user", "profile = user\n");
    let mut shell = start(kind, &world);
    let screen = shell.run("cd role");
    assert!(screen.text().starts_with("awsenv: role, account 444455556666"), "{screen}");
    let deadline = shell.var("_awsenv_deadline").expect("the hook's variable");
    assert!(deadline.parse::<u64>().is_ok_and(|deadline| deadline > 0), "{deadline:?}");
    shell.run("cd ../user");
    assert_eq!(shell.var("_awsenv_deadline").as_deref(), Some(""), "keys that last for ever");
}

fn a_deadline_is_looked_at_before_a_command_runs(kind: Kind) {
    if kind == Kind::Bash {
        return cannot(kind, "it has no event before a command");
    }
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    // As if the keys had a deadline, and the shell had waited past it.
    shell.quietly(match kind {
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Fish => "set -g _awsenv_deadline 0",
        _ => "_awsenv_deadline=1",
    });
    allowed(&world, "a", "profile = ops\n");
    assert_eq!(shell.run("printenv AWS_PROFILE").lines(), [ENTERED_OPS, "ops"]);
}

each_shell!(
    a_clock_that_lags_by_a_tick_makes_nothing_run_and_one_set_back_does,
    time_passes_while_the_system_sleeps,
    the_time_when_keys_are_due_is_known_to_the_shell,
    a_deadline_is_looked_at_before_a_command_runs,
);
