//! The program is gone, breaks down or is interrupted: the prompt comes back, and no account stays that may
//! be wrong.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, SECRETS, allowed, assert_loaded, assert_nothing, aws, cannot, launch, loaded,
    start, variables, world,
};
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::{PROGRAM, World};

/// Puts a stand-in in the program's place: a shell script, which comes to its last line if it does nothing
/// else, and is then the program.
fn stand_in(world: &World, script: &str) {
    world.program("awsenv", &format!("#!/bin/bash\n{script}\nexec -a \"$0\" '{PROGRAM}' \"$@\"\n"));
}

/// The identity that was there before, and comes back on leaving.
const BEFORE: [(&str, &str); 3] =
    [("AWS_PROFILE", "mine"), ("AWS_SECRET_ACCESS_KEY", "mine/SecretKey"), ("AWS_REGION", "af-south-1")];

fn start_with_values(kind: Kind, world: &World) -> Shell {
    let mut launch = launch(kind, world);
    for (name, value) in BEFORE {
        launch = launch.env(name, value);
    }
    launch.start()
}

/// Fails if anything of an identity is left.
#[track_caller]
fn assert_withdrawn(shell: &mut Shell) {
    let mut seen = aws(shell);
    seen.remove("AWS_REGION");
    seen.remove("AWS_DEFAULT_REGION");
    assert!(seen.is_empty(), "{seen:?}");
}

fn a_program_that_is_gone_is_told_once_and_takes_over_when_it_is_back(kind: Kind) {
    let world = world();
    let mut shell = start_with_values(kind, &world);
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
    fs::rename(world.bin().join("awsenv"), world.bin().join("away")).expect("it is there");
    shell.quietly("");
    assert_loaded(&mut shell, "dev");
    let screen = shell.run("cd ../b");
    assert_eq!(screen.lines().len(), 2, "{screen}");
    assert!(screen.text().contains("awsenv: error: could not find "), "{screen}");
    assert_withdrawn(&mut shell);
    shell.quietly("");
    shell.quietly("cd ../a");
    shell.quietly("cd ~");
    assert_withdrawn(&mut shell);
    fs::rename(world.bin().join("away"), world.bin().join("awsenv")).expect("it is there");
    shell.run("");
    assert_eq!(aws(&mut shell), variables(&BEFORE));
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
}

fn a_text_that_was_cut_short_is_not_evaluated(kind: Kind) {
    let partial = match kind {
        Kind::Bash | Kind::Zsh => "export AWS_PROFILE=evil; touch ~/PWN",
        Kind::Elvish | Kind::Tcsh => Kind::not_here(),
        Kind::Nu => "load-env {\"AWS_PROFILE\": \"evil\"}",
        Kind::Fish => "set -gx AWS_PROFILE evil; touch ~/PWN",
    };
    for end in ["exit 0", "exit 1", "kill -ABRT $$"] {
        let world = world();
        let count = world.scratch("count");
        let mut shell = start_with_values(kind, &world);
        shell.run("cd a");
        stand_in(&world, &format!("echo run >>'{}'\necho '{partial}'\n{end}", count.display()));
        let screen = shell.run("cd ../b");
        assert!(screen.text().contains("awsenv: error: could not run "), "{end}: {screen}");
        assert_withdrawn(&mut shell);
        shell.quietly("");
        shell.quietly("");
        assert_eq!(fs::read_to_string(&count).expect("it ran").lines().count(), 1, "{end}");
        stand_in(&world, "");
        assert_eq!(shell.run("awsenv reload"), ENTERED_OPS, "{end}");
        assert_loaded(&mut shell, "ops");
        shell.run("cd ~");
        assert_eq!(aws(&mut shell), variables(&BEFORE));
        assert!(!world.at("PWN").exists());
    }
}

/// Makes the program wait on a run for a hook while `slow` exists: on the first run, or on the one that
/// fetches.
fn slow_program(world: &World, second: bool) -> (PathBuf, PathBuf) {
    let (slow, runs) = (world.scratch("slow"), world.scratch("waits"));
    fs::write(&slow, "").expect("the world can be written");
    let is_second = if second { "==" } else { "!=" };
    stand_in(
        world,
        &format!(
            "if [[ -e '{slow}' && $1 == export && \"$*\" {is_second} *--fetch* ]]; then\n\
             echo wait >>'{runs}'; echo waiting >/dev/tty; exec sleep 100\nfi",
            slow = slow.display(),
            runs = runs.display(),
        ),
    );
    (slow, runs)
}

/// Types a line that waits, interrupts it, and waits for the prompt.
#[track_caller]
fn interrupt(shell: &mut Shell, line: &str) {
    shell.type_line(line);
    shell.wait_for("waiting");
    let begun = Instant::now();
    shell.type_keys("\u{3}");
    shell.next_prompt();
    // Far below the 100 seconds that the program would take, and far above what a loaded machine needs.
    assert!(begun.elapsed() < Duration::from_secs(10));
}

fn waits(runs: &PathBuf) -> usize {
    fs::read_to_string(runs).unwrap_or_default().lines().count()
}

fn an_interrupted_first_run_leaves_nothing_of_the_folder_before(kind: Kind) {
    let world = world();
    let mut shell = start_with_values(kind, &world);
    shell.run("cd a");
    let (slow, runs) = slow_program(&world, false);
    interrupt(&mut shell, "cd ../b");
    assert_withdrawn(&mut shell);
    shell.quietly("");
    assert_eq!(waits(&runs), 1, "it is not started again");
    fs::remove_file(slow).expect("it exists");
    assert_eq!(shell.run("awsenv reload"), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
    shell.run("cd ~");
    assert_eq!(aws(&mut shell), variables(&BEFORE));
}

fn an_interrupted_first_run_is_made_up_for_in_the_next_folder(kind: Kind) {
    let world = world();
    let mut shell = start_with_values(kind, &world);
    shell.run("cd a");
    let (slow, _) = slow_program(&world, false);
    interrupt(&mut shell, "cd ../b");
    fs::remove_file(slow).expect("it exists");
    assert_eq!(shell.run("cd ../a").lines().last(), Some(&ENTERED_DEV));
    assert_eq!(aws(&mut shell), loaded("dev"));
    shell.run("cd ~");
    assert_eq!(aws(&mut shell), variables(&BEFORE));
}

fn an_interrupted_second_run_leaves_nothing_of_the_folder_before(kind: Kind) {
    let world = world();
    let config = fs::read_to_string(world.at(".aws/config")).expect("it exists");
    world.aws_config(&format!(
        "{config}\n[profile far]\nrole_arn = arn:aws:iam::111122223333:role/far\nsource_profile = dev\n"
    ));
    allowed(&world, "far", "profile = far\n");
    let (_, runs) = slow_program(&world, true);
    let mut shell = start_with_values(kind, &world);
    shell.run("cd a");
    assert_loaded(&mut shell, "dev");
    interrupt(&mut shell, "cd ../far");
    assert_eq!(aws(&mut shell), variables(&BEFORE));
    shell.quietly("");
    shell.quietly("");
    assert_eq!(waits(&runs), 1, "it is not started again");
    assert_eq!(shell.run("cd ../a"), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
}

fn an_interrupted_run_leaves_the_options_of_the_user(kind: Kind) {
    if kind == Kind::Fish {
        return cannot(kind, "it has no such options");
    }
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("set -a; set -u");
    shell.run("cd a");
    let (slow, _) = slow_program(&world, false);
    interrupt(&mut shell, "cd ../b");
    fs::remove_file(slow).expect("it exists");
    let options = shell.run("echo $-");
    assert!(options.text().contains('a') && options.text().contains('u'), "{options}");
    shell.run("cd ~");
    assert_nothing(&mut shell);
}

each_shell!(
    an_interrupted_first_run_is_made_up_for_in_the_next_folder,
    an_interrupted_run_leaves_the_options_of_the_user,
);

#[test]
fn ctrl_c_between_two_accounts_leaves_neither() {
    let world = world();
    let mut shell = start(Kind::Bash, &world);
    shell.run("cd a");
    let before = shell.env("AWS_SECRET_ACCESS_KEY");
    assert!(before.is_some());
    let interrupted = world.scratch("interrupted");
    stand_in(
        &world,
        &format!(
            "if [[ $1 == export && ! -e '{interrupted}' ]]; then\n\
             touch '{interrupted}'\n\
             '{PROGRAM}' \"$@\" | sed 's/.*export AWS_PROFILE=/kill -INT $$\\n&/'\nexit\nfi",
            interrupted = interrupted.display(),
        ),
    );
    shell.run("cd ../b");
    assert!(interrupted.exists());
    // Already at the prompt that the interrupted one became, not only at the next.
    for name in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        assert_eq!(shell.env(name), None, "{name}");
    }
    shell.run("awsenv reload");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("ops"));
    shell.run("cd");
    assert_eq!(shell.env("AWS_PROFILE"), None);
}

each_shell!(
    guarded:
    a_program_that_is_gone_is_told_once_and_takes_over_when_it_is_back,
    a_text_that_was_cut_short_is_not_evaluated,
    an_interrupted_first_run_leaves_nothing_of_the_folder_before,
    an_interrupted_second_run_leaves_nothing_of_the_folder_before,
);

fn few_descriptors_show_no_secret_and_keep_no_account(kind: Kind) {
    // tcsh itself ends with fewer than 14.
    let (limit, few) = match kind {
        Kind::Tcsh => ("limit descriptors", &[17, 16, 14][..]),
        _ => ("ulimit -Sn", &[17, 16, 14, 10][..]),
    };
    for most in few {
        let world = world();
        let mut shell = start(kind, &world);
        shell.run("cd a");
        shell.run(&format!("{limit} {most}"));
        let screen = shell.run("cd ../b");
        assert!(SECRETS.iter().all(|secret| !screen.text().contains(secret)), "{most}: {screen}");
        let screen = shell.run("echo \"with $AWS_ACCESS_KEY_ID\"");
        assert!(!screen.text().contains("AKIADEV"), "{most}: {screen}");
        shell.run(&format!("{limit} 1024"));
        shell.run("cd ../a");
        assert_loaded(&mut shell, "dev");
        shell.run("cd ~");
        assert_nothing(&mut shell);
    }
}

/// With so few descriptors tcsh leads the output of a program to the terminal.
fn a_terminal_is_shown_no_text_for_the_shell(kind: Kind) {
    few_descriptors_show_no_secret_and_keep_no_account(kind);
}

fn an_empty_program_reads_nothing_that_is_typed(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    fs::rename(world.bin().join("awsenv"), world.bin().join("away")).expect("it is there");
    let empty = world.program("awsenv", "");
    let screen = shell.run("cd ../b");
    assert_eq!(screen.text().matches("awsenv: error: could not ").count(), 1, "{screen}");
    assert_withdrawn(&mut shell);
    fs::rename(world.bin().join("away"), empty).expect("it is there");
    shell.run("cd ../a");
    assert_loaded(&mut shell, "dev");
}

each_shell!(bash, zsh: few_descriptors_show_no_secret_and_keep_no_account);
each_shell!(tcsh: a_terminal_is_shown_no_text_for_the_shell);
each_shell!(every: an_empty_program_reads_nothing_that_is_typed);
