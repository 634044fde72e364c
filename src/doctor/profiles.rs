//! Profiles that cannot be used, keys that have no effect, and legacy SSO profiles.

use super::{Examined, Trouble};
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::sources::Resolver;
use crate::text::sanitize;

/// Looks at every profile, and at sections that were meant to be one.
pub(super) fn look(examined: &Examined<'_>) -> Option<Vec<Trouble>> {
    let config = examined.config.as_ref()?;
    let mut found = overlooked(config);
    for profile in config.profiles() {
        if profile.kind() != ProfileKind::Other
            && let Err(error) = Resolver::new(examined.ctx, config, profile).select()
        {
            found.push(Trouble::of(&error));
        }
        found.extend(hidden(&profile));
    }
    found.extend(legacy(config));
    if found.is_empty() && config.profiles().next().is_none() {
        // Without profiles, it would be wrong to say that all can be used.
        let none = Trouble::none("there are no profiles yet");
        found.push(Trouble { cure: Some("run `awsenv configure sso` to create them".to_owned()), ..none });
    }
    Some(found)
}

/// Looks for sections that no tool reads as the profile they were meant to be.
fn overlooked(config: &SharedConfig) -> Vec<Trouble> {
    let mut found = Vec::new();
    for section in config.overlooked() {
        let header = sanitize::shown(section.header());
        let name = header.trim_start().strip_prefix("profile").unwrap_or(&header).trim();
        let place = section.place();
        found.push(if header.trim_start().starts_with("profile") {
            Trouble::warning(
                format!("[{header}] ({place}) is no profile: blanks in front are not allowed, and a name with blanks needs quotes"),
                format!("write `[profile \"{name}\"]`, or a name without blanks"),
            )
        } else {
            Trouble::warning(
                format!("[{header}] ({place}) is no profile: in this file its name follows the word `profile`"),
                format!("write `[profile {name}]`"),
            )
        });
    }
    for section in config.credentials().sections().filter(|section| section.header().starts_with("profile "))
    {
        let header = sanitize::shown(section.header());
        let name = header.trim_start_matches("profile ").trim();
        found.push(Trouble::warning(
            format!("[{header}] ({}) is a profile called `{header}` to the AWS CLI", section.place()),
            format!("write `[{name}]`: this file knows no `profile` in front of names"),
        ));
    }
    found
}

/// Looks for keys of a profile that have no effect because another source of credentials takes precedence.
fn hidden(profile: &Profile<'_>) -> Vec<Trouble> {
    let kind = profile.kind();
    let winner = match kind {
        ProfileKind::Role => "role_arn",
        ProfileKind::WebIdentity => "web_identity_token_file",
        ProfileKind::Sso => "sso_role_name",
        ProfileKind::CredentialsKeys | ProfileKind::ConfigKeys => "aws_access_key_id",
        ProfileKind::Login => "login_session",
        ProfileKind::Process => "credential_process",
        ProfileKind::Other => return Vec::new(),
    };
    let name = sanitize::shown(profile.name);
    let losers = ["sso_role_name", "login_session", "credential_process", "aws_access_key_id"];
    let losers = losers.iter().filter(|key| **key != winner).filter_map(|key| profile.get(key));
    let is_own_source = profile.get("source_profile").is_some_and(|source| source.text() == profile.name);
    losers
        // A role may be assumed with the profile's own keys.
        .filter(|loser| !(kind == ProfileKind::Role && loser.name() == "aws_access_key_id" && is_own_source))
        .map(|loser| {
            let winner = profile.get(winner).map(|property| format!("`{winner}` ({})", property.place()));
            Trouble::warning(
                format!(
                    "{} in profile `{name}` hides its `{}` ({}) from the AWS CLI; some SDKs see it the other way round",
                    winner.unwrap_or_default(),
                    loser.name(),
                    loser.place()
                ),
                "delete the one that is not meant",
            )
        })
        .collect()
}

/// Looks for legacy SSO profiles, with one finding per start URL.
fn legacy(config: &SharedConfig) -> Vec<Trouble> {
    let mut seen = Vec::<(&str, Profile<'_>, usize)>::new();
    let legacy = |profile: &Profile<'_>| {
        let is_whole = ["sso_start_url", "sso_region"]
            .iter()
            .all(|key| profile.get(key).is_some_and(|key| !key.text().is_empty()));
        profile.kind() == ProfileKind::Sso && profile.get("sso_session").is_none() && is_whole
    };
    for profile in config.profiles().filter(legacy) {
        let url = profile.get("sso_start_url").map_or("", |property| property.text());
        match seen.iter_mut().find(|(known, ..)| *known == url) {
            Some((_, _, count)) => *count += 1,
            None => seen.push((url, profile, 1)),
        }
    }
    seen.into_iter()
        .map(|(url, first, count)| {
            let others = match count {
                1 => " logs in the legacy way: its login".to_owned(),
                2 => " and one more log in the legacy way: their login".to_owned(),
                count => format!(" and {} more log in the legacy way: their login", count - 1),
            };
            let region = first.get("sso_region").map_or("REGION", |property| property.text());
            Trouble::warning(
                format!(
                    "profile `{}` ({}){others} cannot be renewed without you",
                    sanitize::shown(first.name),
                    first.place()
                ),
                format!(
                    "add `[sso-session NAME]` with `sso_start_url = {}`, `sso_region = {}` and \
                     `sso_registration_scopes = sso:account:access`, and put `sso_session = NAME` in place of the first two",
                    sanitize::shown(url),
                    sanitize::shown(region)
                ),
            )
        })
        .collect()
}
