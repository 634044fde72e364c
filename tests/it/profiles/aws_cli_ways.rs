//! What the AWS CLI accepts or refuses in its own files, which a person therefore has: each the smallest
//! example.

use awsenv_emulator::Operation::{AssumeRoleWithWebIdentity, CreateTokenRefreshToken, GetRoleCredentials};
use awsenv_emulator::Role;
use chrono::TimeDelta;

use crate::harness::login_stage;
use crate::harness::scene::{self, SESSION_TOKEN};
use crate::harness::world::World;

const KEYS: &str = "aws_access_key_id = AKIA\naws_secret_access_key = secret\n";

fn exec(world: &World, profile: &str) -> i32 {
    world.command(["exec", "-p", profile, "--", "true"]).unchecked().run().code
}

#[test]
fn an_endpoint_of_ones_own_has_neither_fips_nor_dual_stack() {
    let mut world = login_stage::world();
    for name in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"] {
        world.set(name, "true");
    }
    // The login and its refresh, the portal, STS.
    login_stage::run(&world, &["login", "--profile", "dev"], 0);
    login_stage::age(&world, -TimeDelta::hours(1));
    for profile in ["dev", "role"] {
        assert_eq!(exec(&world, profile), 0, "{profile}");
    }
    assert_eq!(world.emulator().count(CreateTokenRefreshToken), 1);
    world.run(["whoami", "-p", "static"]);
}

#[test]
fn a_region_that_means_fips_is_exported_as_it_is_written() {
    let world = scene::signed_in();
    let config = scene::read(&world, ".aws/config");
    world.aws_config(
        &config.replace("eu-north-1", "us-west-2-fips").replace("eu-central-1", "fips-us-west-2"),
    );
    // The token is one of the session as it is written now.
    let token = format!(".aws/sso/cache/{SESSION_TOKEN}.json");
    world.write(&token, scene::read(&world, &token).replace("eu-central-1", "fips-us-west-2"));
    assert_eq!(scene::exec(&world, &["-p", "role"])["AWS_REGION"], "us-west-2-fips");
    assert_eq!(exec(&world, "dev"), 0);
}

#[test]
fn web_identity_needs_no_region_at_an_endpoint_of_ones_own() {
    let world = World::with_emulator();
    let arn = "arn:aws:iam::123456789012:role/Web";
    world.emulator().with(|state| {
        let role = Role { web_identity_token: Some("token".to_owned()), ..Role::new(arn) };
        state.identities.roles.push(role);
    });
    let token = world.write("token", "token");
    world.aws_config(&format!(
        "[profile web]\nrole_arn = {arn}\nweb_identity_token_file = {}\n",
        token.display()
    ));
    assert!(!scene::exec(&world, &["-p", "web"]).contains_key("AWS_REGION"));
    assert_eq!(world.emulator().count(AssumeRoleWithWebIdentity), 1);
}

#[test]
fn a_region_that_is_none_stands_in_the_way_only_where_it_counts() {
    let world = scene::signed_in();
    let config =
        scene::read(&world, ".aws/config").replace("eu-north-1", "us_east_1").replace("us-west-2", "x # y");
    world.aws_config(&config);
    let refused = |profile: &str, place: &str, name: &str, hint: &str| {
        let error = format!(
            "awsenv: error: invalid region in ~/.aws/config:{place}: `{name}`\nawsenv: hint: {hint}\n"
        );
        world.command(["exec", "-p", profile, "--", "true"]).code(125).stderr(error.clone()).run();
        world.command(["whoami", "-p", profile]).code(1).stderr(error.clone()).run();
        let folder = scene::allowed(&world, profile, &format!("profile = {profile}\n"));
        world.command(["export", "json"]).current_dir(folder).code(1).stderr(error).run();
    };
    let comment = "a comment needs a line of its own: after a value it is part of the value";
    refused("static", "18", "x # y", comment);
    refused("role", "23", "us_east_1", "a region is letters, digits and hyphens, such as `eu-west-1`");

    for profile in ["static", "role"] {
        let variables = scene::exec(&world, &["-p", profile, "--region", "eu-west-1"]);
        assert_eq!(variables["AWS_REGION"], "eu-west-1", "{profile}");
        let folder = scene::allowed(&world, profile, &format!("profile = {profile}\n"));
        let exec = ["exec", "--region", "eu-west-1", "--", "true"];
        world.command(exec).current_dir(&folder).run();
        let folder = scene::allowed(&world, profile, &format!("profile = {profile}\nregion = eu-west-1\n"));
        world.command(["exec", "--", "true"]).current_dir(folder).run();
    }
    // No region is printed, and none is needed for keys that are there.
    for profile in ["static", "role"] {
        world.run(["credential-process", "-p", profile]);
    }
    std::fs::remove_dir_all(world.at(".aws/cli/cache")).expect("the role was cached");
    let error = "awsenv: error: could not load profile `role`: invalid region: `us_east_1` (correct `region` in the \
                 profile, or `AWS_REGION`)\n";
    world.command(["credential-process", "-p", "role"]).code(1).stderr(error).run();
}

#[test]
fn a_program_may_write_a_time_in_any_form_that_the_aws_cli_reads() {
    let world = World::new();
    for (index, (time, seen)) in [
        ("2100-01-01T00:00Z", "2100-01-01T00:00:00Z"),
        ("20991231T000000Z", "2099-12-31T00:00:00Z"),
        ("Thu, 31 Dec 2099 00:00:00 GMT", "2099-12-31T00:00:00Z"),
        ("Thu Dec 31 02:00:00 2099 +0200", "2099-12-31T00:00:00Z"),
    ]
    .into_iter()
    .enumerate()
    {
        let profile = format!("p{index}");
        let answer = format!(
            r#"{{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T", "Expiration": "{time}"}}"#
        );
        let file = world.write("answer", answer);
        world.aws_config(&format!("[profile {profile}]\ncredential_process = cat {}\n", file.display()));
        assert_eq!(scene::exec(&world, &["-p", &profile])["AWS_CREDENTIAL_EXPIRATION"], seen, "{time}");
    }
}

#[test]
fn a_session_must_be_whole_wherever_a_profile_names_it() {
    let session = "[sso-session s]\nsso_start_url = https://x/start\n";
    let sso = "sso_account_id = 111122223333\nsso_role_name = R\n";
    let role = "role_arn = arn:aws:iam::123456789012:role/Dev\nsource_profile = keys\nregion = eu-west-1\n";
    let web = "role_arn = arn:aws:iam::123456789012:role/Dev\nweb_identity_token_file = /t\n";
    let gone = |name: &str| {
        format!(
            "could not find the SSO session `{name}` in ~/.aws/config, which the profile `p` names (~/.aws/config:2)"
        )
    };
    let lacks = "could not find `sso_region` in the SSO session `s` (~/.aws/config:";
    let cases = [
        (format!("sso_session = s\nsso_region = eu-west-1\n{sso}{session}"), format!("{lacks}6)")),
        (format!("sso_session = s\n{role}{session}"), format!("{lacks}6)")),
        (format!("sso_session = nosuch\n{sso}"), gone("nosuch")),
        (format!("sso_session = nosuch\n{role}"), gone("nosuch")),
        (format!("sso_session = nosuch\n{web}"), gone("nosuch")),
    ];
    for (keys, error) in cases {
        let world = World::new();
        world.aws_config(&format!("[profile p]\n{keys}[profile keys]\n{KEYS}"));
        let output = world.command(["exec", "-p", "p", "--", "true"]).unchecked().run();
        let said = world.shown(&output.stderr);
        assert!(said.starts_with(&format!("awsenv: error: {error}\n")), "{keys}\n{said}");
    }
    // Keys that need no call are handed out, as `aws configure export-credentials` does.
    let world = World::new();
    world.aws_config(&format!("[profile p]\nsso_session = nosuch\n{KEYS}"));
    assert_eq!(exec(&world, "p"), 0);
}

#[test]
fn a_token_file_without_its_token_is_refreshed() {
    let world = login_stage::world();
    login_stage::run(&world, &["login", "--profile", "dev"], 0);
    for (value, left) in [("null", -1), ("null", 1), ("\"\"", 1)] {
        let content = scene::read(&world, login_stage::TOKEN_FILE);
        let token = login_stage::token(&world, scene::SESSION_TOKEN)["accessToken"].to_string();
        world.write(login_stage::TOKEN_FILE, content.replace(&token, value));
        login_stage::age(&world, TimeDelta::hours(left));
        let _ = std::fs::remove_dir_all(world.at(".aws/cli/cache"));
        world.emulator().reset_log();
        assert_eq!(exec(&world, "dev"), 0, "{value}");
        let calls = [CreateTokenRefreshToken, GetRoleCredentials];
        assert_eq!(login_stage::counts(&world, calls), [1, 1], "{value}");
    }
}
