//! What prompt themes, editors and version managers do around a prompt, in a few lines each: the hook works
//! among them, and they go on as if it were not there.

use awsenv_emulator::Person;

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, LEFT_DEV, assert_loaded, assert_nothing, cannot, hook_line, launch, world,
};
use crate::harness::login_stage;
use crate::harness::scene;
use crate::harness::shell::{Kind, Shell, each_shell};

/// powerlevel10k's instant prompt: while the start-up files run, all output goes to a file, and the first
/// prompt tells off whoever wrote to it. `p10k clear-instant-prompt` ends it.
const INSTANT_PROMPT: &str = r#"
exec {__p9k_fd_1}>&1 {__p9k_fd_2}>&2 0</dev/null 1>~/instant 2>&1
typeset -gi __p9k_instant_prompt_active=1
_p9k_clear() {
  exec 0<&$__p9k_fd_2 1>&$__p9k_fd_1 2>&$__p9k_fd_2 {__p9k_fd_1}>&- {__p9k_fd_2}>&-
  [[ ! -s ~/instant ]] || print -r -- "console output: $(<~/instant)"
  unset __p9k_instant_prompt_active
}
_p9k_precmd() { (( ! ${+__p9k_instant_prompt_active} )) || _p9k_clear }
"#;
const P10K: &str = "p10k() { (( ! ${+__p9k_instant_prompt_active} )) || _p9k_clear }";

fn an_instant_prompt_is_ended_before_anything_is_said(kind: Kind) {
    for first in [true, false] {
        let world = world();
        let theme = "precmd_functions+=(_p9k_precmd)";
        let rc = Shell::launch(kind, &world).current_dir("a").rc(INSTANT_PROMPT).rc(P10K);
        let rc = if first { rc.rc(hook_line(kind)).rc(theme) } else { rc.rc(theme).rc(hook_line(kind)) };
        let mut shell = rc.start();
        assert_eq!(shell.startup(), &ENTERED_DEV);
        assert_loaded(&mut shell, "dev");
        // Outside of any project it stays as long as it does without the hook.
        let rc =
            Shell::launch(kind, &world).rc(INSTANT_PROMPT).rc("p10k() { print ended }").rc(hook_line(kind));
        assert!(rc.rc(theme).start().startup().is_empty());
    }
    // The theme may come with a plugin manager, after the first prompt.
    let world = world();
    let rc = Shell::launch(kind, &world).current_dir("a").rc(INSTANT_PROMPT).rc(hook_line(kind));
    let mut shell = rc.rc("precmd_functions+=(_p9k_precmd)").start();
    assert!(shell.startup().is_empty(), "{}", shell.startup());
    assert_eq!(shell.run("print $AWS_PROFILE").lines(), [ENTERED_DEV, "dev"]);
}

fn a_login_below_an_instant_prompt_is_seen_and_ends(kind: Kind) {
    let theme = "precmd_functions+=(_p9k_precmd)";
    for (flow, person, seen) in [
        ("pkce", Person::Approves, "/authorize?response_type=code"),
        ("device", Person::Approves, "enter the code"),
        ("pkce", Person::Denies, "it was not allowed (access_denied)"),
    ] {
        for first in [true, false] {
            let mut world = login_stage::world();
            world.set("AWSENV_FLOW", flow);
            login_stage::person(&world, person);
            scene::allowed(&world, "p", "profile = dev\n");
            let rc = Shell::launch(kind, &world).current_dir("p").rc(INSTANT_PROMPT).rc(P10K);
            let rc = if first { rc.rc(hook_line(kind)).rc(theme) } else { rc.rc(theme).rc(hook_line(kind)) };
            let mut shell = rc.start();
            let screen = shell.startup().text().to_owned();
            assert!(screen.contains("awsenv: logging in to my-sso (https://"), "{flow}: {screen}");
            assert!(screen.contains(seen), "{flow}: {screen}");
            // Nothing of it went where nobody looks.
            assert!(!screen.contains("console output"), "{flow}: {screen}");
            assert_eq!(scene::read(&world, "instant"), "", "{flow}");
            let is_loaded = person == Person::Approves;
            assert_eq!(shell.env("AWS_PROFILE").is_some(), is_loaded, "{flow}: {screen}");
        }
    }
    // The theme may come with a plugin manager, after the first prompt: then the login waits for it.
    let world = login_stage::world();
    scene::allowed(&world, "p", "profile = dev\n");
    let rc = Shell::launch(kind, &world).current_dir("p").rc(INSTANT_PROMPT).rc(hook_line(kind));
    let mut shell = rc.rc(theme).start();
    assert!(shell.startup().is_empty(), "{}", shell.startup());
    let screen = shell.run("true");
    assert!(screen.text().contains("awsenv: logging in to my-sso (https://"), "{screen}");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
}

fn a_hook_that_comes_after_the_first_prompt_looks_before_the_first_command(kind: Kind) {
    let world = world();
    let deferred = match kind {
        Kind::Zsh => {
            r#"zmodload zsh/sched; precmd() { sched +0 'eval "$(awsenv hook zsh)"'; unfunction precmd }"#
                .to_owned()
        }
        _ => "function later --on-event fish_prompt; functions -e later; awsenv hook fish | source; end"
            .to_owned(),
    };
    let mut shell =
        Shell::launch(kind, &world).current_dir("a").rc(&deferred).env("AWS_PROFILE", "outer").start();
    let lines = shell.run("echo $AWS_PROFILE");
    assert_eq!(lines.lines(), [ENTERED_DEV, "dev"]);
    assert_loaded(&mut shell, "dev");
}

fn a_worker_that_changes_the_directory_does_nothing(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = launch(kind, &world).rc("zmodload zsh/zpty").start();
    recorder.take();
    shell.run("zpty worker 'cd ~/a; print done'; zpty -r worker line '*done*'; zpty -d worker");
    assert_eq!(recorder.count(), 0);
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
}

/// VS Code's integration for bash: the first command after a prompt, by its DEBUG trap, is what was typed,
/// unless it is the integration's own; prompt commands that it found run within it.
const VSCODE: &str = r#"
__vsc_in_command_execution=1
__vsc_preexec() {
  if [ "$__vsc_in_command_execution" = 0 ]; then
    __vsc_in_command_execution=1
    [[ $BASH_COMMAND == __vsc_prompt* ]] || echo "reported ${BASH_COMMAND%% *}"
  fi
}
trap '__vsc_preexec "$_"' DEBUG
__vsc_precmd() { __vsc_in_command_execution=0; }
__vsc_status() { return "$1"; }
__vsc_prompt_cmd_original() {
  __vsc_was=$?
  __vsc_status "$__vsc_was"
  for cmd in "${__vsc_original_prompt_command[@]}"; do eval "${cmd:-}"; done
  __vsc_precmd
}
__vsc_prompt_cmd() { __vsc_precmd; }
__vsc_original_prompt_command=$PROMPT_COMMAND
if [[ -n $__vsc_original_prompt_command && $__vsc_original_prompt_command != __vsc_prompt_cmd ]]; then
  PROMPT_COMMAND=__vsc_prompt_cmd_original
else
  PROMPT_COMMAND=__vsc_prompt_cmd
fi
"#;

fn an_editor_sees_the_commands_that_are_typed_and_no_others(kind: Kind) {
    for (first, own) in [
        (true, ""),
        (false, ""),
        (true, "own() { echo \"own $?\"; }; PROMPT_COMMAND=own"),
        (false, "own() { echo \"own $?\"; }; PROMPT_COMMAND=own"),
    ] {
        let world = world();
        let rc = Shell::launch(kind, &world).env("TERM_PROGRAM", "vscode").rc(own);
        let rc = if first { rc.rc(hook_line(kind)).rc(VSCODE) } else { rc.rc(VSCODE).rc(hook_line(kind)) };
        let mut shell = rc.start();
        let told = if own.is_empty() { vec![] } else { vec!["own 0"] };
        assert_eq!(shell.run("").lines(), told, "first: {first}");
        let screen = shell.run("cd ~/a");
        assert_eq!(screen.lines()[..2], ["reported cd", ENTERED_DEV], "first: {first}");
        assert_eq!(shell.run("").lines(), told, "first: {first}");
        let told = if own.is_empty() { vec!["reported false"] } else { vec!["reported false", "own 1"] };
        assert_eq!(shell.run("false").lines(), told);
        assert_loaded(&mut shell, "dev");
        shell.run("eval \"$(awsenv hook bash --uninstall)\"");
        assert_nothing(&mut shell);
        assert!(!shell.run("").text().contains("not found"));
    }
}

/// What nvm's manual says to put into `~/.bashrc`.
const NVM: &str =
    "cdnvm() { command cd \"$@\" || return $?; nvm=${PWD##*/}; }; alias cd=cdnvm; cdnvm \"$PWD\" || exit";
const WITH_CD: &str = r#"eval "$(awsenv hook bash --cd)""#;

fn an_alias_of_cd_is_followed_too(kind: Kind) {
    let world = world();
    let mut shell = Shell::launch(kind, &world).rc(NVM).rc(WITH_CD).start();
    assert_eq!(shell.run("cd a && echo $nvm $AWS_PROFILE").lines(), [ENTERED_DEV, "a dev"]);
    assert_eq!(shell.run("cd ../b && echo $nvm $AWS_PROFILE").lines(), [ENTERED_OPS, "b ops"]);
    assert!(!shell.run("awsenv doctor --offline").text().contains("alias"));
    shell.run("cd ~");
    shell.run("eval \"$(awsenv hook bash --uninstall)\"");
    assert_eq!(shell.run("cd a; declare -f cdnvm | grep -c _awsenv"), "0");
    assert_nothing(&mut shell);
    // After the hook it is for the doctor to say.
    let mut shell = Shell::launch(kind, &world).rc(WITH_CD).rc(NVM).start();
    let told = shell.run("awsenv doctor --offline").text().to_owned();
    assert!(told.contains("`cd` is an alias of cdnvm, which the hook does not see"), "{told}");
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
    shell.run("cd ~");
    let _ = LEFT_DEV;
}

/// Oh My Zsh and Prezto, at a prompt: options, a title and their own functions around it.
const OH_MY_ZSH: &str = r#"
setopt multios prompt_subst auto_cd auto_pushd long_list_jobs interactive_comments
omz_termsupport_precmd() { print -Pn "\e]2;%~\a" }
omz_termsupport_preexec() { emulate -L zsh; print -n "\e]2;${1[(w)1]}\a" }
autoload -Uz add-zsh-hook
add-zsh-hook precmd omz_termsupport_precmd; add-zsh-hook preexec omz_termsupport_preexec
"#;
const PREZTO: &str = r"
setopt auto_name_dirs no_clobber extended_glob rc_quotes no_bg_nice combining_chars
prompt_sorin_precmd() { setopt local_options; unsetopt xtrace ksh_arrays; unset git_info; }
autoload -Uz add-zsh-hook; add-zsh-hook precmd prompt_sorin_precmd
prompt_opts=(cr percent subst); setopt no_prompt_bang prompt_cr prompt_percent prompt_subst
";

fn frameworks_of_zsh_go_on(kind: Kind) {
    for framework in [OH_MY_ZSH, PREZTO] {
        for first in [true, false] {
            let world = world();
            let rc = Shell::launch(kind, &world);
            let rc = if first {
                rc.rc(hook_line(kind)).rc(framework)
            } else {
                rc.rc(framework).rc(hook_line(kind))
            };
            let mut shell = rc.start();
            assert!(shell.startup().is_empty(), "{}", shell.startup());
            assert_eq!(shell.run("cd a"), ENTERED_DEV);
            assert_loaded(&mut shell, "dev");
            shell.quietly("");
            assert_eq!(shell.run("cd ~"), LEFT_DEV);
        }
    }
}

/// ble.sh draws the line itself: it evaluates `PROMPT_COMMAND` in a function, with its own IFS, options and
/// DEBUG trap, and puts all of them back around a command.
const BLE: &str = r#"
_ble_base=1
ble_trap() { [[ $BASH_COMMAND != _awsenv* ]] || echo "heard $BASH_COMMAND"; }
ble_prompt() {
  local IFS=$' \t\n' entry status=$?
  ble_status() { return "$1"; }
  for entry in "${_ble_saved[@]}"; do ble_status "$status"; eval "$entry"; done
}
ble_attach() {
  [[ ${PROMPT_COMMAND[0]} == ble_prompt ]] && return
  _ble_saved=("${PROMPT_COMMAND[@]}"); unset PROMPT_COMMAND; PROMPT_COMMAND=ble_prompt
  trap ble_trap DEBUG
}
"#;

fn a_line_editor_that_evaluates_the_prompt_commands_itself_keeps_the_hook(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).rc(BLE).rc("ble_attach").start();
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
    shell.quietly("");
    assert_eq!(shell.run("(exit 3)"), "");
    assert_eq!(shell.run("(exit 3); echo $?"), "3");
    shell.run("cd ~");
    assert_nothing(&mut shell);
}

fn a_line_that_is_written_wrong_says_how_to_write_it(kind: Kind) {
    if kind == Kind::Nu {
        return cannot(kind, "its hook is a text that it reads itself");
    }
    let world = world();
    let other =
        |shell: &str| format!("awsenv: error: this is the hook for {shell}: name the shell that this is, ");
    let own = |line: &str, said: &str| (line.to_owned(), format!("awsenv: error: write {said}"));
    let mut lines = match kind {
        Kind::Bash => vec![
            own("eval $(awsenv hook bash)", "the line with its quotes: eval \"$(awsenv hook bash)\""),
            ("set -eu; eval \"$(awsenv hook zsh)\"".to_owned(), other("zsh")),
        ],
        Kind::Zsh => {
            vec![own("eval $(awsenv hook zsh)", "the line with its quotes: eval \"$(awsenv hook zsh)\"")]
        }
        Kind::Fish => vec![own("eval (awsenv hook fish)", "`awsenv hook fish | source`")],
        Kind::Elvish | Kind::Tcsh => Vec::new(),
        Kind::Nu => Kind::not_here(),
    };
    // elvish reads a whole script before it runs any of it, and can read none of another shell.
    let others = Kind::ALL.into_iter().filter(|hook| *hook != kind && *hook != Kind::Nu);
    for hook in others.filter(|_| kind != Kind::Elvish) {
        let line =
            hook_line(kind).replace(&format!("hook {}", kind.name()), &format!("hook {}", hook.name()));
        lines.push((line, other(hook.name())));
    }
    for (line, said) in lines {
        let mut shell = Shell::launch(kind, &world).rc(&line).start();
        let told = shell.startup().text().to_owned();
        assert!(told.starts_with(&said) && told.lines().count() == 1, "{line}: {told}");
        shell.quietly("");
        shell.quietly("cd a");
    }
    // Nothing of that in the right one, whatever stands in the way; and two shells need nothing in the way.
    let bare = match kind {
        Kind::Elvish => "eval (awsenv hook elvish)",
        Kind::Tcsh => "eval `awsenv hook tcsh`",
        _ => hook_line(kind),
    };
    for line in [hook_line(kind), bare] {
        let mut shell = Shell::launch(kind, &world).rc(line).start();
        assert!(shell.startup().is_empty());
        shell.run("cd a");
        assert_loaded(&mut shell, "dev");
    }
}

fn a_restricted_shell_is_told_in_one_line(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).arg("-r").current_dir("a").start();
    let told = shell.startup().text().to_owned();
    assert!(
        told.starts_with("awsenv: error: could not run ")
            && told.ends_with("/awsenv: this shell is restricted"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
    shell.quietly("");
}

fn what_traces_one_function_shows_no_secret(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).start();
    let functions =
        ["_awsenv_run", "_awsenv_unchanged", "_awsenv_hook", "_awsenv_changed", "_awsenv_update", "awsenv"];
    shell.run(&format!("functions -T {}", functions.join(" ")));
    for line in
        ["cd a", "", "cd ../b", "AWS_REGION=x", "awsenv reload", "functions -t _awsenv_run", "cd ../a"]
    {
        let screen = shell.run(line);
        for secret in crate::harness::hook_stage::SECRETS {
            assert!(!screen.text().contains(secret), "{line}: {screen}");
        }
    }
    assert_loaded(&mut shell, "dev");
}

fn stamps_have_modes_of_their_own(kind: Kind) {
    use std::os::unix::fs::PermissionsExt as _;
    let world = world();
    let mut shell = launch(kind, &world).rc("umask 000").start();
    shell.run("cd a");
    let stamps = world.home().with_file_name("run").join("awsenv/stamps");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&stamps), 0o700);
    let mut count = 0;
    for stamp in std::fs::read_dir(&stamps).expect("the shell compares times") {
        assert_eq!(mode(&stamp.expect("it is there").path()), 0o600);
        count += 1;
    }
    assert!(count > 0);
}

each_shell!(
    zsh: an_instant_prompt_is_ended_before_anything_is_said,
    a_login_below_an_instant_prompt_is_seen_and_ends,
    a_worker_that_changes_the_directory_does_nothing,
    frameworks_of_zsh_go_on,
    what_traces_one_function_shows_no_secret,
);
each_shell!(
    bash: an_editor_sees_the_commands_that_are_typed_and_no_others,
    an_alias_of_cd_is_followed_too,
    a_line_editor_that_evaluates_the_prompt_commands_itself_keeps_the_hook,
);
each_shell!(zsh, fish: a_hook_that_comes_after_the_first_prompt_looks_before_the_first_command);
each_shell!(every: a_line_that_is_written_wrong_says_how_to_write_it);
each_shell!(bash, zsh: a_restricted_shell_is_told_in_one_line);
each_shell!(bash, fish: stamps_have_modes_of_their_own);
