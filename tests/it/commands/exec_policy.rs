//! `awsenv exec --policy-arn`, `--policy` and `--session-name`: the session of a role as it is wanted.

use awsenv_emulator::Operation::AssumeRole;

use crate::harness::invocation::Invocation;
use crate::harness::scene::{self, ROLE_ENTRY};
use crate::harness::world::World;

const SUPPORT: &str = "arn:aws:iam::aws:policy/job-function/SupportUser";
const OWN: &str = "arn:aws:iam::123456789012:policy/Own";

fn policies(world: &World) -> Vec<String> {
    world.emulator().with(|state| state.session_policies.clone())
}

/// Returns what the program says to a command line that it refuses, and that nothing was asked of AWS.
fn refused(world: &World, args: &[&str]) -> String {
    let before = world.emulator().requests();
    let end = ["--", "/bin/sh", "-c", "echo ran"];
    let words = ["exec"].iter().chain(args).chain(&end);
    let output = world.command(words).unchecked().code(125).run();
    assert_eq!((&*output.stdout, world.emulator().requests()), ("", before), "{args:?}: {}", output.stderr);
    output.stderr
}

#[test]
fn a_policy_may_come_from_another_command() {
    let world = scene::signed_in();
    // The writer is slower than the reader: it waits until the pipe has been opened.
    let script = "mkfifo pipe; (exec 3> pipe; sleep 0.3; echo '{\"Statement\": []}' >&3) & \
                  awsenv exec -p role --policy pipe -- true";
    Invocation::new(&world, "/bin/sh".as_ref(), ["-c", script]).run();
    assert_eq!(policies(&world), [r#"{"Statement":[]}"#]);
}

#[test]
fn a_role_gets_the_policies_that_are_named_and_its_keys_are_kept_nowhere() {
    let world = scene::signed_in();
    let file = world.write("policy.json", "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": []\n}\n");
    let file = file.to_str().expect("UTF-8");
    let wide = scene::exec(&world, &["-p", "role"]);
    let narrow =
        scene::exec(&world, &["-p", "role", "--policy-arn", SUPPORT, "--policy-arn", OWN, "--policy", file]);
    assert_eq!(policies(&world), [SUPPORT, OWN, r#"{"Version":"2012-10-17","Statement":[]}"#]);
    assert_ne!(wide["AWS_ACCESS_KEY_ID"], narrow["AWS_ACCESS_KEY_ID"]);
    assert_eq!(scene::exec(&world, &["-p", "role"])["AWS_ACCESS_KEY_ID"], wide["AWS_ACCESS_KEY_ID"]);
    assert!(!scene::read(&world, &scene::entry(ROLE_ENTRY)).contains(&narrow["AWS_ACCESS_KEY_ID"]));
    // As closed as with `--read-only`.
    assert_eq!((narrow.get("AWS_PROFILE"), &*narrow["AWSENV_LOGIN"]), (None, "never"));
    assert!(narrow["AWS_CONFIG_FILE"].contains("/run-"), "{narrow:?}");
    // Over any profile, and with `--serve`.
    scene::exec(
        &world,
        &["-p", "dev", "--role-arn", "arn:aws:iam::123456789012:role/Dev", "--policy-arn", SUPPORT],
    );
    let script = "test -z \"$AWS_ACCESS_KEY_ID\" && test -n \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\"";
    world.run(["exec", "-p", "role", "--policy-arn", SUPPORT, "--serve", "--", "sh", "-c", script]);
    assert_eq!((policies(&world).len(), world.emulator().count(AssumeRole)), (5, 4));
}

#[test]
fn what_cannot_be_narrowed_so_is_not_run() {
    let world = scene::signed_in();
    let said = refused(&world, &["-p", "dev", "--policy-arn", SUPPORT]);
    assert_eq!(
        said,
        "awsenv: error: could not narrow profile `dev` with a policy: AWS opens the session of a permission set\n\
         awsenv: hint: use `--read-only`, or a role with `role_arn` or `--role-arn`\n"
    );
    let said = refused(&world, &["-p", "static", "--policy-arn", SUPPORT]);
    assert!(said.contains("access keys have all rights of their owner\nawsenv: hint: use a role"), "{said}");
    let china = "arn:aws-cn:iam::aws:policy/ReadOnlyAccess";
    let said = refused(&world, &["-p", "role", "--policy-arn", china]);
    assert!(said.contains("it is of the partition aws-cn, and the role of aws\n"), "{said}");
    let other = "arn:aws:iam::444455556666:policy/Own";
    let said = refused(&world, &["-p", "role", "--policy-arn", other]);
    assert!(said.contains("it is of the account 444455556666, and the role of 123456789012\n"), "{said}");
    world.write("torn.json", "{\"Statement\": [");
    world.write("huge.json", format!("{{\"Statement\": [], \"Id\": \"{}\"}}", "x".repeat(3000)));
    world.write("binary.json", [0xff, 0xfe]);
    for file in ["torn.json", "huge.json", "binary.json", "missing.json", "/dev/zero", "."] {
        assert!(refused(&world, &["-p", "role", "--policy", file]).contains("the policy"), "{file}");
    }
    for wrong in ["ReadOnlyAccess", "arn:aws:iam::aws:role/x", ""] {
        assert!(
            refused(&world, &["-p", "role", "--policy-arn", wrong]).contains("invalid `--policy-arn`"),
            "{wrong}"
        );
    }
    refused(&world, &["-p", "role", "--policy-arn", SUPPORT, "--read-only"]);
}

#[test]
fn a_session_has_the_name_that_is_wanted() {
    let world = scene::signed_in();
    let names = |world: &World| world.emulator().with(|state| state.session_names.clone());
    let wide = scene::exec(&world, &["-p", "role-options"]);
    let agent = scene::exec(&world, &["-p", "role-options", "--session-name", "agent-7"]);
    assert_eq!(names(&world), ["alice", "agent-7"]);
    assert_ne!(wide["AWS_ACCESS_KEY_ID"], agent["AWS_ACCESS_KEY_ID"]);
    // The AWS CLI's cache has a place for each name, and a logout finds it.
    assert_eq!(scene::exec(&world, &["-p", "role-options", "--session-name", "agent-7"]), agent);
    assert_eq!(scene::exec(&world, &["-p", "role-options"])["AWS_ACCESS_KEY_ID"], wide["AWS_ACCESS_KEY_ID"]);
    scene::exec(&world, &["-p", "role", "--read-only", "--session-name", "agent-8"]);
    let arn = "arn:aws:iam::123456789012:role/Dev";
    scene::exec(
        &world,
        &["-p", "static", "--role-arn", arn, "--policy-arn", SUPPORT, "--session-name", "agent-9"],
    );
    assert_eq!(names(&world)[2..], ["agent-8", "agent-9"]);
    for profile in ["dev", "static"] {
        let said = refused(&world, &["-p", profile, "--session-name", "agent-7"]);
        assert!(
            said.starts_with(&format!("awsenv: error: could not name the session of profile `{profile}`: ")),
            "{said}"
        );
    }
    refused(&world, &["-p", "dev", "--read-only", "--session-name", "agent-7"]);
    assert!(
        refused(&world, &["-p", "role", "--session-name", "no blanks"]).contains("invalid `--session-name`")
    );
}
