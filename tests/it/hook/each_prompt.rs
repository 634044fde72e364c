//! What holds in shells whose hook runs the program at each prompt, beside what holds in every shell: running
//! it again and again asks nobody, says nothing twice and changes nothing.

use std::fs;
use std::path::Path;

use awsenv_emulator::Person;

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, assert_loaded, assert_nothing, aws, hook_line, launch, loaded, start,
    variables, world,
};
use crate::harness::invocation::Invocation;
use crate::harness::login_stage as stage;
use crate::harness::scene;
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::{PROGRAM, World};
use crate::login::together::allow;

/// Puts a stand-in in the program's place, which does what this bash script says, and then is the program.
fn stand_in(world: &World, script: &str) {
    world.program("awsenv", &format!("#!/bin/bash\n{script}\nexec -a \"$0\" '{PROGRAM}' \"$@\"\n"));
}

/// Begins a login below the prompt and waits until its page is open.
fn begin(world: &World, shell: &mut Shell, line: &str) {
    stage::person(world, Person::Waits);
    shell.type_line(line);
    shell.wait_for("waiting for you to allow it");
    stage::wait_for(world, awsenv_emulator::Operation::Authorize, 1);
}

fn a_login_at_the_prompt_loads_the_account(kind: Kind) {
    let world = stage::world();
    scene::allowed(&world, "p", "profile = dev\n");
    let mut shell = start(kind, &world);
    begin(&world, &mut shell, "cd p");
    allow(&world);
    let screen = shell.next_prompt();
    assert!(screen.text().contains("awsenv: dev, account 111122223333"), "{screen}");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
    shell.quietly("");
}

fn after_ctrl_c_in_a_login_no_account_stays_and_nobody_is_asked_again(kind: Kind) {
    let world = stage::world();
    world
        .aws_credentials("[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = other/SecretKey\n");
    scene::allowed(&world, "other", "profile = other\nregion = eu-west-1\n");
    scene::allowed(&world, "p", "profile = dev\n");
    let mut shell = start(kind, &world);
    shell.run("cd other");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("other"));
    begin(&world, &mut shell, "cd ../p");
    shell.type_keys("\u{3}");
    shell.next_prompt();
    assert_eq!((shell.env("AWS_PROFILE"), shell.env("AWS_ACCESS_KEY_ID")), (None, None));
    let asked = world.emulator().requests();
    for line in ["", "", "cd ../p", "cd ..", "cd p"] {
        shell.run(line);
    }
    shell.quietly("");
    assert_eq!((stage::pages(&world), world.emulator().requests()), (1, asked));
    assert_eq!((shell.env("AWS_PROFILE"), shell.env("AWS_ACCESS_KEY_ID")), (None, None));
    shell.run("cd ../other");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("other"));
}

fn ctrl_c_in_the_first_run_withdraws_the_account(kind: Kind) {
    let world = world();
    let before = variables(&[("AWS_PROFILE", "mine"), ("AWS_SECRET_ACCESS_KEY", "mine/SecretKey")]);
    let mut launch = launch(kind, &world);
    for (name, value) in &before {
        launch = launch.env(name, value);
    }
    let mut shell = launch.start();
    shell.run("cd a");
    let slow = world.write("slow", "");
    stand_in(
        &world,
        &format!("[[ ! -e '{}' ]] || {{ echo waiting >/dev/tty; exec sleep 100; }}", slow.display()),
    );
    shell.type_line("cd ../b");
    shell.wait_for("waiting");
    // Whatever runs from now on does not wait.
    fs::remove_file(&slow).expect("it is there");
    shell.type_keys("\u{3}");
    shell.next_prompt();
    // The run of the prompt itself made up for it, or the next one does.
    shell.run("");
    assert_loaded(&mut shell, "ops");
    // And once more below a prompt, where the directory did not change.
    world.write("slow", "");
    shell.type_line("");
    shell.wait_for("waiting");
    fs::remove_file(&slow).expect("it is there");
    shell.type_keys("\u{3}");
    shell.next_prompt();
    shell.run("");
    assert_loaded(&mut shell, "ops");
    assert_eq!(shell.run("cd ../a"), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
    shell.run("cd ~");
    assert_eq!(aws(&mut shell), before);
}

fn ctrl_c_in_the_first_run_leaves_no_account_to_the_rest_of_the_line(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    // As the program does it for these shells: Ctrl-C is an exit of its own.
    let slow = world.write("slow", "");
    let wait = "trap 'exit 130' INT; echo waiting >/dev/tty; while :; do sleep 0.05; done";
    stand_in(&world, &format!("[[ ! -e '{}' ]] || {{ {wait}; }}", slow.display()));
    let joint = if kind == Kind::Elvish { ";" } else { "&&" };
    shell.type_line(&format!("cd ../b {joint} /usr/bin/env >~/seen"));
    shell.wait_for("waiting");
    fs::remove_file(&slow).expect("it is there");
    shell.type_keys("\u{3}");
    shell.next_prompt();
    let seen = fs::read_to_string(world.at("seen")).unwrap_or_default();
    assert!(!seen.contains("AWS_PROFILE") && !seen.contains("SecretKey"), "{seen}");
    shell.run("");
    assert_loaded(&mut shell, "ops");
}

fn a_program_that_breaks_down_withdraws_the_account_and_says_so_once(kind: Kind) {
    let partial = match kind {
        Kind::Tcsh => "setenv AWS_PROFILE evil ; touch ~/PWN ;",
        Kind::Elvish => "set-env AWS_PROFILE evil; touch ~/PWN",
        _ => Kind::not_here(),
    };
    for end in ["exit 0", "exit 1", "kill -ABRT $$"] {
        let world = world();
        let mut shell = launch(kind, &world).env("AWS_REGION", "af-south-1").start();
        shell.run("cd a");
        stand_in(&world, &format!("echo '{partial}'\n{end}"));
        let screen = shell.run("cd ../b");
        assert_eq!(screen.text().matches("awsenv: error: could not run ").count(), 1, "{end}: {screen}");
        for name in ["AWS_PROFILE", "AWSENV_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            assert_eq!(shell.env(name), None, "{end}: {name}");
        }
        assert!(!shell.run("").text().contains("awsenv: error"), "{end}");
        stand_in(&world, "");
        assert_eq!(shell.run(""), ENTERED_OPS, "{end}");
        assert_loaded(&mut shell, "ops");
        shell.run("cd ~");
        assert_eq!(aws(&mut shell), variables(&[("AWS_REGION", "af-south-1")]));
        assert!(!world.at("PWN").exists());
    }
}

fn a_shell_below_exec_keeps_its_account(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let screen = shell.run(&format!("awsenv exec --profile ops -- {}", kind.nested()));
    let told = "awsenv: this shell is inside `awsenv exec` with profile ops: folders do not change it";
    assert_eq!(screen, told);
    for line in ["", "cd ../b", "cd ~", "cd a"] {
        shell.quietly(line);
    }
    assert_loaded(&mut shell, "ops");
    shell.run("exit");
    assert_eq!(aws(&mut shell), loaded("dev"));
}

fn the_hook_line_twice_counts_once(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).rc(hook_line(kind)).start();
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    shell.quietly(hook_line(kind));
    let recorder = world.recorder();
    shell.quietly("");
    assert_eq!(recorder.take().len(), 1);
    shell.run("cd ~");
    assert_nothing(&mut shell);
}

fn what_is_remembered_is_not_exported_and_holds_no_secret(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).env("AWS_SECRET_ACCESS_KEY", "mine/SecretKey").start();
    shell.run("cd a");
    for (name, value) in shell.environment() {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        assert!(!name.starts_with("_awsenv"), "{name}");
        assert!(!value.contains("mine/SecretKey"), "{name}");
    }
}

fn a_shell_that_runs_one_command_is_left_alone(kind: Kind) {
    let world = world();
    launch(kind, &world).start();
    let recorder = world.recorder();
    let command = format!("{} -c 'cd {}; /usr/bin/env'", kind.name(), world.at("a").display());
    let output = Invocation::new(&world, Path::new("/bin/sh"), ["-c", &command]).run();
    assert!(!output.stdout.contains("AWS_PROFILE"), "{}", output.stdout);
    let exports = recorder.take().into_iter().filter(|run| run[0] == "export").count();
    assert_eq!(exports, 0);
}

each_shell!(
    elvish, tcsh: a_login_at_the_prompt_loads_the_account,
    ctrl_c_in_the_first_run_leaves_no_account_to_the_rest_of_the_line,
    the_hook_line_twice_counts_once,
    a_shell_that_runs_one_command_is_left_alone,
);

fn the_status_and_the_aliases_of_before_are_kept(kind: Kind) {
    let world = world();
    let rc = "alias cwdcmd 'echo moved'\nalias precmd 'set seen = $status ; '\"`alias precmd`\"";
    let mut shell = Shell::launch(kind, &world).rc(rc).rc(hook_line(kind)).start();
    shell.run("sh -c 'exit 7'");
    assert_eq!(shell.run("echo $seen"), "7");
    let screen = shell.run("cd a");
    assert_eq!(screen.lines(), [ENTERED_DEV, "moved"]);
    assert_eq!(shell.run("cd /nowhere || echo no").lines().last(), Some(&"no"));
}

fn every_command_of_the_program_can_be_typed(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    let help = world.run(["--help"]).stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<_> = commands
        .take_while(|line| !line.is_empty())
        // What is longer than a line goes on, further in.
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|word| !word.is_empty()))
        .collect();
    assert!(commands.contains(&"exec") && commands.contains(&"doctor"), "{commands:?}");
    let aliases = shell.run("alias");
    for command in commands {
        assert!(aliases.text().contains(&format!("_awsenv_do-{command} ")), "{command}");
    }
    assert!(shell.run("awsenv help").text().contains("Commands:"));
    assert!(shell.run("awsenv --version").text().starts_with("awsenv "));
    let line = "awsenv exec -p ops -- sh -c 'echo \"$AWS_PROFILE; $1\"' sh 'a  b' > out && cat out";
    assert_eq!(shell.run(line), "ops; a  b");
    shell.quietly("false && awsenv exec -p ops -- touch made");
    assert!(!world.at("made").exists());
    assert_eq!(shell.run("awsenv status --quiet ; echo $status"), "5");
    assert_eq!(shell.run("awsenv reload ; echo $status").lines().last(), Some(&"0"));
}

each_shell!(tcsh: the_status_and_the_aliases_of_before_are_kept, every_command_of_the_program_can_be_typed);

each_shell!(@test after_ctrl_c_in_a_login_no_account_stays_and_nobody_is_asked_again elvish tcsh nu);
each_shell!(elvish, tcsh: ctrl_c_in_the_first_run_withdraws_the_account);
each_shell!(elvish, tcsh: a_program_that_breaks_down_withdraws_the_account_and_says_so_once);
each_shell!(@test a_shell_below_exec_keeps_its_account elvish tcsh nu);
each_shell!(@test what_is_remembered_is_not_exported_and_holds_no_secret elvish tcsh nu);
