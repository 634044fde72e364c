//! Shells that inherit a loaded environment check it, and undo it without what only its loader knew.

use crate::harness::hook_stage::{
    ENTERED_OPS, LEFT_DEV, assert_loaded, assert_nothing, aws, hook_line, launch, loaded, start, variables,
    world,
};
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

const LOST: &str = "awsenv: warning: AWS_SECRET_ACCESS_KEY had a value before, which only the shell that loaded the environment could restore";

fn a_nested_shell_takes_over_and_leaves_by_itself(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    recorder.take();
    let screen = shell.run(kind.nested());
    assert!(screen.is_empty(), "{screen}");
    assert_eq!(recorder.take().iter().filter(|run| run[0] == "export").count(), 1);
    shell.quietly("");
    assert_loaded(&mut shell, "dev");
    assert_eq!(shell.run("cd .."), LEFT_DEV);
    assert_nothing(&mut shell);
    assert_eq!(shell.run("cd b"), ENTERED_OPS);
    shell.run("exit");
    assert_loaded(&mut shell, "dev");
    assert_eq!(shell.run("cd .."), LEFT_DEV);
    assert_nothing(&mut shell);
}

fn a_nested_shell_says_once_what_it_cannot_restore(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world)
        .env("AWS_SECRET_ACCESS_KEY", "mine")
        .env("AWS_REGION", "af-south-1")
        .env("AWS_PROFILE", "")
        .start();
    shell.run("cd a");
    shell.run(kind.nested());
    let screen = shell.run("cd ..");
    assert_eq!(screen.lines(), [LEFT_DEV, LOST]);
    assert_eq!(aws(&mut shell), variables(&[("AWS_REGION", "af-south-1"), ("AWS_PROFILE", "")]));
    shell.quietly("");
    shell.run("exit");
    shell.run("cd ..");
    assert_eq!(shell.env("AWS_SECRET_ACCESS_KEY").as_deref(), Some("mine"), "the outer shell still knows");
}

fn a_replaced_shell_goes_on(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let screen = shell.run(&format!("exec {}", kind.nested()));
    assert!(screen.is_empty(), "{screen}");
    assert_loaded(&mut shell, "dev");
    assert_eq!(shell.run("cd .."), LEFT_DEV);
    assert_nothing(&mut shell);
}

/// Starts a shell elsewhere with the environment of this one, as a terminal multiplexer does.
fn pane(kind: Kind, world: &World, shell: &mut Shell, dir: &str) -> Shell {
    let mut launch = launch(kind, world).current_dir(dir);
    for (name, value) in shell.environment() {
        if name != "PWD" && name != "OLDPWD" {
            launch = launch.env(name, value);
        }
    }
    launch.start()
}

fn a_pane_opened_elsewhere_has_what_its_folder_says(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).env("AWS_SECRET_ACCESS_KEY", "mine").start();
    shell.run("cd a");
    let mut outside = pane(kind, &world, &mut shell, "");
    assert_eq!(outside.startup().lines(), [LEFT_DEV, LOST]);
    assert_nothing(&mut outside);
    let mut other = pane(kind, &world, &mut shell, "b");
    assert_eq!(other.startup().lines(), [ENTERED_OPS, LOST]);
    assert_loaded(&mut other, "ops");
    other.run("cd ..");
    assert_nothing(&mut other);
    let mut same = pane(kind, &world, &mut shell, "a");
    assert!(same.startup().is_empty(), "{}", same.startup());
    assert_loaded(&mut same, "dev");
}

fn a_shell_below_exec_is_left_alone(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let screen = shell.run(&format!("awsenv exec --profile ops -- {}", kind.nested()));
    let told = "awsenv: this shell is inside `awsenv exec` with profile ops: folders do not change it";
    assert_eq!(screen, told);
    assert_loaded(&mut shell, "ops");
    recorder.take();
    shell.quietly("");
    shell.quietly("cd ../b");
    shell.quietly("cd ~");
    shell.quietly("cd a");
    assert_eq!(recorder.count(), 0);
    assert_loaded(&mut shell, "ops");
    shell.run("exit");
    assert_eq!(aws(&mut shell), loaded("dev"));
}

each_shell!(
    every:
    a_nested_shell_takes_over_and_leaves_by_itself,
    a_nested_shell_says_once_what_it_cannot_restore,
    a_replaced_shell_goes_on,
    a_pane_opened_elsewhere_has_what_its_folder_says,
);

each_shell!(a_shell_below_exec_is_left_alone);

#[test]
fn shells_of_all_kinds_nest() {
    let world = world();
    if !crate::harness::tools::have(&["bash", "zsh", "fish"]) {
        return;
    }
    for kind in [Kind::Zsh, Kind::Fish] {
        kind.write_startup(&world, hook_line(kind));
    }
    let mut shell = start(Kind::Bash, &world);
    shell.run("cd a");
    for inner in ["zsh -i", "fish -i", "bash -i"] {
        let screen = shell.run(inner);
        assert!(screen.is_empty(), "{screen}");
        assert_loaded(&mut shell, "dev");
    }
    assert_eq!(shell.run("cd ../b"), ENTERED_OPS);
    shell.run("exit");
    assert_loaded(&mut shell, "dev");
    assert_eq!(shell.run("cd .."), LEFT_DEV);
    assert_nothing(&mut shell);
}
