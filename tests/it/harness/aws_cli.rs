//! The AWS CLI v2, which reads the caches that awsenv writes.

use std::path::{Path, PathBuf};
use std::process::Command;

use awsenv_emulator::Operation;

use crate::harness::invocation::Invocation;
use crate::harness::mfa_stage;
use crate::harness::scene;
use crate::harness::tools;
use crate::harness::world::World;

/// Returns an AWS CLI of version 2; `aws` may be version 1, which has other caches.
pub fn aws() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_v2 = |program: &PathBuf| {
        let output = Command::new(program).arg("--version").output();
        output.is_ok_and(|output| output.stdout.starts_with(b"aws-cli/2"))
    };
    std::env::split_paths(&path).map(|folder| folder.join("aws")).filter(|aws| aws.exists()).find(is_v2)
}

/// Returns the access key id that the AWS CLI finds for a profile without a network: from a cache, or from
/// awsenv as a `credential_process`.
pub fn exported(world: &World, aws: &Path, profile: &str) -> String {
    let export = Invocation::new(world, aws, ["configure", "export-credentials", "--profile", profile]);
    let export = export
        .env("https_proxy", "http://127.0.0.1:1")
        .env("http_proxy", "http://127.0.0.1:1")
        .env("no_proxy", "127.0.0.1")
        .run();
    export.json()["AccessKeyId"].as_str().expect("a key id").to_owned()
}

#[test]
fn the_aws_cli_uses_the_credentials_that_awsenv_cached() {
    let Some(aws) = aws() else {
        return tools::lacking("an AWS CLI of version 2");
    };
    let world = scene::signed_in();
    for profile in ["dev", "role", "role-options", "role-over-sso"] {
        let ours = scene::exec(&world, &["-p", profile])["AWS_ACCESS_KEY_ID"].clone();
        world.emulator().reset_log();
        assert_eq!(exported(&world, &aws, profile), ours, "{profile}");
        assert_eq!(world.emulator().count(Operation::GetRoleCredentials), 0, "{profile}");
        assert_eq!(world.emulator().count(Operation::AssumeRole), 0, "{profile}");
    }
}

#[test]
fn the_aws_cli_asks_for_no_code_where_awsenv_has_cached_the_role() {
    let Some(aws) = aws() else {
        return tools::lacking("an AWS CLI of version 2");
    };
    let world = mfa_stage::world();
    let ours = scene::exec(&world, &["-p", "guarded", "--mfa-code", "123456"])["AWS_ACCESS_KEY_ID"].clone();
    assert_eq!(exported(&world, &aws, "guarded"), ours);
    assert_eq!(mfa_stage::calls(&world), [1, 1]);
}
