//! `awsenv reload`: whoever types it reads one line, also where there was nothing to do, and has fresh keys.

use std::fs;

use awsenv_emulator::Operation::{AssumeRole, Authorize, GetRoleCredentials, GetSessionToken};
use awsenv_emulator::{Effect, Fault, Operation};
use chrono::TimeDelta;

use crate::harness::hook_stage::{self, ENTERED_DEV};
use crate::harness::kind::Kind;
use crate::harness::login_stage as stage;
use crate::harness::mfa_stage;
use crate::harness::scene::{self, DEV_ENTRY};
use crate::harness::shell::{Shell, each_shell};
use crate::harness::world::World;

fn a_line_says_what_is_loaded_now(kind: Kind) {
    let world = hook_stage::world();
    let mut shell = hook_stage::start(kind, &world);
    assert_eq!(shell.run("awsenv reload"), "awsenv: nothing to load: there is no .awsenv here or above");
    shell.run("cd a");
    assert_eq!(shell.run("awsenv reload"), ENTERED_DEV);
    assert_eq!(shell.run("awsenv reload"), ENTERED_DEV);
    shell.quietly("");
    shell.run("awsenv deny");
    let told = shell.run("awsenv reload").text().to_owned();
    assert!(told.ends_with("a/.awsenv is denied (profile dev); run `awsenv allow`"), "{told}");
    shell.quietly("");
}

each_shell!(a_line_says_what_is_loaded_now);

#[test]
fn quiet_is_quiet() {
    let mut world = hook_stage::world();
    world.set("AWSENV_QUIET", "1");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    for line in ["awsenv reload", "cd a", "awsenv reload"] {
        shell.quietly(line);
    }
}

#[test]
fn inside_exec_it_says_that_folders_do_not_count() {
    let world = hook_stage::world();
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.run("awsenv exec -p ops -- bash -i");
    let told = "awsenv: this shell is inside `awsenv exec` with profile ops: folders do not change it";
    assert_eq!(shell.run("awsenv reload"), told);
    assert_eq!(shell.run("awsenv reload"), told);
}

fn id(shell: &mut Shell) -> String {
    shell.env("AWS_ACCESS_KEY_ID").expect("keys are loaded")
}

fn asked(world: &World, operation: Operation) -> usize {
    world.emulator().count(operation)
}

/// Makes every later call to AWS fail at once.
fn go_offline(world: &World) {
    world.emulator().with(|state| state.faults.add(Fault::everywhere(Effect::Close)));
}

fn keys_are_fetched_again_whatever_is_cached(kind: Kind) {
    let world = scene::signed_in();
    scene::allowed(&world, "p", "profile = dev\n");
    scene::allowed(&world, "q", "profile = role-over-sso\n");
    world.emulator().with(|state| {
        state.identities.roles.push(scene::role("arn:aws:iam::444455556666:role/Deploy"));
    });
    let mut shell = hook_stage::start(kind, &world);
    shell.run("cd p");
    let first = id(&mut shell);
    let screen = shell.run("awsenv reload");
    assert!(
        screen.text().starts_with("awsenv: dev, account 111122223333, role Admin, eu-west-1, "),
        "{screen}"
    );
    assert_ne!(id(&mut shell), first);
    assert_eq!(asked(&world, GetRoleCredentials), 2);
    // What was fetched is what every other shell gets.
    assert_eq!(scene::exec(&world, &["-p", "dev"])["AWS_ACCESS_KEY_ID"], id(&mut shell));
    // So is each role on the way, whose keys are never lent from the cache, as with the AWS CLI.
    shell.run("cd ../q");
    assert_eq!((asked(&world, GetRoleCredentials), asked(&world, AssumeRole)), (3, 1));
    shell.run("awsenv reload");
    assert_eq!((asked(&world, GetRoleCredentials), asked(&world, AssumeRole)), (4, 2));
    shell.quietly("");
}

fn offline_the_old_keys_stay_with_one_warning(kind: Kind) {
    let world = scene::signed_in();
    scene::allowed(&world, "p", "profile = dev\n");
    let mut shell = hook_stage::start(kind, &world);
    shell.run("cd p");
    let first = id(&mut shell);
    go_offline(&world);
    let code = if kind == Kind::Fish { "$status" } else { "$?" };
    let screen = shell.run(&format!("awsenv reload; echo code {code}"));
    let told = "awsenv: warning: the keys of dev are still the old ones: could not load profile `dev`: could not get credentials";
    assert!(screen.text().starts_with(told) && screen.text().ends_with("\ncode 1"), "{screen}");
    assert_eq!(screen.text().matches("awsenv: ").count(), 1, "{screen}");
    assert_eq!(id(&mut shell), first);
    shell.quietly("");
    // Once they have ended there is nothing to stay with.
    fs::remove_file(world.at(scene::entry(DEV_ENTRY))).expect("it is cached");
    let screen = shell.run("awsenv reload");
    assert!(screen.text().starts_with("awsenv: error: could not load profile `dev`: "), "{screen}");
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
}

each_shell!(
    bash: keys_are_fetched_again_whatever_is_cached,
    offline_the_old_keys_stay_with_one_warning
);

#[test]
fn a_program_s_keys_are_asked_for_again_and_stay_if_it_fails() {
    let world = World::new();
    let runs = world.scratch("runs");
    let script = format!(
        "#!/bin/sh\necho run >>{0}\ntest ! -e {1} || exit 1\n\
         echo '{{\"Version\": 1, \"AccessKeyId\": \"AKIA'$(grep -c run {0})'\", \"SecretAccessKey\": \"s\"}}'\n",
        runs.display(),
        world.scratch("broken").display()
    );
    let program = world.program("vault", &script);
    world.aws_config(&format!("[profile p]\ncredential_process = {}\n", program.display()));
    scene::allowed(&world, "p", "profile = p\n");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.run("cd p");
    assert_eq!(id(&mut shell), "AKIA1");
    shell.run("awsenv reload");
    assert_eq!(id(&mut shell), "AKIA2");
    // These have no end and are kept nowhere: the shell has the only copy.
    fs::write(world.scratch("broken"), "").expect("the world can be written");
    let screen = shell.run("awsenv reload; echo code $?");
    assert!(screen.text().starts_with("awsenv: warning: the keys of p are still the old ones: "), "{screen}");
    assert!(screen.text().ends_with("\ncode 1"), "{screen}");
    assert_eq!(id(&mut shell), "AKIA2");
}

#[test]
fn static_keys_are_read_again_and_nothing_is_asked() {
    let world = scene::world();
    scene::allowed(&world, "p", "profile = static\n");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.run("cd p");
    let credentials = scene::read(&world, ".aws/credentials");
    world.aws_credentials(&credentials.replace("AKIAIOSFODNN7EXAMPLE", "AKIAROTATED"));
    shell.run("awsenv reload");
    assert_eq!(id(&mut shell), "AKIAROTATED");
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn the_login_and_the_session_of_an_mfa_device_are_kept() {
    let world = mfa_stage::world();
    for (folder, profile) in [("p", "alice"), ("q", "guarded")] {
        scene::allowed(&world, folder, &format!("profile = {profile}\n"));
    }
    let words = ["exec", "-p", "alice", "--mfa-code", mfa_stage::CODES[0], "--", "/bin/true"];
    world.command(words).unchecked().code(0).run();
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.run("cd p");
    let session = id(&mut shell);
    shell.run("awsenv reload");
    assert_eq!((id(&mut shell), asked(&world, GetSessionToken)), (session, 1));
    shell.run("cd ../q");
    let role = id(&mut shell);
    shell.run("awsenv reload");
    assert_ne!(id(&mut shell), role);
    assert_eq!((asked(&world, GetSessionToken), asked(&world, AssumeRole)), (1, 2));

    let world = stage::world();
    stage::run(&world, &["login", "--sso-session", "my-sso"], 0);
    let token = scene::read(&world, stage::TOKEN_FILE);
    scene::allowed(&world, "p", "profile = dev\n");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.run("cd p");
    shell.run("awsenv reload");
    assert_eq!((scene::read(&world, stage::TOKEN_FILE), asked(&world, Authorize)), (token, 1));
}

#[test]
fn without_a_login_the_old_keys_stay_where_none_may_begin() {
    let mut world = scene::world();
    world.set("AWSENV_LOGIN", "never");
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    scene::allowed(&world, "p", "profile = dev\n");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.run("cd p");
    let screen = shell.run("awsenv reload; echo code $?");
    assert!(
        screen.text().contains("you are not logged in to my-sso") && screen.text().ends_with("code 1"),
        "{screen}"
    );
    assert_eq!(id(&mut shell), "ASIAPLANTED");
}
