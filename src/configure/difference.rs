//! The difference between two texts of a config file, for a person to read and for `patch`.

use similar::TextDiff;

use crate::shared_config::{Document, Editor};
use crate::text::sanitize;

/// Keys whose values may be seen. A config file can hold access keys, and command lines with passwords in
/// them.
const PUBLIC: &[&str] = &[
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_registration_scopes",
    "sso_account_id",
    "sso_role_name",
    "region",
    "output",
    "role_arn",
    "source_profile",
    "mfa_serial",
    "role_session_name",
    "duration_seconds",
    "external_id",
    "services",
    // The comments around a block: `# awsenv: begin …`.
    "awsenv",
];

/// Returns the difference as a unified diff, empty if there is none. The values of other keys than those of
/// SSO and a few more are hidden.
pub fn unified(old: &Document, new: &Document) -> String {
    let path = sanitize::path(old.path());
    let (old, new) = (public(old), public(new));
    let diff = TextDiff::from_lines(&old, &new);
    let diff = diff.unified_diff().header(&path, &path).to_string();
    diff.chars().map(|c| if c != '\n' && c != '\t' && sanitize::is_hidden(c) { '?' } else { c }).collect()
}

fn public(document: &Document) -> String {
    let mut editor = Editor::new(document);
    editor.hide(|key| PUBLIC.contains(&key));
    editor.finish()
}
