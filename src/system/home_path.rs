//! Expands a `~` at the start of a path as Python's `os.path.expanduser` does, and so the AWS CLI.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::system::context::Context;
use crate::system::password_file;

/// Returns `path` with the home folder for `~`, and with another user's for `~name`, which stays as it is if
/// there is no such user. An error if the own home is needed and not known.
pub fn expand(ctx: &Context, path: &OsStr) -> Result<PathBuf> {
    let Some(rest) = path.as_bytes().strip_prefix(b"~") else { return Ok(path.into()) };
    let slash = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
    let (user, below) = rest.split_at(slash);
    let home = match user {
        [] => Some(ctx.home()?.to_owned()),
        user => password_file::home_of(user),
    };
    Ok(home.map_or_else(|| path.into(), |home| join(&home, below)))
}

/// Joins as `Path::join` does, which takes a rest that begins with a slash for an absolute path.
fn join(home: &Path, below: &[u8]) -> PathBuf {
    let slashes = below.iter().take_while(|&&byte| byte == b'/').count();
    match &below[slashes..] {
        [] => home.to_owned(),
        below => home.join(OsStr::from_bytes(below)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::environment::Environment;

    #[test]
    fn a_tilde_is_a_home_at_the_start_of_a_path_alone() {
        let ctx = Context::new(Environment::default(), Path::new("/home/me"), Path::new("/"));
        let expanded = |path: &str| expand(&ctx, OsStr::new(path)).unwrap();
        let cases = [
            ("~", "/home/me"),
            ("~/", "/home/me"),
            ("~/c", "/home/me/c"),
            ("~//c", "/home/me/c"),
            ("a/~/c", "a/~/c"),
            ("/a/~", "/a/~"),
            ("~no such user/c", "~no such user/c"),
        ];
        for (path, expected) in cases {
            assert_eq!(expanded(path), Path::new(expected), "{path}");
        }
    }
}
