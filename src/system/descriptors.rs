//! How many files this process may have open.

use anyhow::Result;
use rustix::process::{Resource, getrlimit};

use crate::failure::Failure;

/// What a command needs in the worst case: a login that waits for a page, with its locks.
const LEAST: u64 = 16;

/// Fails if so few files may be open that a command could stop half way, or take a file that it cannot open
/// for one that is missing.
pub fn check() -> Result<()> {
    match getrlimit(Resource::Nofile).current {
        Some(limit) if limit < LEAST => {
            let what = format!("only {limit} files may be open in this shell, and awsenv needs {LEAST}");
            Err(Failure::new(what).hint("run `ulimit -n 1024`, or open a new shell").into())
        }
        _ => Ok(()),
    }
}
