//! The user's shell goes on as if there were no hook: status, history, traps, variables, subshells.

use std::path::Path;

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, allow, allowed, assert_loaded, assert_nothing, cannot, hook_line, launch,
    start, world,
};
use crate::harness::invocation::Invocation;
use crate::harness::shell::{Kind, Shell, each_shell};

/// Returns the name of the list of exit codes of the last pipe, as it is expanded.
fn pipe_status(kind: Kind) -> &'static str {
    match kind {
        Kind::Bash => "${PIPESTATUS[*]}",
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Zsh | Kind::Fish => "$pipestatus",
    }
}

fn the_status_of_the_last_command_is_kept(kind: Kind) {
    let world = world();
    let status = if kind == Kind::Fish { "$status" } else { "$?" };
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let pipe = "sh -c 'exit 3' | sh -c 'exit 4' | sh -c 'exit 5'";
    shell.quietly(pipe);
    assert_eq!(shell.run(&format!("echo {status}")), "5");
    shell.quietly(pipe);
    assert_eq!(shell.run(&format!("echo {}", pipe_status(kind))), "3 4 5");
    // The same where the prompt between has something to do.
    allowed(&world, "a", "profile = ops\n");
    assert_eq!(shell.run(pipe), ENTERED_OPS);
    assert_eq!(shell.run(&format!("echo {}", pipe_status(kind))), "3 4 5");
    allowed(&world, "a", "profile = dev\n");
    assert_eq!(shell.run(pipe), ENTERED_DEV);
    assert_eq!(shell.run(&format!("echo {status}")), "5");
    if kind != Kind::Fish {
        shell.run("echo one two");
        assert_eq!(shell.run("echo $_"), "two");
    }
}

fn a_later_prompt_command_sees_the_status(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world)
        .rc("show() { echo \"$? ${PIPESTATUS[*]}\"; }; PROMPT_COMMAND+=(show)")
        .current_dir("a")
        .start();
    assert_eq!(shell.run("sh -c 'exit 3' | sh -c 'exit 4'"), "4 3 4");
    allowed(&world, "a", "profile = ops\n");
    assert_eq!(shell.run("sh -c 'exit 3' | sh -c 'exit 4'"), format!("{ENTERED_OPS}\n4 3 4").as_str());
}

fn a_subshell_that_changes_the_directory_runs_nothing(kind: Kind) {
    if kind == Kind::Fish {
        return cannot(kind, "it has no subshells");
    }
    let world = world();
    world.project("blocked", "profile = dev\n");
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    recorder.take();
    shell.quietly("x=$(cd ../b && pwd); y=$(cd ../blocked && pwd)");
    shell.quietly("(cd ../b; cd ../blocked)");
    assert_eq!(recorder.count(), 0);
    assert_eq!(shell.var("x").as_deref(), world.at("b").to_str());
    assert_loaded(&mut shell, "dev");
}

fn a_substitution_that_moves_the_shell_is_followed(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.run("set x (cd ../b; pwd)");
    assert_eq!(shell.var("x").as_deref(), world.at("b").to_str());
    assert_loaded(&mut shell, "ops");
}

fn a_trap_is_kept(kind: Kind) {
    if kind == Kind::Fish {
        return cannot(kind, "its traps are event handlers, which no hook could replace");
    }
    let world = world();
    let mut shell = start(kind, &world);
    shell.run(match kind {
        Kind::Zsh => "TRAPINT() { echo trapped; return 130 }",
        _ => "trap 'echo trapped' INT",
    });
    shell.run("cd a");
    world.write("a/.awsenv", "nonsense");
    shell.run("");
    shell.run("cd ../b");
    let traps = shell.run(if kind == Kind::Zsh { "functions TRAPINT" } else { "trap" });
    assert!(traps.text().contains("echo trapped"), "{traps}");
    assert!(shell.run("kill -INT $$; :").text().contains("trapped"));
    assert_loaded(&mut shell, "ops");
}

fn variables_and_history_are_the_users(kind: Kind) {
    let world = world();
    world.dir("a/below");
    let mut shell = start(kind, &world);
    let names = [
        "at", "file", "tests", "text", "before", "absent", "vars", "o", "f", "i", "REPLY", "match", "up",
        "status_",
    ];
    for name in names {
        shell.quietly(&match kind {
            Kind::Bash | Kind::Zsh => format!("{name}=mine"),
            Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
            Kind::Fish => format!("set -g {name} mine"),
        });
    }
    for line in ["cd a", "cd below", "cd ..", "cd ../b", ""] {
        shell.run(line);
    }
    for name in names {
        assert_eq!(shell.var(name).as_deref(), Some("mine"), "{name}");
    }
    let history = shell.run(match kind {
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Bash => "history",
        Kind::Zsh => "fc -l 1",
        // The function of that name needs a pager.
        Kind::Fish => "builtin history search",
    });
    assert!(history.text().contains("cd below"), "{history}");
    assert!(!history.text().contains("_awsenv"), "{history}");
}

fn a_shell_that_is_not_interactive_is_left_alone(kind: Kind) {
    let world = world();
    let hook = hook_line(kind);
    let line = format!("{hook}; cd a; cd ../b; printenv AWS_PROFILE AWSENV_STATE; echo done");
    let path = Path::new("/usr/bin/env");
    let output = Invocation::new(&world, path, [kind.name(), "-c", &line]).run();
    assert_eq!(output.stdout, "done\n");
    // A program that an interactive shell runs inherits what is loaded, and the hook in it is inert.
    let mut shell = start(kind, &world);
    shell.run("cd a");
    assert_eq!(shell.run(&format!("{} -c 'cd ../b; printenv AWS_PROFILE'", kind.name())), "dev");
}

fn the_hook_sourced_again_runs_once_and_forgets_nothing(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell: Shell = launch(kind, &world)
        .rc(hook_line(kind))
        .rc(hook_line(kind))
        .env("AWS_SECRET_ACCESS_KEY", "mine")
        .start();
    recorder.take();
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    assert_eq!(recorder.take().len(), 1);
    shell.quietly(hook_line(kind));
    assert_loaded(&mut shell, "dev");
    recorder.take();
    shell.quietly("");
    assert_eq!(recorder.count(), 0);
    assert_eq!(shell.run("cd .."), "awsenv: left dev");
    assert_eq!(shell.env("AWS_SECRET_ACCESS_KEY").as_deref(), Some("mine"));
    let registered = match kind {
        Kind::Bash => shell.run("printf '%s\\n' \"${PROMPT_COMMAND[@]}\""),
        Kind::Zsh => shell.run("print -l $precmd_functions $chpwd_functions"),
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Fish => shell.run("functions --handlers-type generic; functions --handlers-type variable"),
    };
    let times = registered.text().matches("_awsenv_hook").count();
    assert_eq!(times, if kind == Kind::Bash { 1 } else { 2 }, "{registered}");
}

fn a_blocked_folder_is_not_told_again_when_the_hook_is_sourced_again(kind: Kind) {
    let world = world();
    let dir = world.project("new", "profile = dev\n");
    let mut shell = start(kind, &world);
    assert!(!shell.run("cd new").is_empty());
    shell.quietly(hook_line(kind));
    allow(&world, &dir);
    assert_eq!(shell.run(""), ENTERED_DEV);
    shell.run("cd ..");
    assert_nothing(&mut shell);
}

each_shell!(
    the_status_of_the_last_command_is_kept,
    variables_and_history_are_the_users,
    a_shell_that_is_not_interactive_is_left_alone,
    the_hook_sourced_again_runs_once_and_forgets_nothing,
    a_blocked_folder_is_not_told_again_when_the_hook_is_sourced_again,
    a_subshell_that_changes_the_directory_runs_nothing,
    a_trap_is_kept,
);
each_shell!(bash: a_later_prompt_command_sees_the_status);
each_shell!(fish: a_substitution_that_moves_the_shell_is_followed);
