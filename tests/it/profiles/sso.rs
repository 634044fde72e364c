//! Profiles of IAM Identity Center, with a login that the AWS CLI made.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

use awsenv_emulator::Operation::{GetRoleCredentials, ListAccountRoles};
use awsenv_emulator::{AccessKey, Fault, State};
use chrono::TimeDelta;

use crate::harness::scene::{self, DEV_ENTRY, LEGACY_ENTRY, LEGACY_TOKEN, SESSION_TOKEN};
use crate::harness::world::World;

/// Lets the emulator issue this key next.
fn plant_key(world: &World, id: &str) {
    let key = AccessKey { id: id.into(), secret: "se/cr+et".into(), session_token: "to/ken==".into() };
    world.emulator().with(|state| state.issuer.plant(key));
}

fn count(world: &World) -> usize {
    world.emulator().count(GetRoleCredentials)
}

#[test]
fn a_login_of_the_aws_cli_gives_the_role_and_keeps_it_as_the_aws_cli_does() {
    let world = scene::world();
    let token = scene::sign_in(&world);
    let cases =
        [("dev", SESSION_TOKEN, DEV_ENTRY, Some("eu-west-1")), ("legacy", LEGACY_TOKEN, LEGACY_ENTRY, None)];
    for (profile, token_key, entry, region) in cases {
        token.write(&world, token_key, TimeDelta::hours(1));
        plant_key(&world, "ASIAONE");
        world.emulator().reset_log();
        let variables = scene::exec(&world, &["-p", profile]);
        let variable = |name: &str| variables.get(name).map(String::as_str);
        assert_eq!(variable("AWS_PROFILE"), Some(profile));
        assert_eq!(variable("AWSENV_PROFILE"), Some(profile));
        assert_eq!((variable("AWS_REGION"), variable("AWS_DEFAULT_REGION")), (region, region));
        assert_eq!(variable("AWS_ACCESS_KEY_ID"), Some("ASIAONE"));
        assert_eq!(variable("AWS_SECRET_ACCESS_KEY"), Some("se/cr+et"));
        assert_eq!(variable("AWS_SESSION_TOKEN"), Some("to/ken=="));
        let expiration = variable("AWS_CREDENTIAL_EXPIRATION").expect("the keys lapse");
        scene::utc(&expiration.into());

        let kept = format!(
            "{{\"ProviderType\": \"sso\", \"Credentials\": {{\"AccessKeyId\": \"ASIAONE\", \"SecretAccessKey\": \
             \"se/cr+et\", \"SessionToken\": \"to/ken==\", \"Expiration\": \"{expiration}\", \"AccountId\": \
             \"111122223333\"}}}}"
        );
        assert_eq!(scene::read(&world, &scene::entry(entry)), kept);
        let mode = fs::metadata(world.at(scene::entry(entry))).expect("it was read").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        assert_eq!(scene::exec(&world, &["-p", profile]), variables, "the second time nobody is asked");
        assert_eq!(world.emulator().requests(), 1);
    }
}

#[test]
fn live_keys_are_used_although_the_login_is_over() {
    let world = scene::world();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    assert_eq!(scene::exec(&world, &["-p", "dev"])["AWS_ACCESS_KEY_ID"], "ASIAPLANTED");
    let project = scene::allowed(&world, "p", "profile = dev\n");
    let status = world.command(["status", "--json"]).current_dir(&project).run().json();
    assert_eq!(
        (&status["state"], &status["login"]["expires_at"]),
        (&"ready".into(), &serde_json::Value::Null)
    );
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn cached_keys_count_down_to_fifteen_minutes() {
    let world = scene::signed_in();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::seconds(930));
    assert_eq!(scene::exec(&world, &["-p", "dev"])["AWS_ACCESS_KEY_ID"], "ASIAPLANTED");
    assert_eq!(count(&world), 0);
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::seconds(890));
    assert_ne!(scene::exec(&world, &["-p", "dev"])["AWS_ACCESS_KEY_ID"], "ASIAPLANTED");
    assert_eq!(count(&world), 1);
}

#[test]
fn keys_that_never_last_as_long_are_handed_out_and_fetched_each_time() {
    let world = scene::signed_in();
    world.emulator().with(|state| state.lifetimes.role_credentials = 840);
    let first = scene::exec(&world, &["-p", "dev"]);
    let kept = scene::read(&world, &scene::entry(DEV_ENTRY));
    assert!(kept.contains(&first["AWS_ACCESS_KEY_ID"]), "they are kept all the same");
    assert_ne!(scene::exec(&world, &["-p", "dev"])["AWS_ACCESS_KEY_ID"], first["AWS_ACCESS_KEY_ID"]);
    assert_eq!(count(&world), 2);
}

#[test]
fn twenty_at_once_ask_once() {
    let world = scene::signed_in();
    thread::scope(|scope| {
        let runs: Vec<_> = (0..20).map(|_| scope.spawn(|| scene::exec(&world, &["-p", "dev"]))).collect();
        let all: Vec<_> = runs.into_iter().map(|run| run.join().expect("each succeeds")).collect();
        assert!(all.iter().all(|variables| *variables == all[0]));
    });
    assert_eq!(count(&world), 1);
}

#[test]
fn a_refused_token_is_dropped_and_the_command_to_log_in_is_named() {
    let world = scene::signed_in();
    world.emulator().with(|state| state.sessions.revoke());
    let gone = format!(
        "awsenv: error: could not load profile `dev`: you are not logged in to my-sso ({})\n\
         awsenv: hint: run `awsenv login --profile dev`\n",
        scene::START
    );
    let refused = format!(
        "awsenv: could not get credentials of role `Admin` in account `111122223333`: the SSO session `my-sso` is no longer \
         valid (UnauthorizedException)\n{gone}"
    );
    let exec = || world.command(["exec", "-p", "dev", "--", "/bin/false"]).code(125);
    exec().stderr(refused).run();
    assert!(!world.at(format!(".aws/sso/cache/{SESSION_TOKEN}.json")).exists());
    exec().stderr(gone).run();
    assert_eq!(count(&world), 1, "nobody is asked with a token that is gone");
}

#[test]
fn a_role_that_is_not_assigned_is_told_with_those_that_are() {
    let world = scene::signed_in();
    let config = scene::read(&world, ".aws/config");
    let refused = |role: &str, account: &str, hint: &str| {
        world.aws_config(&config.replacen("Admin", role, 1).replacen("111122223333", account, 1));
        let error = format!(
            "awsenv: error: could not load profile `dev`: could not get credentials of role `{role}` in account `{account}`: the \
             role is not assigned to you (ForbiddenException)\nawsenv: hint: {hint}\n"
        );
        world.command(["exec", "-p", "dev", "--", "/bin/false"]).code(125).stderr(error).run();
    };
    let again = "if it was assigned after your login, run `awsenv login --force --profile dev`";
    let place = "(~/.aws/config:4)";
    refused(
        "readonly",
        "111122223333",
        &format!("write `sso_role_name = ReadOnly` {place}: upper and lower case count"),
    );
    refused(
        "Developer",
        "111122223333",
        &format!("your roles there are `Admin`, `ReadOnly`: correct `sso_role_name` {place}; {again}"),
    );
    world.aws_config(&config);
    let folder = scene::allowed(&world, "team", "account = 111122223333\nrole = Developer\n");
    let ran = world.command(["exec", "--", "true"]).current_dir(folder).unchecked().code(125).run();
    let hint = "awsenv: hint: your roles there are `Admin`, `ReadOnly`: correct `role` in .awsenv; if it was assigned after \
                your login, run `awsenv login --force --sso-session my-sso`\n";
    assert!(ran.stderr.ends_with(hint), "{}", ran.stderr);
    refused("Admin", "999999999999", &format!("you have no role in that account; {again}"));
    world.emulator().with(|state| state.faults.add(Fault::error(ListAccountRoles, 500, "").times(9)));
    refused("Other", "111122223333", "ask your administrator of IAM Identity Center to assign it");
}

#[test]
fn a_token_that_another_login_replaced_meanwhile_is_kept_and_tried() {
    for login in ["auto", "never"] {
        let world = scene::signed_in();
        let token = scene::sign_in(&world);
        world.emulator().with(|state| {
            let hold = Fault::error(GetRoleCredentials, 401, "UnauthorizedException");
            state.faults.add(hold.delay(Duration::from_secs(1)).times(1));
        });
        thread::scope(|scope| {
            let exec = world.command(["exec", "-p", "dev", "--", "true"]).env("AWSENV_LOGIN", login);
            let run = scope.spawn(|| exec.unchecked().code(0).run());
            // No request is answered while the state is looked at.
            let replaced = |state: &mut State| {
                let waits = state.log.entries().first().is_some_and(|entry| entry.status.is_none());
                waits.then(|| token.write(&world, SESSION_TOKEN, TimeDelta::hours(1)))
            };
            world.emulator().wait_for(Duration::from_secs(20), replaced).expect("it asks");
            run.join().expect("the other token opens the portal");
        });
        assert_eq!(count(&world), 2);
    }
}

fn expired(profile: &str, session: &str) -> String {
    format!(
        "awsenv: error: could not load profile `{profile}`: the login to {session}{url} has expired\n\
         awsenv: hint: run `awsenv login --profile {profile}`\n",
        url = if session == scene::START { String::new() } else { format!(" ({})", scene::START) },
    )
}

#[test]
fn an_expired_login_ends_in_the_command_to_run() {
    let world = scene::world();
    let token = scene::sign_in(&world);
    for (profile, key, session) in [
        ("dev", SESSION_TOKEN, "my-sso"),
        ("legacy", LEGACY_TOKEN, scene::START),
        ("role-over-sso", SESSION_TOKEN, "my-sso"),
    ] {
        for left in [TimeDelta::seconds(-1), TimeDelta::days(-30)] {
            token.write(&world, key, left);
            let exec = world.command(["exec", "-p", profile, "--", "/bin/false"]);
            exec.code(125).stderr(expired(profile, session)).run();
        }
    }
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn export_tells_the_whole_change() {
    let world = scene::signed_in();
    plant_key(&world, "ASIAONE");
    let project = scene::allowed(&world, "p", "profile = dev\nregion = eu-west-3\n");
    let entered = "awsenv: dev, account 111122223333, role Admin, eu-west-3, 59m left\n";
    let json = world.command(["export", "json"]).current_dir(&project).env("AWS_SECURITY_TOKEN", "stale");
    let changes = json.stderr(entered).run().json();
    let names: Vec<_> = changes.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "AWSENV_ACCOUNT",
            "AWSENV_PROFILE",
            "AWSENV_ROLE",
            "AWSENV_STATE",
            "AWS_ACCESS_KEY_ID",
            "AWS_CREDENTIAL_EXPIRATION",
            "AWS_DEFAULT_REGION",
            "AWS_PROFILE",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SECURITY_TOKEN",
            "AWS_SESSION_TOKEN"
        ]
    );
    assert_eq!((&changes["AWS_REGION"], &changes["AWS_SECURITY_TOKEN"]), (&"eu-west-3".into(), &().into()));
    scene::utc(&changes["AWS_CREDENTIAL_EXPIRATION"]);

    let text = world.command(["export", "bash"]).current_dir(&project).stderr(entered).run().stdout;
    assert!(text.ends_with("\n: awsenv end\n"), "{text}");
    assert!(text.contains("\\builtin export AWS_ACCESS_KEY_ID='ASIAONE'"), "{text}");
    assert_eq!(world.run(["export", "json"]).stdout, "{}\n");
    assert_eq!(world.run(["export", "bash"]).stdout, "");
}
