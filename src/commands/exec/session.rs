//! `--policy-arn`, `--policy` and `--session-name`: the session of the role.

use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::failure::Failure;
use crate::system::files;
use crate::text::sanitize;
use crate::values::role_arn;
use crate::values::session_policy::{RoleSession, SessionPolicy};

/// The largest policy file, in bytes. AWS takes less.
const LARGEST: u64 = 64 * 1024;

/// Returns the session for these ARNs of managed policies, the file of one more policy, and its name. Errors:
/// the name is invalid; the file cannot be read or is larger than 64 KiB.
pub fn session(policy_arns: &[String], policy: Option<&Path>, name: Option<String>) -> Result<RoleSession> {
    name.as_deref().map_or(Ok(()), role_arn::check_session_name)?;
    let document = policy.map(read).transpose()?;
    Ok(RoleSession { policy: SessionPolicy::given(policy_arns, document.as_deref())?, name })
}

fn read(path: &Path) -> Result<String> {
    let name = sanitize::path(path);
    // Waits for the writer of a pipe, unlike what reads the user's own files.
    let content = File::open(path).and_then(|file| files::read_bounded(file, LARGEST));
    let content = content.map_err(|error| {
        Failure::new(format!("could not read the policy {name}: {}", files::reason(&error)))
    })?;
    if content.len() as u64 > LARGEST {
        return Err(Failure::new(format!("could not use the policy {name}: it is larger than 64 KiB")).into());
    }
    String::from_utf8(content).with_context(|| format!("could not use the policy {name}"))
}
