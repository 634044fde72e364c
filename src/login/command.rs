//! The command that logs in, for hints.

use crate::text::{sanitize, shell_words};

/// Returns the command that logs in to a session, or for a profile, from any folder. With neither it is
/// `awsenv login`, which means this folder's session, or the only one there is. A legacy session has no name,
/// but a profile.
pub fn command(session: Option<&str>, profile: Option<&str>) -> String {
    let option = match (session, profile) {
        (Some(name), _) => format!(" --sso-session {}", shell_words::quote(name)),
        (None, Some(profile)) => format!(" --profile {}", shell_words::quote(profile)),
        (None, None) => String::new(),
    };
    sanitize::shown(&format!("awsenv login{option}"))
}
