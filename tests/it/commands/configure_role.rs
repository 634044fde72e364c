//! `configure role`: with a person at the terminal, with flags alone, and what it refuses.

use awsenv_emulator::Operation;

use crate::harness::configure_world::{Wizard, config};
use crate::harness::mfa_stage::{CODES, SERIAL, calls, world};
use crate::harness::scene;
use crate::harness::world::World;

const ARN: &str = "arn:aws:iam::444455556666:role/Guarded";
const ESC: &str = "\u{1b}";

/// The flags that say all that must be said.
const FLAGS: [&str; 8] =
    ["configure", "role", "--profile", "new", "--role-arn", ARN, "--source-profile", "static"];

fn run(world: &World, more: &[&str], code: i32) -> String {
    let args: Vec<&str> = FLAGS.iter().chain(more).copied().collect();
    world.shown(&world.command(args).unchecked().code(code).run().stderr)
}

#[test]
fn a_role_is_written_by_answering_and_has_been_tried() {
    // Nobody has told this machine of alice's device yet.
    let world = scene::world();
    let before = config(&world);
    let mut wizard = Wizard::start(&world, &["configure", "role"]);
    wizard
        .at("Role ARN", "Guarded\r")
        .at("invalid role ARN: `Guarded`", "\u{15}")
        .at(
            "Role ARN",
            "https://signin.aws.amazon.com/switchrole?account=444455556666&roleName=Guarded&displayName=x\r",
        )
        .at("Source profile", "empty\r")
        .at("`empty` has no credentials", "\u{15}sta\t\r")
        // The device of the user is offered.
        .at(&format!("[{SERIAL}]"), "arn:aws:iam::111122223333:user/alice\r")
        .at("invalid MFA device", "\u{15}\r")
        .at("Default region", "eu-wset-1\r")
        .at("did you mean `eu-west-1`?", "\u{15}\r")
        .at("Profile name", "static\r")
        .at("cannot be its own source", "\u{15}acme guarded\r")
        .at("use `acme-guarded`", "\u{15}acme-guarded\r")
        .at("MFA code", &format!("{}\r", CODES[0]))
        .at("AWS lets you assume Guarded in account 444455556666", "")
        .at("+[profile acme-guarded]", "")
        .at("Write this to ~/.aws/config?", "\r");
    let (code, shown) = wizard.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("awsenv: added the profile `acme-guarded` to ~/.aws/config"), "{shown}");
    let written = format!(
        "\n[profile acme-guarded]\nrole_arn = {ARN}\nsource_profile = static\nmfa_serial = {SERIAL}\nregion = us-west-2\n"
    );
    assert_eq!(config(&world), before + &written);
    // What was fetched to try it is what the profile loads: no second code.
    let calls_before = calls(&world);
    assert_eq!(scene::exec(&world, &["-p", "acme-guarded"])["AWSENV_ACCOUNT"], "444455556666");
    assert_eq!(calls(&world), calls_before);
}

#[test]
fn another_role_offers_the_device_and_an_old_profile_its_own_answers() {
    let world = world();
    let mut wizard = Wizard::start(&world, &["configure", "role", "--role-arn", ARN, "--no-check"]);
    wizard.at("Source profile", "static\r").at("MFA device", "\r").at("Default region", "-\r");
    wizard.at("[Guarded]", "\r").at("Write this", "\r");
    let (code, shown) = wizard.end();
    assert_eq!(code, 0, "{shown}");
    assert_eq!(world.emulator().count(Operation::GetCallerIdentity), 0, "another profile names the device");
    let written =
        format!("\n[profile Guarded]\nrole_arn = {ARN}\nsource_profile = static\nmfa_serial = {SERIAL}\n");
    assert!(config(&world).ends_with(&written), "{}", config(&world));

    let mut wizard = Wizard::start(&world, &["configure", "role", "--profile", "Guarded", "--no-check"]);
    wizard.at(&format!("[{ARN}]"), "\r").at("[static]", "\r").at(&format!("[{SERIAL}]"), "-\r");
    wizard.at("[us-west-2]", "\r").at("-mfa_serial", "").at("Write this", "\r");
    let (code, shown) = wizard.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("awsenv: changed the profile `Guarded` in ~/.aws/config"), "{shown}");
    let now = format!("\n[profile Guarded]\nrole_arn = {ARN}\nsource_profile = static\nregion = us-west-2\n");
    assert!(config(&world).ends_with(&now), "{}", config(&world));
}

#[test]
fn flags_answer_everything_and_the_role_is_tried_first() {
    let world = scene::world();
    let before = config(&world);
    let region = ["--default-region", "eu-west-1"];
    // The role asks for MFA, so AWS refuses.
    let shown = run(&world, &region, 1);
    assert!(shown.starts_with("awsenv: error: could not load"), "{shown}");
    assert!(shown.contains("add `--no-check` to write the profile all the same"), "{shown}");
    assert_eq!(config(&world), before);
    let shown = run(&world, &["--mfa-serial", SERIAL, "--mfa-code", CODES[0], "--dry-run"], 0);
    assert_eq!((shown.as_str(), config(&world)), ("", before.clone()));
    let more = ["--output", "json", "--session-name", "alice", "--duration", "30m", "--external-id", "e/1"];
    let mfa = ["--mfa-serial", SERIAL, "--mfa-code", CODES[0]];
    let shown = run(&world, &[&region[..], &more[..], &mfa[..]].concat(), 0);
    assert_eq!(
        shown,
        "awsenv: AWS lets you assume Guarded in account 444455556666\n\
         awsenv: added the profile `new` to ~/.aws/config\n\
         awsenv: hint: in a project, run `awsenv init new`; `aws --profile new` works too\n"
    );
    let written = format!(
        "\n[profile new]\nrole_arn = {ARN}\nsource_profile = static\nmfa_serial = {SERIAL}\nregion = eu-west-1\n\
         output = json\nrole_session_name = alice\nduration_seconds = 1800\nexternal_id = e/1\n"
    );
    assert_eq!(config(&world), before + &written);
    assert_eq!(scene::exec(&world, &["-p", "new"])["AWSENV_ROLE"], "Guarded", "no second code");
    let shown = run(&world, &[], 0);
    assert!(
        shown.ends_with("nothing to change in ~/.aws/config: the profile `new` is up to date\n"),
        "{shown}"
    );
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let mut world = scene::world();
    let before = config(&world);
    for (args, expected) in [
        (
            &["--role-arn", ARN, "--source-profile", "dev"][..],
            "could not write the profile without a terminal: `--profile` is missing",
        ),
        (&["--profile", "x", "--source-profile", "dev"], "`--role-arn` is missing"),
        (&["--profile", "x", "--role-arn", ARN], "`--source-profile` is missing"),
        (&["--profile", "x", "--role-arn", ARN, "--source-profile", "sttic"], "did you mean `static`"),
        (
            &["--profile", "static", "--role-arn", ARN, "--source-profile", "static"],
            "cannot be its own source",
        ),
        (
            &["--profile", "dev", "--role-arn", ARN, "--source-profile", "static"],
            "one of another kind already",
        ),
        (&["--profile", "a]b", "--role-arn", ARN, "--source-profile", "static"], "AWS SDKs cannot read"),
        (
            &[
                "--profile",
                "x",
                "--source-profile",
                "dev",
                "--role-arn",
                "https://signin.aws.amazon.com/switchrole?account=acme&roleName=x",
            ],
            "an account's alias is not enough",
        ),
        (
            &[
                "--profile",
                "x",
                "--source-profile",
                "dev",
                "--role-arn",
                "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x_0",
            ],
            "run `awsenv configure sso`",
        ),
    ] {
        let args: Vec<&str> = ["configure", "role"].iter().chain(args).copied().collect();
        let code = if expected.ends_with("is missing") { 2 } else { 1 };
        let shown = world.command(&args).unchecked().code(code).run().stderr;
        assert!(shown.contains(expected), "{args:?}: {shown}");
    }
    for (flag, value) in [
        ("--mfa-serial", "arn:aws:iam::111122223333:u2f/user/alice/key"),
        ("--default-region", "nowhere!"),
        ("--session-name", "a b"),
        ("--external-id", "a\nb"),
    ] {
        run(&world, &[flag, value], 1);
    }
    run(&world, &["--duration", "13h"], 2);
    // Nobody is logged in, and nobody can be asked: the role cannot be tried.
    let args = ["configure", "role", "--profile", "x", "--role-arn", ARN, "--source-profile", "dev"];
    assert_eq!(config(&world), before);
    let shown = world.command(args).unchecked().code(0).run().stderr;
    assert!(shown.contains("awsenv: warning: the role was not tried: could not load"), "{shown}");

    world.aws_config("[profile a]\nregion = eu-west-1\n");
    world.aws_credentials("");
    let shown = run(&world, &[], 1);
    assert!(shown.contains("`awsenv keys add default`"), "{shown}");
    world.set("AWS_EC2_METADATA_DISABLED", "true");
    let help = world.command(["configure"]).unchecked().code(2).run().stderr;
    assert!(help.contains("`awsenv keys add NAME`"), "{help}");
}

#[test]
fn cancelling_and_a_refusal_leave_the_file_as_it_was() {
    let world = scene::world();
    let before = config(&world);
    for at in ["Role ARN", "Source profile", "MFA device", "Default region", "Profile name"] {
        let mut wizard = Wizard::start(&world, &["configure", "role", "--no-check"]);
        for (question, keys) in [
            ("Role ARN", ARN),
            ("Source profile", "static"),
            ("MFA device", "-"),
            ("Default region", "-"),
            ("Profile name", ""),
        ] {
            if question == at {
                wizard.at(question, ESC);
                break;
            }
            wizard.at(question, &format!("{keys}\r"));
        }
        let (code, shown) = wizard.end();
        assert!(code == 130 && shown.ends_with("awsenv: cancelled; nothing was written"), "{shown}");
    }
    let mut wizard = Wizard::start(
        &world,
        &[&FLAGS[..], &["--default-region", "eu-west-1", "--mfa-serial", "-"]].concat(),
    );
    wizard.at("could not assume the role", "").at("Write the profile all the same?", "\r");
    let (code, shown) = wizard.end();
    assert!(code == 130 && shown.ends_with("awsenv: cancelled; nothing was written"), "{shown}");
    assert_eq!(config(&world), before);
}
