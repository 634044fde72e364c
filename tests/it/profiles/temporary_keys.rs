//! Temporary keys that other programs write into the credentials file, with the time of their end.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::harness::hook_stage;
use crate::harness::kind::Kind;
use crate::harness::scene;
use crate::harness::world::World;

/// Writes keys that end as this line says.
fn keys(world: &World, line: &str) {
    world.aws_credentials(&format!(
        "[saml]\naws_access_key_id = ASIASAML\naws_secret_access_key = s\naws_session_token = t\n{line}\n"
    ));
}

/// Returns the lines that the programs write for this time.
fn lines(end: DateTime<Utc>) -> Vec<String> {
    let offset = chrono::FixedOffset::east_opt(2 * 3600).expect("two hours are an offset");
    let there = end.with_timezone(&offset);
    vec![
        format!("x_security_token_expires = {}", there.to_rfc3339_opts(SecondsFormat::Secs, true)),
        format!("x_security_token_expires = {}", end.to_rfc3339_opts(SecondsFormat::Secs, true)),
        format!("x_security_token_expires = {}", end.format("%Y-%m-%dT%H:%M:%S+0000")),
        format!("aws_expiration = {}", end.to_rfc3339_opts(SecondsFormat::Millis, true)),
        format!("expiration = {}", end.format("%Y-%m-%d %H:%M:%S")),
        format!("expiration = {}", end.format("%Y-%m-%dT%H:%M:%S+00:00")),
    ]
}

fn world() -> World {
    let world = World::new();
    world.aws_config("[profile saml]\nregion = eu-west-1\n");
    scene::allowed(&world, "p", "profile = saml\n");
    world
}

#[test]
fn their_end_is_known_in_every_form_that_programs_write() {
    let world = world();
    let end = Utc::now() + TimeDelta::minutes(50);
    let shown = end.to_rfc3339_opts(SecondsFormat::Secs, true);
    for line in lines(end) {
        keys(&world, &line);
        assert_eq!(scene::exec(&world, &["-p", "saml"])["AWS_CREDENTIAL_EXPIRATION"], shown, "{line}");
        let status = world.command(["status", "--json"]).current_dir(world.at("p")).run().json();
        let credentials = (&status["credentials"]["state"], &status["credentials"]["expires_at"]);
        assert_eq!(credentials, (&"valid".into(), &shown.as_str().into()), "{line}");
    }
    let mut shell = hook_stage::start(Kind::Bash, &world);
    assert_eq!(shell.run("cd p"), "awsenv: saml, eu-west-1, 49m left");
    assert_eq!(shell.env("AWS_CREDENTIAL_EXPIRATION"), Some(shown));
    let printed = world.run(["credential-process", "-p", "saml"]).json();
    assert_eq!(scene::utc(&printed["Expiration"]).timestamp(), end.timestamp());
}

#[test]
fn once_they_have_ended_they_are_not_loaded_and_a_line_says_so() {
    let world = world();
    let end = Utc::now() - TimeDelta::hours(3);
    let told = format!(
        "awsenv: error: could not load profile `saml`: its temporary keys ended at {}\n\
         awsenv: hint: get new ones with the program that wrote them",
        end.to_rfc3339_opts(SecondsFormat::Secs, true)
    );
    for line in lines(end) {
        keys(&world, &line);
        world.command(["exec", "-p", "saml", "--", "/bin/false"]).code(125).stderr(format!("{told}\n")).run();
        let status = world.command(["status", "--json"]).current_dir(world.at("p")).unchecked().run();
        assert_eq!((status.code, &status.json()["credentials"]["state"]), (3, &"expired".into()), "{line}");
    }
    let mut shell = hook_stage::start(Kind::Bash, &world);
    assert!(shell.run("cd p").text().ends_with(&told));
    assert_eq!((shell.env("AWS_ACCESS_KEY_ID"), shell.env("AWS_PROFILE")), (None, None));
    shell.quietly("");
    // What the hint says is done.
    keys(&world, &lines(Utc::now() + TimeDelta::hours(1))[0]);
    assert_eq!(shell.run(""), "awsenv: saml, eu-west-1, 59m left");

    // Nor is a role assumed with them.
    keys(&world, &lines(end)[0]);
    world.aws_config(
        "[profile r]\nrole_arn = arn:aws:iam::111122223333:role/R\nsource_profile = saml\nregion = x\n",
    );
    let role = world.command(["exec", "-p", "r", "--", "/bin/false"]).unchecked().code(125).run();
    assert!(role.stderr.contains("could not load profile `saml`: its temporary keys ended at "), "{role:?}");
}

#[test]
fn what_does_not_end_or_cannot_be_read_is_no_end() {
    let world = world();
    for line in ["expiration = tomorrow", "x_security_token_expires =", "aws_expiration = 0"] {
        keys(&world, line);
        assert!(!scene::exec(&world, &["-p", "saml"]).contains_key("AWS_CREDENTIAL_EXPIRATION"), "{line}");
    }
    // Without a session token they are a user's own keys.
    world.aws_credentials(
        "[saml]\naws_access_key_id = AKIA\naws_secret_access_key = s\nexpiration = 2022-01-01 00:00:00\n",
    );
    assert_eq!(scene::exec(&world, &["-p", "saml"])["AWS_ACCESS_KEY_ID"], "AKIA");
}
