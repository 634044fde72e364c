//! A throw-away home with AWS files and two projects: static keys, and an Identity Center role whose
//! credentials are cached.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

/// The name of the cache entry of the role below, as the AWS CLI makes it:
/// `printf '{"accountId":"111122223333","roleName":"Developer","sessionName":"bench"}' | sha1sum`.
const ROLE_KEY: &str = "f786a2f7dd0b7e76d2592398bb924cc3b2255939";
/// `printf bench | sha1sum`.
const TOKEN_KEY: &str = "e5c89c529dccb9b42716f4d9118d61079c883d9e";

/// The access key id that a project with the profile `sso` must load.
pub const SSO_KEY_ID: &str = "ASIABENCHBENCHBENCH1";
/// The same for `static`.
pub const STATIC_KEY_ID: &str = "AKIABENCHBENCHBENCH1";

/// A home directory, removed when the value is dropped.
pub struct World {
    home: tempfile::TempDir,
    awsenv: PathBuf,
}

impl World {
    /// Makes a home with this many profiles, the two that are used after all others.
    pub fn new(awsenv: &Path, profiles: usize) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("awsenv-bench-").tempdir()?;
        let world = Self { home, awsenv: awsenv.to_owned() };
        fs::create_dir(world.at("run"))?;
        fs::set_permissions(world.at("run"), fs::Permissions::from_mode(0o700))?;
        world.write(".aws/config", &config(profiles))?;
        world.write(
            ".aws/credentials",
            &format!(
                "[static]\naws_access_key_id = {STATIC_KEY_ID}\naws_secret_access_key = {}\n",
                "s".repeat(40)
            ),
        )?;
        world.write(
            &format!(".aws/sso/cache/{TOKEN_KEY}.json"),
            r#"{"startUrl": "https://bench.awsapps.com/start", "region": "eu-west-1", "accessToken": "t", "expiresAt": "2999-01-01T00:00:00Z"}"#,
        )?;
        world.write(
            &format!(".aws/cli/cache/{ROLE_KEY}.json"),
            &format!(
                r#"{{"ProviderType": "sso", "Credentials": {{"AccessKeyId": "{SSO_KEY_ID}", "SecretAccessKey": "{}", "SessionToken": "{}", "Expiration": "2999-01-01T00:00:00Z", "AccountId": "111122223333"}}}}"#,
                "s".repeat(40),
                // As long as real ones.
                "t".repeat(900)
            ),
        )?;
        for profile in ["sso", "static"] {
            world.project(profile, profile)?;
        }
        Ok(world)
    }

    /// Makes a folder with an allowed `.awsenv` for a profile.
    pub fn project(&self, folder: &str, profile: &str) -> Result<PathBuf> {
        self.write(&format!("{folder}/.awsenv"), &format!("profile = {profile}\n"))?;
        let folder = self.at(folder);
        ensure!(
            self.command(&self.awsenv, &folder).arg("allow").output()?.status.success(),
            "could not allow"
        );
        Ok(folder)
    }

    /// Returns a path in the home.
    pub fn at(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    /// Returns the environment of everything that is run: nothing of this process's but `PATH`.
    pub fn env(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
            ("HOME", self.home.path().into()),
            ("XDG_RUNTIME_DIR", self.at("run").into()),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("AWSENV_QUIET", "1".into()),
        ]
    }

    /// Prepares a run of a program in a folder.
    pub fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.env()).env("PWD", folder).current_dir(folder);
        command
    }

    fn write(&self, path: &str, content: &str) -> Result<()> {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        Ok(fs::write(path, content)?)
    }
}

fn config(profiles: usize) -> String {
    let filler = (2..profiles).map(|number| {
        format!(
            "[profile filler-{number}]\nsso_session = bench\nsso_account_id = {number:012}\n\
             sso_role_name = Developer\nregion = eu-west-1\noutput = json\n\n"
        )
    });
    filler.collect::<String>()
        + "[sso-session bench]\nsso_start_url = https://bench.awsapps.com/start\nsso_region = eu-west-1\n\n\
           [profile static]\nregion = eu-west-1\n\n\
           [profile sso]\nsso_session = bench\nsso_account_id = 111122223333\nsso_role_name = Developer\n\
           region = eu-west-1\n"
}
