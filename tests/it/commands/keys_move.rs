//! `keys move`: out of the credentials file, and nothing is lost.

use awsenv_emulator::{Fault, Operation};
use serde_json::json;

use crate::harness::aws_cli;
use crate::harness::keyring_stage::KeyringStage;
use crate::harness::scene::{self, STATIC_SECRET};

const ID: &str = "AKIAIOSFODNN7EXAMPLE";

fn pair() -> String {
    format!("aws_access_key_id = {ID}\naws_secret_access_key = {STATIC_SECRET}\n")
}

#[test]
fn a_pair_leaves_the_file_and_everything_goes_on_working() {
    let Some(stage) = KeyringStage::start() else { return };
    let world = &stage.world;
    let other = "# of mine\n[other]\nregion = eu-west-1\naws_access_key_id = AKIAOTHER\naws_secret_access_key = o/ther\n";
    world.aws_credentials(&format!("[static]\n{}\n{other}", pair()));
    let keys = || {
        let mut variables = scene::exec(world, &["-p", "static"]);
        variables.retain(|name, _| name.starts_with("AWS_"));
        variables
    };
    let before = keys();
    let said = "awsenv: moved the keys of profile `static` into the keyring (arn:aws:iam::111122223333:user/alice)\n";
    world.command(["keys", "move", "static"]).stderr(said).run();
    assert_eq!(scene::read(world, ".aws/credentials"), other);
    let config = scene::read(world, ".aws/config");
    let line = format!("credential_process = {} keys get static\n", world.bin().join("awsenv").display());
    assert!(config.contains(&format!("[profile static]\nregion = us-west-2\n{line}")), "{config}");
    assert_eq!(keys(), before);
    assert!(scene::exec(world, &["-p", "role"])["AWS_ACCESS_KEY_ID"].starts_with("ASIA"));
    if let Some(aws) = aws_cli::aws() {
        assert_eq!(aws_cli::exported(world, &aws, "static"), ID);
    }
    let again = world.command(["keys", "move", "static"]).unchecked().code(1).run();
    assert!(again.stderr.contains("they are in the keyring"), "{again:?}");
}

#[test]
fn all_that_can_be_moved_is_and_the_rest_is_named() {
    let Some(stage) = KeyringStage::start() else { return };
    let world = &stage.world;
    world.aws_config(&format!(
        "[profile inside]\nregion = eu-west-1\n{}\n[profile self]\nrole_arn = arn:aws:iam::123456789012:role/Dev\n\
         source_profile = self\n\n[profile tool]\ncredential_process = /bin/true\n\n[profile plain]\nregion = x\n",
        pair()
    ));
    world.aws_credentials(&format!(
        "[new]\n{0}[self]\n{0}[tool]\n{0}[commented]\n# the key of the build\n{0}\n[temporary]\n{0}aws_session_token = t\n",
        pair()
    ));
    let moved = world.command(["keys", "move", "--all"]).unchecked().code(0).run();
    for name in ["inside", "new", "commented"] {
        assert!(moved.stderr.contains(&format!("moved the keys of profile `{name}`")), "{name}: {moved:?}");
        assert_eq!(scene::exec(world, &["-p", name])["AWS_ACCESS_KEY_ID"], ID);
    }
    for why in
        ["belong to a profile with something else", "another `credential_process`", "they are temporary"]
    {
        assert!(moved.stderr.contains(why), "{why}: {moved:?}");
    }
    let left = format!(
        "[self]\n{0}[tool]\n{0}[commented]\n# the key of the build\n\n[temporary]\n{0}aws_session_token = t\n",
        pair()
    );
    assert_eq!(scene::read(world, ".aws/credentials"), left);
    let config = scene::read(world, ".aws/config");
    assert!(
        !config.contains(STATIC_SECRET) && config.contains("[profile new]\ncredential_process"),
        "{config}"
    );
}

#[test]
fn keys_that_aws_does_not_confirm_stay_where_they_are() {
    let Some(stage) = KeyringStage::start() else { return };
    let world = &stage.world;
    let credentials = format!(
        "[static]\n{}\n[dead]\naws_access_key_id = AKIADEAD000000000000\naws_secret_access_key = d/ead\n",
        pair()
    );
    world.aws_credentials(&credentials);
    let config = scene::read(world, ".aws/config");
    world.emulator().with(|state| {
        state.faults.add(Fault::error(Operation::GetCallerIdentity, 500, "InternalFailure").times(3));
    });
    let down = world.command(["keys", "move", "static"]).unchecked().code(1).run();
    assert!(down.stderr.contains("could not move the keys of the profile `static`"), "{down:?}");
    let dead = world.command(["keys", "move", "dead"]).unchecked().code(1).run();
    assert!(dead.stderr.contains("AWS does not know the access key"), "{dead:?}");
    assert_eq!(scene::read(world, ".aws/credentials"), credentials);
    assert_eq!(scene::read(world, ".aws/config"), config);
    assert_eq!(world.run(["keys", "list", "--json"]).json(), json!([]));

    stage.add("base");
    world
        .aws_credentials("[base]\naws_access_key_id = AKIADEAD000000000000\naws_secret_access_key = d/ead\n");
    for args in [&["keys", "move", "base"][..], &["keys", "move", "base", "--replace"]] {
        world.command(args).unchecked().code(1).run();
        assert_eq!(world.run(["keys", "get", "base"]).json()["SecretAccessKey"], STATIC_SECRET);
    }
}
