//! The hook leaves as it came: the shell is then what it would be without it.

use std::collections::BTreeSet;

use crate::harness::hook_stage::{
    ENTERED_DEV, LEFT_DEV, SECRETS, assert_loaded, assert_nothing, aws, hook_line, launch, start, variables,
    world,
};
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

fn uninstall_line(kind: Kind) -> &'static str {
    match kind {
        Kind::Bash => r#"eval "$(awsenv hook bash --uninstall)""#,
        Kind::Zsh => r#"eval "$(awsenv hook zsh --uninstall)""#,
        Kind::Fish => "awsenv hook fish --uninstall | source",
        Kind::Elvish => "eval (awsenv hook elvish --uninstall | slurp)",
        Kind::Tcsh => r#"eval "`awsenv hook tcsh --uninstall`""#,
        Kind::Nu => "$env.config.hooks.pre_prompt ++= [(awsenv hook nu --uninstall)]",
    }
}

/// Returns the names of all functions and variables of the shell, and what runs at its prompts.
fn inventory(world: &World, shell: &mut Shell) -> BTreeSet<String> {
    let lists = match shell.kind() {
        Kind::Bash => "{ declare -F; compgen -v; declare -p PROMPT_COMMAND; trap; alias; set -o; } 2>&1",
        Kind::Zsh => {
            "{ print -l ${(k)functions} ${(k)parameters} ${(k)options}; \
             typeset -p precmd_functions chpwd_functions preexec_functions; trap; setopt } 2>&1"
        }
        Kind::Elvish => {
            "{ each $echo~ [$@edit:before-readline $@after-chdir]; echo (bool ?(eval 'nop $awsenv~')) }"
        }
        Kind::Tcsh => "( alias ; set | grep -v -E '^(_harness|prompt|cwd|owd|dirstack|_)' )",
        Kind::Nu => {
            "[(scope commands) (scope modules) (scope aliases) (scope variables)] | flatten | get name \
             | append ($env | columns) | append ([$env.config.hooks.pre_prompt $env.config.hooks.pre_execution] | each { length }) | to text"
        }
        Kind::Fish => "begin; functions --all --names; set --names; functions --handlers; end 2>&1",
    };
    let file = world.scratch("inventory");
    // The first time, a list holds what it takes to make the list.
    let to = if shell.kind() == Kind::Nu { "| save -f" } else { ">" };
    for _ in 0..2 {
        shell.run(&format!("{lists} {to} '{}'", file.display()));
    }
    let text = std::fs::read_to_string(file).expect("the shell wrote it");
    text.lines().map(str::to_owned).collect()
}

fn nothing_is_left_of_the_hook(kind: Kind) {
    let world = world();
    let before =
        variables(&[("AWS_REGION", "af-south-1"), ("AWS_SECRET_ACCESS_KEY", "mine"), ("AWS_PROFILE", "")]);
    let mut launch = Shell::launch(kind, &world);
    for (name, value) in &before {
        launch = launch.env(name, value);
    }
    let mut shell = launch.start();
    shell.run("cd a; cd ..");
    let as_it_was = inventory(&world, &mut shell);
    shell.run(hook_line(kind));
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
    assert_ne!(inventory(&world, &mut shell), as_it_was);
    assert_eq!(shell.run(uninstall_line(kind)), LEFT_DEV);
    let now = inventory(&world, &mut shell);
    // zsh keeps the modules that it loaded, which others may have come to use.
    let of_modules = ["EPOCHSECONDS"].map(str::to_owned);
    let new: Vec<_> = now.difference(&as_it_was).filter(|line| !of_modules.contains(line)).collect();
    assert!(new.is_empty(), "{new:#?}");
    let gone: Vec<_> = as_it_was.difference(&now).collect();
    assert!(gone.is_empty(), "{gone:#?}");
    assert_eq!(aws(&mut shell), before);
    assert_eq!(shell.env("AWSENV_STATE"), None);
    shell.quietly("cd ../b");
    assert_eq!(aws(&mut shell), before);
    // And it can come back.
    shell.run(hook_line(kind));
    assert_loaded(&mut shell, "ops");
}

fn what_others_put_beside_it_stays(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).current_dir("a").start();
    shell.run(match kind {
        Kind::Bash => "PROMPT_COMMAND+=('echo mine')",
        Kind::Zsh => {
            "mine() { echo mine }; precmd_functions+=(mine); chpwd_functions=(mine $chpwd_functions)"
        }
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Fish => "function mine --on-event fish_prompt; echo mine; end",
    });
    assert_eq!(shell.run(""), "mine");
    assert_eq!(shell.run(uninstall_line(kind)).lines(), [LEFT_DEV, "mine"]);
    assert_eq!(shell.run(""), "mine");
    let moved = if kind == Kind::Zsh { vec!["mine", "mine"] } else { vec!["mine"] };
    assert_eq!(shell.run("cd ../b").lines(), moved);
}

fn without_a_hook_and_a_second_time_nothing_happens(kind: Kind) {
    let world = world();
    let mut shell = Shell::launch(kind, &world).env("AWS_PROFILE", "mine").start();
    shell.quietly(uninstall_line(kind));
    shell.run(hook_line(kind));
    shell.run("cd a");
    assert_eq!(shell.run(uninstall_line(kind)), LEFT_DEV);
    shell.quietly(uninstall_line(kind));
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "mine")]));
}

fn a_shell_below_exec_keeps_what_exec_gave_it(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run(&format!("awsenv exec --profile ops -- {}", kind.nested()));
    shell.quietly(uninstall_line(kind));
    assert_loaded(&mut shell, "ops");
}

fn options_do_not_matter_and_a_trace_shows_no_secret(kind: Kind) {
    let options: &[&str] = match kind {
        Kind::Bash => &["set -eu", "set -x", "set -a; IFS=", "set -o posix; shopt -s failglob"],
        Kind::Zsh => &[
            "setopt err_exit no_unset",
            "set -x",
            "setopt ksh_arrays sh_word_split all_export warn_create_global; IFS=",
        ],
        Kind::Fish => &["set -g fish_trace 1", "set -g IFS :/"],
        Kind::Elvish => &["use str"],
        Kind::Nu => &["$env.config.error_style = 'fancy'", "$env.ENV_CONVERSIONS = {}"],
        Kind::Tcsh => {
            &["set echo", "set verbose", "set noglob noclobber backslash_quote", "unset csubstnonl"]
        }
    };
    for options in options {
        let world = world();
        let mut shell = launch(kind, &world).env("AWS_SECRET_ACCESS_KEY", "mine/SecretKey").start();
        shell.run("cd a");
        shell.run(options);
        let screen = shell.run(uninstall_line(kind));
        for secret in SECRETS.into_iter().chain(["mine/SecretKey"]) {
            assert!(!screen.text().contains(secret), "{options}: {screen}");
        }
        assert!(screen.lines().contains(&LEFT_DEV), "{options}: {screen}");
        assert_eq!(aws(&mut shell), variables(&[("AWS_SECRET_ACCESS_KEY", "mine/SecretKey")]), "{options}");
        assert!(shell.environment().keys().all(|name| !name.to_string_lossy().contains("awsenv")));
        assert!(shell.run("echo alive").text().contains("alive"), "{options}");
    }
}

fn a_program_that_is_gone_can_still_be_left(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    let script = world.write("script", world.run(["hook", kind.name(), "--uninstall"]).stdout);
    shell.run("cd a");
    std::fs::rename(world.bin().join("awsenv"), world.bin().join("away")).expect("it is there");
    let screen = shell.run(&match kind {
        Kind::Elvish => format!("eval (slurp <'{}')", script.display()),
        Kind::Tcsh => format!("eval \"`cat '{}'`\"", script.display()),
        _ => format!("source '{}'", script.display()),
    });
    assert!(screen.text().contains("awsenv: error: could not find "), "{screen}");
    for name in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        assert_eq!(shell.env(name), None, "{name}");
    }
    shell.quietly("cd ../b");
}

/// What `PROMPT_COMMAND` is before the hook, and is again after it.
const FORMS: &[&str] = &[
    "unset PROMPT_COMMAND",
    "PROMPT_COMMAND=",
    "PROMPT_COMMAND='true; # mine'",
    "export PROMPT_COMMAND='true'",
    "PROMPT_COMMAND=()",
    "PROMPT_COMMAND=(true)",
    "PROMPT_COMMAND=(true 'true;')",
    "declare -ax PROMPT_COMMAND=(true)",
];

fn every_form_of_prompt_command_comes_back(kind: Kind) {
    for form in FORMS {
        for strict in ["", "set -u; "] {
            let world = world();
            let mut shell = Shell::launch(kind, &world).rc(&format!("{strict}{form}")).start();
            let shown = |shell: &mut Shell| shell.run("declare -p PROMPT_COMMAND 2>&1").text().to_owned();
            let before = shown(&mut shell);
            shell.quietly(hook_line(kind));
            assert_eq!(shell.run("cd a"), ENTERED_DEV, "{form}");
            shell.quietly(hook_line(kind));
            assert_eq!(shell.run(uninstall_line(kind)), LEFT_DEV, "{form}");
            assert_eq!(shown(&mut shell), before, "{strict}{form}");
        }
    }
}

fn a_string_that_stays_a_string_comes_back(kind: Kind) {
    let world = world();
    // As where bash-preexec has yet to build it anew.
    let mut shell = Shell::launch(kind, &world)
        .rc("__bp_install() { echo mine; }; PROMPT_COMMAND=__bp_install")
        .rc(hook_line(kind))
        .current_dir("a")
        .start();
    assert_eq!(shell.run(uninstall_line(kind)).lines(), [LEFT_DEV, "mine"]);
    assert_eq!(
        shell.run("declare -p PROMPT_COMMAND").lines()[0],
        "declare -- PROMPT_COMMAND=\"__bp_install\""
    );
}

fn a_string_that_others_built_around_it_still_runs(kind: Kind) {
    for line in
        ["PROMPT_COMMAND=\"echo mine; $PROMPT_COMMAND\"", "PROMPT_COMMAND=\"$PROMPT_COMMAND; echo mine\""]
    {
        let world = world();
        let mut shell = launch(kind, &world).rc(line).current_dir("a").start();
        let screen = shell.run(uninstall_line(kind));
        assert_eq!(screen.lines(), [LEFT_DEV, "mine"], "{line}");
        assert_eq!(shell.run("cd ../b"), "mine", "{line}");
        assert_nothing(&mut shell);
    }
}

each_shell!(
    every:
    nothing_is_left_of_the_hook,
    without_a_hook_and_a_second_time_nothing_happens,
    a_shell_below_exec_keeps_what_exec_gave_it,
    options_do_not_matter_and_a_trace_shows_no_secret,
    a_program_that_is_gone_can_still_be_left,
);
each_shell!(
    bash: every_form_of_prompt_command_comes_back,
    a_string_that_stays_a_string_comes_back,
    a_string_that_others_built_around_it_still_runs,
);

each_shell!(what_others_put_beside_it_stays);
