//! An unchanged prompt starts nothing, wherever the shell is and whatever went before.

use crate::harness::hook_stage::{allowed, assert_loaded, launch, world};
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::tools;
use crate::harness::world::World;

/// Starts a shell whose processes are counted; `None` where they cannot be.
fn traced(kind: Kind, world: &World) -> Option<Shell> {
    tools::have(&["strace"]).then(|| launch(kind, world).traced().start())
}

/// Fails unless these lines start no process. The screen may show what the prompts before left over.
#[track_caller]
fn assert_idle(shell: &mut Shell, lines: &[&str]) {
    for line in lines {
        let mark = shell.trace().mark();
        let screen = shell.run(line);
        let started = shell.trace().since(mark);
        assert!(started.is_nothing(), "`{line}` started {started:?} and printed {screen}");
        assert!(screen.is_empty(), "`{line}` printed {screen}");
    }
}

/// Fails unless the line starts one process, awsenv.
#[track_caller]
fn assert_one_run(shell: &mut Shell, line: &str) {
    let mark = shell.trace().mark();
    let screen = shell.run(line);
    let started = shell.trace().since(mark);
    assert_eq!(started.processes, 1, "`{line}` started {started:?} and printed {screen}");
    assert_eq!(started.programs.len(), 1, "`{line}` started {started:?}");
    assert!(started.programs[0].ends_with("/awsenv"), "`{line}` started {started:?}");
}

fn outside_any_project_nothing_is_ever_started(kind: Kind) {
    let world = world();
    world.dir("plain/below/further");
    world.dir("other");
    let Some(mut shell) = traced(kind, &world) else { return };
    assert_idle(
        &mut shell,
        &["", "", "cd plain", "", "cd below/further", "cd ../..", "cd ../other", "cd /", "cd", ""],
    );
}

fn in_a_loaded_project_nothing_is_started(kind: Kind) {
    let world = world();
    world.dir("a/below/further");
    let Some(mut shell) = traced(kind, &world) else { return };
    assert_one_run(&mut shell, "cd a");
    assert_idle(&mut shell, &["", "", "", "cd below", "", "cd further", "cd ../..", ""]);
    assert_one_run(&mut shell, "cd ../b");
    assert_idle(&mut shell, &["", ""]);
    assert_one_run(&mut shell, "cd ~");
    assert_idle(&mut shell, &["", "cd /", "cd /usr", ""]);
}

fn after_an_error_nothing_is_started(kind: Kind) {
    let world = world();
    world.project("broken", "nonsense\n");
    world.dir("broken/below");
    world.project("blocked", "profile = dev\n");
    allowed(&world, "unknown", "profile = unknown\n");
    world.dir("unknown/below");
    let denied = world.project("denied", "profile = dev\n");
    world.dir("denied/below");
    assert_eq!(world.command(["deny".as_ref(), denied.as_os_str()]).unchecked().run().code, 0);
    world.dir("blocked/below");
    let Some(mut shell) = traced(kind, &world) else { return };
    for folder in ["broken", "blocked", "unknown", "denied"] {
        assert_one_run(&mut shell, &format!("cd ~/{folder}"));
        assert_idle(&mut shell, &["", "", "cd below", "", "cd .."]);
    }
    assert_one_run(&mut shell, "cd ~");
    assert_idle(&mut shell, &["", ""]);
}

fn files_that_do_not_count_start_nothing(kind: Kind) {
    let world = world();
    world.dir("a/below");
    let Some(mut shell) = traced(kind, &world) else { return };
    shell.run("cd a/below");
    world.write("a/unrelated", "");
    world.write("a/below/unrelated", "");
    world.write("unrelated", "");
    world.write(".aws/unrelated", "");
    assert_idle(&mut shell, &["", ""]);
    assert_loaded(&mut shell, "dev");
}

each_shell!(
    guarded:
    outside_any_project_nothing_is_ever_started,
    in_a_loaded_project_nothing_is_started,
    after_an_error_nothing_is_started,
    files_that_do_not_count_start_nothing,
);
