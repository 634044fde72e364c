//! The hook beside what else runs in a shell: other tools' prompt commands, widgets, jobs, multiplexers, much
//! of everything.

use std::path::Path;

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, LEFT_DEV, Variables, allowed, assert_loaded, assert_nothing, aws, cannot,
    hook_line, launch, start, unset, world,
};
use crate::harness::invocation::Invocation;
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::tools;

/// What bash-preexec does, and with it the tools that bring it along: a text at the end of `PROMPT_COMMAND`,
/// which it takes for a string, builds that anew at the first prompt, and a DEBUG trap tells when a command
/// begins.
const PREEXEC: &str = r#"
__bp_text=$'trap - DEBUG\n__bp_install'
__bp_preexec() {
  [[ -n $__bp_is_idle ]] || return 0
  __bp_is_idle=
  [[ $PROMPT_COMMAND == *"$BASH_COMMAND"* ]] || echo "before ${BASH_COMMAND%% *}"
}
__bp_precmd() { local status=$?; echo "prompt $status"; return $status; }
__bp_idle() { __bp_is_idle=1; }
__bp_install() {
  [[ $PROMPT_COMMAND != *__bp_precmd* ]] || return 1
  trap __bp_preexec DEBUG
  PROMPT_COMMAND=$'__bp_precmd\n'${PROMPT_COMMAND//$__bp_text/:}$'\n__bp_idle'
  __bp_idle
}
PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}$__bp_text
"#;

fn a_tool_that_builds_the_prompt_command_anew_keeps_the_hook(kind: Kind) {
    for first in [true, false] {
        let world = world();
        let recorder = world.recorder();
        let rc = Shell::launch(kind, &world);
        let rc = if first { rc.rc(PREEXEC).rc(hook_line(kind)) } else { rc.rc(hook_line(kind)).rc(PREEXEC) };
        let mut shell = rc.start();
        shell.run("true");
        shell.run("true");
        recorder.take();
        let screen = shell.run("cd a");
        assert!(screen.lines().contains(&"before cd") && screen.lines().contains(&"prompt 0"), "{screen}");
        assert_eq!(screen.text().matches(ENTERED_DEV).count(), 1, "{screen}");
        assert_eq!(recorder.take().len(), 1, "{screen}");
        let screen = shell.run("false");
        assert_eq!(screen.lines(), ["before false", "prompt 1"]);
        assert_eq!(recorder.count(), 0);
        shell.run("cd ..");
        let screen = shell.run("echo ${AWS_PROFILE-none}");
        assert!(screen.lines().contains(&"none"), "{screen}");
    }
}

fn a_string_that_goes_on_after_the_hook_sees_the_status(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world)
        .rc("PROMPT_COMMAND=\"$PROMPT_COMMAND; echo status \\$?\"")
        .current_dir("a")
        .start();
    assert_eq!(shell.run("(exit 7)"), "status 7");
    allowed(&world, "a", "profile = ops\n");
    assert_eq!(shell.run("(exit 8)").lines(), [ENTERED_OPS, "status 8"]);
}

fn a_completion_that_changes_the_directory_says_nothing(kind: Kind) {
    let world = world();
    world.project("blocked", "profile = dev\n");
    let recorder = world.recorder();
    let mut shell = launch(kind, &world)
        .rc("autoload -Uz compinit; compinit -u -D")
        .rc("_visit() { local there=$(cd ~/blocked && pwd; cd ~/b); (cd ~/b); compadd visited; echo done >~/completed }; compdef _visit visit")
        .rc("visit() { print -r -- \"visit $1\" }")
        .start();
    shell.run("cd a");
    recorder.take();
    // Tab, and Enter on what it completed.
    assert_eq!(shell.run("visit v\t"), "visit visited");
    assert!(world.at("completed").exists(), "the function ran");
    assert_eq!(recorder.count(), 0);
    assert_loaded(&mut shell, "dev");
}

fn a_key_that_changes_the_directory_is_followed(kind: Kind) {
    let world = world();
    let rc = match kind {
        Kind::Zsh => "go() { cd ~/b }; zle -N go; bindkey '^G' go",
        _ => "bind \\cg 'cd ~/b'",
    };
    let mut shell = launch(kind, &world).rc(rc).start();
    shell.run("cd a");
    shell.type_keys("\u{7}");
    // The next line that is typed runs in the new folder.
    let screen = shell.run("printenv AWS_PROFILE");
    assert!(screen.lines().last() == Some(&"ops") || screen.text().ends_with("ops"), "{screen}");
    assert_loaded(&mut shell, "ops");
}

fn the_keys_that_go_back_and_forth_are_followed(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    shell.run("cd ../b");
    // Alt-left: back to the folder before.
    shell.type_keys("\u{1b}[1;3D");
    shell.run("");
    shell.run("");
    assert_loaded(&mut shell, "dev");
}

fn the_jobs_of_the_user_are_the_only_ones(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("sleep 100 &");
    let job = shell.run(if kind == Kind::Fish { "echo $last_pid" } else { "echo $!" }).text().to_owned();
    shell.run("cd a");
    shell.run("cd ../b");
    assert_eq!(shell.run(if kind == Kind::Fish { "echo $last_pid" } else { "echo $!" }), job.as_str());
    let jobs = shell.run("jobs");
    assert_eq!(jobs.text().matches("sleep 100").count(), 1, "{jobs}");
    assert!(!jobs.text().contains("awsenv"), "{jobs}");
    shell.run("kill %1");
    for line in ["", "cd ../a", "cd ~", ""] {
        let screen = shell.run(line);
        assert!(!screen.text().contains("_awsenv") && !screen.text().contains("export"), "{screen}");
    }
}

fn a_prompt_of_many_lines_stays_as_it_is(kind: Kind) {
    let world = world();
    let long = "x".repeat(900);
    let rc = match kind {
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Fish => format!(
            "functions -c fish_prompt short; function fish_prompt; echo {long}; echo {long}; short; end"
        ),
        _ => format!("PS1={long}$'\\n'{long}$'\\n'\"$PS1\""),
    };
    let mut shell = launch(kind, &world).rc(&rc).start();
    let screen = shell.run("cd a");
    assert_eq!(screen.lines(), [ENTERED_DEV, &long, &long]);
    assert_eq!(shell.run("").lines(), [&long, &long]);
    assert_loaded(&mut shell, "dev");
}

fn nine_megabytes_of_variables_are_no_hindrance(kind: Kind) {
    if !tools::have(&["strace"]) {
        return;
    }
    let world = world();
    let fill = match kind {
        Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
        Kind::Fish => "set -g huge (string repeat -n 9437184 x)",
        _ => "printf -v huge '%09437184d' 0",
    };
    let mut shell = launch(kind, &world).rc(fill).traced().start();
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    let mark = shell.trace().mark();
    shell.quietly("");
    shell.quietly("");
    assert!(shell.trace().since(mark).is_nothing());
    assert_loaded(&mut shell, "dev");
    assert_eq!(shell.run("cd .."), LEFT_DEV);
}

fn an_environment_that_no_program_can_be_given_leaves_no_account(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    // More than the kernel takes for one variable.
    let set = match kind {
        Kind::Nu => "$env.huge = ('' | fill --width 9437184 --character x)",
        Kind::Fish => "set -gx huge (string repeat -n 200000 x)",
        Kind::Elvish => "use str; set-env huge (repeat 200000 x | str:join '')",
        Kind::Tcsh => "setenv huge `printf %0200000d`",
        _ => "printf -v huge '%09437184d' 0; export huge",
    };
    let mut screen = shell.run(set);
    if !kind.asks_at_each_prompt() {
        assert!(screen.is_empty(), "{screen}");
        screen = shell.run("cd ../b");
    }
    let said = "awsenv: error: could not run ";
    let lines = screen.lines();
    let ours: Vec<_> = lines.iter().filter(|line| line.starts_with(said)).collect();
    assert!(ours.len() == 1 && ours[0].contains("the environment is too large"), "{screen}");
    // fish always says what it cannot start.
    assert_eq!(lines.len(), if kind == Kind::Fish { 2 } else { 1 }, "{screen}");
    shell.quietly("cd ~");
    shell.quietly("cd b");
    shell.quietly("");
    let back = shell.run(&unset(kind, "huge"));
    if kind.asks_at_each_prompt() {
        assert_eq!(back, crate::harness::hook_stage::ENTERED_OPS);
    }
    for name in ["AWS_PROFILE", "AWS_SECRET_ACCESS_KEY"] {
        assert!(kind.asks_at_each_prompt() || shell.env(name).is_none(), "{name}");
    }
    shell.run("awsenv reload");
    assert_loaded(&mut shell, "ops");
}

fn fifty_empty_lines_start_nothing(kind: Kind) {
    if !tools::have(&["strace"]) {
        return;
    }
    let world = world();
    let mut shell = launch(kind, &world).traced().start();
    shell.run("cd a");
    let before = shell.environment();
    let mark = shell.trace().mark();
    for _ in 0..50 {
        shell.quietly("");
    }
    assert!(shell.trace().since(mark).is_nothing());
    let names = |variables: &std::collections::BTreeMap<_, _>| {
        variables
            .iter()
            .filter(|(name, _)| *name != "_")
            .map(|(a, b): (&std::ffi::OsString, &std::ffi::OsString)| (a.clone(), b.clone()))
            .collect::<Vec<_>>()
    };
    let now = shell.environment();
    assert_eq!(names(&now), names(&before), "not a byte differs");
}

fn a_command_given_to_an_interactive_shell_runs_with_what_it_inherits(kind: Kind) {
    let world = world();
    Shell::launch(kind, &world).rc(hook_line(kind)).start();
    let run = |line: &str| {
        let arguments = match kind {
            Kind::Bash => vec!["bash", "--noprofile", "-i", "-c", line],
            Kind::Zsh => vec!["zsh", "-d", "-i", "-c", line],
            Kind::Elvish | Kind::Tcsh | Kind::Nu => Kind::not_here(),
            Kind::Fish => vec!["fish", "-i", "-c", line],
        };
        Invocation::new(&world, Path::new("/usr/bin/env"), arguments).current_dir("a").unchecked().run()
    };
    let output = run("printenv AWS_PROFILE; echo done");
    assert_eq!(output.stdout, "done\n", "no prompt comes before it: {}", output.stderr);
    let output = run("cd ../b; printenv AWS_PROFILE; echo done");
    let expected = if kind == Kind::Bash { "done\n" } else { "ops\ndone\n" };
    assert_eq!(output.stdout, expected, "{}", output.stderr);
}

fn a_pane_of_tmux_has_what_its_folder_says(kind: Kind) {
    if !tools::have(&["tmux"]) {
        return;
    }
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
    let socket = world.at("socket");
    let tmux = format!("tmux -S '{}' -f /dev/null", socket.display());
    // The server takes over the environment of the shell that starts it.
    let program = kind.bare();
    shell.run(&format!("{tmux} new-session -d 'sleep 1000'"));
    for (folder, profile) in [("b", Some("ops")), ("", None), ("a", Some("dev"))] {
        shell.run(&format!("{tmux} new-window -c \"$HOME/{folder}\" '{program}'"));
        let dump = world.scratch(&format!("pane-{folder}"));
        let seen = format!("{tmux} wait-for seen-{folder}");
        shell.run(&format!(
            "{tmux} send-keys \"env >'{}'; {tmux} wait-for -S seen-{folder}\" Enter; {seen}",
            dump.display()
        ));
        let seen = std::fs::read_to_string(dump).expect("the pane wrote it");
        let value = |name: &str| {
            seen.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).map(str::to_owned)
        };
        assert_eq!(value("AWS_PROFILE").as_deref(), profile, "in {folder:?}");
        let key = match profile {
            Some("ops") => Some("AKIAOPS"),
            Some(_) => Some("AKIADEV"),
            None => None,
        };
        assert_eq!(value("AWS_ACCESS_KEY_ID").as_deref(), key, "in {folder:?}");
    }
    shell.run(&format!("{tmux} kill-server"));
}

fn quiet_silences_what_is_no_error(kind: Kind) {
    let world = world();
    world.project("broken", "nonsense\n");
    let mut shell = launch(kind, &world).env("AWSENV_QUIET", "1").start();
    shell.quietly("cd a");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
    shell.quietly("cd ..");
    assert!(shell.run("cd broken").text().contains("awsenv: error: "));
}

fn without_colours_there_are_none(kind: Kind) {
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb"), ("", "")] {
        if (kind, name) == (Kind::Fish, "TERM") {
            cannot(kind, "it draws no prompt that can be told apart on such a terminal");
            continue;
        }
        let world = world();
        world.project("broken", "nonsense\n");
        let mut shell =
            if name.is_empty() { start(kind, &world) } else { launch(kind, &world).env(name, value).start() };
        let screen = shell.run("cd broken");
        let is_coloured = screen.bytes().windows(5).any(|bytes| bytes == b"\x1b[31m");
        assert_eq!(is_coloured, name.is_empty(), "{screen:?}");
    }
}

fn a_file_cannot_silence_its_own_notice(kind: Kind) {
    let world = world();
    world.project("new", "profile = dev\nquiet = true\n");
    let mut shell = start(kind, &world);
    let screen = shell.run("cd new");
    assert!(screen.text().contains("awsenv: error: "), "{screen}");
    assert_nothing(&mut shell);
}

fn a_closed_standard_error_changes_nothing_but_the_words(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    if kind == Kind::Fish {
        return cannot(kind, "what it redirects does not reach the handlers of events");
    }
    for (folder, profile, place) in [("a", "dev", "&-"), ("../b", "ops", "/dev/full")] {
        shell.quietly(&match kind {
            // It writes its prompt there, too, so the hook is called in its place.
            Kind::Bash => format!("{{ cd {folder}; _awsenv_hook; }} 2>{place}"),
            _ => format!("{{ cd {folder} }} 2>{place}"),
        });
        assert_loaded(&mut shell, profile);
    }
}

fn an_empty_environment_is_enough(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world);
    for name in world
        .env()
        .keys()
        .filter(|name| !["PATH", "TERM", "LANG"].contains(&name.to_str().unwrap_or_default()))
    {
        // Where the start-up file is.
        if name != "HOME" && !(kind == Kind::Fish && name == "XDG_CONFIG_HOME") {
            shell = shell.env_remove(name);
        }
    }
    let mut shell = shell.start();
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    shell.quietly("");
    shell.run(if kind == Kind::Fish { "set -e HOME" } else { "unset HOME" });
    shell.run("");
    shell.quietly("");
    shell.run(&format!("cd '{}'", world.home().display()));
    let seen: Variables = aws(&mut shell);
    assert!(!seen.contains_key("AWS_ACCESS_KEY_ID"), "{seen:?}");
}

each_shell!(every: an_environment_that_no_program_can_be_given_leaves_no_account);
each_shell!(
    nine_megabytes_of_variables_are_no_hindrance,
    the_jobs_of_the_user_are_the_only_ones,
    a_prompt_of_many_lines_stays_as_it_is,
    fifty_empty_lines_start_nothing,
    a_command_given_to_an_interactive_shell_runs_with_what_it_inherits,
    a_pane_of_tmux_has_what_its_folder_says,
    without_colours_there_are_none,
    a_closed_standard_error_changes_nothing_but_the_words,
    an_empty_environment_is_enough,
);
each_shell!(
    bash: a_tool_that_builds_the_prompt_command_anew_keeps_the_hook,
    a_string_that_goes_on_after_the_hook_sees_the_status,
);
each_shell!(zsh: a_completion_that_changes_the_directory_says_nothing);
each_shell!(zsh, fish: a_key_that_changes_the_directory_is_followed);
each_shell!(fish: the_keys_that_go_back_and_forth_are_followed);

each_shell!(
    guarded:
    quiet_silences_what_is_no_error,
    a_file_cannot_silence_its_own_notice,
);
