//! A folder that nobody allowed changes nothing, and says so once.

use std::fs;

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, LEFT_DEV, allow, assert_loaded, assert_nothing, start, world,
};
use crate::harness::shell::{Kind, Shell, each_shell};

/// Runs a line after which exactly this folder is told to be blocked.
#[track_caller]
fn blocked(shell: &mut Shell, line: &str, folder: &str, profile: &str) {
    let screen = shell.run(line);
    let lines = screen.lines();
    assert_eq!(lines.len(), 1, "{screen}");
    let said = format!("awsenv: error: ~/{folder}/.awsenv is not allowed yet (profile {profile}");
    assert!(lines[0].starts_with(&said) && lines[0].contains("); run `awsenv allow"), "{screen}");
}

fn a_folder_that_is_not_allowed_is_told_once_per_entry_and_content(kind: Kind) {
    let world = world();
    world.project("new", "profile = dev\n");
    world.dir("new/below");
    let mut shell = start(kind, &world);
    blocked(&mut shell, "cd new", "new", "dev");
    assert_nothing(&mut shell);
    shell.quietly("");
    shell.quietly("cd below");
    shell.quietly("cd ..");
    shell.quietly("cd ..");
    blocked(&mut shell, "cd new", "new", "dev");
    world.project("new", "profile = ops\n");
    blocked(&mut shell, "", "new", "ops");
    shell.quietly("");
    assert_nothing(&mut shell);
    shell.run("cd ../a");
    blocked(&mut shell, "cd ../new", "new", "ops");
    assert_nothing(&mut shell);
}

fn allow_takes_effect_at_the_next_prompt_here_and_elsewhere(kind: Kind) {
    let world = world();
    world.project("new", "profile = dev\n");
    let mut shell = start(kind, &world);
    let mut other = start(kind, &world);
    blocked(&mut shell, "cd new", "new", "dev");
    blocked(&mut other, "cd new", "new", "dev");
    let screen = shell.run("awsenv allow");
    let lines = screen.lines();
    assert!(lines.len() == 2 && lines[0].starts_with("awsenv: allowed "), "{screen}");
    assert_eq!(lines[1], ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
    assert_eq!(other.run(""), ENTERED_DEV);
    assert_loaded(&mut other, "dev");
    let screen = other.run("awsenv deny");
    assert!(screen.text().contains("awsenv: denied "), "{screen}");
    assert_nothing(&mut other);
    shell.run("");
    assert_nothing(&mut shell);
}

fn a_denied_folder_is_silent(kind: Kind) {
    let world = world();
    let dir = world.project("new", "profile = dev\n");
    assert_eq!(world.command(["deny".as_ref(), dir.as_os_str()]).unchecked().run().code, 0);
    let mut shell = start(kind, &world);
    shell.quietly("cd new");
    assert_nothing(&mut shell);
    world.project("new", "profile = ops\n");
    shell.quietly("");
    assert_nothing(&mut shell);
    allow(&world, &dir);
    assert_eq!(shell.run(""), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
}

fn an_edit_asks_again_and_going_back_does_not(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    world.project("a", "profile = ops\n");
    blocked(&mut shell, "", "a", "ops");
    assert_nothing(&mut shell);
    world.project("a", "profile = dev\n");
    assert_eq!(shell.run(""), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
}

fn a_blocked_folder_below_a_loaded_one_removes_what_was_loaded(kind: Kind) {
    let world = world();
    world.project("a/new", "profile = ops\n");
    let mut shell = start(kind, &world);
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
    blocked(&mut shell, "cd new", "a/new", "ops");
    assert_nothing(&mut shell);
    assert_eq!(shell.run("cd .."), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
}

fn a_copy_of_an_allowed_file_is_not_allowed(kind: Kind) {
    let world = world();
    world.dir("copy");
    fs::copy(world.at("a/.awsenv"), world.at("copy/.awsenv")).expect("the world can be written");
    std::os::unix::fs::symlink(world.at("a/.awsenv"), world.dir("link").join(".awsenv")).expect("a new link");
    let mut shell = start(kind, &world);
    blocked(&mut shell, "cd copy", "copy", "dev");
    blocked(&mut shell, "cd ../link", "link", "dev");
    assert_nothing(&mut shell);
    assert_eq!(shell.run("cd ../a"), ENTERED_DEV);
    assert_eq!(shell.run("cd"), LEFT_DEV);
}

fn a_denial_is_noticed_whatever_became_of_the_files_that_tell_of_it(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    for file in fs::read_dir(world.at(".local/state/awsenv/generations")).expect("there is a folder") {
        fs::remove_file(file.expect("a file").path()).expect("the world can be written");
    }
    shell.quietly("");
    assert_loaded(&mut shell, "dev");
    recorder.take();
    shell.quietly("");
    if !matches!(kind, Kind::Elvish | Kind::Tcsh) {
        assert_eq!(recorder.count(), 0);
    }
    assert_eq!(world.command(["deny", "a"]).unchecked().run().code, 0);
    shell.quietly("");
    assert_nothing(&mut shell);
}

fn a_line_that_bash_reads_as_empty_is_an_edit(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.run("printf '\\0profile = ops\\n' >>.awsenv");
    assert_nothing(&mut shell);
}

each_shell!(bash: a_line_that_bash_reads_as_empty_is_an_edit);
each_shell!(
    every:
    a_folder_that_is_not_allowed_is_told_once_per_entry_and_content,
    allow_takes_effect_at_the_next_prompt_here_and_elsewhere,
    a_denied_folder_is_silent,
    an_edit_asks_again_and_going_back_does_not,
    a_blocked_folder_below_a_loaded_one_removes_what_was_loaded,
    a_copy_of_an_allowed_file_is_not_allowed,
    a_denial_is_noticed_whatever_became_of_the_files_that_tell_of_it,
);
