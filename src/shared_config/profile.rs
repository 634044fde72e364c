//! A profile: what the two files say under one name.

use std::fmt;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::shared_config::{Property, Section};
use crate::text::sanitize;
use crate::values::{arn, role_arn};

/// A profile, as a view of the files that were read.
#[derive(Clone, Copy, Debug)]
pub struct Profile<'a> {
    /// Its name, unquoted; case counts.
    pub name: &'a str,
    /// Its section in the config file.
    pub config: Option<Section<'a>>,
    /// Its section in the credentials file.
    pub credentials: Option<Section<'a>>,
}

/// How a profile's credentials are obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProfileKind {
    /// `role_arn`, with `source_profile` or `credential_source`.
    Role,
    /// `web_identity_token_file`.
    WebIdentity,
    /// `sso_account_id` or `sso_role_name`.
    Sso,
    /// `aws_access_key_id` in the credentials file.
    CredentialsKeys,
    /// `login_session`.
    Login,
    /// `credential_process`.
    Process,
    /// `aws_access_key_id` in the config file.
    ConfigKeys,
    /// None of these: a region and the like, or an SSO session without an account.
    Other,
}

impl ProfileKind {
    /// Returns the name of the kind in `--json` output.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::WebIdentity => "web-identity",
            Self::Sso => "sso",
            Self::CredentialsKeys | Self::ConfigKeys => "static",
            Self::Login => "login",
            Self::Process => "process",
            Self::Other => "other",
        }
    }
}

impl<'a> Profile<'a> {
    /// Returns the value of `key` (lower case), from the credentials file if it has the key, else from the
    /// config file. Set-but-empty is `Some`.
    ///
    /// Not for `aws_access_key_id` and the keys that go with it: those must come from one file, so ask the
    /// sections for them.
    pub fn get(&self, key: &str) -> Option<Property<'a>> {
        let from = |section: Option<Section<'a>>| section.and_then(|section| section.get(key));
        from(self.credentials).or_else(|| from(self.config))
    }

    /// Returns the text of `key`, see [`Profile::get`]. A nested block where text belongs is an error, as it
    /// breaks the AWS CLI too.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&'a str>> {
        self.get(key).map(|property| property.plain()).transpose()
    }

    /// Returns the text of `key`. An error if it is missing or empty.
    pub(crate) fn require(&self, key: &str) -> Result<&'a str> {
        match self.get(key) {
            Some(property) => property.required(self.shown()),
            None => {
                Err(Failure::new(format!("could not find `{key}` in {} ({})", self.shown(), self.place()))
                    .hint(format!("add the line `{key} = …` to it"))
                    .into())
            }
        }
    }

    /// Returns every key once, in no particular order.
    pub fn properties(&self) -> impl Iterator<Item = Property<'a>> + use<'a> {
        let credentials = self.credentials;
        let overridden = move |key: &str| credentials.is_some_and(|section| section.get(key).is_some());
        let config = self.config.into_iter().flat_map(|section| section.properties());
        let config = config.filter(move |property| !overridden(property.name()));
        config.chain(credentials.into_iter().flat_map(|section| section.properties()))
    }

    /// Returns how the AWS CLI obtains the credentials: the first kind that the profile's keys ask for, in
    /// the order of [`ProfileKind`] (2.36). Its other keys may be missing or wrong; that is an error then,
    /// and never falls through to the next kind.
    pub fn kind(&self) -> ProfileKind {
        if self.has_role() { ProfileKind::Role } else { self.kind_without_role() }
    }

    /// Returns the account and the role in the profile's own keys, `None` where they name none.
    pub(crate) fn target(&self) -> (Option<String>, Option<&'a str>) {
        let text = |key: &str| self.text(key).ok().flatten().filter(|text| !text.is_empty());
        match self.kind() {
            ProfileKind::Sso => (text("sso_account_id").map(str::to_owned), text("sso_role_name")),
            ProfileKind::Role | ProfileKind::WebIdentity => {
                let arn = text("role_arn").unwrap_or_default();
                (arn::account(arn), arn.rsplit_once('/').map(|(_, role)| role))
            }
            ProfileKind::Login => (text("login_session").and_then(arn::account), None),
            _ => (None, None),
        }
    }

    /// Returns ` (account 111122223333, role Developer)` as far as it is known.
    pub(crate) fn target_in_words(&self) -> String {
        let (account, role) = self.target();
        let account = account.map(|account| format!("account {}", sanitize::shown_up_to(32, &account)));
        let role = role.map(|role| format!("role {}", sanitize::shown_up_to(64, role)));
        let parts: Vec<_> = account.into_iter().chain(role).collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
    }

    /// Returns how the AWS CLI obtains the credentials where the profile is another's `source_profile`:
    /// static keys in either file keep its own role from being assumed.
    pub(crate) fn kind_as_source(&self) -> ProfileKind {
        if self.has_static_keys() { self.kind_without_role() } else { self.kind() }
    }

    /// Returns whether at least one half of a pair of static keys is in one of the files.
    pub(crate) fn has_static_keys(&self) -> bool {
        self.has("aws_access_key_id") || self.has("aws_secret_access_key")
    }

    /// A role with a token file is web identity, even if the token file is set to nothing.
    fn has_role(&self) -> bool {
        self.has("role_arn") && !self.has("web_identity_token_file")
    }

    fn kind_without_role(&self) -> ProfileKind {
        let has_keys = |section: Option<Section<'_>>| {
            section.is_some_and(|section| section.get("aws_access_key_id").is_some())
        };
        if self.get("web_identity_token_file").is_some_and(|file| !file.text().is_empty()) {
            ProfileKind::WebIdentity
        } else if self.has("sso_role_name") || self.has("sso_account_id") {
            ProfileKind::Sso
        } else if has_keys(self.credentials) {
            ProfileKind::CredentialsKeys
        } else if self.has("login_session") {
            ProfileKind::Login
        } else if self.has("credential_process") {
            ProfileKind::Process
        } else if has_keys(self.config) {
            ProfileKind::ConfigKeys
        } else {
            ProfileKind::Other
        }
    }

    fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Returns whether one of the files has the profile.
    pub(crate) fn is_written(&self) -> bool {
        self.config.is_some() || self.credentials.is_some()
    }

    /// Returns the name of what is loaded, for messages: ``profile `x` ``, or the name alone where no file
    /// has it, as for a role without a profile.
    pub(crate) fn shown_as_target(&self) -> String {
        let name = sanitize::shown(self.name);
        if self.is_written() { format!("profile `{name}`") } else { name }
    }

    /// Returns "the profile `x`" for messages, formatted only where it is shown.
    pub(crate) fn shown(&self) -> impl fmt::Display + use<'a> {
        let name = self.name;
        fmt::from_fn(move |out| write!(out, "the profile `{}`", sanitize::shown(name)))
    }

    /// Returns `path:line` of the profile's header, the config file's if it has one, for messages.
    pub(crate) fn place(&self) -> String {
        self.config.or(self.credentials).map(|section| section.place()).unwrap_or_default()
    }
}

/// Returns a profile's `role_arn`. An error if it is missing, or no ARN at all, such as a role's name. An odd
/// ARN is left to AWS to judge.
pub(crate) fn required_arn<'a>(profile: &Profile<'a>) -> Result<&'a str> {
    let arn = profile.require("role_arn")?;
    if arn.starts_with("arn:") {
        return Ok(arn);
    }
    let place = profile.get("role_arn").map(|property| property.place()).unwrap_or_default();
    let failure = Failure::new(format!("could not use {}: `role_arn` ({place}) is no ARN", profile.shown()));
    Err(failure.hint(role_arn::EXAMPLE).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::{Document, SharedConfig};

    fn files(config: &str, credentials: &str) -> SharedConfig {
        let document = |path, text: &str| Document::parse(path, text.into()).unwrap();
        SharedConfig::new(document("/config", config), document("/credentials", credentials))
    }

    #[test]
    fn the_kind_is_the_first_that_the_keys_ask_for() {
        use ProfileKind::*;
        let keys = "aws_access_key_id = a\n";
        let cases = [
            ("role_arn = r\nsso_role_name = s\ncredential_process = p\n", keys, Role),
            ("role_arn =\n", "", Role),
            ("role_arn = r\nweb_identity_token_file = t\nsso_role_name = s\n", keys, WebIdentity),
            ("web_identity_token_file = t\n", "", WebIdentity),
            ("role_arn = r\nweb_identity_token_file =\n", "", Other),
            ("role_arn = r\nweb_identity_token_file =\n", keys, CredentialsKeys),
            ("sso_role_name = s\nlogin_session = l\n", keys, Sso),
            ("sso_account_id = s\n", keys, Sso),
            ("", "sso_account_id = s\n", Sso),
            ("login_session = l\ncredential_process = p\n", keys, CredentialsKeys),
            ("", "aws_access_key_id =\n", CredentialsKeys),
            ("login_session = l\ncredential_process = p\naws_access_key_id = a\n", "", Login),
            ("credential_process = p\naws_access_key_id = a\n", "", Process),
            ("aws_access_key_id = a\n", "aws_secret_access_key = b\n", ConfigKeys),
            ("aws_secret_access_key = b\n", "", Other),
            ("sso_session = s\n", "", Other),
            ("sso_start_url = u\nsso_region = r\n", "", Other),
            ("source_profile = b\n", "", Other),
        ];
        for (config, credentials, kind) in cases {
            let config = files(&format!("[profile a]\n{config}"), &format!("[a]\n{credentials}"));
            assert_eq!(config.profile("a").unwrap().kind(), kind, "{config:?}");
        }
    }

    #[test]
    fn static_keys_keep_the_role_of_a_source_profile_from_being_assumed() {
        let cases = [
            ("role_arn = r\n", "", ProfileKind::Role),
            ("role_arn = r\n", "aws_access_key_id = a\n", ProfileKind::CredentialsKeys),
            ("role_arn = r\naws_secret_access_key = a\n", "", ProfileKind::Other),
            ("role_arn = r\nsso_role_name = s\naws_access_key_id = a\n", "", ProfileKind::Sso),
        ];
        for (config, credentials, kind) in cases {
            let config = files(&format!("[profile a]\n{config}"), &format!("[a]\n{credentials}"));
            assert_eq!(config.profile("a").unwrap().kind_as_source(), kind);
        }
    }

    #[test]
    fn a_key_that_is_required_is_there_not_empty_and_plain_text() {
        let config = files("[profile a]\nfull = x\nempty =\nblock =\n  k = v\n", "");
        let a = config.profile("a").unwrap();
        assert_eq!(a.require("full").unwrap(), "x");
        let message = |key| a.require(key).unwrap_err().to_string();
        assert_eq!(message("gone"), "could not find `gone` in the profile `a` (/config:1)");
        assert_eq!(message("empty"), "could not use the profile `a`: `empty` is empty (/config:3)");
        assert_eq!(message("block"), "could not use `block` (/config:4): it holds nested keys, not text");
        assert_eq!(a.text("empty").unwrap(), Some(""));
        assert_eq!(a.text("gone").unwrap(), None);
    }
}
