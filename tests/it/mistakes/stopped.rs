//! Processes that are stopped, by Ctrl-Z say, while they hold a lock: nobody else waits for them for ever.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use awsenv_emulator::Operation::{self, CreateTokenRefreshToken, GetRoleCredentials};
use awsenv_emulator::{Effect, Fault};
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::configure_world;
use crate::harness::hook_stage;
use crate::harness::login_stage as stage;
use crate::harness::scene;
use crate::harness::shell::{Kind, each_shell};
use crate::harness::world::{PROGRAM, World};

/// A run of the program that was stopped while it waited for an answer of AWS's; killed when the value is
/// dropped.
struct Stopped(Child);

impl Stopped {
    /// Runs the program with these arguments until it asks for `operation`, and stops it.
    fn at(world: &World, operation: Operation, args: &[&str]) -> Self {
        world.emulator().with(|state| {
            state.faults.add(Fault::new(operation, Effect::Hang).times(1));
        });
        let mut command = Command::new(PROGRAM);
        command.args(args).env_clear().envs(world.env()).current_dir(world.home());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let stopped = Self(command.spawn().expect("the program starts"));
        stage::wait_for(world, operation, 1);
        kill_process(stopped.pid(), Signal::STOP).expect("it runs");
        stopped
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn the_prompt_comes_back_without_the_account_and_has_it_later(kind: Kind) {
    let world = scene::signed_in();
    scene::allowed(&world, "p", "profile = dev\n");
    let stopped = Stopped::at(&world, GetRoleCredentials, &["exec", "-p", "dev", "--", "true"]);
    let pid = stopped.pid().as_raw_nonzero();
    let mut shell = hook_stage::start(kind, &world);
    let begun = Instant::now();
    let screen = shell.run("cd p");
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    let told = format!("awsenv: process {pid} is fetching the same credentials and has not finished");
    assert_eq!(screen, told.as_str());
    assert_eq!(shell.env("AWS_PROFILE"), None);
    assert_eq!(shell.run("echo here"), "here", "it is said once");
    drop(stopped);
    shell.run("awsenv reload");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
}

each_shell!(every: the_prompt_comes_back_without_the_account_and_has_it_later);

#[test]
fn a_command_says_what_it_waits_for() {
    let world = scene::signed_in();
    let stopped = Stopped::at(&world, GetRoleCredentials, &["exec", "-p", "dev", "--", "true"]);
    let pid = stopped.pid().as_raw_nonzero();
    let mut waiting = stage::Sitting::start(&world, &["exec", "-p", "dev", "--", "echo", "done"]);
    let told = format!("waiting for process {pid}, which is fetching the same credentials, Ctrl-C stops it");
    waiting.wait_for(&told);
    drop(stopped);
    assert_eq!(waiting.end(), 0);
}

#[test]
fn a_stopped_refresh_of_the_login_holds_up_no_prompt() {
    let world = stage::world();
    stage::run(&world, &["login", "--sso-session", "my-sso"], 0);
    stage::age(&world, chrono::TimeDelta::seconds(-1));
    let project = scene::allowed(&world, "p", "profile = dev\n");
    let stopped = Stopped::at(&world, CreateTokenRefreshToken, &["exec", "-p", "dev", "--", "true"]);
    // The stopped process has the lock of the role too: that of another role of the same login is free.
    let config =
        scene::read(&world, ".aws/config").replace("sso_role_name = Admin", "sso_role_name = ReadOnly");
    world.aws_config(&config);
    let hook = ["export", "bash", "--hook=1", "--fetch=1"];
    let begun = Instant::now();
    let output = world.command(hook).current_dir(&project).unchecked().run();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    let told = format!(
        "awsenv: process {} is refreshing the same login and has not finished\n",
        stopped.pid().as_raw_nonzero()
    );
    assert_eq!(output.stderr, told);
}

#[test]
fn a_stopped_writer_of_the_config_file_is_named() {
    let world = configure_world::logged_in();
    let lock = world.at(".local/state/awsenv/locks/aws-config.lock");
    fs::create_dir_all(lock.parent().unwrap_or(Path::new("/"))).expect("the world can be written");
    fs::write(&lock, "4711").expect("the world can be written");
    let held = fs::File::open(&lock).expect("it is there");
    held.lock().expect("nobody else has it");
    let args = configure_world::flags(&["--account", "acme-shared", "--default-region", "eu-west-1"]);
    let mut waiting = stage::Sitting::start(&world, &args);
    waiting.wait_for("waiting for process 4711, which is writing the config file, Ctrl-C stops it");
    drop(held);
    assert_eq!(waiting.end(), 0);
}

#[test]
fn whatever_lock_is_held_a_prompt_waits_a_second_in_all() {
    let world = scene::signed_in();
    world
        .emulator()
        .with(|state| state.identities.roles.push(scene::role("arn:aws:iam::444455556666:role/Deploy")));
    let program = world.program(
        "print-keys",
        "#!/bin/sh\necho '{\"Version\": 1, \"AccessKeyId\": \"ASIAP\", \
        \"SecretAccessKey\": \"s\", \"SessionToken\": \"t\", \"Expiration\": \"2099-01-01T00:00:00Z\"}'\n",
    );
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!("{config}\n[profile vault]\ncredential_process = {}\n", program.display()));
    let profiles = ["dev", "role", "role-over-sso", "vault"];
    for profile in profiles {
        scene::allowed(&world, profile, &format!("profile = {profile}\n"));
        world.command(["exec", "-p", profile, "--", "true"]).unchecked().code(0).run();
    }
    let locks = fs::read_dir(world.at(".local/state/awsenv/locks")).expect("there are some");
    let locks: Vec<_> = locks.map(|entry| entry.expect("it can be read").path()).collect();
    assert!(locks.len() >= profiles.len(), "{locks:?}");
    let held: Vec<_> = locks.iter().map(|path| fs::File::open(path).expect("it is there")).collect();
    held.iter().for_each(|file| file.lock().expect("nobody else has it"));
    for folder in [".aws/cli/cache", ".cache/awsenv/credentials"] {
        let _ = fs::remove_dir_all(world.at(folder));
    }
    for profile in profiles {
        let begun = Instant::now();
        let hook = ["export", "bash", "--hook=1", "--fetch=1"];
        let output = world.command(hook).current_dir(profile).unchecked().run();
        assert!(begun.elapsed() < Duration::from_secs(3), "{profile}: {:?}", begun.elapsed());
        assert!(
            output.stderr.contains(" is fetching the same credentials and has not finished"),
            "{output:?}"
        );
        assert!(!output.stdout.contains("AWS_ACCESS_KEY_ID="), "{output:?}");
    }
}
