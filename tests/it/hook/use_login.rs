//! `awsenv use` where something must be asked: a confirmation, a login, one of several profiles.

use std::time::Instant;

use awsenv_emulator::Operation::{Authorize, GetRoleCredentials};
use awsenv_emulator::Person;
use chrono::TimeDelta;

use crate::harness::hook_stage::start;
use crate::harness::login_stage as stage;
use crate::harness::scene::{self, DEV_ENTRY};
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::world::World;

fn loaded(shell: &mut Shell) -> Option<String> {
    shell.env("AWSENV_PROFILE")
}

/// Makes a world in which the profile `acme-Prod` asks, and the folder `dev` has keys.
fn guarded() -> World {
    let world = scene::world();
    world.write(".config/awsenv/config", "confirm = *prod*\n");
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!(
        "{config}\n[profile acme-Prod]\nrole_arn = arn:aws:iam::444455556666:role/Deploy\nsource_profile = static\n\
         region = us-east-1\n"
    ));
    scene::allowed(&world, "dev", "profile = static\n");
    world
}

const QUESTION: &str = "awsenv: load acme-Prod, account 444455556666, role Deploy, us-east-1? Type yes:";

/// What elvish adds to a command that failed.
fn without_exception(told: &str) -> &str {
    told.split("\nException").next().unwrap_or_default()
}

fn answer(shell: &mut Shell, line: &str, keys: &str) -> String {
    shell.type_line(line);
    shell.wait_for(QUESTION);
    shell.type_keys(keys);
    without_exception(shell.next_prompt().text()).to_owned()
}

fn a_guarded_profile_asks_first(kind: Kind) {
    let world = guarded();
    let mut shell = start(kind, &world);
    shell.run("cd ~/dev");
    for keys in ["no\r", "\u{3}"] {
        let told = answer(&mut shell, "awsenv use acme-Prod", keys);
        assert!(
            told.ends_with("it was not confirmed\nawsenv: hint: run `awsenv reload` to be asked again"),
            "{told}"
        );
        assert_eq!(loaded(&mut shell), None, "the account of before is not what was asked for");
        shell.quietly("");
    }
    shell.run("awsenv use -");
    assert_eq!(loaded(&mut shell).as_deref(), Some("static"));
    let told = answer(&mut shell, "awsenv use prod --for 30m", "yes\r");
    assert!(told.contains("awsenv: acme-Prod, account 444455556666"), "{told}");
    assert_eq!(loaded(&mut shell).as_deref(), Some("acme-Prod"));
    assert_eq!(shell.env("AWSENV_GUARDED").as_deref(), Some("1"));
    shell.run("awsenv use -");
    assert_eq!(loaded(&mut shell).as_deref(), Some("static"));
    assert!(!shell.run("awsenv use -").text().contains("Type yes"), "once per shell");
    assert_eq!(loaded(&mut shell).as_deref(), Some("acme-Prod"));
}

fn ctrl_c_at_a_login_leaves_nothing_and_it_can_be_begun_again(kind: Kind) {
    let world = stage::world();
    scene::allowed(&world, "dev", "profile = static\n");
    let mut shell = start(kind, &world);
    shell.run("cd ~/dev");
    for round in 1..=2 {
        stage::person(&world, Person::Waits);
        shell.type_line("awsenv use dev");
        shell.wait_for("waiting for you to allow it");
        stage::wait_for(&world, Authorize, round);
        shell.type_keys("\u{3}");
        shell.next_prompt();
        assert_eq!(loaded(&mut shell), None, "neither the one before nor half of the next");
        let told = shell.run("awsenv status").text().to_owned();
        assert!(
            told.contains("state       login-needed\n") && told.contains("profile     dev (use)\n"),
            "{told}"
        );
    }
    stage::person(&world, Person::Approves);
    let told = shell.run("awsenv use dev").text().to_owned();
    assert!(told.contains("awsenv: dev, account 111122223333"), "{told}");
    assert_eq!(loaded(&mut shell).as_deref(), Some("dev"));
}

fn a_role_without_a_profile_is_used(kind: Kind) {
    let world = scene::signed_in();
    let mut shell = start(kind, &world);
    let told =
        shell.run("awsenv use --account 111122223333 --role ReadOnly --sso-session my-sso").text().to_owned();
    assert!(told.starts_with("awsenv: 111122223333/ReadOnly"), "{told}");
    assert_eq!(loaded(&mut shell).as_deref(), Some("111122223333/ReadOnly"));
    assert_eq!(shell.env("AWS_PROFILE"), None);
    let (keys, fetched) = (shell.env("AWS_ACCESS_KEY_ID"), world.emulator().count(GetRoleCredentials));
    shell.run("awsenv reload");
    assert_ne!(shell.env("AWS_ACCESS_KEY_ID"), keys);
    let fetched = fetched + 1;
    let told = shell.run(kind.nested()).text().to_owned();
    assert!(told.ends_with("from `awsenv use` in the shell above: folders do not change it"), "{told}");
    assert_eq!(loaded(&mut shell).as_deref(), Some("111122223333/ReadOnly"));
    assert_eq!(world.emulator().count(GetRoleCredentials), fetched);
}

fn what_is_inherited_ends_when_its_keys_lapse(kind: Kind) {
    let mut world = scene::world();
    world.set("AWSENV_LOGIN", "never");
    scene::allowed(&world, "p", "profile = static\n");
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::seconds(3));
    let mut shell = start(kind, &world);
    shell.run("cd ~/p");
    assert!(shell.run("awsenv use dev").text().starts_with("awsenv: dev, account 111122223333"));
    let mut told = shell.run(kind.nested()).text().to_owned();
    if told.contains("folders do not change it") {
        let begin = Instant::now();
        while !told.contains("has ended") && begin.elapsed() < stage::PATIENCE {
            shell.run("").text().clone_into(&mut told);
        }
    }
    assert!(
        told.starts_with("awsenv: profile `dev` from `awsenv use` in the shell above has ended"),
        "{told}"
    );
    assert_eq!(loaded(&mut shell).as_deref(), Some("static"));
    assert_eq!(world.emulator().count(GetRoleCredentials), 0);
}

fn of_several_that_fit_one_is_picked(kind: Kind) {
    let world = scene::world();
    scene::allowed(&world, "dev", "profile = static\n");
    let mut shell = start(kind, &world);
    shell.run("cd ~/dev");
    shell.type_line("awsenv use 'role-'");
    shell.wait_for("role-over-sso");
    shell.type_keys("\u{1b}");
    shell.next_prompt();
    assert_eq!(loaded(&mut shell).as_deref(), Some("static"), "nothing was chosen");
    shell.type_line("awsenv use");
    shell.wait_for("role-over-sso");
    shell.type_keys("role-opt");
    shell.type_keys("\r");
    shell.next_prompt();
    assert_eq!(loaded(&mut shell).as_deref(), Some("role-options"));
}

each_shell!(guarded: what_is_inherited_ends_when_its_keys_lapse);

each_shell!(
    every:
    a_guarded_profile_asks_first,
    ctrl_c_at_a_login_leaves_nothing_and_it_can_be_begun_again,
    a_role_without_a_profile_is_used,
    of_several_that_fit_one_is_picked,
);
