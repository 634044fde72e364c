//! A program that prints the code of an MFA device, in the person's place.

use std::thread;

use crate::harness::hook_stage;
use crate::harness::login_stage::Sitting;
use crate::harness::mfa_stage::{self, CODES, QUESTION, SESSION, calls};
use crate::harness::scene;
use crate::harness::shell::{Kind, each_shell};
use crate::harness::world::World;

const EXEC: [&str; 5] = ["exec", "-p", "guarded", "--", "true"];

/// Makes a world with a program that notes its arguments and prints the first code, and the key that names it
/// in the profile `guarded`.
fn world() -> World {
    let world = mfa_stage::world();
    program(&world, &format!("echo '{}'", CODES[0]));
    let config = scene::read(&world, ".aws/config");
    let line = format!("[profile guarded]\nmfa_process = {} --for 'a b' $HOME", world.at("codes").display());
    world.aws_config(&config.replace("[profile guarded]", &line));
    world
}

fn program(world: &World, last: &str) {
    let log = world.scratch("codes");
    let script = format!("#!/bin/sh\nprintf '%s|' \"$@\" >>'{}'\n{last}\n", log.display());
    let path = world.program("codes-program", &script);
    std::fs::copy(path, world.at("codes")).expect("the home can be written");
}

fn runs(world: &World) -> String {
    std::fs::read_to_string(world.scratch("codes")).unwrap_or_default()
}

#[test]
fn the_program_is_asked_once_without_a_terminal_or_a_shell_and_its_code_is_not_shown() {
    let world = world();
    thread::scope(|scope| {
        let all: Vec<_> = (0..5)
            .map(|_| {
                let run = world.command(EXEC).env("AWSENV_LOG", "debug").unchecked().code(0);
                scope.spawn(|| run.run().stderr)
            })
            .collect();
        for run in all {
            let told = run.join().expect("it goes on");
            assert!(!told.contains(CODES[0]), "{told}");
        }
    });
    assert_eq!(runs(&world), "--for|a b|$HOME|");
    assert_eq!(calls(&world)[1], 1);
    assert!(world.at(SESSION).exists());
    // A role above finds the program of its source, and the setting overrides the key.
    let again = "awsenv: error: could not log in with the MFA device";
    world.write(".config/awsenv/config", "mfa_process.guarded = /nowhere/program --secret x\n");
    let refused = world.command(["login", "-p", "above", "--force"]).unchecked().code(1).run();
    assert!(refused.stderr.contains(again), "{refused:?}");
    assert!(
        refused.stderr.contains("`mfa_process` (the setting `mfa_process.guarded`): `program` is not there"),
        "{refused:?}"
    );
    assert!(!refused.stderr.contains("--secret"), "{refused:?}");
    let listed = world.run(["config", "get", "mfa_process.guarded"]).stdout;
    assert_eq!(listed, "/nowhere/program --secret x\n");
}

#[test]
fn the_program_sees_nothing_that_awsenv_exported() {
    let world = world();
    let log = world.scratch("codes");
    program(&world, &format!("env >'{}'; echo '{}'", log.display(), CODES[0]));
    world.run(["exec", "-p", "static", "--", "awsenv", "exec", "-p", "guarded", "--", "true"]);
    let seen = runs(&world);
    assert!(
        seen.contains("HOME=") && !seen.contains("AWSENV_") && !seen.contains("AWS_ACCESS_KEY"),
        "{seen}"
    );
}

#[test]
fn where_there_is_no_code_a_person_is_asked() {
    for (last, why) in [
        ("exit 3", "`codes` ended with exit code 3; type the code"),
        ("echo 12345", "`codes` printed no code: a code has six digits; type the code"),
        ("printf 'a\\0b'", "`codes` printed no code: a code has six digits; type the code"),
        ("yes", "`codes` printed more than 64 KiB, and was stopped; type the code"),
        ("read line; echo \"$line\"", "`codes` printed no code: a code has six digits; type the code"),
        ("echo 000000", "AWS refused the code of `mfa_process`: type one"),
    ] {
        let world = world();
        program(&world, last);
        let mut sitting = Sitting::start(&world, &EXEC);
        sitting.wait_for(QUESTION);
        sitting.type_keys(&format!("{}\r", CODES[1]));
        let screen = world.shown(&sitting.finish(&world, 0)).replace('\n', "");
        assert!(screen.contains(&why.replace('\n', "")), "{last}: {screen}");
        // Without anybody to ask, it is an error.
        let world = mfa_stage::world();
        let config = scene::read(&world, ".aws/config");
        world.aws_config(&config.replace("[profile guarded]", "[profile guarded]\nmfa_process = false"));
        let refused = world.command(EXEC).unchecked().code(125).run().stderr;
        assert!(refused.contains("`false` ended with exit code 1\n"), "{refused}");
        assert!(refused.contains("to type a code\n"), "{refused}");
    }
}

#[test]
fn a_repository_names_no_program() {
    let world = world();
    for key in ["mfa_process", "mfa_process.guarded"] {
        let folder = world.project("p", format!("profile = guarded\n{key} = touch owned\n"));
        let refused = world.command(["allow"]).current_dir(&folder).unchecked().run();
        assert!(refused.stderr.contains(".awsenv:2: unknown key"), "{refused:?}");
        world.command(["exec", "--", "true"]).current_dir(&folder).unchecked().code(125).run();
        assert!(!folder.join("owned").exists());
    }
    assert_eq!(runs(&world), "");
}

fn a_folder_is_loaded_with_the_code_of_the_program(kind: Kind) {
    let world = world();
    scene::allowed(&world, "p", "profile = guarded\n");
    let mut shell = hook_stage::start(kind, &world);
    let screen = shell.run("cd p");
    assert!(!screen.text().contains("MFA code of"), "{screen}");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("guarded"));
    assert_eq!(runs(&world), "--for|a b|$HOME|");
}

each_shell!(a_folder_is_loaded_with_the_code_of_the_program);
