//! Folders come and go, and the environment with them.

use std::fs;

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, LEFT_DEV, Variables, allow, allowed, assert_loaded, assert_nothing, aws,
    cannot, launch, loaded, start, variables, world,
};
use crate::harness::shell::{Kind, each_shell};

fn entering_loads_and_leaving_takes_it_out(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    assert!(shell.startup().is_empty(), "{}", shell.startup());
    assert_nothing(&mut shell);
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
    shell.quietly("");
    assert_loaded(&mut shell, "dev");
    assert_eq!(shell.run("cd .."), LEFT_DEV);
    assert_nothing(&mut shell);
    shell.quietly("");
}

fn a_shell_that_starts_in_a_folder_is_loaded(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).current_dir("a").start();
    assert_eq!(*shell.startup(), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
}

fn leaving_restores_what_was_set_empty_and_unset(kind: Kind) {
    let world = world();
    let before = variables(&[
        ("AWS_PROFILE", "it's \"mine\" \\ $HOME é"),
        ("AWS_REGION", ""),
        ("AWS_ACCESS_KEY_ID", "AKIAMINE"),
        ("AWS_SECRET_ACCESS_KEY", "mine '\\\" $(touch PWN)\nsecond"),
        ("AWS_SESSION_TOKEN", ""),
        ("AWS_SECURITY_TOKEN", "old"),
        ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/mine"),
        ("AWS_ROLE_SESSION_NAME", "two\nlines"),
    ]);
    let mut launch = launch(kind, &world);
    for (name, value) in &before {
        launch = launch.env(name, value);
    }
    let mut shell = launch.start();
    assert_eq!(aws(&mut shell), before);
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
    let state = shell.env("AWSENV_STATE").expect("bookkeeping");
    assert!(!state.contains("AKIAMINE") && !state.contains("mine '"), "{state}");
    shell.run("cd ../b");
    assert_loaded(&mut shell, "ops");
    assert_eq!(shell.run("cd .."), "awsenv: left ops");
    assert_eq!(aws(&mut shell), before);
    assert_eq!(shell.env("AWSENV_STATE"), None);
    assert_eq!(shell.var("_awsenv_was_AWS_SECRET_ACCESS_KEY"), None, "nothing is kept longer than needed");
    assert!(!world.at("PWN").exists());
}

fn one_step_leads_from_one_folder_to_another(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    recorder.take();
    assert_eq!(shell.run("cd ../b"), ENTERED_OPS);
    assert_eq!(recorder.take().len(), 1);
    assert_loaded(&mut shell, "ops");
    assert_eq!(shell.run("cd ../a"), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
}

fn a_folder_below_keeps_what_is_loaded(kind: Kind) {
    let world = world();
    world.dir("a/deep/er");
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.quietly("cd deep");
    assert_loaded(&mut shell, "dev");
    shell.quietly("cd er");
    shell.quietly("cd ../..");
    assert_loaded(&mut shell, "dev");
    shell.quietly("cd deep/er");
    assert_eq!(shell.run("cd ~"), LEFT_DEV);
    assert_nothing(&mut shell);
    assert_eq!(shell.run("cd a/deep/er"), ENTERED_DEV, "straight into the folder below");
    assert_loaded(&mut shell, "dev");
}

fn the_inner_of_two_folders_counts_alone(kind: Kind) {
    let world = world();
    allowed(&world, "a/inner", "profile = ops\nregion = eu-north-1\n");
    let mut shell = start(kind, &world);
    shell.run("cd a");
    assert_eq!(shell.run("cd inner"), "awsenv: ops, eu-north-1");
    let mut inner = loaded("ops");
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        inner.insert(name.to_owned(), "eu-north-1".to_owned());
    }
    assert_eq!(aws(&mut shell), inner);
    assert_eq!(shell.run("cd .."), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
    shell.run("cd inner");
    shell.run("cd ~");
    assert_nothing(&mut shell);
}

fn a_file_without_a_profile_refines_the_one_above(kind: Kind) {
    let world = world();
    let inner = world.project("a/inner", "region = eu-north-1\n");
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let screen = shell.run("cd inner");
    assert!(screen.text().contains("a/inner/.awsenv is not allowed"), "{screen}");
    assert_nothing(&mut shell);
    allow(&world, &inner);
    assert_eq!(shell.run(""), "awsenv: dev, eu-north-1");
    assert_eq!(shell.env("AWS_REGION").as_deref(), Some("eu-north-1"));
    // The outer file changes, so its permission is gone, and with it what the inner one refines.
    world.project("a", "profile = ops\n");
    let screen = shell.run("");
    assert!(screen.text().contains("a/.awsenv is not allowed"), "{screen}");
    assert_nothing(&mut shell);
    allow(&world, &world.at("a"));
    assert_eq!(shell.run(""), "awsenv: ops, eu-north-1");
    assert_eq!(shell.run("cd ~"), "awsenv: left ops");
}

fn a_deleted_file_is_unloaded(kind: Kind) {
    let world = world();
    world.dir("a/below");
    let mut shell = start(kind, &world);
    shell.run("cd a/below");
    fs::remove_file(world.at("a/.awsenv")).expect("it exists");
    assert_eq!(shell.run(""), LEFT_DEV);
    assert_nothing(&mut shell);
    shell.quietly("");
    world.project("a", "profile = dev\n");
    assert_eq!(shell.run(""), ENTERED_DEV, "its permission is still there");
    fs::remove_file(world.at("a/.awsenv")).expect("it exists");
    assert_eq!(shell.run("cd ~"), LEFT_DEV);
    assert_nothing(&mut shell);
}

fn a_broken_file_is_told_once(kind: Kind) {
    let world = world();
    world.project("broken", "profile = dev\nregoin = x\n");
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let screen = shell.run("cd ../broken");
    assert_eq!(screen.text().matches("awsenv: error: could not").count(), 1, "{screen}");
    assert!(screen.text().contains("broken/.awsenv:2"), "{screen}");
    assert_nothing(&mut shell);
    shell.quietly("");
    shell.quietly("");
    world.project("broken", "profile = dev\nregoin = y\n");
    assert!(shell.run("").text().contains("broken/.awsenv:2"));
    shell.quietly("");
    assert_nothing(&mut shell);
}

fn an_unknown_profile_is_told_once_until_the_configuration_changes(kind: Kind) {
    let world = world();
    allowed(&world, "new", "profile = new\n");
    let mut shell = start(kind, &world);
    let screen = shell.run("cd new");
    assert!(screen.text().contains("new"), "{screen}");
    assert_eq!(aws(&mut shell), Variables::new());
    shell.quietly("");
    world.aws_config(
        "[profile new]\nregion = eu-west-3\naws_access_key_id = AKIANEW\naws_secret_access_key = s\n",
    );
    assert_eq!(shell.run(""), "awsenv: new, eu-west-3");
    shell.quietly("");
}

fn a_stale_group_is_replaced_as_a_whole(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).env("AWS_SESSION_TOKEN", "stale").start();
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
    shell.run("cd ..");
    assert_eq!(aws(&mut shell), variables(&[("AWS_SESSION_TOKEN", "stale")]));
}

fn a_command_on_the_same_line_sees_the_new_folder(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    if matches!(kind, Kind::Bash | Kind::Nu) {
        cannot(kind, "it has no event for a change of directory");
        shell.run("cd b");
        assert_eq!(shell.run("cd ../a; printenv AWS_PROFILE"), format!("ops\n{ENTERED_DEV}").as_str());
        return assert_loaded(&mut shell, "dev");
    }
    let joint = if kind == Kind::Elvish { ";" } else { "&&" };
    let line = format!("cd a {joint} printenv AWS_PROFILE");
    assert_eq!(shell.run(&line), format!("{ENTERED_DEV}\ndev").as_str());
    let line = "cd ../b; printenv AWS_PROFILE; cd ~";
    assert_eq!(shell.run(line), format!("{ENTERED_OPS}\nops\nawsenv: left ops").as_str());
    assert_nothing(&mut shell);
}

fn every_way_to_change_the_directory_is_followed(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.run("pushd ../b");
    assert_loaded(&mut shell, "ops");
    shell.run("popd");
    assert_loaded(&mut shell, "dev");
    shell.run("cd ~");
    shell.run("cd -");
    assert_loaded(&mut shell, "dev");
    shell.run(match kind {
        Kind::Bash => "shopt -s autocd",
        Kind::Zsh => "setopt auto_cd",
        Kind::Fish => "",
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
    });
    shell.run("../b");
    assert_loaded(&mut shell, "ops");
    if kind == Kind::Zsh {
        shell.run("cd -q ../a");
        assert_loaded(&mut shell, "dev");
    }
}

each_shell!(
    every:
    entering_loads_and_leaving_takes_it_out,
    a_shell_that_starts_in_a_folder_is_loaded,
    leaving_restores_what_was_set_empty_and_unset,
    a_folder_below_keeps_what_is_loaded,
    the_inner_of_two_folders_counts_alone,
    a_file_without_a_profile_refines_the_one_above,
    a_deleted_file_is_unloaded,
    a_broken_file_is_told_once,
    an_unknown_profile_is_told_once_until_the_configuration_changes,
    a_stale_group_is_replaced_as_a_whole,
    a_command_on_the_same_line_sees_the_new_folder,
);

each_shell!(one_step_leads_from_one_folder_to_another, every_way_to_change_the_directory_is_followed,);
