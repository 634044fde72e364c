//! `~/.aws/config` and `~/.aws/credentials`, read exactly as the AWS CLI v2 reads them, never more leniently:
//! what it refuses is an error here, and what it ignores is ignored here.
//!
//! ```ini
//! [default]
//! region = us-east-1
//!
//! [profile acme-dev]
//! sso_session = acme
//! sso_account_id = 111122223333
//! sso_role_name = Developer
//!
//! [sso-session acme]
//! sso_start_url = https://acme.awsapps.com/start
//! sso_region = eu-west-1
//! ```
//!
//! The engine of the AWS CLI is Python's `RawConfigParser` in strict mode below botocore's `configloader.py`
//! (read in botocore 1.43 and AWS CLI 2.23, run against both). What surprises most:
//!
//! - There are no inline comments, and quotes are part of the value.
//! - `:` separates a key from its value as `=` does; whichever comes first.
//! - A line that is indented deeper than the key above it continues that key's value, whatever it says.
//! - A section or a key that comes twice makes the whole file unreadable; so does a byte order mark.
//! - `[DEFAULT]` in capitals is no profile: every section inherits its keys.

mod clean_context;
mod dialect;
mod document;
mod edit;
pub mod endpoint_settings;
mod load;
mod location;
mod missing;
mod names;
pub(crate) mod plain_copy;
mod problem;
pub mod profile;
pub(crate) mod region;
mod scan;
mod scanner;
pub mod sso_session;
#[cfg(test)]
mod tests;

use indexmap::IndexMap;

use crate::shared_config::profile::Profile;

pub use document::{Document, Nested, Presence, Property, Section};
pub use load::load;
pub use problem::{Problem, ScanError};

pub(crate) use clean_context::{CleanContext, FileStamps};
pub(crate) use dialect::Oddity;
pub(crate) use edit::Editor;
pub(crate) use load::{LIMIT, load_with, load_with_credentials};
pub(crate) use location::{config_file, credentials_file, login_cache};

use names::Named;

/// Both files as one: profiles, SSO sessions and services by name.
#[derive(Debug)]
pub struct SharedConfig {
    config: Document,
    credentials: Document,
    profiles: IndexMap<String, Places>,
    sso_sessions: IndexMap<String, usize>,
    services: IndexMap<String, usize>,
}

/// The section of a profile in each file.
#[derive(Clone, Copy, Debug, Default)]
struct Places {
    config: Option<usize>,
    credentials: Option<usize>,
}

impl SharedConfig {
    /// Combines the two files. Of two sections in the config file for one name (`[default]` and `[profile
    /// default]`, `[profile a]` and `[profile "a"]`) the later one counts, as a whole.
    pub fn new(config: Document, credentials: Document) -> Self {
        let mut profiles = IndexMap::<String, Places>::new();
        let mut sso_sessions = IndexMap::new();
        let mut services = IndexMap::new();
        for section in config.sections() {
            let index = section.index();
            match names::of_header(section.header()) {
                Some(Named::Profile(name)) => {
                    profiles.entry(name.into_owned()).or_default().config = Some(index);
                }
                Some(Named::SsoSession(name)) => {
                    sso_sessions.insert(name.into_owned(), index);
                }
                Some(Named::Services(name)) => {
                    services.insert(name.into_owned(), index);
                }
                None => {}
            }
        }
        for section in credentials.sections() {
            profiles.entry(section.header().to_owned()).or_default().credentials = Some(section.index());
        }
        Self { config, credentials, profiles, sso_sessions, services }
    }

    /// Returns every profile: those of the config file in its order, then those that only the credentials
    /// file has, in its.
    pub fn profiles(&self) -> impl ExactSizeIterator<Item = Profile<'_>> {
        self.profiles.iter().map(|(name, places)| self.at(name, *places))
    }

    /// Returns the profile `name`; case counts.
    pub fn profile(&self, name: &str) -> Option<Profile<'_>> {
        let (_, name, places) = self.profiles.get_full(name)?;
        Some(self.at(name, *places))
    }

    /// Returns the names of all SSO sessions, in file order.
    pub fn sso_sessions(&self) -> impl ExactSizeIterator<Item = &str> {
        self.sso_sessions.keys().map(String::as_str)
    }

    /// Returns the section `[sso-session NAME]`.
    pub fn sso_session(&self, name: &str) -> Option<Section<'_>> {
        self.sso_sessions.get(name).map(|&index| self.config.section(index))
    }

    /// Returns the names of all `[services NAME]` sections, in file order.
    pub fn services_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.services.keys().map(String::as_str)
    }

    /// Returns the section `[services NAME]`.
    pub fn services(&self, name: &str) -> Option<Section<'_>> {
        self.services.get(name).map(|&index| self.config.section(index))
    }

    /// Returns the config file.
    pub fn config(&self) -> &Document {
        &self.config
    }

    /// Returns the credentials file.
    pub fn credentials(&self) -> &Document {
        &self.credentials
    }

    /// Returns the sections of the config file that look like profiles, but that the AWS CLI ignores:
    /// `[profile a b]` without quotes, or a name without `profile` in front.
    pub fn overlooked(&self) -> impl Iterator<Item = Section<'_>> {
        const TELLING: [&str; 6] =
            ["region", "role_arn", "sso_session", "sso_start_url", "aws_access_key_id", "credential_process"];
        let meant = |section: &Section<'_>| {
            section.header().trim_start().starts_with("profile")
                || TELLING.iter().any(|key| section.get(key).is_some())
        };
        let unnamed = self.config.sections().filter(|section| names::of_header(section.header()).is_none());
        unnamed.filter(move |section| meant(section))
    }

    /// Returns the sections of the config file that name one profile in two ways, such as `[default]` and
    /// `[profile default]`: the first of them and the last.
    pub(crate) fn renamed(&self) -> impl Iterator<Item = (Section<'_>, Section<'_>)> {
        let last = |first: Section<'_>| {
            let Some(Named::Profile(name)) = names::of_header(first.header()) else { return None };
            let places = self.profiles.get(&*name)?;
            Some((first.index() != places.config?, places.config?))
        };
        let mut seen = std::collections::HashSet::new();
        self.config.sections().filter_map(move |first| {
            let (is_other, index) = last(first)?;
            (is_other && seen.insert(index))
                .then(|| (self.config.section(first.index()), self.config.section(index)))
        })
    }

    fn at<'a>(&'a self, name: &'a str, places: Places) -> Profile<'a> {
        Profile {
            name,
            config: places.config.map(|index| self.config.section(index)),
            credentials: places.credentials.map(|index| self.credentials.section(index)),
        }
    }
}
