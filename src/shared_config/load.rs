//! Reads the two files from disk.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rustix::io::Errno;

use super::document::{Document, Presence};
use super::{SharedConfig, location};
use crate::failure::Failure;
use crate::system::context::Context;
use crate::system::files;
use crate::text::sanitize;

/// The size in bytes above which a file is refused. Ten thousand profiles have about 1.5 MB.
pub(crate) const LIMIT: u64 = 64 * 1024 * 1024;

/// Reads the config and the credentials file.
///
/// A file that is missing, is no regular file (a folder, `/dev/null`, a pipe), or may not be read by this
/// user counts as empty, as it does for the AWS CLI (2.36); `Document::presence` tells. Errors:
///
/// - a file says something that the AWS CLI does not read: `path:line`, and the edit to make;
/// - a file is larger than 64 MiB, or reading it fails in the middle;
/// - the home directory is needed and unknown.
pub fn load(ctx: &Context) -> Result<SharedConfig> {
    let config = read(location::config_file(ctx)?)?;
    let credentials = read(location::credentials_file(ctx)?)?;
    Ok(SharedConfig::new(config, credentials))
}

/// Reads the two files as they would be if the config file said `text`.
pub(crate) fn load_with(ctx: &Context, text: String) -> Result<SharedConfig> {
    let config = parse(&location::config_file(ctx)?, text.into_bytes())?;
    Ok(SharedConfig::new(config, read(location::credentials_file(ctx)?)?))
}

/// Reads the two files as they would be if the credentials file said `text`.
pub(crate) fn load_with_credentials(ctx: &Context, text: String) -> Result<SharedConfig> {
    let credentials = parse(&location::credentials_file(ctx)?, text.into_bytes())?;
    Ok(SharedConfig::new(read(location::config_file(ctx)?)?, credentials))
}

fn read(path: PathBuf) -> Result<Document> {
    match fs::metadata(&path) {
        Ok(file) if file.is_file() => {}
        Err(error) if is_trouble(&error) => {
            return Err(error).with_context(|| format!("could not read {}", sanitize::path(&path)));
        }
        _ => return Ok(Document::empty(path, Presence::Missing)),
    }
    match files::read(&path, LIMIT) {
        Ok(bytes) if bytes.len() as u64 > LIMIT => Err(too_large(&path).into()),
        Ok(bytes) => parse(&path, bytes),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Ok(Document::empty(path, Presence::Unreadable))
        }
        // Removed between the two calls.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Document::empty(path, Presence::Missing)),
        Err(error) => Err(error).with_context(|| format!("could not read {}", sanitize::path(&path))),
    }
}

fn parse(path: &Path, bytes: Vec<u8>) -> Result<Document> {
    Document::parse(path, bytes).map_err(|error| error.into_failure(path).into())
}

/// Returns whether the error says nothing of the file: without it, a profile could be another one. The AWS
/// CLI goes on without a file that it may not look at.
fn is_trouble(error: &io::Error) -> bool {
    let known = [Errno::NOENT, Errno::NOTDIR, Errno::ACCESS, Errno::PERM, Errno::LOOP, Errno::NAMETOOLONG];
    error.raw_os_error().is_some_and(|code| known.iter().all(|known| known.raw_os_error() != code))
}

fn too_large(path: &Path) -> Failure {
    Failure::new(format!("could not read {}: it is larger than 64 MiB", sanitize::path(path)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use std::fs::File;

    use super::*;
    use crate::system::environment::Environment;

    fn world(home: &Path) -> Context {
        fs::create_dir_all(home.join(".aws")).unwrap();
        Context::new(Environment::default(), home, home)
    }

    #[test]
    fn the_files_in_the_home_are_read_through_links_too() {
        let home = tempfile::tempdir().unwrap();
        let ctx = world(home.path());
        fs::write(home.path().join("real"), "[profile a]\nregion = x\n").unwrap();
        symlink("../real", home.path().join(".aws/config")).unwrap();
        fs::write(home.path().join(".aws/credentials"), "[b]\n").unwrap();
        let config = load(&ctx).unwrap();
        assert_eq!(config.profiles().map(|p| p.name).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(config.config().presence(), Presence::Read);
        assert_eq!(config.config().path(), home.path().join(".aws/config"));
    }

    #[test]
    fn what_is_no_regular_file_counts_as_empty() {
        let home = tempfile::tempdir().unwrap();
        let ctx = world(home.path());
        let mut env = Environment::default();
        env.set("AWS_CONFIG_FILE", home.path().as_os_str());
        env.set("AWS_SHARED_CREDENTIALS_FILE", "");
        let config = load(&ctx.with_env(env.clone())).unwrap();
        assert_eq!((config.profiles().len(), config.config().presence()), (0, Presence::Missing));
        assert_eq!(config.config().path(), home.path());
        env.set("AWS_CONFIG_FILE", "/dev/zero");
        assert_eq!(load(&ctx.with_env(env)).unwrap().profiles().len(), 0);
        assert_eq!(load(&ctx).unwrap().profiles().len(), 0);
    }

    #[test]
    fn what_this_user_may_not_read_counts_as_empty() {
        let home = tempfile::tempdir().unwrap();
        let ctx = world(home.path());
        let path = home.path().join(".aws/config");
        fs::write(&path, "[default]\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        // Root may read everything.
        let expected = match File::open(&path) {
            Ok(_) => (1, Presence::Read),
            Err(_) => (0, Presence::Unreadable),
        };
        let config = load(&ctx).unwrap();
        assert_eq!((config.profiles().len(), config.config().presence()), expected);
    }

    #[test]
    fn a_file_that_is_too_large_is_refused_and_not_held_in_memory() {
        let home = tempfile::tempdir().unwrap();
        let ctx = world(home.path());
        let path = home.path().join(".aws/config");
        File::create(&path).unwrap().set_len(LIMIT + 1).unwrap();
        let error = load(&ctx).unwrap_err().to_string();
        assert_eq!(error, format!("could not read {}: it is larger than 64 MiB", path.display()));
    }
}
