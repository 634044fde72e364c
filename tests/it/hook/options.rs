//! Whatever options, aliases and functions the user has, the hook works and shows no secret.

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, LEFT_DEV, SECRETS, allowed, assert_loaded, assert_nothing, aws, cannot,
    hook_line, launch, loaded, start, variables, world,
};
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

/// Goes through a load, a change and a leave, each with its prompt and nothing said but what there is to say.
#[track_caller]
fn tour(world: &World, shell: &mut Shell) {
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    shell.quietly("");
    assert_loaded(shell, "dev");
    allowed(world, "a", "profile = ops\n");
    assert_eq!(shell.run(""), ENTERED_OPS);
    assert_loaded(shell, "ops");
    allowed(world, "a", "profile = dev\n");
    assert_eq!(shell.run(""), ENTERED_DEV);
    shell.quietly("awsenv status --quiet");
    assert_eq!(shell.run("cd .."), LEFT_DEV);
    shell.quietly("");
    assert_nothing(shell);
}

fn options(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Bash => &[
            "set -eu; set -f; set -C; set -o pipefail",
            "set -T; set -E; set -o posix; IFS=",
            "shopt -s nullglob dotglob nocasematch extglob; IFS=0123456789abcdefghijklmnopqrstuvwxyz",
            "shopt -s failglob; IFS=:/",
        ],
        Kind::Zsh => &[
            "setopt ksh_arrays sh_word_split err_return no_unset warn_create_global warn_nested_var no_clobber",
            "setopt err_exit null_glob extended_glob glob_subst ksh_glob csh_null_glob; IFS=:/",
            "setopt posix_builtins posix_aliases posix_identifiers posix_strings all_export cd_able_vars chase_links",
            "setopt no_case_match rc_quotes no_multibyte local_traps local_options auto_pushd; IFS=",
        ],
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Fish => &["set -g IFS :/"],
    }
}

fn options_set_before_the_hook_do_not_matter(kind: Kind) {
    for options in options(kind) {
        let world = world();
        let mut shell = Shell::launch(kind, &world).rc(options).rc(hook_line(kind)).start();
        assert!(shell.startup().is_empty(), "{options}: {}", shell.startup());
        tour(&world, &mut shell);
    }
}

fn options_set_after_the_hook_do_not_matter(kind: Kind) {
    for options in options(kind) {
        let world = world();
        let mut shell = start(kind, &world);
        shell.quietly(options);
        tour(&world, &mut shell);
    }
}

fn a_legal_failure_under_errexit_ends_nothing(kind: Kind) {
    if kind == Kind::Fish {
        return cannot(kind, "it has no such option");
    }
    let world = world();
    let mut shell = launch(kind, &world).rc("set -e").start();
    shell.quietly("! true");
    shell.run("cd a");
    shell.quietly("! true");
    allowed(&world, "a", "profile = ops\n");
    assert_eq!(shell.run("! true"), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
    world.write("a/.awsenv", "nonsense");
    assert!(!shell.run("! true").is_empty());
    shell.quietly("! true");
    assert_eq!(shell.run("echo alive"), "alive");
}

fn a_trace_shows_no_secret(kind: Kind) {
    let traces = match kind {
        Kind::Fish => &["set -g fish_trace 1"][..],
        _ => &["set -x", "set -v", "set -xv"],
    };
    for trace in traces {
        let world = world();
        let mut shell = launch(kind, &world).env("AWS_SECRET_ACCESS_KEY", "mine/SecretKey").start();
        shell.run(trace);
        check_trace(kind, &world, &mut shell, trace);
    }
}

fn check_trace(kind: Kind, world: &World, shell: &mut Shell, trace: &str) {
    let mut screens = Vec::new();
    for line in ["cd a", "", "awsenv reload", "cd ../b", "pushd ../a", "popd"] {
        screens.push(shell.run(line));
    }
    allowed(world, "b", "profile = dev\n");
    screens.push(shell.run(""));
    screens.push(shell.run("export AWS_PROFILE=mine"));
    screens.push(shell.run("awsenv reload"));
    world.write("b/.awsenv", "nonsense");
    screens.push(shell.run(""));
    screens.push(shell.run("cd ~"));
    for screen in screens {
        for secret in SECRETS.into_iter().chain(["mine/SecretKey"]) {
            assert!(!screen.text().contains(secret), "{screen}");
        }
    }
    if kind != Kind::Fish {
        let options = shell.run("echo \"options $-\"");
        let lines = options.lines();
        let line = lines.iter().find(|line| line.starts_with("options "));
        assert!(
            line.is_some_and(|line| line[8..].contains(trace.chars().last().unwrap_or_default())),
            "the trace is on: {options}"
        );
    }
    assert_eq!(aws(shell), variables(&[("AWS_SECRET_ACCESS_KEY", "mine/SecretKey")]));
}

fn what_is_evaluated_is_never_printed(kind: Kind) {
    let world = world();
    let (verbose, keywords) = match kind {
        Kind::Zsh => ("setopt verbose", ":"),
        _ => ("set -v", "set -k"),
    };
    for option in [verbose, keywords] {
        let mut shell = launch(kind, &world).env("AWS_SECRET_ACCESS_KEY", "mine/SecretKey").start();
        shell.run("cd b");
        shell.run(option);
        let mut screens = Vec::new();
        for (line, profile) in [("cd ../a", "dev"), ("", "dev"), ("awsenv reload", "dev"), ("cd ../b", "ops")]
        {
            screens.push(shell.run(line));
            assert_loaded(&mut shell, profile);
        }
        screens.push(shell.run("cd ~"));
        for screen in screens {
            for word in SECRETS.into_iter().chain(["mine/SecretKey", "numeric"]) {
                assert!(!screen.text().contains(word), "{option}: {screen}");
            }
        }
        assert_eq!(aws(&mut shell), variables(&[("AWS_SECRET_ACCESS_KEY", "mine/SecretKey")]));
        assert!(
            kind != Kind::Bash || shell.run("echo \"is $-\"").text().contains(&option[5..]),
            "it is still on"
        );
    }
}

fn a_debug_trap_hears_no_secret(kind: Kind) {
    let world = world();
    let trap = match kind {
        Kind::Zsh => "trap 'print -r -- \"$ZSH_DEBUG_CMD\" >>~/log' DEBUG",
        _ => "set -T; trap 'echo \"$BASH_COMMAND\" >>~/log' DEBUG",
    };
    let mut shell = launch(kind, &world).env("AWS_SECRET_ACCESS_KEY", "mine/SecretKey").start();
    shell.run(trap);
    for line in ["cd a", "", "awsenv reload", "cd ../b"] {
        shell.run(line);
    }
    assert_loaded(&mut shell, "ops");
    shell.run("cd ~");
    shell.run("echo still heard");
    let log = std::fs::read_to_string(world.at("log")).expect("the trap wrote it");
    for secret in SECRETS.into_iter().chain(["mine/SecretKey"]) {
        assert!(!log.contains(secret), "{log}");
    }
    assert!(log.contains("echo still heard"), "{log}");
}

/// Fails if a child sees anything of the hook's.
#[track_caller]
fn assert_nothing_of_ours_is_exported(shell: &mut Shell) {
    for (name, value) in shell.environment() {
        let name = name.to_string_lossy();
        assert!(!name.contains("_awsenv"), "{name}={}", value.to_string_lossy());
    }
}

fn nothing_of_ours_is_exported_under_allexport(kind: Kind) {
    if kind == Kind::Fish {
        return cannot(kind, "it has no such option");
    }
    let world = world();
    for line in ["set -a", ":"] {
        let mut shell = Shell::launch(kind, &world)
            .rc(line)
            .rc(hook_line(kind))
            .env("AWS_SECRET_ACCESS_KEY", "mine/SecretKey")
            .start();
        assert_nothing_of_ours_is_exported(&mut shell);
        for line in ["cd a", "set -a", "cd ../b", "", "awsenv reload", "cd ~", "cd a"] {
            shell.run(line);
            assert_nothing_of_ours_is_exported(&mut shell);
        }
        assert!(shell.run("echo $-").text().contains('a'), "the user's option stays");
        assert_eq!(aws(&mut shell), loaded("dev"));
    }
}

fn aliases_and_functions_of_the_names_of_builtins_do_no_harm(kind: Kind) {
    let world = world();
    let lines = match kind {
        Kind::Bash => {
            // The functions first: in their definitions, too, an alias would be expanded.
            "local() { echo harm; }; eval() { echo harm; }; export() { echo harm; }; unset() { echo harm; }\n\
             printf() { echo harm; }; read() { echo harm; }; test() { echo harm; }; set() { echo harm; }\n\
             shopt() { echo harm; }; command() { echo harm; }; source() { echo harm; }; cd() { echo harm; }\n\
             declare() { echo harm; }; type() { echo harm; }; true() { echo harm; }; return() { echo harm; }\n\
             builtin shopt -s expand_aliases\n\
             for name in local eval export unset return printf read set shopt break cd; do alias $name=false; done"
        }
        Kind::Zsh => {
            "for name in local eval export unset return print read setopt typeset break zstat; do alias $name=false; done\n\
             alias -g at=false file=false f=false\n\
             unalias read local export; local() { echo harm }; export() { echo harm }; read() { echo harm }; zstat() { echo harm }\n\
             for name in command unset set setopt unsetopt return source test print eval emulate zmodload sysread true cd; do\n\
             functions[$name]=\"builtin echo harm\"; done"
        }
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Fish => {
            "for name in path count echo contains emit source functions cd true\n\
             function $name; builtin echo harm; end\nend"
        }
    };
    let mut shell = start(kind, &world);
    world.write("lines", lines);
    shell.run("builtin source ~/lines");
    let go = |shell: &mut Shell, dir: &str| shell.run(&format!("builtin cd {dir}"));
    assert_eq!(go(&mut shell, "a"), ENTERED_DEV);
    shell.quietly("");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
    assert_eq!(go(&mut shell, "../b"), ENTERED_OPS);
    shell.quietly("");
    assert_eq!(go(&mut shell, ".."), "awsenv: left ops");
    assert_nothing(&mut shell);
}

fn aliases_from_before_the_hook_do_no_harm(kind: Kind) {
    let world = world();
    let aliases = match kind {
        Kind::Bash => {
            "for name in local export unset return printf read set shopt break declare; do alias $name=false; done"
        }
        _ => {
            "for name in local export unset return print read setopt typeset break zstat; do alias $name=false; done\n\
             alias -g at=false file=false tests=false text=false"
        }
    };
    let line = format!("builtin {}", hook_line(kind));
    let mut shell = Shell::launch(kind, &world).rc(aliases).rc(&line).start();
    assert!(shell.startup().is_empty(), "{}", shell.startup());
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    shell.quietly("");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
    assert_eq!(shell.run("cd .."), LEFT_DEV);
    assert_nothing(&mut shell);
}

fn no_directory_is_named_after_a_variable_of_the_hook(kind: Kind) {
    let world = world();
    let dir = world.dir("a/rather/deep/below");
    let mut shell = launch(kind, &world).rc("setopt auto_name_dirs").start();
    shell.run(&format!("cd {}", dir.display()));
    shell.run("awsenv reload");
    assert_eq!(shell.run("print -P %~"), "~/a/rather/deep/below");
    assert!(!shell.run("hash -d").text().contains("_awsenv"));
    shell.run("mine=$PWD");
    assert_eq!(shell.run("print -P %~"), "~mine", "the option is still on");
}

fn letter_case_tells_folders_apart(kind: Kind) {
    let world = world();
    allowed(&world, "A", "profile = ops\n");
    let mut shell = start(kind, &world);
    shell.run("shopt -s nocasematch");
    shell.run("cd a");
    assert_eq!(shell.run("cd ../A"), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
    assert!(shell.run("shopt nocasematch").text().ends_with("on"));
}

fn a_universal_variable_shows_again(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("set -Ux AWS_PROFILE mine");
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
    shell.run("cd ../b");
    assert_loaded(&mut shell, "ops");
    shell.run("cd ..");
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "mine")]));
    shell.run("set -Ux AWS_PROFILE other");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("other"), "no global one hides it");
}

fn a_universal_region_shows_again_where_a_folder_has_none(kind: Kind) {
    let world = world();
    world.aws_config("[profile dev]\nregion = eu-west-1\n[profile ops]\noutput = json\n");
    let mut shell = start(kind, &world);
    shell.run("set -Ux AWS_REGION af-south-1");
    shell.run("cd a");
    assert_eq!(shell.env("AWS_REGION").as_deref(), Some("eu-west-1"));
    shell.run("cd ../b");
    shell.run("cd ..");
    shell.run("set -Ux AWS_REGION us-east-2");
    assert_eq!(shell.env("AWS_REGION").as_deref(), Some("us-east-2"), "no global one hides it");
}

each_shell!(
    options_set_before_the_hook_do_not_matter,
    options_set_after_the_hook_do_not_matter,
    a_trace_shows_no_secret,
    aliases_and_functions_of_the_names_of_builtins_do_no_harm,
    a_legal_failure_under_errexit_ends_nothing,
    nothing_of_ours_is_exported_under_allexport,
);
each_shell!(
    bash, zsh:
    aliases_from_before_the_hook_do_no_harm,
    what_is_evaluated_is_never_printed,
    a_debug_trap_hears_no_secret,
);
each_shell!(zsh: no_directory_is_named_after_a_variable_of_the_hook);
each_shell!(bash: letter_case_tells_folders_apart);
each_shell!(fish: a_universal_variable_shows_again, a_universal_region_shows_again_where_a_folder_has_none);
