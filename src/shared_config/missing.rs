//! The error for a missing profile: where it was looked for, and what was probably meant.

use anyhow::Result;

use super::document::{Document, Presence};
use super::names::{self, Named};
use crate::failure::{Failure, FailureKind};
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::Profile;
use crate::text::ini_line::{HINT_FOR_A_COMMENT, has_comment};
use crate::text::python_lines;
use crate::text::{sanitize, shell_words};

impl SharedConfig {
    /// The hint where there is no profile at all.
    pub(crate) const HINT_FOR_THE_FIRST: &str = "run `awsenv configure sso`";

    /// Returns the profile `name`. If it is missing, the error names the files, and its hint the section that
    /// was probably meant to be it, or the nearest name.
    pub(crate) fn find(&self, name: &str) -> Result<Profile<'_>> {
        self.find_in(name, None)
    }

    /// [`SharedConfig::find`] for a profile that is known to be of this account: no other account's is
    /// suggested.
    pub(crate) fn find_in(&self, name: &str, account: Option<&str>) -> Result<Profile<'_>> {
        self.profile(name).ok_or_else(|| self.missing(name, account).into())
    }

    /// Returns the profile that `name` is probably a typo of. A name that differs in a digit is no typo,
    /// since accounts, teams and stages are numbered; with an `account`, only its profiles are considered.
    pub(crate) fn nearest(&self, name: &str, account: Option<&str>) -> Option<Profile<'_>> {
        let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
        let is_meant = |profile: &Profile<'_>| match account {
            Some(account) => profile.target().0.is_some_and(|its| its == account),
            None => digits(profile.name) == digits(name),
        };
        let names = self.profiles().filter(is_meant).map(|profile| profile.name);
        self.profile(sanitize::nearest(name, names)?)
    }

    fn missing(&self, name: &str, account: Option<&str>) -> Failure {
        let failure =
            Failure::new(format!("could not find the profile `{}` {}", sanitize::shown(name), self.places()))
                .kind(FailureKind::NoProfile);
        failure.hint(if has_comment(name) {
            HINT_FOR_A_COMMENT.into()
        } else if let Some(hint) = self.misplaced(name) {
            hint
        } else if let Some(nearest) = self.nearest(name, account) {
            format!("did you mean `{}`{}?", sanitize::shown(nearest.name), nearest.target_in_words())
        } else if self.profiles().next().is_none() {
            Self::HINT_FOR_THE_FIRST.into()
        } else {
            "`awsenv profiles` lists the profiles there are".into()
        })
    }

    /// Returns for messages where profiles are looked for: `in ~/.aws/config or ~/.aws/credentials`.
    pub(crate) fn places(&self) -> String {
        let shown = |document: &Document| {
            let note = match document.presence() {
                Presence::Read => "",
                Presence::Missing => " (no such file)",
                Presence::Unreadable => " (not readable)",
            };
            format!("{}{note}", sanitize::path(document.path()))
        };
        let documents = [&self.config, &self.credentials];
        let looked_at: Vec<_> =
            documents.into_iter().filter(|d| !d.path().as_os_str().is_empty()).map(shown).collect();
        if looked_at.is_empty() {
            "in any file: `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` are set to nothing".into()
        } else {
            format!("in {}", looked_at.join(" or "))
        }
    }

    /// Returns the hint about a section that was probably meant to be the profile, but has a wrong header.
    fn misplaced(&self, name: &str) -> Option<String> {
        let is_profile = |header| matches!(names::of_header(header), Some(Named::Profile(_)));
        let mut in_config = self.config.sections();
        let in_config = in_config.find(|s| !is_profile(s.header()) && meant(s.header()) == name);
        let mut in_credentials = self.credentials.sections();
        let mut in_credentials = || in_credentials.find(|section| meant(section.header()) == name);
        let (section, header) = if let Some(section) = in_config {
            (section, format!("profile {}", shell_words::quote(name)))
        } else {
            (in_credentials()?, name.to_owned())
        };
        let (place, found) = (section.place(), sanitize::shown(section.header()));
        Some(format!("{place} has `[{found}]`: write `[{}]`", sanitize::shown(&header)))
    }
}

/// Returns the profile name that was probably meant by `[header]`.
fn meant(header: &str) -> &str {
    let header = python_lines::strip(header);
    let prefixed = header.split_once(python_lines::is_blank);
    let name = match prefixed {
        Some((prefix, name)) if prefix.eq_ignore_ascii_case("profile") => python_lines::strip(name),
        _ => header,
    };
    let unquoted = |quote| name.strip_prefix(quote)?.strip_suffix(quote);
    unquoted('"').or_else(|| unquoted('\'')).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(config: &str, credentials: &str, name: &str) -> (String, String) {
        let document = |path, text: &str| Document::parse(path, text.into()).unwrap();
        let config = SharedConfig::new(document("/config", config), document("/credentials", credentials));
        let error = config.find(name).unwrap_err();
        (error.to_string(), Failure::hint_of(&error).unwrap().to_owned())
    }

    #[test]
    fn the_error_names_the_profile_and_the_files() {
        let config = SharedConfig::new(
            Document::empty("/config", Presence::Missing),
            Document::empty("/credentials", Presence::Unreadable),
        );
        let message = config.find("x\u{1b}").unwrap_err().to_string();
        assert_eq!(
            message,
            "could not find the profile `x?` in /config (no such file) or /credentials (not readable)"
        );
        let nowhere = Document::empty("", Presence::Missing);
        let config = SharedConfig::new(nowhere, Document::empty("/c", Presence::Read));
        assert_eq!(config.find("x").unwrap_err().to_string(), "could not find the profile `x` in /c");
    }

    #[test]
    fn a_profile_of_another_account_is_not_suggested() {
        let text = "[profile acme-admin]\nsso_account_id = 444455556666\n[profile acme-adm1n]\nsso_account_id = 111122223333\n\
                    [profile acme-adnin]\naws_access_key_id = A\n";
        let config = Document::parse("/config", text.into()).unwrap();
        let config = SharedConfig::new(config, Document::empty("/credentials", Presence::Missing));
        let hint = |account| {
            let error = config.find_in("acme-admln", Some(account)).unwrap_err();
            Failure::hint_of(&error).unwrap().to_owned()
        };
        assert_eq!(hint("111122223333"), "did you mean `acme-adm1n` (account 111122223333)?");
        assert_eq!(hint("777788889999"), "`awsenv profiles` lists the profiles there are");
    }

    #[test]
    fn the_hint_says_which_section_was_meant() {
        let cases = [
            ("[default]\n[acme]\n", "", "acme", "/config:2 has `[acme]`: write `[profile acme]`"),
            ("[ profile acme ]\n", "", "acme", "/config:1 has `[ profile acme ]`: write `[profile acme]`"),
            ("[Profile acme]\n", "", "acme", "/config:1 has `[Profile acme]`: write `[profile acme]`"),
            ("[profile a b]\n", "", "a b", "/config:1 has `[profile a b]`: write `[profile 'a b']`"),
            ("", "[profile acme]\n", "acme", "/credentials:1 has `[profile acme]`: write `[acme]`"),
            ("", "[\"a b\"]\n", "a b", "/credentials:1 has `[\"a b\"]`: write `[a b]`"),
            ("[profile acme-dev]\n", "", "acme-dve", "did you mean `acme-dev`?"),
            ("[profile a1-dev]\n", "", "a2-dev", "`awsenv profiles` lists the profiles there are"),
            (
                "[profile dev1]\nsso_account_id = 111122223333\nsso_role_name = Dev\n",
                "",
                "dve1",
                "did you mean `dev1` (account 111122223333, role Dev)?",
            ),
            (
                "[profile dev]\nrole_arn = arn:aws:iam::111122223333:role/path/Dev\n",
                "",
                "dve",
                "did you mean `dev` (account 111122223333, role Dev)?",
            ),
            ("[profile acme-dev]\n", "", "other", "`awsenv profiles` lists the profiles there are"),
        ];
        for (config, credentials, name, hint) in cases {
            assert_eq!(error(config, credentials, name).1, hint);
        }
    }
}
