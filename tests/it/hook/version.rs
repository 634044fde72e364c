//! Running shells keep the hook that they started with, and the program is replaced under them.

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, LEFT_DEV, assert_loaded, assert_nothing, hook_line, world,
};
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

const OLDER: &str =
    "awsenv: this shell has the hook of an older awsenv, which still works: open a new shell for the new one";

/// Starts a shell whose hook says to be of this version.
fn start_with_version(kind: Kind, world: &World, version: u32) -> Shell {
    let script = world.run(["hook", kind.name()]).stdout;
    assert!(script.contains(" --hook=1 "), "the hooks of today are of version 1");
    let script = world.write("old-hook", script.replace(" --hook=1 ", &format!(" --hook={version} ")));
    Shell::launch(kind, world).rc(&format!("source '{}'", script.display())).start()
}

fn an_older_hook_works_and_is_told_once(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start_with_version(kind, &world, 0);
    shell.run("set -a");
    assert_eq!(shell.run("cd a").lines(), [ENTERED_DEV, OLDER]);
    assert_loaded(&mut shell, "dev");
    recorder.take();
    shell.quietly("");
    assert_eq!(recorder.count(), 0);
    assert_eq!(shell.run("cd ../b"), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
    shell.run("cd ~");
    assert_nothing(&mut shell);
    assert!(shell.environment().keys().all(|name| !name.to_string_lossy().contains("_awsenv")));
}

fn a_newer_hook_has_no_account_from_an_older_program(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start_with_version(kind, &world, 2);
    let screen = shell.run("cd a");
    assert!(
        screen.text().contains("awsenv: error: could not serve this shell: its hook is of a newer awsenv"),
        "{screen}"
    );
    assert_nothing(&mut shell);
    recorder.take();
    shell.quietly("");
    shell.quietly("");
    assert_eq!(recorder.count(), 0, "not at every prompt");
}

fn a_hook_of_today_is_told_nothing(kind: Kind) {
    let world = world();
    let mut shell = Shell::launch(kind, &world).rc(hook_line(kind)).start();
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    assert_eq!(shell.run("cd"), LEFT_DEV);
}

each_shell!(
    an_older_hook_works_and_is_told_once,
    a_newer_hook_has_no_account_from_an_older_program,
    a_hook_of_today_is_told_nothing,
);
