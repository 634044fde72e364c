//! What is nushell's own: the last exit code, its pipes, and a hook that is a text.

use std::path::Path;

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, assert_loaded, assert_nothing, hook_line, launch, start, world,
};
use crate::harness::invocation::Invocation;
use crate::harness::shell::{Kind, Shell, each_shell};

fn the_last_exit_code_is_kept(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    assert_eq!(shell.run("cd a; ^sh -c 'exit 3'"), ENTERED_DEV);
    assert_eq!(shell.run("$env.LAST_EXIT_CODE"), "3");
    shell.run("awsenv use nobody");
    assert_eq!(shell.run("$env.LAST_EXIT_CODE"), "1");
    assert_eq!(shell.run("try { awsenv use nobody } catch { print caught }").lines().last(), Some(&"caught"));
    assert_eq!(shell.run("awsenv status --quiet; print ready"), "ready");
    assert_eq!(shell.run("cd ~; try { awsenv status --quiet } catch { print none }").lines()[0], "none");
}

fn what_is_typed_is_passed_on(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    assert_eq!(shell.run("awsenv profiles --json | from json | get name | str join ' '"), "dev ops");
    assert_eq!(shell.run("'told' | awsenv exec -p ops -- cat"), "told");
    let line = "awsenv exec -p ops -- sh -c 'echo \"$AWS_PROFILE; $1 $2 $3\"' sh 'a  b' *.none 5";
    assert_eq!(shell.run(line), "ops; a  b *.none 5");
    assert!(shell.run("awsenv use --help").text().contains("awsenv use prod-admin --for 30m"));
}

fn the_line_twice_counts_once(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).rc(hook_line(kind)).start();
    assert!(shell.startup().is_empty(), "{}", shell.startup());
    assert!(shell.run("awsenv doctor --offline").text().contains("set up twice"));
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    shell.quietly(hook_line(kind));
    let hooks =
        "$env.config.hooks.pre_prompt ++ $env.config.hooks.pre_execution | each { describe } | uniq --count";
    assert_eq!(
        shell.run(&format!("{hooks} | to nuon")),
        "[[value, count]; [closure, 4]]",
        "one is the harness's"
    );
    let told = shell.run("awsenv doctor --offline").text().to_owned();
    assert!(!told.contains("set up twice") && !told.contains("was taken out"), "{told}");
    shell.run("$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt | first 1)");
    let told = shell.run("awsenv doctor --offline").text().to_owned();
    assert!(told.contains("the hook was taken out of this nu"), "{told}");
    shell.run(hook_line(kind));
    shell.run("cd ~");
    assert_nothing(&mut shell);
}

fn what_was_interrupted_is_made_up_for_before_the_next_command(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    // As if the hook had not come to look at this folder.
    shell.run("$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt | first 1); cd ../b");
    assert_eq!(shell.run("printenv AWS_PROFILE").lines(), [ENTERED_OPS, "ops"]);
    assert_loaded(&mut shell, "ops");
}

fn a_shell_that_runs_one_command_is_left_alone(kind: Kind) {
    let world = world();
    launch(kind, &world).start();
    let config = world.at(".config/nushell/config.nu");
    let line = format!("cd {}; ^env", world.at("a").display());
    let arguments = ["nu".as_ref(), "--config".as_ref(), config.as_os_str(), "-c".as_ref(), line.as_ref()];
    let output = Invocation::new(&world, Path::new("/usr/bin/env"), arguments).run();
    assert!(output.stdout.contains("HOME=") && !output.stdout.contains("AWS_PROFILE"), "{}", output.stdout);
}

/// `awsenv export nu` is nushell: a person can save and read it.
fn an_export_can_be_saved_and_read(kind: Kind) {
    let world = world();
    let mut shell = Shell::launch(kind, &world).start();
    shell.run("cd a; awsenv export nu | save --force ../text.nu");
    shell.run("source ../text.nu");
    assert_loaded(&mut shell, "dev");
}

each_shell!(
    nu: the_last_exit_code_is_kept,
    what_is_typed_is_passed_on,
    the_line_twice_counts_once,
    what_was_interrupted_is_made_up_for_before_the_next_command,
    a_shell_that_runs_one_command_is_left_alone,
    an_export_can_be_saved_and_read,
);
