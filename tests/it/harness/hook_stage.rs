//! The fixture of the hook's tests: two profiles with static keys, folders that name them, and shells with
//! the hook.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::harness::shell::{Kind, Launch, Shell};
use crate::harness::world::World;

/// What the shell says on entering a folder of the profile `dev`.
pub const ENTERED_DEV: &str = "awsenv: dev, eu-west-1";
/// The same for `ops`.
pub const ENTERED_OPS: &str = "awsenv: ops, us-east-1";
/// What the shell says on leaving a folder of the profile `dev`.
pub const LEFT_DEV: &str = "awsenv: left dev";

/// The secrets in the AWS files of the stage.
pub const SECRETS: [&str; 3] = ["dev/SecretKey", "ops/SecretKey", "ops/SessionToken"];

const CONFIG: &str = "[profile dev]\nregion = eu-west-1\n\n[profile ops]\nregion = us-east-1\n";

const CREDENTIALS: &str = "[dev]\naws_access_key_id = AKIADEV\naws_secret_access_key = dev/SecretKey\n\n\
    [ops]\naws_access_key_id = AKIAOPS\naws_secret_access_key = ops/SecretKey\naws_session_token = ops/SessionToken\n";

/// Variables by name.
pub type Variables = BTreeMap<String, String>;

/// Makes a world with the profiles `dev` (two keys) and `ops` (two keys and a token), and two allowed
/// folders, `a` for `dev` and `b` for `ops`.
pub fn world() -> World {
    let world = World::new();
    world.aws_config(CONFIG);
    world.aws_credentials(CREDENTIALS);
    allowed(&world, "a", "profile = dev\n");
    allowed(&world, "b", "profile = ops\n");
    world
}

/// Makes a folder with an allowed `.awsenv` of this content.
pub fn allowed(world: &World, folder: &str, content: &str) -> PathBuf {
    let dir = world.project(folder, content);
    allow(world, &dir);
    dir
}

/// Allows the `.awsenv` of the folder.
pub fn allow(world: &World, dir: &Path) {
    let output = world.command(["allow".as_ref(), dir.as_os_str()]).unchecked().run();
    assert_eq!(output.code, 0, "{}", output.stderr);
}

/// Prepares a shell with the hook.
pub fn launch(kind: Kind, world: &World) -> Launch<'_> {
    Shell::launch(kind, world).rc(hook_line(kind))
}

/// Starts a shell with the hook.
pub fn start(kind: Kind, world: &World) -> Shell {
    launch(kind, world).start()
}

/// Prints on standard error which test does not run in this shell, and why.
#[track_caller]
pub fn cannot(kind: Kind, why: &str) {
    let row = std::panic::Location::caller();
    // The test harness captures the print macros and shows their text for failures only.
    let line = format!("skipped: {} at {}:{}: {why}\n", kind.name(), row.file(), row.line());
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Returns the line that loads the hook in the start-up file.
pub fn hook_line(kind: Kind) -> &'static str {
    match kind {
        Kind::Bash => r#"eval "$(awsenv hook bash)""#,
        Kind::Zsh => r#"eval "$(awsenv hook zsh)""#,
        Kind::Fish => "awsenv hook fish | source",
        Kind::Elvish => "eval (awsenv hook elvish | slurp)",
        Kind::Tcsh => r#"eval "`awsenv hook tcsh`""#,
        Kind::Nu => "$env.config.hooks.pre_prompt ++= [(awsenv hook nu)]",
    }
}

/// Returns the line that exports a variable.
pub fn export(kind: Kind, name: &str, value: &str) -> String {
    match kind {
        Kind::Bash | Kind::Zsh => format!("export {name}='{value}'"),
        Kind::Fish => format!("set -gx {name} '{value}'"),
        Kind::Elvish => format!("set-env {name} '{value}'"),
        Kind::Tcsh => format!("setenv {name} '{value}'"),
        Kind::Nu => format!("$env.{name} = '{value}'"),
    }
}

/// Returns the line that unsets a variable.
pub fn unset(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Bash | Kind::Zsh => format!("unset {name}"),
        Kind::Fish => format!("set -e {name}"),
        Kind::Elvish => format!("unset-env {name}"),
        Kind::Tcsh => format!("unsetenv {name}"),
        Kind::Nu => format!("hide-env {name}"),
    }
}

/// Returns the variables that loading the profile sets.
pub fn loaded(profile: &str) -> Variables {
    let own: &[(&str, &str)] = match profile {
        "dev" => &[
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIADEV"),
            ("AWS_SECRET_ACCESS_KEY", "dev/SecretKey"),
        ],
        "ops" => &[
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIAOPS"),
            ("AWS_SECRET_ACCESS_KEY", "ops/SecretKey"),
            ("AWS_SESSION_TOKEN", "ops/SessionToken"),
        ],
        _ => panic!("the stage has no profile {profile}"),
    };
    variables(&[&[("AWS_PROFILE", profile), ("AWSENV_PROFILE", profile)], own].concat())
}

/// Returns variables of these names and values.
pub fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Returns the variables of a child that begin with `AWS`, without the bookkeeping and those that the world
/// itself sets. A prompt passes.
pub fn aws(shell: &mut Shell) -> Variables {
    let foreign = ["AWSENV_STATE", "AWSENV_CEILING", "AWS_EC2_METADATA_DISABLED"];
    let environment = shell.environment().into_iter();
    let environment = environment.map(|(name, value)| (name.to_string_lossy().into_owned(), value));
    let of_aws = environment.filter(|(name, _)| name.starts_with("AWS") && !foreign.contains(&name.as_str()));
    of_aws
        .map(|(name, value)| (name, value.into_string().expect("the values of a stage are UTF-8")))
        .collect()
}

/// Fails unless exactly this profile is loaded.
#[track_caller]
pub fn assert_loaded(shell: &mut Shell, profile: &str) {
    assert_eq!(aws(shell), loaded(profile));
}

/// Fails if anything is loaded, or any bookkeeping left over.
#[track_caller]
pub fn assert_nothing(shell: &mut Shell) {
    assert_eq!(aws(shell), Variables::new());
    assert_eq!(shell.env("AWSENV_STATE"), None);
}
