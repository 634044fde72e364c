//! Names of sections that only the AWS CLI finds, or that occur twice.

use super::super::Trouble;
use crate::shared_config::{Section, SharedConfig};
use crate::text::sanitize;

/// Looks at the headers of the config file.
pub(super) fn look(config: &SharedConfig) -> Vec<Trouble> {
    let mut found: Vec<_> = config.config().sections().filter_map(|section| name(&section)).collect();
    found.extend(config.config().defaults_line().map(|line| {
        Trouble::warning(
            format!(
                "[DEFAULT] ({}:{line}) gives its keys to every section in the AWS CLI; the SDKs do not know it",
                sanitize::path(config.config().path())
            ),
            "write `[default]` if the default profile is meant, or copy its keys to the profiles",
        )
    }));
    found.extend(config.renamed().map(|(first, last)| {
        let default = if last.header() == "default" || first.header() == "default" { "`[profile default]`" } else { "both" };
        Trouble::warning(
            format!(
                "[{}] ({}) and [{}] ({}) are the same profile: the AWS CLI takes the last, the SDKs {default}",
                sanitize::shown(first.header()),
                first.place(),
                sanitize::shown(last.header()),
                last.place()
            ),
            "keep one of them",
        )
    }));
    found
}

/// Looks at one header. The SDKs take the name as it is written, and only if it has no other characters than
/// these.
fn name(section: &Section<'_>) -> Option<Trouble> {
    let header = section.header();
    let (kind, name) = header.split_once([' ', '\t'])?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
    let what = if !["profile", "sso-session", "services"].contains(&kind) {
        let known =
            ["profile", "sso-session", "services"].into_iter().find(|known| kind.starts_with(known))?;
        return Some(Trouble::warning(
            format!(
                "[{}] ({}) counts as `{known}` to the AWS CLI alone",
                sanitize::shown(header),
                section.place()
            ),
            format!("write `[{known} {}]`", sanitize::shown(name.trim())),
        ));
    } else if header.contains(['"', '\'', '\\']) {
        "has quotes"
    } else if !name.trim().chars().all(is_plain) && !name.trim().contains([' ', '\t']) {
        "has letters that no SDK allows in a name"
    } else {
        return None;
    };
    Some(Trouble::warning(
        format!("[{}] ({}) {what}: most SDKs do not find it", sanitize::shown(header), section.place()),
        "choose a name of letters, digits and `_-/.%@:+`, which needs none",
    ))
}
