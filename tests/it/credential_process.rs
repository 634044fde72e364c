//! `awsenv credential-process` and `awsenv whoami`: for tools without a shell, and for people in doubt.

use awsenv_emulator::Operation::GetRoleCredentials;

use crate::scene;

#[test]
fn the_answer_is_what_the_sdks_expect_and_nothing_else() {
    let world = scene::signed_in();
    let answer = world.run(["credential-process", "--profile", "dev"]).json();
    assert_eq!(answer["Version"], 1);
    assert_eq!(answer["AccountId"], "111122223333");
    assert!(answer["Expiration"].as_str().is_some_and(|time| time.ends_with('Z')), "{answer}");
    let exec = scene::exec(&world, &["-p", "dev"]);
    for (key, variable) in [
        ("AccessKeyId", "AWS_ACCESS_KEY_ID"),
        ("SecretAccessKey", "AWS_SECRET_ACCESS_KEY"),
        ("SessionToken", "AWS_SESSION_TOKEN"),
        ("Expiration", "AWS_CREDENTIAL_EXPIRATION"),
    ] {
        assert_eq!(answer[key], exec[variable], "{key}");
    }
    assert_eq!(world.emulator().count(GetRoleCredentials), 1, "the second answer is the cached one");

    let lasting = world.run(["credential-process", "--profile", "static"]).json();
    assert_eq!(lasting["SecretAccessKey"], scene::STATIC_SECRET);
    assert!(lasting.get("SessionToken").is_none() && lasting.get("Expiration").is_none(), "{lasting}");
}

#[test]
fn a_failure_is_one_line() {
    let world = scene::world();
    let failed = world.command(["credential-process", "--profile", "dev"]).unchecked().code(1).run();
    assert_eq!(failed.stdout, "");
    assert_eq!(failed.stderr.lines().count(), 1, "{}", failed.stderr);
    assert!(failed.stderr.contains("awsenv login --profile dev"), "{}", failed.stderr);
}

#[test]
fn whoami_says_what_aws_says() {
    let world = scene::signed_in();
    let answer = world.run(["whoami", "--profile", "static", "--json"]).json();
    assert_eq!(answer["account"], "111122223333");
    assert_eq!(answer["arn"], "arn:aws:iam::111122223333:user/alice");
    let dev = world.run(["whoami", "--profile", "dev"]);
    assert!(dev.stdout.contains("account  111122223333\n"), "{}", dev.stdout);
}
