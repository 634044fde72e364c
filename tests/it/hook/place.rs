//! Where the shell is may change under it, or not be what it believes.

use std::fs;
use std::os::unix::fs::symlink;

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, LEFT_DEV, allow, allowed, assert_loaded, assert_nothing, cannot, launch, start,
    world,
};
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::tools;

/// Fails unless the prompt after an empty line starts nothing and says nothing.
#[track_caller]
fn assert_idle(shell: &mut Shell) {
    let mark = shell.trace().mark();
    shell.quietly("");
    let started = shell.trace().since(mark);
    assert!(started.is_nothing(), "{started:?}");
}

fn a_deleted_directory_is_left(kind: Kind) {
    if !tools::have(&["strace"]) {
        return;
    }
    let world = world();
    let mut shell = launch(kind, &world).traced().start();
    shell.run("cd a");
    fs::remove_dir_all(world.at("a")).expect("it exists");
    assert_eq!(shell.run(""), LEFT_DEV);
    assert_nothing(&mut shell);
    assert_idle(&mut shell);
    // A folder of that name comes back, but the shell is still in the deleted one.
    world.project("a", "profile = dev\n");
    shell.quietly("");
    assert_idle(&mut shell);
    let back = format!("cd '{}'", world.at("a").display());
    shell.run(&back);
    shell.run("");
    assert_loaded(&mut shell, "dev");
    assert_idle(&mut shell);
}

fn a_renamed_directory_is_followed_to_its_new_place(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    fs::rename(world.at("a"), world.at("renamed")).expect("the same file system");
    let screen = shell.run("");
    assert!(screen.text().contains("renamed/.awsenv is not allowed"), "{screen}");
    assert_nothing(&mut shell);
    recorder.take();
    shell.quietly("");
    assert_eq!(recorder.count(), 0);
    allow(&world, &world.at("renamed"));
    assert_eq!(shell.run(""), ENTERED_DEV);
    recorder.take();
    shell.quietly("");
    assert_eq!(recorder.count(), 0);
    fs::rename(world.at("renamed"), world.at("a")).expect("the same file system");
    shell.run("");
    assert_loaded(&mut shell, "dev");
    assert_eq!(shell.run("cd ~"), LEFT_DEV);
}

fn a_renamed_parent_is_noticed(kind: Kind) {
    let world = world();
    allowed(&world, "outer/inner", "profile = ops\n");
    let mut shell = start(kind, &world);
    shell.run("cd outer/inner");
    assert_loaded(&mut shell, "ops");
    fs::rename(world.at("outer"), world.at("moved")).expect("the same file system");
    assert!(shell.run("").text().contains("moved/inner/.awsenv is not allowed"));
    assert_nothing(&mut shell);
    fs::rename(world.at("moved"), world.at("outer")).expect("the same file system");
    assert_eq!(shell.run(""), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
}

fn the_path_that_was_walked_counts_not_where_a_link_leads(kind: Kind) {
    let world = world();
    world.dir("a/below");
    allowed(&world, "logical", "profile = ops\n");
    symlink(world.at("a/below"), world.at("logical/link")).expect("a new link");
    symlink(world.at("a"), world.at("project")).expect("a new link");
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    assert_eq!(shell.run("cd logical/link"), ENTERED_OPS, "the folder that the link is in");
    assert_loaded(&mut shell, "ops");
    assert_eq!(shell.run("cd ~/project/below"), ENTERED_DEV, "allowed at its real place");
    assert_loaded(&mut shell, "dev");
    recorder.take();
    shell.quietly("");
    shell.quietly("cd ..");
    assert_eq!(recorder.count(), 0);
    if kind != Kind::Fish {
        shell.run("cd -P ~/logical/link");
        assert_loaded(&mut shell, "dev");
    }
}

fn a_directory_that_the_user_claims_hangs_nothing(kind: Kind) {
    if kind == Kind::Fish {
        return cannot(kind, "nobody can assign to its PWD");
    }
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    for claim in ["/nowhere/at/all", "relative", ".", "", "/tmp", "//"] {
        shell.run(&format!("PWD='{claim}'"));
        recorder.take();
        shell.quietly("");
        assert_eq!(recorder.count(), 0, "{claim}");
        assert_loaded(&mut shell, "dev");
    }
    shell.run("unset PWD");
    shell.quietly("");
    assert_eq!(shell.run("cd ~"), LEFT_DEV);
    assert_nothing(&mut shell);
    assert_eq!(shell.run("cd ~/b"), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
}

fn a_claimed_directory_loads_nothing(kind: Kind) {
    if kind == Kind::Fish {
        return cannot(kind, "nobody can assign to its PWD");
    }
    let world = world();
    let mut shell = start(kind, &world);
    shell.run(&format!("PWD='{}'", world.at("a").display()));
    shell.run("");
    assert_nothing(&mut shell);
}

fn forty_levels_are_as_good_as_one(kind: Kind) {
    let world = world();
    let deep = format!("a{}", "/deep".repeat(40));
    world.dir(&deep);
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    assert_eq!(shell.run(&format!("cd {deep}")), ENTERED_DEV);
    recorder.take();
    shell.quietly("");
    shell.quietly("cd ..");
    assert_eq!(recorder.count(), 0);
    allowed(&world, "a/deep/deep", "profile = ops\n");
    assert_eq!(shell.run(""), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
    assert_eq!(shell.run("cd ~"), "awsenv: left ops");
}

fn nothing_above_the_ceiling_counts(kind: Kind) {
    let world = world();
    world.dir("a/below/further");
    let recorder = world.recorder();
    let mut shell = launch(kind, &world)
        .env("AWSENV_CEILING", world.at("a/below"))
        .current_dir("a/below/further")
        .start();
    assert!(shell.startup().is_empty(), "{}", shell.startup());
    assert_nothing(&mut shell);
    recorder.take();
    shell.quietly("");
    shell.quietly("cd ..");
    assert_eq!(recorder.count(), 0);
    assert_eq!(shell.run("cd .."), ENTERED_DEV, "outside the ceiling it does not apply");
}

each_shell!(
    guarded:
    the_path_that_was_walked_counts_not_where_a_link_leads,
    forty_levels_are_as_good_as_one,
    nothing_above_the_ceiling_counts,
    a_directory_that_the_user_claims_hangs_nothing,
    a_claimed_directory_loads_nothing,
);

// nushell starts nothing in a directory that is gone, no hook either.
each_shell!(
    a_deleted_directory_is_left,
    a_renamed_directory_is_followed_to_its_new_place,
    a_renamed_parent_is_noticed,
);
