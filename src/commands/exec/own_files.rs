//! AWS files for one command in place of the user's, where it could find more than it was given.

use std::path::PathBuf;

use anyhow::Result;

use crate::load::plan::LoadPlan;
use crate::load::resolved_profile::ResolvedProfile;
use crate::shared_config::CleanContext;
use crate::shared_config::plain_copy;
use crate::system::environment::Environment;
use crate::system::run_folder::RunFolder;

/// The files, which last as long as the value.
pub(super) struct OwnFiles {
    _folder: RunFolder,
    config: PathBuf,
    credentials: PathBuf,
}

impl OwnFiles {
    /// Writes the files: a config file with the settings of the profile `like` and no credential of it, and
    /// an empty credentials file.
    pub(super) fn new(ctx: &CleanContext, target: &LoadPlan, like: &ResolvedProfile) -> Result<Self> {
        let files = ctx.config()?;
        let profile = like.section(files)?;
        let text = plain_copy::text(files, &profile, target.region_name());
        let folder = RunFolder::make(ctx)?;
        // The SDKs ask the files before an endpoint: none of the user's own keys may be in them.
        let config = folder.write("config", text.as_bytes())?;
        let credentials = folder.write("credentials", b"")?;
        Ok(Self { _folder: folder, config, credentials })
    }

    /// Points the command's environment to the files. A command with fewer rights than the profile must not
    /// begin a login.
    pub(super) fn point_to(&self, env: &mut Environment, is_narrowed: bool) {
        env.set("AWS_CONFIG_FILE", &self.config);
        env.set("AWS_SHARED_CREDENTIALS_FILE", &self.credentials);
        if is_narrowed {
            env.set("AWSENV_LOGIN", "never");
        }
    }
}
