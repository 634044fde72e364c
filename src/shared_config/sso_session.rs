//! The settings of a profile or an `[sso-session]` for logging in to IAM Identity Center.

use std::fmt;

use anyhow::Result;

use crate::failure::Failure;
use crate::shared_config::profile::Profile;
use crate::shared_config::region;
use crate::shared_config::{Property, Section, SharedConfig};
use crate::text::{sanitize, shell_words};

/// An SSO session to log in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoSession {
    /// The name of the `[sso-session NAME]` section; `None` for a legacy profile, which has the start URL
    /// itself.
    pub name: Option<String>,
    /// The start URL exactly as configured: caches are named after it.
    pub start_url: String,
    /// The region of IAM Identity Center, which need not be the one that work is done in.
    pub region: String,
    /// The scopes to register with. `None` if the key is missing, which is not the same as an empty list: a
    /// client registration is cached under a name that tells the two apart. Legacy profiles have none.
    pub registration_scopes: Option<Vec<String>>,
}

/// A role in an account, through an SSO session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoSettings {
    /// The session to log in to.
    pub session: SsoSession,
    /// The account, as configured; leading zeros count.
    pub account: String,
    /// The name of the role (permission set).
    pub role: String,
}

impl SsoSession {
    /// Returns the session `[sso-session name]`. Errors: there is no such section, or it lacks
    /// `sso_start_url` or `sso_region`.
    pub(crate) fn named(name: &str, config: &SharedConfig) -> Result<Self> {
        let Some(section) = config.sso_session(name) else {
            return Err(no_session(name, config, "").into());
        };
        let owner = format!("the SSO session `{}`", sanitize::shown(name));
        Self::read(Some((name, section)), |key| require(section.get(key), key, &owner, || section.place()))
    }

    /// Returns the session that a profile logs in to: its `sso_session`, or else its own `sso_start_url` and
    /// `sso_region`. It need not name an account.
    ///
    /// The keys of the session and of the profile are taken together, as the AWS CLI does (2.36). Errors:
    ///
    /// - there is no such session;
    /// - the same key has one value in the profile and another in the session;
    /// - the session lacks `sso_start_url` or `sso_region`, even if the profile has it.
    pub fn of_profile(profile: &Profile<'_>, config: &SharedConfig) -> Result<Self> {
        let session = match profile.get("sso_session") {
            Some(reference) => Some(referenced(profile, &reference, config)?),
            None => None,
        };
        let Some((name, section)) = session else {
            return Self::read(None, |key| {
                require(profile.get(key), key, profile.shown(), || profile.place())
            });
        };
        Self::read(session, |key| own_key(profile, name, &section, key))
    }

    /// Fails if the profile names an SSO session that is missing or lacks a key. The AWS CLI (2.36) reads the
    /// session for every call for the profile, even if the profile's credentials do not come from it.
    pub(crate) fn check(profile: &Profile<'_>, config: &SharedConfig) -> Result<()> {
        let Some(reference) = profile.get("sso_session") else { return Ok(()) };
        let (name, section) = section_of(profile, &reference, config)?;
        let keys = ["sso_start_url", "sso_region"];
        keys.into_iter().try_for_each(|key| own_key(profile, name, &section, key).map(drop))
    }

    fn read<'a>(
        session: Option<(&str, Section<'_>)>,
        require: impl Fn(&str) -> Result<Property<'a>>,
    ) -> Result<Self> {
        let start_url = require("sso_start_url")?.text().to_owned();
        let region = require("sso_region")?;
        region::check(region.text(), region.at())?;
        let scopes = session.and_then(|(_, section)| section.get("sso_registration_scopes"));
        Ok(Self {
            name: session.map(|(name, _)| name.to_owned()),
            start_url,
            region: region.text().to_owned(),
            registration_scopes: scopes.map(|property| property.plain().map(scopes_in)).transpose()?,
        })
    }
}

impl SsoSettings {
    /// Returns the session, account and role of a profile. Besides the errors of [`SsoSession::of_profile`]:
    /// `sso_account_id` or `sso_role_name` is missing.
    pub fn of_profile(profile: &Profile<'_>, config: &SharedConfig) -> Result<Self> {
        let session = SsoSession::of_profile(profile, config)?;
        let session_section = session.name.as_deref().and_then(|name| config.sso_session(name));
        let required = |key: &str| -> Result<String> {
            let found = profile.get(key).or_else(|| session_section?.get(key));
            Ok(require(found, key, profile.shown(), || profile.place())?.text().to_owned())
        };
        Ok(Self { account: required("sso_account_id")?, role: required("sso_role_name")?, session })
    }
}

/// Splits `sso_registration_scopes` at commas; empty parts are dropped.
fn scopes_in(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

/// Finds the session that a profile refers to, and checks that the two do not contradict each other.
fn referenced<'a>(
    profile: &Profile<'a>,
    reference: &Property<'a>,
    config: &'a SharedConfig,
) -> Result<(&'a str, Section<'a>)> {
    let (name, section) = section_of(profile, reference, config)?;
    for theirs in section.properties() {
        if let Some(ours) = profile.get(theirs.name()).filter(|ours| !ours.same_value(&theirs)) {
            let key = sanitize::shown(theirs.name());
            let failure = Failure::new(format!(
                "could not use the profile `{}`: `{key}` differs between the profile ({}) and its SSO session ({})",
                sanitize::shown(profile.name),
                ours.place(),
                theirs.place()
            ));
            return Err(failure.hint(format!("remove the line with `{key}` from the profile")).into());
        }
    }
    Ok((name, section))
}

/// Finds the session that a profile refers to.
fn section_of<'a>(
    profile: &Profile<'_>,
    reference: &Property<'a>,
    config: &'a SharedConfig,
) -> Result<(&'a str, Section<'a>)> {
    let name = reference.plain()?;
    config.sso_session(name).map(|section| (name, section)).ok_or_else(|| {
        let (profile, place) = (sanitize::shown(profile.name), reference.place());
        no_session(name, config, &format!(", which the profile `{profile}` names ({place})")).into()
    })
}

/// Returns a key that the session itself must have: the profile's does not count (AWS CLI 2.36).
fn own_key<'a>(profile: &Profile<'_>, name: &str, section: &Section<'a>, key: &str) -> Result<Property<'a>> {
    let owner = format!("the SSO session `{}`", sanitize::shown(name));
    if let (None, Some(misplaced)) = (section.get(key), profile.get(key)) {
        let (from, to) = (misplaced.place(), section.place());
        let header = sanitize::shown(section.header());
        return Err(Failure::new(format!("could not find `{key}` in {owner} ({to})"))
            .hint(format!("move the line with `{key}` from the profile ({from}) to `[{header}]`"))
            .into());
    }
    require(section.get(key), key, &owner, || section.place())
}

fn no_session(name: &str, config: &SharedConfig, by: &str) -> Failure {
    let name = sanitize::shown(name);
    let failure = Failure::new(format!(
        "could not find the SSO session `{name}` in {}{by}",
        sanitize::path(config.config().path())
    ));
    failure.hint(match sanitize::nearest(&name, config.sso_sessions()) {
        Some(nearest) => format!("did you mean `{}`?", sanitize::shown(nearest)),
        None => format!("add a section `[sso-session {}]`", shell_words::quote(&name)),
    })
}

/// Returns the property. An error if it is missing or empty: `owner` should have it, at `place`.
fn require<'a>(
    property: Option<Property<'a>>,
    key: &str,
    owner: impl fmt::Display,
    place: impl Fn() -> String,
) -> Result<Property<'a>> {
    let Some(property) = property else {
        let failure = Failure::new(format!("could not find `{key}` in {owner} ({})", place()));
        return Err(failure.hint(format!("add the line `{key} = …`, or run `awsenv configure sso`")).into());
    };
    property.required(owner)?;
    Ok(property)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::{Document, Presence};

    const SESSION: &str = "[sso-session s]\nsso_start_url = https://x/start\nsso_region = eu-west-1\n";
    const ROLE: &str = "sso_account_id = 000011112222\nsso_role_name = Dev\n";

    fn config(text: &str) -> SharedConfig {
        let config = Document::parse("/config", text.into()).unwrap();
        SharedConfig::new(config, Document::empty("/credentials", Presence::Missing))
    }

    fn settings(text: &str) -> Result<SsoSettings> {
        let config = config(text);
        SsoSettings::of_profile(&config.profile("a").unwrap(), &config)
    }

    fn session(name: Option<&str>, scopes: Option<&[&str]>) -> SsoSession {
        SsoSession {
            name: name.map(str::to_owned),
            start_url: "https://x/start".into(),
            region: "eu-west-1".into(),
            registration_scopes: scopes.map(|scopes| scopes.iter().map(|&scope| scope.into()).collect()),
        }
    }

    #[test]
    fn a_profile_takes_session_and_own_keys_together() {
        let expected = SsoSettings {
            session: session(Some("s"), None),
            account: "000011112222".into(),
            role: "Dev".into(),
        };
        let split = "[profile a]\nsso_session = s\nsso_region = eu-west-1\n";
        for text in [
            format!("{SESSION}[profile a]\nsso_session = s\n{ROLE}"),
            format!("{SESSION}{split}{ROLE}"),
            format!(
                "{SESSION}sso_role_name = Dev\n[profile a]\nsso_session = s\nsso_account_id = 000011112222\n"
            ),
        ] {
            assert_eq!(settings(&text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn a_legacy_profile_has_no_session_and_no_scopes() {
        let text = format!(
            "[profile a]\nsso_start_url = https://x/start\nsso_region = eu-west-1\nsso_registration_scopes = x\n{ROLE}"
        );
        assert_eq!(settings(&text).unwrap().session, session(None, None));
    }

    #[test]
    fn missing_scopes_are_not_an_empty_list() {
        let cases = [
            ("", None),
            ("sso_registration_scopes =\n", Some(&[][..])),
            ("sso_registration_scopes = , a:b ,,c\n", Some(&["a:b", "c"])),
        ];
        for (line, scopes) in cases {
            let config = config(&format!("{SESSION}{line}"));
            assert_eq!(SsoSession::named("s", &config).unwrap(), session(Some("s"), scopes));
        }
    }

    #[test]
    fn what_is_missing_or_contradicts_is_named_with_its_place() {
        let cases = [
            (
                format!("{SESSION}[profile a]\nsso_session = zebra\n{ROLE}"),
                "could not find the SSO session `zebra` in /config, which the profile `a` names (/config:5)",
                "add a section `[sso-session zebra]`",
            ),
            (
                format!("[sso-session acme-dev]\n[profile a]\nsso_session = acme-dve\n{ROLE}"),
                "could not find the SSO session `acme-dve` in /config, which the profile `a` names (/config:3)",
                "did you mean `acme-dev`?",
            ),
            (
                format!("{SESSION}[profile a]\nsso_session = s\nsso_region = eu-west-2\n{ROLE}"),
                "could not use the profile `a`: `sso_region` differs between the profile (/config:6) \
                 and its SSO session (/config:3)",
                "remove the line with `sso_region` from the profile",
            ),
            (
                format!("{SESSION}region = a\n[profile a]\nsso_session = s\nregion = b\n{ROLE}"),
                "could not use the profile `a`: `region` differs between the profile (/config:7) \
                 and its SSO session (/config:4)",
                "remove the line with `region` from the profile",
            ),
            (
                format!("{SESSION}[profile a]\nsso_session = s\nsso_role_name = Dev\n"),
                "could not find `sso_account_id` in the profile `a` (/config:4)",
                "add the line `sso_account_id = …`, or run `awsenv configure sso`",
            ),
            (
                format!("[sso-session s]\nsso_region = eu-west-1\n[profile a]\nsso_session = s\n{ROLE}"),
                "could not find `sso_start_url` in the SSO session `s` (/config:1)",
                "add the line `sso_start_url = …`, or run `awsenv configure sso`",
            ),
            (
                format!(
                    "[sso-session s]\nsso_start_url = https://x\n[profile a]\nsso_session = s\nsso_region = x-1\n{ROLE}"
                ),
                "could not find `sso_region` in the SSO session `s` (/config:1)",
                "move the line with `sso_region` from the profile (/config:5) to `[sso-session s]`",
            ),
            (
                format!("[profile a]\nsso_start_url = https://x\n{ROLE}"),
                "could not find `sso_region` in the profile `a` (/config:1)",
                "add the line `sso_region = …`, or run `awsenv configure sso`",
            ),
            (
                format!("[profile a]\nsso_start_url =\nsso_region = eu-west-1\n{ROLE}"),
                "could not use the profile `a`: `sso_start_url` is empty (/config:2)",
                "write its value after `sso_start_url =`",
            ),
        ];
        for (text, message, hint) in cases {
            let error = settings(&text).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert_eq!(Failure::hint_of(&error), Some(hint));
        }
    }

    #[test]
    fn a_profile_without_an_account_can_still_log_in() {
        let config = config(&format!("{SESSION}[profile a]\nsso_session = s\n"));
        let profile = config.profile("a").unwrap();
        assert_eq!(SsoSession::of_profile(&profile, &config).unwrap(), session(Some("s"), None));
    }
}
