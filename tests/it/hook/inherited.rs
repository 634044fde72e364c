//! What a shell finds set before it starts: nothing in it may speak for the hook.

use crate::harness::hook_stage::{allowed, assert_loaded, assert_nothing, export, launch, start, world};
use crate::harness::shell::{Kind, each_shell};

/// What the hooks remember in variables, and what a value of each could do if it were believed.
const REMEMBERED: [&str; 16] = [
    "_awsenv_id",
    "_awsenv_told",
    "_awsenv_confirmed",
    "_awsenv_echoes",
    "_awsenv_seen",
    "_awsenv_bin",
    "_awsenv_pwd",
    "_awsenv_look",
    "_awsenv_more",
    "_awsenv_running",
    "_awsenv_same",
    "_awsenv_args",
    "_awsenv_text",
    "_awsenv_env",
    "_awsenv_until",
    "_awsenv_was_AWS_SECRET_ACCESS_KEY",
];

fn variables_of_the_hook_are_not_inherited(kind: Kind) {
    let world = world();
    let (id, forged) = ("0011aabb", "; touch ~/ran; $(touch ~/ran) `touch ~/ran`");
    let mut launch = launch(kind, &world);
    for name in REMEMBERED {
        launch = launch.env(name, if name == "_awsenv_id" { id } else { forged });
    }
    let mut shell = launch.env("_awsenv_own_AWS_PROFILE", "forged").start();
    assert!(shell.startup().is_empty(), "{}", shell.startup());
    assert_nothing(&mut shell);
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
    let inherited: Vec<_> =
        shell.environment().into_keys().filter(|name| name.to_string_lossy().contains("_awsenv")).collect();
    // elvish remembers nothing in variables of that kind, and cannot list them.
    assert!(inherited.is_empty() || kind == Kind::Elvish, "{inherited:?}");
    shell.run("cd ~");
    assert_nothing(&mut shell);
    assert!(!world.at("ran").exists());
}

fn an_id_that_is_none_runs_nothing(kind: Kind) {
    let world = world();
    let state = r#"{"as":"","held":"S","id":"; touch ~/ran;","in":"","of":"","set":{},"v":2}"#;
    let mut shell = launch(kind, &world)
        .env("AWSENV_STATE", state)
        .env("_awsenv_id", "; touch ~/ran;")
        .env("_awsenv_was_AWS_SECRET_ACCESS_KEY", "forged")
        .env("AWSENV_PROFILE", "dev")
        .env("AWS_SECRET_ACCESS_KEY", "of nobody")
        .start();
    shell.run("");
    assert_nothing(&mut shell);
    assert!(!world.at("ran").exists());
}

fn bookkeeping_that_awsenv_did_not_write_gives_no_secret_back(kind: Kind) {
    let world = world();
    let forged =
        r#"{"as":"","id":"00","in":"","of":"","set":{},"v":2,"was":{"S":"forged","K":"AKIAFORGED"}}"#;
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.run(&export(kind, "AWSENV_STATE", forged));
    assert_loaded(&mut shell, "dev");
    shell.run("cd ~");
    assert_nothing(&mut shell);
}

each_shell!(
    every:
    variables_of_the_hook_are_not_inherited,
    an_id_that_is_none_runs_nothing,
    bookkeeping_that_awsenv_did_not_write_gives_no_secret_back,
);

/// The hook sourced twice keeps what it remembers, and only that.
fn what_a_shell_remembers_survives_a_second_line(kind: Kind) {
    let world = world();
    allowed(&world, "a", "profile = dev\n");
    let mut shell = launch(kind, &world).env("AWS_SECRET_ACCESS_KEY", "mine").start();
    shell.run("cd a");
    shell.run(crate::harness::hook_stage::hook_line(kind));
    shell.run("cd ~");
    assert_eq!(shell.env("AWS_SECRET_ACCESS_KEY").as_deref(), Some("mine"));
}

each_shell!(what_a_shell_remembers_survives_a_second_line);
