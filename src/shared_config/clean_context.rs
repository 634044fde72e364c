//! The context that profiles are resolved in: without awsenv's own exports, and with the AWS files as they
//! were when they were first needed.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Result;

use crate::exports::change;
use crate::shared_config::{self, SharedConfig};
use crate::system::context::Context;
use crate::system::file_stamp::{self, FileStamp};

/// The AWS files and their stamps; `None` for one that is not there.
pub(crate) type FileStamps = Vec<(PathBuf, Option<FileStamp>)>;

/// A [`Context`] whose environment is as it would be without awsenv: what was exported for one folder must
/// not decide what another one loads. The AWS files are read once, and clones share them.
#[derive(Clone, Debug)]
pub(crate) struct CleanContext {
    ctx: Context,
    files: Arc<AwsFiles>,
}

/// The AWS files, as far as they were needed.
#[derive(Debug, Default)]
struct AwsFiles {
    stamps: OnceLock<FileStamps>,
    config: OnceLock<SharedConfig>,
}

impl CleanContext {
    /// Takes awsenv's own exports out of the environment. The previous values of secrets, which only the
    /// shell has, do not come back.
    pub(crate) fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.with_env(change::undone(&ctx.env)), files: Arc::default() }
    }

    /// [`Context::with_patience`].
    pub(crate) fn with_patience(&self, patience: Duration) -> Self {
        Self { ctx: self.ctx.with_patience(patience), files: Arc::clone(&self.files) }
    }

    /// Returns the same context with the AWS files unread, for a process that outlives their content.
    pub(crate) fn unread(&self) -> Self {
        Self { ctx: self.ctx.clone(), files: Arc::default() }
    }

    /// Returns the stamps of the AWS files, taken before the files were read. An error if the home directory
    /// is needed and unknown.
    pub(crate) fn stamps(&self) -> Result<&FileStamps> {
        if let Some(stamps) = self.files.stamps.get() {
            return Ok(stamps);
        }
        let paths = [shared_config::config_file(self)?, shared_config::credentials_file(self)?];
        let named = paths.into_iter().filter(|path| !path.as_os_str().is_empty());
        let stamps = named.map(|path| (path.clone(), file_stamp::settled(&path))).collect();
        Ok(self.files.stamps.get_or_init(|| stamps))
    }

    /// Returns the AWS files, which are read once. Errors: see [`shared_config::load()`].
    pub(crate) fn config(&self) -> Result<&SharedConfig> {
        if let Some(config) = self.files.config.get() {
            return Ok(config);
        }
        // A cache of the content must not have stamps that are newer than the content.
        self.stamps()?;
        let config = shared_config::load(self)?;
        Ok(self.files.config.get_or_init(|| config))
    }
}

impl Deref for CleanContext {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.ctx
    }
}
