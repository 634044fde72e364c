//! `keys rotate`: a new key, proved, in place of the old one.

use std::path::Path;

use awsenv_emulator::Operation::{CreateAccessKey, DeleteAccessKey};
use awsenv_emulator::{Fault, UserKey};

use crate::harness::aws_cli;
use crate::harness::invocation::{Invocation, Output};
use crate::harness::keyring_stage::KeyringStage;
use crate::harness::scene::{self, STATIC_SECRET};
use crate::harness::world::World;

const OLD: &str = "AKIAIOSFODNN7EXAMPLE";

fn ids(world: &World) -> Vec<String> {
    world
        .emulator()
        .with(|state| state.identities.users[0].keys.iter().map(|own| own.key.id.clone()).collect())
}

fn kept(world: &World, name: &str) -> String {
    world.run(["keys", "get", name]).json()["AccessKeyId"].as_str().expect("an id").to_owned()
}

fn rotate(world: &World, more: &[&str]) -> Output {
    world.command(["keys", "rotate", "base"].iter().chain(more)).unchecked().run()
}

/// A world whose only use of the key is in the keyring.
fn stage() -> Option<KeyringStage> {
    let stage = KeyringStage::start()?;
    stage.world.aws_credentials("");
    stage.add("base");
    Some(stage)
}

#[test]
fn a_new_key_takes_the_place_of_the_old_one_everywhere() {
    let Some(stage) = stage() else { return };
    let world = &stage.world;
    stage.add("twin");
    world.emulator().with(|state| state.identities.new_key_refusals = 2);
    let done = rotate(world, &[]);
    let new = kept(world, "base");
    let said = format!(
        "awsenv: waiting until AWS knows the new key, up to 30 seconds; Ctrl-C stops\n\
         awsenv: rotated the keys `base`: {new} replaces {OLD}, which is deleted\n\
         awsenv: hint: run `awsenv reload` in shells that have the old key loaded\n"
    );
    assert_eq!((done.code, done.stderr), (0, said));
    assert_eq!(kept(world, "twin"), new);
    assert_eq!(scene::exec(world, &["-p", "base"])["AWS_ACCESS_KEY_ID"], new);
    assert_eq!(ids(world), [new]);
    assert_eq!(world.run(["keys", "list", "--json"]).json()[0]["rotating"], false);
}

#[test]
fn a_user_with_two_keys_is_told_which_and_may_let_one_go() {
    let Some(stage) = stage() else { return };
    let world = &stage.world;
    world.emulator().with(|state| {
        let keys = &mut state.identities.users[0].keys;
        let mut other = UserKey { is_active: false, ..keys[0].clone() };
        other.key.id = "AKIASECOND0000000000".to_owned();
        keys.push(other);
    });
    let refused = rotate(world, &[]);
    let said = "awsenv: error: could not rotate the keys `base`: the user has a second access key already, \
        AKIASECOND0000000000 (inactive, made 1970-01-01T00:00:00Z), and AWS allows two\n\
        awsenv: hint: if nobody uses it, run `awsenv keys rotate base --delete AKIASECOND0000000000`\n";
    assert_eq!((refused.code, &*refused.stderr), (1, said));
    for wrong in [OLD, "AKIAUNKNOWN000000000"] {
        let wrong = rotate(world, &["--delete", wrong]);
        assert!(wrong.code == 1 && wrong.stderr.contains("has no other access key"), "{wrong:?}");
    }
    assert_eq!((ids(world).len(), kept(world, "base").as_str()), (2, OLD));
    assert_eq!(rotate(world, &["--delete", "AKIASECOND0000000000"]).code, 0);
    assert_eq!(ids(world), [kept(world, "base")]);
}

#[test]
fn what_aws_refuses_leaves_the_old_key_in_use() {
    let Some(stage) = stage() else { return };
    let world = &stage.world;
    let fault = |fault: Fault| world.emulator().with(|state| state.faults.add(fault));
    fault(Fault::error(CreateAccessKey, 403, "AccessDenied").times(1));
    let denied = rotate(world, &[]);
    assert!(denied.code == 1 && denied.stderr.contains("the user's own policy must allow"), "{denied:?}");
    fault(Fault::error(CreateAccessKey, 500, "ServiceFailure").times(1));
    let down = rotate(world, &[]);
    assert!(down.code == 1 && down.stderr.contains("has an internal error"), "{down:?}");
    assert_eq!((ids(world), kept(world, "base")), (vec![OLD.to_owned()], OLD.to_owned()));
    fault(Fault::error(DeleteAccessKey, 403, "AccessDenied").times(1));
    assert_eq!(rotate(world, &[]).code, 1);
    let new = kept(world, "base");
    assert_ne!(new, OLD, "the new key is proved, and used");
    assert_eq!(world.run(["keys", "list", "--json"]).json()[0]["rotating"], true);
    assert_eq!(rotate(world, &[]).code, 0);
    assert_eq!(ids(world), [new]);

    world.aws_credentials(&format!(
        "[file]\naws_access_key_id = {}\naws_secret_access_key = x\n",
        ids(world)[0]
    ));
    let shared = rotate(world, &[]);
    assert!(shared.code == 1 && shared.stderr.contains("run `awsenv keys move file`"), "{shared:?}");
    let missing = world.command(["keys", "rotate", "nobody"]).unchecked().code(1).run();
    assert!(missing.stderr.contains("could not find the keys `nobody`"), "{missing:?}");
}

#[test]
fn the_aws_cli_manages_keys_at_the_emulator_with_keys_from_the_keyring() {
    let Some(aws) = aws_cli::aws() else {
        return crate::harness::tools::lacking("an AWS CLI of version 2");
    };
    let Some(stage) = stage() else { return };
    let world = &stage.world;
    let iam = |args: &[&str]| {
        let url = world.emulator().url();
        let words = ["--profile", "base", "--endpoint-url", url, "--region", "us-east-1", "iam"];
        Invocation::new(world, Path::new(&aws), words.iter().chain(args)).run()
    };
    let created = iam(&["create-access-key"]).json()["AccessKey"].clone();
    let id = created["AccessKeyId"].as_str().expect("an id");
    let listed = iam(&["list-access-keys"]).json()["AccessKeyMetadata"].clone();
    assert_eq!(
        (listed.as_array().map(Vec::len), &listed[1]["AccessKeyId"]),
        (Some(2), &created["AccessKeyId"])
    );
    iam(&["update-access-key", "--access-key-id", id, "--status", "Inactive"]);
    iam(&["delete-access-key", "--access-key-id", id]);
    assert_eq!(ids(world), [OLD]);
    assert!(!created.to_string().contains(STATIC_SECRET));
}
