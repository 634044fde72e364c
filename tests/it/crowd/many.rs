//! Many processes at once: one refresh per login and one fetch per role, however many want them.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use awsenv_emulator::Operation::{CreateTokenRefreshToken, GetRoleCredentials};
use chrono::TimeDelta;

use crate::harness::aws_cli;
use crate::harness::login_stage as stage;
use crate::harness::scene;
use crate::harness::tools;
use crate::harness::world::{PROGRAM, World};

const SESSIONS: usize = 3;
const PROFILES: usize = 20;

fn world() -> World {
    let world = stage::world();
    world.emulator().with(|state| state.organization.add_many(20, &["Dev"]).page_size = 100);
    let mut config = String::new();
    for session in 0..SESSIONS {
        let start = format!("https://acme-{session}.awsapps.com/start");
        config += &format!(
            "[sso-session s{session}]\nsso_start_url = {start}\nsso_region = eu-central-1\n\
             sso_registration_scopes = sso:account:access\n\n"
        );
    }
    for profile in 0..PROFILES {
        let (session, account) = (profile % SESSIONS, 900_000_000_001 + profile);
        config += &format!(
            "[profile p{profile}]\nsso_session = s{session}\nsso_account_id = {account}\n\
             sso_role_name = Dev\nregion = eu-west-1\n\n"
        );
    }
    world.aws_config(&config);
    for session in 0..SESSIONS {
        stage::run(&world, &["login", "--sso-session", &format!("s{session}")], 0);
    }
    world
}

/// Makes every token one that has expired and can be refreshed.
fn expire(world: &World) {
    let folder = world.at(".aws/sso/cache");
    for path in fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("it can be read").path())
    {
        let content = fs::read_to_string(&path).expect("it is text");
        let token: serde_json::Value = serde_json::from_str(&content).expect("it is JSON");
        let Some(expires) = token["expiresAt"].as_str().filter(|_| token["accessToken"].is_string()) else {
            continue;
        };
        fs::write(&path, content.replacen(expires, &scene::time_in(TimeDelta::seconds(-1)), 1))
            .expect("it is ours");
    }
}

#[test]
fn a_crowd_refreshes_each_login_once_and_fetches_each_role_once() {
    let size = if std::env::var_os("AWSENV_CROWD").is_some() { 500 } else { 60 };
    let world = world();
    expire(&world);
    world.emulator().reset_log();
    let begun = Instant::now();
    let start = |number: usize| {
        let mut command = Command::new(PROGRAM);
        command.args(["exec", "-p", &format!("p{}", number % PROFILES), "--", "true"]);
        command.env_clear().envs(world.env()).current_dir(world.home());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts")
    };
    let crowd: Vec<_> = (0..size).map(start).collect();
    for process in crowd {
        let output = process.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let asked = stage::counts(&world, [CreateTokenRefreshToken, GetRoleCredentials]);
    assert_eq!(asked, [SESSIONS, PROFILES], "of {size} processes");
    let line = format!("crowd: {size} processes, {asked:?} calls, {:?}\n", begun.elapsed());
    let _ = std::io::stderr().write_all(line.as_bytes());
}

#[test]
fn the_aws_cli_and_awsenv_write_the_same_caches_at_once() {
    let Some(aws) = aws_cli::aws() else {
        return tools::lacking("an AWS CLI of version 2");
    };
    let (rounds, many) = if std::env::var_os("AWSENV_CROWD").is_some() { (10, 8) } else { (1, 2) };
    let world = world();
    for _ in 0..rounds {
        let _ = fs::remove_dir_all(world.at(".aws/cli/cache"));
        // The AWS CLI takes no lock, and writes in place.
        let cli = (0..many).map(|number| {
            let mut command = Command::new(&aws);
            command.args(["configure", "export-credentials", "--profile", &format!("p{number}")]);
            (number, command)
        });
        let own = (0..many * 4).map(|number| {
            let mut command = Command::new(PROGRAM);
            command.args(["exec", "-p", &format!("p{}", number % many), "--", "/usr/bin/env"]);
            (number % many, command)
        });
        let started: Vec<_> = cli
            .chain(own)
            .map(|(number, mut command)| {
                command.env_clear().envs(world.env()).current_dir(world.home());
                command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
                (number, command.spawn().expect("it starts"))
            })
            .collect();
        for (number, process) in started {
            let output = process.wait_with_output().expect("it ends");
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let account = format!("AWSENV_ACCOUNT={}\n", 900_000_000_001_u64 + number);
            assert!(said.contains(&account) || said.contains("\"AccessKeyId\""), "p{number}: {said}");
        }
        for path in fs::read_dir(world.at(".aws/cli/cache")).expect("it is there").flatten() {
            let content = fs::read(path.path()).expect("it can be read");
            let is_json = serde_json::from_slice::<serde_json::Value>(&content).is_ok();
            assert!(
                is_json || path.path().extension().is_none_or(|ending| ending != "json"),
                "{path:?} is torn"
            );
        }
    }
}
