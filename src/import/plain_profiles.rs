//! Profiles of other tools as plain ones: changed in the config file itself, or added to it from another
//! file.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::aws::oidc;
use crate::configure::{plan, session, verify};
use crate::failure::Failure;
use crate::import::foreign_profile::{Foreign, SECRETS};
use crate::import::{Fate, ImportRow};
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::region;
use crate::shared_config::sso_session::{SsoSession, SsoSettings};
use crate::shared_config::{Editor, SharedConfig};
use crate::text::sanitize;
use crate::values::start_url;

/// The profiles to convert.
pub struct PlainProfiles<'a> {
    /// The file that is imported; `None` if it is the config file itself.
    pub from: Option<&'a SharedConfig>,
    /// The session that profiles of aws-sso-cli belong to.
    pub session: Option<&'a str>,
}

/// The new config file.
#[derive(Debug, Default)]
pub struct Converted {
    /// What becomes of each profile of another tool, in file order.
    pub rows: Vec<ImportRow>,
    /// The text of the config file.
    pub text: String,
    /// How many profiles are written.
    pub count: usize,
    roles: Vec<(String, SsoSettings)>,
    keys: Vec<(String, Vec<(String, String)>)>,
    headers: BTreeSet<String>,
}

/// A section to be written.
struct ProfileChange {
    set: Vec<(String, String)>,
    /// Its description for the person.
    shown: String,
    role: Option<SsoSettings>,
}

impl PlainProfiles<'_> {
    /// Converts every profile that can be converted, for the config file of `target`.
    pub fn convert(&self, target: &SharedConfig) -> Result<Converted> {
        let from = self.from.unwrap_or(target);
        let mut editor = Editor::new(target.config());
        let mut converted = Converted::default();
        let mut new_sessions: Vec<SsoSession> = Vec::new();
        let mut sections: Vec<(String, Vec<(String, String)>)> = Vec::new();
        for profile in from.profiles() {
            let (Some(section), Some(meaning)) = (profile.config, Foreign::of(&profile, from)) else {
                continue;
            };
            let change = meaning.and_then(|meaning| {
                let change = self.change(&profile, &meaning, target, &mut new_sessions)?;
                Ok((meaning, change))
            });
            let fate = match change {
                Err(why) => Fate::Left(why),
                Ok((_, change)) if self.from.is_some() && is_there(&profile, &change, target) => Fate::Known,
                Ok(_) if self.from.is_some() && target.profile(profile.name).is_some() => {
                    Fate::Left("your config has another profile of that name".to_owned())
                }
                Ok((meaning, change)) => {
                    if self.from.is_some() {
                        let own =
                            section.properties().map(|one| (one.name().to_owned(), one.text().to_owned()));
                        let own =
                            own.filter(|(key, _)| !meaning.is_own_key(key) && !SECRETS.contains(&&**key));
                        let own = own.filter(|(key, _)| !change.set.iter().any(|(other, _)| other == key));
                        sections.push((profile.name.to_owned(), own.chain(change.set.clone()).collect()));
                    } else {
                        let set: Vec<_> = change.set.iter().map(|(key, value)| (&**key, &**value)).collect();
                        editor.set(section, &set)?;
                        editor.unset(section, |key| meaning.is_own_key(key));
                        converted.headers.insert(section.header().to_owned());
                    }
                    converted.count += 1;
                    converted.roles.extend(change.role.map(|role| (profile.name.to_owned(), role)));
                    converted.keys.push((profile.name.to_owned(), change.set));
                    Fate::Taken(change.shown)
                }
            };
            let name = format!("profile {}", sanitize::shown(profile.name));
            converted.rows.push(ImportRow { line: section.line() as usize, name, fate });
        }
        let used = |session: &&SsoSession| converted.roles.iter().any(|(_, role)| role.session == **session);
        for session in new_sessions.iter().filter(used) {
            let name = session.name.as_deref().unwrap_or_default();
            editor.insert(editor.end(), &plan::session_lines(name, session));
        }
        for (name, keys) in &sections {
            editor.insert(editor.end(), &plan::section_lines(name, keys));
        }
        converted.text = editor.finish();
        Ok(converted)
    }

    fn change(
        &self,
        profile: &Profile<'_>,
        meaning: &Foreign,
        target: &SharedConfig,
        new_sessions: &mut Vec<SsoSession>,
    ) -> Result<ProfileChange, String> {
        session::check_name(profile.name).map_err(|_| "its name cannot be written".to_owned())?;
        let is_odd = |text: &str| text.contains(|c| c != '\t' && sanitize::is_hidden(c));
        let own = profile.config.into_iter().flat_map(|section| section.properties());
        let mut own = own.filter(|property| !meaning.is_own_key(property.name()));
        if self.from.is_some() && own.any(|one| one.block().is_some() || is_odd(one.text())) {
            return Err("one of its keys spans several lines".to_owned());
        }
        let (session, account, role) = match meaning {
            Foreign::Included(keys) => {
                if keys.iter().any(|(_, value)| is_odd(value)) {
                    return Err("a value holds control characters".to_owned());
                }
                let names: Vec<_> = keys.iter().map(|(key, _)| sanitize::shown(key)).collect();
                let shown = match names.len() {
                    0 => "nothing to include".to_owned(),
                    _ => format!("with {}", names.join(", ")),
                };
                return Ok(ProfileChange { set: keys.clone(), shown, role: None });
            }
            Foreign::Granted { start_url, region, account, role } => {
                session::check_url(start_url).map_err(|_| "its start URL is invalid".to_owned())?;
                region::check_form(region).map_err(|_| "its Identity Center region is invalid".to_owned())?;
                (session_of(start_url, region, target, new_sessions), account, role)
            }
            Foreign::SsoCli { instance, account, role } => {
                (self.session_of_instance(instance, target)?, account, role)
            }
        };
        let name = session.name.clone().unwrap_or_default();
        let shown = format!("SSO session {}, account {account}, role {role}", sanitize::shown(&name));
        let set = [("sso_session", &name), ("sso_account_id", account), ("sso_role_name", role)];
        let set = set.map(|(key, value)| (key.to_owned(), value.clone())).into();
        let role = SsoSettings { session, account: account.clone(), role: role.clone() };
        Ok(ProfileChange { set, shown, role: Some(role) })
    }

    /// Returns the session for an instance of aws-sso-cli, which keeps start URLs in its own file: the one of
    /// that name in the config. If there is only one instance, also the one that was named, or the only one.
    fn session_of_instance(&self, instance: &str, target: &SharedConfig) -> Result<SsoSession, String> {
        let named = |name: &str| SsoSession::named(name, target).map_err(|error| format!("{error:#}"));
        let same = target.sso_sessions().find(|name| name.eq_ignore_ascii_case(instance));
        if let Some(name) = same {
            return named(name);
        }
        let from = self.from.unwrap_or(target);
        let is_other = |profile: Profile<'_>| {
            let meaning = Foreign::of(&profile, from);
            matches!(meaning, Some(Ok(Foreign::SsoCli { instance: other, .. })) if other != instance)
        };
        let shown = sanitize::shown(instance);
        if from.profiles().any(is_other) {
            return Err(format!("name an [sso-session] of your config `{shown}`, as aws-sso-cli does"));
        }
        match (self.session, &target.sso_sessions().collect::<Vec<_>>()[..]) {
            (Some(name), _) => named(name),
            (None, [only]) => named(only),
            _ => Err("add `--sso-session NAME` with a session of your config".to_owned()),
        }
    }
}

/// Returns the session with this start URL and region: one of the config file or of `new_sessions`, else a
/// new one, which is added there.
fn session_of(
    start_url: &str,
    region: &str,
    target: &SharedConfig,
    new_sessions: &mut Vec<SsoSession>,
) -> SsoSession {
    let is_it = |other: &SsoSession| {
        start_url::bare(&other.start_url) == start_url::bare(start_url) && other.region == region
    };
    let there = target.sso_sessions().filter_map(|name| SsoSession::named(name, target).ok()).find(&is_it);
    if let Some(session) = there.or_else(|| new_sessions.iter().find(|other| is_it(other)).cloned()) {
        return session;
    }
    let base = session::name_of(start_url);
    let base = if base.is_empty() { "sso".to_owned() } else { base };
    let is_free = |name: &String| {
        target.sso_session(name).is_none()
            && !new_sessions.iter().any(|other| other.name.as_ref() == Some(name))
    };
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    let session = SsoSession {
        name: std::iter::once(base.clone()).chain(numbered).find(is_free),
        start_url: start_url.to_owned(),
        region: region.to_owned(),
        registration_scopes: Some(vec![oidc::DEFAULT_SCOPE.to_owned()]),
    };
    new_sessions.push(session.clone());
    session
}

fn is_there(profile: &Profile<'_>, change: &ProfileChange, target: &SharedConfig) -> bool {
    target.profile(profile.name).is_some_and(|there| match &change.role {
        Some(role) => SsoSettings::of_profile(&there, target).is_ok_and(|settings| settings == *role),
        None => change.set.iter().all(|(key, value)| there.get(key).is_some_and(|one| one.text() == value)),
    })
}

impl Converted {
    /// Fails if a converted profile would not be in `new` as intended, or if any other section would change.
    pub fn verify(&self, old: &SharedConfig, new: &SharedConfig) -> Result<()> {
        for (name, role) in &self.roles {
            let is_it = new.profile(name).is_some_and(|profile| {
                profile.kind() == ProfileKind::Sso
                    && SsoSettings::of_profile(&profile, new).is_ok_and(|settings| settings == *role)
            });
            if !is_it {
                return Err(refused(name).into());
            }
        }
        let mut touched: BTreeSet<&str> = self.headers.iter().map(String::as_str).collect();
        for (name, keys) in &self.keys {
            let section =
                new.profile(name).and_then(|profile| profile.config).ok_or_else(|| refused(name))?;
            if keys.iter().any(|(key, value)| section.get(key).is_none_or(|one| one.text() != value)) {
                return Err(refused(name).into());
            }
            if old.profile(name).is_none_or(|profile| profile.config.is_none()) {
                touched.insert(section.header());
            }
        }
        let fresh = new.sso_sessions().filter(|name| old.sso_session(name).is_none());
        touched.extend(fresh.filter_map(|name| new.sso_session(name)).map(|section| section.header()));
        verify::others_are_unchanged(old, new, &touched)
    }
}

fn refused(name: &str) -> Failure {
    let name = sanitize::shown(name);
    Failure::new(format!(
        "could not write the config file: the profile `{name}` would not mean what it should"
    ))
    .hint("see whether other keys stand in the way, here or in the credentials file")
}
