//! What ends a program in the middle of a refresh: a token that was sent is spent, and the next one is kept.

use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, Instant};

use awsenv_emulator::Operation::{self, CreateOAuth2Token, CreateTokenRefreshToken};
use awsenv_emulator::{Effect, Fault, Person, RefreshReply};
use chrono::TimeDelta;

use crate::harness::invocation::Invocation;
use crate::harness::login_stage::{self as stage, PATIENCE, Sitting};
use crate::harness::scene;
use crate::harness::world::World;

const ENTRY: &str = ".aws/login/cache/a5ed68ef865fa5c277327645d998eb3e125aa67e91d766c8fe392e068153172c.json";

/// How long an answer is late: the signal comes meanwhile.
const LATE: Duration = Duration::from_millis(700);

/// Makes a world with two logins, whose refresh tokens are good for one use.
fn world() -> World {
    let world = stage::world();
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!(
        "{config}\n[profile console]\nlogin_session = arn:aws:iam::111122223333:user/Alice\nregion = eu-west-1\n"
    ));
    world.emulator().with(|state| state.sessions.refresh_reply = RefreshReply::Rotated);
    for profile in ["dev", "console"] {
        stage::run(&world, &["login", "-p", profile], 0);
    }
    // Nobody allows another login.
    stage::person(&world, Person::Denies);
    world
}

/// Makes the login lapse.
fn lapse(world: &World, profile: &str) {
    if profile == "dev" {
        let _ = std::fs::remove_dir_all(world.at(".aws/cli/cache"));
        return stage::age(world, TimeDelta::minutes(-1));
    }
    let content = scene::read(world, ENTRY);
    let (_, rest) = content.split_once("\"expiresAt\": \"").expect("it says its end");
    let ends = rest.split('"').next().expect("it ends").to_owned();
    world.write(ENTRY, content.replace(&ends, &scene::time_in(TimeDelta::minutes(-1))));
}

/// Starts a refresh whose answer does what `effect` says, and returns once AWS has been asked.
fn begin(world: &World, login: (&str, Operation), effect: &Effect) -> Sitting {
    begin_with(world, login, effect, &["exec", "-p", login.0, "--", "true"])
}

fn begin_with(
    world: &World,
    (profile, operation): (&str, Operation),
    effect: &Effect,
    args: &[&str],
) -> Sitting {
    lapse(world, profile);
    world.emulator().reset_log();
    let fault = Fault::new(operation, effect.clone()).times(1).delay(LATE);
    world.emulator().with(|state| state.faults.add(fault));
    let sitting = Sitting::start(world, args);
    let is_spent = |entry: &awsenv_emulator::Entry| {
        entry.operation == operation && (entry.status.is_some() || *effect == Effect::Hang)
    };
    let spent =
        world.emulator().wait_for(PATIENCE, |state| state.log.entries().iter().any(is_spent).then_some(()));
    assert!(spent.is_some(), "nothing was asked");
    sitting
}

fn send(sitting: &Sitting, signal: &str) {
    let (signal, pid) = (format!("-{signal}"), sitting.pid().to_string());
    Invocation::new(&World::new(), Path::new("/bin/kill"), [OsStr::new(&signal), OsStr::new(&pid)]).run();
}

const LOGINS: [(&str, Operation); 2] = [("dev", CreateTokenRefreshToken), ("console", CreateOAuth2Token)];

#[test]
fn what_ends_a_program_does_not_lose_the_token_that_comes() {
    let world = world();
    for login in LOGINS {
        for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
            let mut sitting = begin(&world, login, &Effect::Late);
            if signal == "INT" {
                sitting.type_keys("\u{3}");
            } else {
                send(&sitting, signal);
            }
            assert_eq!(sitting.end(), code, "{login:?} {signal}: {}", sitting.screen(&world));
            // The next one needs nobody: neither the keys of this login, nor their refresh.
            let exec = || world.command(["exec", "-p", login.0, "--", "true"]).run();
            exec();
            assert_eq!(world.emulator().count(login.1), 1, "{login:?} {signal}");
            lapse(&world, login.0);
            exec();
            assert_eq!(world.emulator().count(login.1), 2, "{login:?} {signal}");
        }
    }
}

#[test]
fn one_of_many_profiles_does_not_lose_its_token_either() {
    let world = world();
    let login = ("console", CreateOAuth2Token);
    let args = ["exec", "--each", "console", "static", "--", "sh", "-c", "echo run; exec sleep 100"];
    let mut sitting = begin_with(&world, login, &Effect::Late, &args);
    sitting.wait_for("static  | run");
    sitting.type_keys("\u{3}");
    assert_eq!(sitting.end(), 130, "{}", sitting.screen(&world));
    lapse(&world, login.0);
    world.command(["exec", "-p", login.0, "--", "true"]).run();
}

#[test]
fn an_answer_that_does_not_come_keeps_nobody_for_long() {
    let world = world();
    for login in LOGINS {
        let mut sitting = begin(&world, login, &Effect::Hang);
        let pressed = Instant::now();
        sitting.type_keys("\u{3}");
        assert_eq!(sitting.end(), 130);
        let took = pressed.elapsed();
        assert!((Duration::from_secs(2)..Duration::from_secs(6)).contains(&took), "it took {took:?}");
        // Who insists does not wait.
        let mut sitting = begin(&world, login, &Effect::Hang);
        let pressed = Instant::now();
        sitting.type_keys("\u{3}");
        std::thread::sleep(Duration::from_millis(200));
        sitting.type_keys("\u{3}");
        assert_eq!(sitting.end(), 130);
        let took = pressed.elapsed();
        assert!(took < Duration::from_secs(2), "it took {took:?}");
    }
}
