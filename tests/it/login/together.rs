//! One login per session, however many processes need it.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::thread;

use awsenv_emulator::Operation::{
    Authorize, CreateTokenAuthorizationCode, DevicePage, GetRoleCredentials, RegisterClient,
};
use awsenv_emulator::{Person, State};
use chrono::TimeDelta;

use crate::harness::hook_stage;
use crate::harness::invocation::Invocation;
use crate::harness::login_stage::{self as stage, PATIENCE, Sitting};
use crate::harness::scene::{self, SESSION_TOKEN};
use crate::harness::shell::{Kind, Shell};
use crate::harness::tools;
use crate::harness::world::World;

const EXEC: [&str; 5] = ["exec", "-p", "dev", "--", "true"];
const LOGIN: [&str; 3] = ["login", "--sso-session", "my-sso"];
const WAITING: &str = "awsenv: waiting for the login to my-sso that is under way in another shell (process ";

/// Starts a run that waits for its person, and returns it once the browser is open.
fn holder(world: &World, args: &[&str]) -> Sitting {
    stage::person(world, Person::Waits);
    let mut holder = Sitting::start(world, args);
    holder.wait_for("waiting for you");
    stage::wait_for(world, Authorize, 1);
    holder
}

/// Clicks "allow" on the page that was opened last.
pub fn allow(world: &World) {
    // A page that is still on its way must not be answered by the new habit.
    let shown = |state: &mut State| {
        let mut pages = state.log.entries().iter().filter(|entry| entry.operation == Authorize);
        pages.all(|entry| entry.status.is_some()).then_some(())
    };
    world.emulator().wait_for(PATIENCE, shown).expect("the page is shown");
    stage::person(world, Person::Approves);
    let pages = world.browser().runs();
    let page = &pages.last().expect("a page was opened")[0];
    Invocation::new(world, &world.bin().join("visit"), [page]).run();
}

fn kill(pid: u32) {
    let pid = pid.to_string();
    let world = World::new();
    Invocation::new(&world, Path::new("/bin/kill"), [OsStr::new("-KILL"), OsStr::new(&pid)]).run();
}

#[test]
fn fifty_commands_at_once_open_one_page_and_all_go_on() {
    let world = stage::world();
    stage::person(&world, Person::Waits);
    thread::scope(|scope| {
        // Half of them have a terminal; who has none waits all the same.
        let mut holder = Sitting::start(&world, &EXEC);
        holder.wait_for("waiting for you");
        stage::wait_for(&world, Authorize, 1);
        let silent: Vec<_> =
            (0..25).map(|_| scope.spawn(|| world.command(EXEC).unchecked().code(0).run().stderr)).collect();
        let mut seated: Vec<_> = (0..25).map(|_| Sitting::start(&world, &EXEC)).collect();
        for sitting in &mut seated {
            sitting.wait_for(WAITING);
        }
        allow(&world);
        assert_eq!(holder.end(), 0);
        for sitting in seated {
            assert_eq!(sitting.finish(&world, 0).lines().count(), 1);
        }
        for run in silent {
            let stderr = run.join().expect("it goes on");
            assert!(stderr.is_empty() || stderr.starts_with(WAITING), "{stderr}");
        }
    });
    assert_eq!(stage::pages(&world), 1);
    let asked = stage::counts(&world, [RegisterClient, CreateTokenAuthorizationCode, GetRoleCredentials]);
    assert_eq!(asked, [1, 1, 1]);
}

#[test]
fn commands_that_start_in_the_same_moment_open_one_page() {
    let world = stage::world();
    let mut all: Vec<_> = (0..20).map(|_| Sitting::start(&world, &EXEC)).collect();
    for sitting in &mut all {
        assert_eq!(sitting.end(), 0);
    }
    assert_eq!((stage::pages(&world), world.emulator().count(CreateTokenAuthorizationCode)), (1, 1));
}

#[test]
fn who_waits_says_for_whom_and_ctrl_c_ends_its_own_waiting_alone() {
    let world = stage::world();
    let mut holder = holder(&world, &LOGIN);
    let mut waiter = Sitting::start(&world, &LOGIN);
    let told = format!("{WAITING}{}), Ctrl-C stops waiting", holder.pid());
    waiter.wait_for(&told);
    waiter.type_keys("\u{3}");
    assert_eq!(waiter.end(), 130);
    assert!(!waiter.screen(&world).contains("cancelled"), "{}", waiter.screen(&world));
    allow(&world);
    assert_eq!(holder.end(), 0, "nobody declined for the one who asks");
}

#[test]
fn a_token_that_another_program_writes_ends_the_waiting() {
    let world = stage::world();
    let token = scene::sign_in(&world);
    let _holder = holder(&world, &LOGIN);
    let mut waiters = [Sitting::start(&world, &LOGIN), Sitting::start(&world, &EXEC)];
    for waiter in &mut waiters {
        waiter.wait_for(WAITING);
    }
    // As the AWS CLI writes it: no lock, not atomic.
    let file = token.write(&world, SESSION_TOKEN, TimeDelta::hours(1));
    assert!(file.exists());
    for waiter in waiters {
        waiter.finish(&world, 0);
    }
}

#[test]
fn of_those_who_wait_for_a_process_that_dies_exactly_one_takes_over() {
    let world = stage::world();
    let holder = holder(&world, &LOGIN);
    let mut waiters: Vec<_> = (0..5).map(|_| Sitting::start(&world, &EXEC)).collect();
    for waiter in &mut waiters {
        waiter.wait_for(WAITING);
    }
    kill(holder.pid());
    stage::wait_for(&world, Authorize, 2);
    allow(&world);
    for waiter in &mut waiters {
        assert_eq!(waiter.end(), 0, "{}", waiter.screen(&world));
    }
    let asked =
        waiters.iter().filter(|waiter| waiter.screen(&world).contains("logging in to my-sso")).count();
    assert_eq!(asked, 1);
    assert_eq!(stage::pages(&world), 2, "the dead one's and its successor's");
    assert_eq!(world.emulator().count(CreateTokenAuthorizationCode), 1);
}

#[test]
fn a_no_is_a_no_for_all_who_waited() {
    let world = stage::world();
    let mut holder = holder(&world, &LOGIN);
    let mut waiters: Vec<_> = (0..5).map(|_| Sitting::start(&world, &EXEC)).collect();
    for waiter in &mut waiters {
        waiter.wait_for(WAITING);
    }
    holder.type_keys("\u{3}");
    assert_eq!(holder.end(), 130);
    for waiter in waiters {
        let screen = waiter.finish(&world, 125);
        let told = "awsenv: error: could not log in to my-sso: the login in the other shell was cancelled\n\
                    awsenv: hint: run `awsenv login --sso-session my-sso` to try again";
        assert!(screen.ends_with(told), "{screen}");
    }
    assert_eq!(stage::pages(&world), 1);
    // Who asks from now on is asked.
    stage::person(&world, Person::Approves);
    stage::run(&world, &EXEC, 0);
}

#[test]
fn five_shells_at_once_open_one_page_and_have_the_account_after_the_click() {
    if !tools::have(&["zsh", "fish"]) {
        return;
    }
    let world = stage::world();
    stage::person(&world, Person::Waits);
    scene::allowed(&world, "p", "profile = dev\n");
    let mut shells: Vec<Shell> = [Kind::Bash, Kind::Zsh, Kind::Fish, Kind::Zsh, Kind::Bash]
        .map(|kind| hook_stage::launch(kind, &world).start())
        .into();
    let mut first = shells.remove(0);
    first.type_line("cd p");
    first.wait_for("waiting for you to allow it");
    stage::wait_for(&world, Authorize, 1);
    for shell in &mut shells {
        let screen = shell.run("cd p");
        let line = screen.text();
        assert!(
            line.starts_with("awsenv: a login to my-sso is under way in another shell (process "),
            "{line}"
        );
        assert!(line.ends_with("the account comes with the first prompt after it"), "{line}");
        assert_eq!(screen.lines().len(), 1, "{line}");
        assert_eq!(shell.run(""), "", "it is said once");
        assert_eq!(shell.env("AWS_PROFILE"), None);
    }
    assert_eq!(stage::pages(&world), 1);
    allow(&world);
    let told = first.next_prompt();
    assert!(told.text().contains("awsenv: dev, account 111122223333, role Admin, eu-west-1"), "{told}");
    for shell in &mut shells {
        let screen = shell.run("");
        assert!(screen.text().starts_with("awsenv: dev, account 111122223333"), "{screen}");
        assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
    }
    assert_eq!(
        stage::counts(&world, [CreateTokenAuthorizationCode, GetRoleCredentials, DevicePage]),
        [1, 1, 0]
    );
}

#[test]
fn fifty_shells_and_fifty_commands_in_the_same_moment_open_one_page_and_all_are_served() {
    if !tools::have(&["zsh", "fish"]) {
        return;
    }
    let world = stage::world();
    stage::person(&world, Person::Waits);
    scene::allowed(&world, "p", "profile = dev\n");
    let mut shells: Vec<Shell> = [Kind::Bash, Kind::Zsh, Kind::Fish]
        .into_iter()
        .cycle()
        .take(50)
        .map(|kind| hook_stage::launch(kind, &world).start())
        .collect();
    shells.iter_mut().for_each(|shell| shell.type_line("cd p"));
    let mut commands: Vec<_> = (0..50).map(|_| Sitting::start(&world, &EXEC)).collect();
    stage::wait_for(&world, Authorize, 1);
    for command in &mut commands {
        command.wait_for("my-sso");
    }
    // Whoever opened the page waits; the others have their prompts back.
    let waits = |shell: &mut Shell| shell.wait_for("my-sso");
    shells.iter_mut().for_each(waits);
    allow(&world);
    for command in commands {
        command.finish(&world, 0);
    }
    for shell in &mut shells {
        let told = shell.next_prompt();
        let is_asking = told.text().contains("logging in to my-sso");
        let expected =
            if is_asking { "awsenv: dev, account 111122223333" } else { "under way in another shell" };
        assert!(told.text().contains(expected), "{told}");
        if !is_asking {
            let told = shell.run("");
            assert!(told.text().starts_with("awsenv: dev, account 111122223333"), "{told}");
        }
        assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
    }
    assert_eq!(stage::pages(&world), 1);
    let asked = stage::counts(&world, [RegisterClient, CreateTokenAuthorizationCode, GetRoleCredentials]);
    assert_eq!(asked, [1, 1, 1]);
}

#[test]
fn a_shell_takes_a_dead_login_over_once() {
    let world = stage::world();
    scene::allowed(&world, "p", "profile = dev\n");
    kill(holder(&world, &LOGIN).pid());
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.type_line("cd p");
    shell.wait_for("waiting for you to allow it");
    // It dies too, together with its shell.
    drop(shell);
    let gone = world.emulator().wait_for(PATIENCE, |_| {
        let marker = fs::read_to_string(world.at(format!(".local/state/awsenv/logins/{SESSION_TOKEN}.json")));
        (marker.is_ok_and(|text| text.contains("\"takeovers\":1"))).then_some(())
    });
    assert!(gone.is_some());
    let lock = world.at(format!(".local/state/awsenv/locks/login-{SESSION_TOKEN}.lock"));
    let lock = fs::File::open(lock).expect("it is there");
    lock.lock().expect("the dead do not hold it");
    drop(lock);
    let mut other = hook_stage::start(Kind::Bash, &world);
    let screen = other.run("cd p");
    assert!(
        screen
            .text()
            .starts_with("awsenv: error: could not load profile `dev`: you are not logged in to my-sso"),
        "{screen}"
    );
    assert_eq!(stage::pages(&world), 2);
}
