//! Combinations of keys in a profile that the SDKs read differently.

use super::super::Trouble;
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::text::sanitize;

/// Looks at the keys of a profile.
pub(super) fn look(profile: &Profile<'_>) -> Vec<Trouble> {
    let found = [repeated(profile), own_keys(profile), shell(profile), stray_token(profile)];
    found.into_iter().flatten().collect()
}

/// Finds keys that the session has already. The AWS CLI accepts equal values; different ones are an error
/// anyway.
fn repeated(profile: &Profile<'_>) -> Option<Trouble> {
    let session = profile.get("sso_session")?;
    let key = ["sso_start_url", "sso_region"].into_iter().find_map(|key| profile.get(key))?;
    Some(Trouble::warning(
        format!(
            "`{}` ({}) stands beside `sso_session` ({}) in profile `{}`: the SDKs refuse the two together",
            key.name(),
            key.place(),
            session.place(),
            sanitize::shown(profile.name)
        ),
        "delete the line: the session says it",
    ))
}

/// Finds a role that is assumed with the profile's own keys.
fn own_keys(profile: &Profile<'_>) -> Option<Trouble> {
    let source = profile.get("source_profile").filter(|source| source.text() == profile.name)?;
    let (role, keys) = (profile.get("role_arn")?, profile.get("aws_access_key_id")?);
    (profile.kind() == ProfileKind::Role).then(|| {
        let name = sanitize::shown(profile.name);
        Trouble::warning(
            format!(
                "profile `{name}` has `role_arn` ({}) and keys ({}): the AWS CLI assumes the role, and some SDKs take the keys",
                role.place(),
                keys.place()
            ),
            format!("move the keys to a profile of their own, and name it in `source_profile` ({})", source.place()),
        )
    })
}

/// Finds characters of a shell: the AWS CLI splits the line into words and starts the program, some SDKs pass
/// it to a shell.
fn shell(profile: &Profile<'_>) -> Option<Trouble> {
    let process = profile.get("credential_process")?;
    let text = process.plain().ok()?;
    let is_tilde = text.starts_with('~') || text.contains(" ~");
    (is_tilde || text.contains(['$', '|', '&', ';', '<', '>', '`', '*'])).then(|| {
        Trouble::warning(
            format!(
                "`credential_process` ({}) in profile `{}` has characters that a shell takes apart: some SDKs start one, the \
                 AWS CLI does not",
                process.place(),
                sanitize::shown(profile.name)
            ),
            "write whole paths, and put the rest into a script",
        )
    })
}

/// Finds a session token in another file than the keys: the SDK for JavaScript combines them from both files.
fn stray_token(profile: &Profile<'_>) -> Option<Trouble> {
    let (config, credentials) = (profile.config?, profile.credentials?);
    let keys = credentials.get("aws_access_key_id")?;
    let tokens = ["aws_session_token", "aws_security_token"];
    let token =
        tokens.into_iter().find_map(|key| config.get(key).filter(|_| credentials.get(key).is_none()))?;
    (profile.kind() == ProfileKind::CredentialsKeys).then(|| {
        Trouble::warning(
            format!(
                "`{}` ({}) is not in the file of the keys ({}): the AWS CLI ignores it, and some SDKs use it",
                token.name(),
                token.place(),
                keys.place()
            ),
            "move the line beside the keys, or delete it",
        )
    })
}
