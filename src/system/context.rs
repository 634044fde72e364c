//! What a command knows of the process that it runs in: the environment, the home, the current directory, the
//! time. Everything else takes `&Context`, so a test can pass any.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::failure::Failure;
use crate::system::clock;
use crate::system::environment::Environment;
use crate::system::files;
use crate::text::{sanitize, tilde};

/// The environment, the home, the current directory and the time.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The environment, as inherited. Profiles are resolved without awsenv's own exports, in a
    /// `shared_config::CleanContext`.
    pub env: Environment,
    /// The current directory as the kernel reports it; `None` if it was deleted.
    pub cwd: Option<PathBuf>,
    home: Option<PathBuf>,
    /// How long to wait for other processes of awsenv still, in microseconds. Copies share it.
    patience: Option<Arc<AtomicU64>>,
    /// The time in a test; `None` for the clock's.
    time: Option<DateTime<Utc>>,
}

impl Context {
    /// Reads it from the process.
    pub fn from_process() -> Self {
        Self {
            env: std::env::vars_os().collect(),
            cwd: std::env::current_dir().ok(),
            home: dirs::home_dir().filter(|home| home.is_absolute()),
            ..Self::default()
        }
    }

    /// Makes one for a test: an environment, a home and a current directory.
    pub fn new(env: Environment, home: &Path, cwd: &Path) -> Self {
        Self { env, cwd: Some(cwd.to_owned()), home: Some(home.to_owned()), ..Self::default() }
    }

    /// Makes one for a test whose home and current directory are a temporary folder.
    #[cfg(test)]
    pub(crate) fn in_temporary_home() -> (tempfile::TempDir, Self) {
        let home = tempfile::tempdir().unwrap();
        let ctx = Self::new(Environment::default(), home.path(), home.path());
        (home, ctx)
    }

    /// Returns a copy with this time, for a test.
    #[cfg(test)]
    pub(crate) fn at(&self, time: DateTime<Utc>) -> Self {
        Self { time: Some(time), ..self.clone() }
    }

    /// Returns a copy with another environment.
    pub fn with_env(&self, env: Environment) -> Self {
        Self { env, ..self.clone() }
    }

    /// Returns a copy with which all waits for other processes of awsenv together take no longer than this.
    pub fn with_patience(&self, patience: Duration) -> Self {
        let microseconds = u64::try_from(patience.as_micros()).unwrap_or(u64::MAX);
        Self { patience: Some(Arc::new(AtomicU64::new(microseconds))), ..self.clone() }
    }

    /// Returns how long to wait for another process of awsenv still; `None` for as long as it takes.
    pub(crate) fn patience(&self) -> Option<Duration> {
        self.patience.as_ref().map(|left| Duration::from_micros(left.load(Ordering::Relaxed)))
    }

    /// Takes the length of a wait off [`Context::patience`].
    pub(crate) fn has_waited(&self, waited: Duration) {
        if let Some(left) = &self.patience {
            let waited = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
            left.store(left.load(Ordering::Relaxed).saturating_sub(waited), Ordering::Relaxed);
        }
    }

    /// Returns the time (UTC).
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.time.unwrap_or_else(clock::now)
    }

    /// Returns the home directory: `HOME`, else the entry in the password file. An error if there is neither.
    pub(crate) fn home(&self) -> Result<&Path> {
        Ok(self.home.as_deref().ok_or_else(|| {
            Failure::new("could not find the home directory").hint("set `HOME` to an absolute path")
        })?)
    }

    /// Returns `~/.aws`, where the AWS CLI keeps its files and caches. The caches do not move with
    /// `AWS_CONFIG_FILE` (AWS CLI 2.36).
    pub(crate) fn aws_dir(&self) -> Result<PathBuf> {
        Ok(files::below(self.home()?, [".aws"]))
    }

    /// Returns a path as a person would type it, with `~` for the home directory.
    pub(crate) fn shown(&self, path: &Path) -> String {
        match self.home().ok().and_then(|home| path.strip_prefix(home).ok()) {
            Some(rest) if !rest.as_os_str().is_empty() => format!("~/{}", sanitize::path(rest)),
            _ => sanitize::path(path),
        }
    }

    /// Returns the text with `~` for the home directory in each path.
    pub(crate) fn with_tilde(&self, text: &str) -> String {
        let home = self.home().ok().and_then(Path::to_str).unwrap_or_default();
        tilde::shorten(text, home)
    }

    /// Returns the settings file, `${XDG_CONFIG_HOME:-~/.config}/awsenv/config`.
    pub(crate) fn settings_file(&self) -> Result<PathBuf> {
        Ok(files::below(&self.xdg("XDG_CONFIG_HOME", ".config")?, ["config"]))
    }

    /// Returns `${XDG_STATE_HOME:-~/.local/state}/awsenv`, the folder of what must be kept: permissions,
    /// login markers, the change signal.
    pub(crate) fn state_dir(&self) -> Result<PathBuf> {
        self.xdg("XDG_STATE_HOME", ".local/state")
    }

    /// Returns `${XDG_CACHE_HOME:-~/.cache}/awsenv`, the folder of what can be fetched again.
    pub(crate) fn cache_dir(&self) -> Result<PathBuf> {
        self.xdg("XDG_CACHE_HOME", ".cache")
    }

    /// Returns the folder of short-lived files: `$XDG_RUNTIME_DIR/awsenv` if that directory is this user's
    /// and nobody else can write it, else the state folder. `su` keeps another user's `XDG_RUNTIME_DIR`.
    pub(crate) fn runtime_dir(&self) -> Result<PathBuf> {
        if let Some(dir) = self.absolute("XDG_RUNTIME_DIR")
            && fs::metadata(&dir).is_ok_and(|dir| files::is_ours_alone(&dir))
        {
            return Ok(dir.join("awsenv"));
        }
        self.state_dir()
    }

    /// Returns whether an opened file may be used: if it is this user's. Root may also use the files of the
    /// owner of the home directory, which is another user under `sudo -E`, and of the owner of `~/.aws`,
    /// which a container may have from its host.
    pub(crate) fn may_use(&self, file: &Metadata) -> bool {
        if files::is_ours(file) {
            return true;
        }
        let owns = |folder: &Path| fs::metadata(folder).is_ok_and(|folder| folder.uid() == file.uid());
        rustix::process::geteuid().is_root()
            && (self.home().is_ok_and(owns) || self.aws_dir().is_ok_and(|folder| owns(&folder)))
    }

    /// Returns the path of this program, to start it again.
    pub fn program(&self) -> Option<PathBuf> {
        std::env::current_exe().ok()
    }

    fn xdg(&self, variable: &str, default: &str) -> Result<PathBuf> {
        Ok(match self.absolute(variable) {
            Some(base) => files::below(&base, ["awsenv"]),
            None => files::below(self.home()?, [default, "awsenv"]),
        })
    }

    /// Returns the path in a variable. The XDG specification says to ignore relative ones.
    fn absolute(&self, variable: &str) -> Option<PathBuf> {
        self.env.get(variable).map(PathBuf::from).filter(|path| path.is_absolute())
    }
}
