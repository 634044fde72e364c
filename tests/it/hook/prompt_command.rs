//! bash: the hook finds its place beside whatever stands in `PROMPT_COMMAND`.

use crate::harness::hook_stage::{ENTERED_DEV, assert_loaded, assert_nothing, hook_line, world};
use crate::harness::shell::{Kind, Shell, each_shell};

/// Lines of the start-up file before the hook, and how often each prompt then says `mine`.
const FORMS: &[(&str, usize)] = &[
    ("unset PROMPT_COMMAND", 0),
    ("PROMPT_COMMAND=", 0),
    ("PROMPT_COMMAND='echo mine'", 1),
    ("PROMPT_COMMAND='echo mine;'", 1),
    ("PROMPT_COMMAND='echo mine; '", 1),
    ("PROMPT_COMMAND=$'echo mine\\n'", 1),
    ("PROMPT_COMMAND='echo mine # a comment'", 1),
    ("export PROMPT_COMMAND='echo mine'", 1),
    ("PROMPT_COMMAND=()", 0),
    ("PROMPT_COMMAND=('echo mine')", 1),
    ("PROMPT_COMMAND=('echo mine' 'echo mine;' $'echo mine\\n')", 3),
    ("PROMPT_COMMAND=([2]='echo mine' [5]='echo mine')", 2),
    ("set -u; PROMPT_COMMAND=([1]='echo mine')", 1),
];

fn every_form_is_kept(kind: Kind) {
    for (form, times) in FORMS {
        let world = world();
        let mut shell = Shell::launch(kind, &world).rc(form).rc(hook_line(kind)).rc(hook_line(kind)).start();
        let mine = vec!["mine"; *times];
        assert_eq!(shell.startup().lines(), mine, "{form}");
        assert_eq!(shell.run("cd a").lines(), [&[ENTERED_DEV], &mine[..]].concat(), "{form}");
        assert_eq!(shell.run("").lines(), mine, "{form}");
        assert_loaded(&mut shell, "dev");
    }
}

fn what_comes_later_is_kept_too(kind: Kind) {
    for (line, times) in [
        ("PROMPT_COMMAND=\"echo mine; $PROMPT_COMMAND\"", 1),
        ("PROMPT_COMMAND=\"$PROMPT_COMMAND; echo mine\"", 1),
        ("PROMPT_COMMAND+=('echo mine')", 1),
        ("PROMPT_COMMAND=('echo mine' \"${PROMPT_COMMAND[@]}\")", 1),
    ] {
        let world = world();
        let mut shell = Shell::launch(kind, &world).rc(hook_line(kind)).rc(line).rc(hook_line(kind)).start();
        assert_eq!(shell.startup().lines(), vec!["mine"; times], "{line}");
        assert_eq!(shell.run("cd a").lines().len(), 1 + times, "{line}");
        assert_loaded(&mut shell, "dev");
    }
}

fn a_readonly_one_is_told_and_the_start_goes_on(kind: Kind) {
    let world = world();
    let mut shell = Shell::launch(kind, &world)
        .rc("readonly PROMPT_COMMAND=")
        .rc(hook_line(kind))
        .rc("echo 'goes on'")
        .start();
    assert_eq!(
        shell.startup().lines(),
        [
            "awsenv: error: could not install the hook: PROMPT_COMMAND is readonly",
            "awsenv: hint: put the line for awsenv before the one that makes it readonly",
            "goes on",
        ]
    );
    shell.quietly("cd a");
    assert_nothing(&mut shell);
}

// Only bash has it; zsh and fish have lists of functions and events.
each_shell!(bash: every_form_is_kept, what_comes_later_is_kept_too, a_readonly_one_is_told_and_the_start_goes_on);
