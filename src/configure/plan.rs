//! The session and profiles that the config file should have, and the text with them. No input or output.

use std::collections::HashSet;

use anyhow::Result;

use crate::configure::block::{self, Block};
use crate::failure::Failure;
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::sso_session::{SsoSession, SsoSettings};
use crate::shared_config::{Editor, SharedConfig};
use crate::text::shell_words;

/// A profile to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedProfile {
    /// Its name.
    pub name: String,
    /// The account, 12 digits.
    pub account: String,
    /// The role.
    pub role: String,
    /// The region; with `None` the one that is there stays.
    pub region: Option<String>,
    /// What the AWS CLI prints; `None` leaves what is there.
    pub output: Option<String>,
}

/// Everything that is to be written.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The session, to be added if the file does not have it.
    pub session: SsoSession,
    /// The profiles.
    pub profiles: Vec<WantedProfile>,
    /// Where they are written.
    pub place: Where,
}

/// Where profiles are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// Where they are now, and new ones at the end of the file.
    Anywhere,
    /// In the session's block. A profile outside of it is left alone.
    Block {
        /// Whether profiles in the block that are not wanted are removed.
        prune: bool,
    },
}

/// The result of a plan for a particular file.
#[derive(Clone, Debug, Default)]
pub struct PlanOutcome {
    /// The text of the file.
    pub text: String,
    /// The names of new profiles.
    pub added: Vec<String>,
    /// The names of profiles with a key that changes.
    pub changed: Vec<String>,
    /// The changed profiles of which the account or role changes: name, and the account and role before.
    pub moved: Vec<(String, String, String)>,
    /// How many profiles are as wanted already.
    pub unchanged: usize,
    /// Wanted names that profiles outside the block have, with `path:line`.
    pub outside: Vec<(String, String)>,
    /// Profiles in the block that are not wanted, and stay.
    pub gone: Vec<String>,
    /// Profiles in the block that are not wanted, and are removed.
    pub pruned: Vec<String>,
}

impl PlanOutcome {
    /// Returns how many profiles differ from before.
    pub fn differences(&self) -> usize {
        self.added.len() + self.changed.len() + self.pruned.len()
    }
}

impl Plan {
    /// Returns the text of the file with the plan carried out. An error if a line cannot be changed, or the
    /// block's comments are wrong.
    pub fn apply(&self, config: &SharedConfig) -> Result<PlanOutcome> {
        let mut editor = Editor::new(config.config());
        let mut outcome = PlanOutcome::default();
        let name = self.session_name()?;
        let block = Block::find(&editor, config.config(), name)?;
        let mut new = Vec::new();
        for wanted in &self.profiles {
            match config.profile(&wanted.name) {
                Some(profile) if self.is_outside(block, &profile) => {
                    outcome.outside.push((wanted.name.clone(), profile.place()));
                }
                Some(profile) if profile.config.is_some() => {
                    self.change(&mut editor, config, &profile, wanted, &mut outcome)?;
                }
                _ => new.push(wanted),
            }
        }
        self.take_out(&mut editor, config, block, &mut outcome);
        if config.sso_session(name).is_none() {
            editor.insert(editor.end(), &session_lines(name, &self.session));
        }
        let sections: Vec<Vec<String>> = new.iter().map(|wanted| profile_lines(name, wanted)).collect();
        let at = match (self.place, block) {
            (Where::Block { .. }, Some(block)) => Some(block.end()),
            (Where::Block { .. }, None) if !sections.is_empty() => None,
            _ => Some(editor.end()),
        };
        if let Some(line) = at {
            for lines in &sections {
                editor.insert(line, lines);
            }
        } else {
            let mut lines = vec![block::begin(name)];
            lines.extend(sections.join(&String::new()));
            lines.push(block::end(name));
            editor.insert(editor.end(), &lines);
        }
        outcome.added = new.iter().map(|wanted| wanted.name.clone()).collect();
        outcome.text = editor.finish();
        Ok(outcome)
    }

    /// Returns the session's name. An error for a legacy session, which cannot be written.
    pub fn session_name(&self) -> Result<&str> {
        Ok(self
            .session
            .name
            .as_deref()
            .ok_or_else(|| Failure::new("could not write a session without a name"))?)
    }

    /// Returns whether the profile is of this session, account and role.
    pub fn is(&self, config: &SharedConfig, profile: &Profile<'_>, account: &str, role: &str) -> bool {
        profile.kind() == ProfileKind::Sso
            && SsoSettings::of_profile(profile, config).is_ok_and(|settings| {
                settings.session == self.session && settings.account == account && settings.role == role
            })
    }

    /// Returns the session's block in the file, if there is one.
    pub fn block(&self, config: &SharedConfig) -> Result<Option<Block>> {
        Ok(Block::find(&Editor::new(config.config()), config.config(), self.session_name()?)?)
    }

    /// Returns whether the profile is outside the block, and must not be changed.
    pub fn is_outside(&self, block: Option<Block>, profile: &Profile<'_>) -> bool {
        let holds = |block: Block| profile.config.is_some_and(|section| block.holds(section));
        self.place != Where::Anywhere && !block.is_some_and(holds)
    }

    fn change(
        &self,
        editor: &mut Editor<'_>,
        config: &SharedConfig,
        profile: &Profile<'_>,
        wanted: &WantedProfile,
        outcome: &mut PlanOutcome,
    ) -> Result<()> {
        let Some(section) = profile.config else { return Ok(()) };
        let keys = keys(self.session_name()?, wanted);
        if keys.iter().all(|(key, value)| section.get(key).is_some_and(|there| there.text() == *value)) {
            outcome.unchanged += 1;
            return Ok(());
        }
        editor.set(section, &keys)?;
        if !self.is(config, profile, &wanted.account, &wanted.role) {
            let was =
                |key: &str| profile.get(key).map_or_else(|| "-".to_owned(), |was| was.text().to_owned());
            let moved = (wanted.name.clone(), was("sso_account_id"), was("sso_role_name"));
            outcome.moved.push(moved);
        }
        outcome.changed.push(wanted.name.clone());
        Ok(())
    }

    /// Removes, or only lists, the profiles of this session in the block that are not wanted. Others that a
    /// person has put there stay.
    fn take_out(
        &self,
        editor: &mut Editor<'_>,
        config: &SharedConfig,
        block: Option<Block>,
        outcome: &mut PlanOutcome,
    ) {
        let (Where::Block { prune }, Some(block)) = (self.place, block) else { return };
        let wanted: HashSet<&str> = self.profiles.iter().map(|wanted| wanted.name.as_str()).collect();
        for profile in config.profiles() {
            let Some(section) = profile.config.filter(|section| block.holds(*section)) else { continue };
            let of_session = section
                .get("sso_session")
                .is_some_and(|there| Some(there.text()) == self.session.name.as_deref());
            let is_role = ["sso_account_id", "sso_role_name"].iter().all(|key| section.get(key).is_some());
            if wanted.contains(profile.name) || !of_session || !is_role {
                continue;
            }
            if prune {
                editor.remove(section);
                outcome.pruned.push(profile.name.to_owned());
            } else {
                outcome.gone.push(profile.name.to_owned());
            }
        }
    }
}

/// Returns the keys of a profile, in the order in which `aws configure sso` writes them (AWS CLI 2.36).
pub fn keys<'a>(session: &'a str, wanted: &'a WantedProfile) -> Vec<(&'static str, &'a str)> {
    let mut keys = vec![
        ("sso_session", session),
        ("sso_account_id", wanted.account.as_str()),
        ("sso_role_name", wanted.role.as_str()),
    ];
    keys.extend(wanted.region.as_deref().map(|region| ("region", region)));
    keys.extend(wanted.output.as_deref().map(|output| ("output", output)));
    keys
}

fn profile_lines(session: &str, wanted: &WantedProfile) -> Vec<String> {
    section_lines(&wanted.name, &keys(session, wanted))
}

/// Returns the lines of a profile with these keys.
pub fn section_lines(name: &str, keys: &[(impl AsRef<str>, impl AsRef<str>)]) -> Vec<String> {
    let header = match name {
        "default" => "[default]".to_owned(),
        name => format!("[profile {}]", quoted(name)),
    };
    let keys = keys.iter().map(|(key, value)| format!("{} = {}", key.as_ref(), value.as_ref()));
    std::iter::once(header).chain(keys).collect()
}

/// Returns the lines of a session.
pub fn session_lines(name: &str, session: &SsoSession) -> Vec<String> {
    let mut lines = vec![
        format!("[sso-session {}]", quoted(name)),
        format!("sso_start_url = {}", session.start_url),
        format!("sso_region = {}", session.region),
    ];
    let scopes = session.registration_scopes.as_ref();
    lines.extend(scopes.map(|scopes| format!("sso_registration_scopes = {}", scopes.join(","))));
    lines
}

/// Returns a name as the AWS CLI writes it (2.36): in quotes if it has blanks, quotes or backslashes.
fn quoted(name: &str) -> String {
    if name.contains([' ', '\t', '\'', '"', '\\']) { shell_words::quote(name) } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::configure::verify::verify;
    use crate::shared_config::{Document, Presence};

    fn config(text: &str) -> Option<SharedConfig> {
        let config = Document::parse("/config", text.into()).ok()?;
        Some(SharedConfig::new(config, Document::empty("/credentials", Presence::Missing)))
    }

    fn plan(names: &[&str], place: Where) -> Plan {
        let session = SsoSession {
            name: Some("acme".into()),
            start_url: "https://acme/start".into(),
            region: "eu-west-1".into(),
            registration_scopes: None,
        };
        let wanted = |name: &&str| WantedProfile {
            name: (*name).into(),
            account: "111122223333".into(),
            role: "Dev".into(),
            region: Some("eu-west-3".into()),
            output: Some("json".into()),
        };
        Plan { session, profiles: names.iter().map(wanted).collect(), place }
    }

    const LINES: &[&str] = &[
        "[profile a]",
        "  [profile a]",
        "[profile \"b c\"] # x",
        " [default]",
        "[sso-session other]",
        "[DEFAULT]",
        "[x]",
        "",
        "  ",
        "# comment",
        "   ; comment",
        "region = x",
        "  region: x",
        "output=json",
        "    output = json",
        "sso_role_name = Old",
        "sso_session = acme",
        " sso_account_id = 000000000000",
        "s3 =",
        "  a = b",
        "# awsenv: begin acme",
        "# awsenv: end acme",
    ];

    proptest! {
        #[test]
        fn whatever_the_file_says_nothing_else_in_it_changes(
            lines in prop::collection::vec(prop::sample::select(LINES), 0..14),
            ending in prop::sample::select(&["\n", "\r\n", "\r"][..]),
            is_ended: bool,
            place in prop::sample::select(
                &[Where::Anywhere, Where::Block { prune: false }, Where::Block { prune: true }][..]
            ),
        ) {
            let mut text = lines.join(ending);
            if is_ended {
                text.push_str(ending);
            }
            let Some(old) = config(&text) else { return Ok(()) };
            let plan = plan(&["a", "b c", "default", "new"], place);
            let Ok(outcome) = plan.apply(&old) else { return Ok(()) };
            // Inherited keys may contradict or be read only where a section inherits them, and an indented
            // header may become part of a value where something is put or taken out above it: that is seen,
            // and refused.
            let is_odd = text.contains("[DEFAULT]") || text.contains(" [");
            let Some(new) = config(&outcome.text) else {
                prop_assert!(is_odd, "{:?}", outcome.text);
                return Ok(());
            };
            if let Err(error) = verify(&plan, &outcome, &old, &new) {
                prop_assert!(is_odd, "{error} {text:?} {:?}", outcome.text);
            } else {
                let again = plan.apply(&new).unwrap();
                prop_assert_eq!(&again.text, &outcome.text);
                prop_assert_eq!(again.differences(), 0);
            }
            for line in lines.iter().filter(|line| line.contains("comment")) {
                let is_kept = place == Where::Block { prune: true } || outcome.text.contains(line);
                prop_assert!(is_kept, "{}", outcome.text);
            }
        }
    }
}
