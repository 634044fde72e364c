//! Hints for a profile that is incomplete: the edit that makes it work, depending on the keys that it has.

use crate::failure::Failure;
use crate::shared_config::profile::Profile;
use crate::text::sanitize;

/// The keys that say where credentials come from, of which one may be misspelled.
const TELLING: [&str; 15] = [
    "role_arn",
    "source_profile",
    "credential_source",
    "web_identity_token_file",
    "mfa_serial",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "credential_process",
    "login_session",
];

/// Returns the error that a profile has no credentials of any kind. `more` is appended to it.
pub fn no_credentials(profile: &Profile<'_>, more: &str) -> Failure {
    let (name, place) = (sanitize::shown(profile.name), profile.place());
    Failure::new(format!("could not find credentials in the profile `{name}` ({place}){more}"))
        .hint(missing_keys(profile))
}

/// Returns what to write into a profile that has no credentials.
pub fn missing_keys(profile: &Profile<'_>) -> String {
    let value = |key: &str| profile.get(key).map(|property| sanitize::shown_up_to(64, property.text()));
    if let Some(hint) = misspelling(profile) {
        return hint;
    }
    if let Some(base) = value("include_profile") {
        return format!(
            "copy the lines of the profile `{base}` here: only aws-vault reads `include_profile`"
        );
    }
    if let Some(source) = value("source_profile") {
        return format!(
            "add `role_arn = arn:aws:iam::ACCOUNT:role/NAME` to it, or use the profile `{source}` itself"
        );
    }
    let hint = if value("sso_session").is_some() || value("sso_start_url").is_some() {
        "add `sso_account_id` and `sso_role_name` to it, or run `awsenv configure sso`"
    } else if value("aws_secret_access_key").is_some() {
        "add `aws_access_key_id` beside its `aws_secret_access_key`"
    } else if value("credential_source").is_some() {
        "add `role_arn = arn:aws:iam::ACCOUNT:role/NAME` to it"
    } else {
        "add `sso_session`, `role_arn` or `aws_access_key_id` to it, with the keys that go with each"
    };
    hint.to_owned()
}

/// Returns what to write into a profile that has a role, and no source of credentials to assume it with.
pub fn missing_source(profile: &Profile<'_>) -> String {
    let name = sanitize::shown(profile.name);
    if let Some(hint) = misspelling(profile) {
        return hint;
    }
    if let Some(base) = profile.get("include_profile") {
        let base = sanitize::shown_up_to(64, base.text());
        return format!("add the line `source_profile = {base}`: only aws-vault reads `include_profile`");
    }
    if profile.has_static_keys() {
        return format!("add the line `source_profile = {name}`: its own keys then assume the role");
    }
    moved_source(profile).unwrap_or_else(|| {
        "add the line `source_profile = NAME`, with the profile that may assume the role".to_owned()
    })
}

/// Returns the hint to move a profile's credentials, other than static keys, to a profile of their own, from
/// where they can assume its role. `None` if it has none.
pub fn moved_source(profile: &Profile<'_>) -> Option<String> {
    let keys = ["credential_process", "login_session", "sso_session", "sso_account_id", "sso_start_url"];
    let key = keys.into_iter().find(|key| profile.get(key).is_some())?;
    let (keys, base) =
        (key.replace("sso_session", "sso_…"), sanitize::shown(&format!("{}-base", profile.name)));
    Some(format!("move `{keys}` to a profile of its own, `{base}`, and write `source_profile = {base}`"))
}

/// Returns whether a profile without credentials was probably meant to have some: it has more than settings
/// such as a region.
pub fn is_unfinished(profile: &Profile<'_>) -> bool {
    let keys =
        ["source_profile", "credential_source", "include_profile", "mfa_serial", "aws_secret_access_key"];
    keys.iter().any(|key| profile.get(key).is_some()) || misspelling(profile).is_some()
}

/// Returns the hint for a key that no tool knows, if it looks like one that is missing.
fn misspelling(profile: &Profile<'_>) -> Option<String> {
    let missing: Vec<_> = TELLING.into_iter().filter(|key| profile.get(key).is_none()).collect();
    let mut unknown = profile.properties().filter(|property| !TELLING.contains(&property.name()));
    unknown.find_map(|wrong| {
        let right = sanitize::nearest(wrong.name(), missing.iter().copied())?;
        let (name, place) = (sanitize::shown(wrong.name()), wrong.place());
        Some(format!("did you mean `{right}` in place of `{name}` ({place})?"))
    })
}
