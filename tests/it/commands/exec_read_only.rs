//! `awsenv exec --read-only`: less rights than the profile, or none at all.

use awsenv_emulator::Operation::{AssumeRole, GetRoleCredentials};
use chrono::TimeDelta;

use crate::harness::scene::{self, DEV_ENTRY};
use crate::harness::world::World;

const POLICY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

fn policies(world: &World) -> Vec<String> {
    world.emulator().with(|state| state.session_policies.clone())
}

#[test]
fn a_role_gets_a_session_policy_and_its_keys_are_kept_nowhere() {
    let world = scene::signed_in();
    let wide = scene::exec(&world, &["-p", "role"]);
    let narrow = scene::exec(&world, &["-p", "role", "--read-only"]);
    assert_ne!(wide["AWS_ACCESS_KEY_ID"], narrow["AWS_ACCESS_KEY_ID"], "the cache has too many rights");
    assert_eq!(policies(&world), [POLICY]);
    let again = scene::exec(&world, &["-p", "role"]);
    assert_eq!(wide["AWS_ACCESS_KEY_ID"], again["AWS_ACCESS_KEY_ID"], "and the cache keeps them");
    assert_eq!(world.emulator().count(AssumeRole), 2);

    // Of a chain, the last role alone.
    let arn = "arn:aws:iam::123456789012:role/Dev";
    scene::exec(&world, &["-p", "role", "--role-arn", arn, "--read-only"]);
    assert_eq!((world.emulator().count(AssumeRole), policies(&world).len()), (3, 2));

    let script = "test -z \"$AWS_ACCESS_KEY_ID\" && test -n \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\"";
    world.run(["exec", "-p", "role", "--read-only", "--serve", "--", "sh", "-c", script]);
    assert_eq!(policies(&world).len(), 3);

    let china = "arn:aws-cn:iam::123456789012:role/Dev";
    world.emulator().with(|state| state.identities.roles.push(scene::role(china)));
    scene::exec(&world, &["-p", "static", "--role-arn", china, "--read-only"]);
    assert_eq!(policies(&world)[3], "arn:aws-cn:iam::aws:policy/ReadOnlyAccess");
}

#[test]
fn a_permission_set_is_replaced_by_one_that_reads() {
    let world = scene::signed_in();
    // Keys of the wide role are at hand.
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    let refused = "awsenv: error: could not narrow profile `dev` to reading: in the account 111122223333 you have none of \
                   the permission sets `ReadOnlyAccess`, `ViewOnlyAccess`\n\
                   awsenv: hint: name one that you have in the setting `read_only`, or have one assigned\n";
    world.command(["exec", "-p", "dev", "--read-only", "--", "/bin/false"]).code(125).stderr(refused).run();
    world.write(".config/awsenv/config", "read_only = ReadOnlyAccess:ReadOnly\n");
    let variables = scene::exec(&world, &["-p", "dev", "--read-only"]);
    assert_eq!(variables["AWSENV_ROLE"], "ReadOnly");
    assert_eq!(variables["AWSENV_ACCOUNT"], "111122223333");
    assert_eq!(variables["AWS_REGION"], "eu-west-1", "the region stays the profile's");
    assert_ne!(variables["AWS_ACCESS_KEY_ID"], "ASIAPLANTED");
    assert!(world.emulator().count(GetRoleCredentials) >= 1);

    // A folder's demands hold for what was named, and the account for what is run.
    let project = scene::allowed(
        &world,
        "p",
        "profile = dev\naccount = 111122223333\nrole = Admin\nexport = profile\n",
    );
    let exec = world.command(["exec", "--read-only", "--", "printenv", "AWSENV_ROLE"]).current_dir(&project);
    assert_eq!(exec.run().stdout, "ReadOnly\n");
    let project = scene::allowed(&world, "q", "profile = dev\naccount = 444455556666\n");
    let exec = world.command(["exec", "--read-only", "--", "/bin/false"]).current_dir(&project);
    exec.unchecked().code(125).run();
}

#[test]
fn no_other_profile_is_one_flag_away() {
    let world = scene::signed_in();
    world.write(".config/awsenv/config", "read_only = ReadOnly\n");
    let variables = scene::exec(&world, &["-p", "dev", "--read-only"]);
    assert_eq!(variables.get("AWS_PROFILE"), None);
    assert_eq!(variables["AWSENV_LOGIN"], "never");
    assert!(variables["AWS_CONFIG_FILE"].contains("/run-"), "{variables:?}");
    for wider in [&["-p", "dev"][..], &["-p", "static"], &["--account", "111122223333", "--role", "Admin"]] {
        let words = ["exec", "-p", "dev", "--read-only", "--", "awsenv", "exec"];
        let words = words.iter().chain(wider).chain(&["--", "/bin/true"]);
        world.command(words).unchecked().code(125).run();
    }
    world.command(["exec", "-p", "dev", "--read-only", "--", "sh", "-c", "exit 7"]).code(7).run();
}

#[test]
fn what_cannot_be_narrowed_is_not_run() {
    let world = scene::world();
    let refused = "awsenv: error: could not narrow profile `static` to reading: access keys have all rights of their owner\n\
                   awsenv: hint: use an SSO profile, or a role with `role_arn` or `--role-arn`\n";
    world.command(["exec", "-p", "static", "--read-only", "--", "/bin/true"]).code(125).stderr(refused).run();
    world.aws_config(
        "[profile process]\nregion = us-east-1\ncredential_process = /bin/false\n\
         [profile web]\nregion = us-east-1\nrole_arn = arn:aws:iam::123456789012:role/Dev\n\
         web_identity_token_file = /dev/null\n",
    );
    for profile in ["process", "web"] {
        let output = world
            .command(["exec", "-p", profile, "--read-only", "--", "/bin/true"])
            .unchecked()
            .code(125)
            .run();
        assert!(output.stderr.contains(" to reading: "), "{}", output.stderr);
    }
    assert_eq!(world.emulator().requests(), 0);
}
