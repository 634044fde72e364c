//! A profile for a role that is assumed with another profile's credentials, and the text of the config file
//! with it. No input or output.
//!
//! ```ini
//! [profile acme-prod]
//! role_arn = arn:aws:iam::444455556666:role/Deploy
//! source_profile = base
//! mfa_serial = arn:aws:iam::999900001111:mfa/you
//! region = eu-west-1
//! ```

use std::collections::BTreeSet;

use anyhow::Result;

use crate::configure::plan::{self, Where};
use crate::configure::verify;
use crate::shared_config::profile::ProfileKind;
use crate::shared_config::{Editor, SharedConfig};
use crate::text::sanitize;

/// The other key for the source of the credentials, which is an error beside `source_profile`.
const OTHER_SOURCE: &str = "credential_source";

/// A profile to be written.
#[derive(Clone, Debug)]
pub struct RoleProfile {
    /// The profile's name.
    pub name: String,
    /// Its keys in their order; with `None` a key is removed. Other keys stay as they are.
    pub keys: Vec<(&'static str, Option<String>)>,
}

impl RoleProfile {
    /// Returns the text of the config file with the profile in it: changed where it stands, else at the end.
    /// An error if a profile of another kind has the name.
    pub fn text(&self, config: &SharedConfig) -> Result<String> {
        let mut editor = Editor::new(config.config());
        let set: Vec<(&str, &str)> =
            self.keys.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?))).collect();
        let there = config.profile(&self.name);
        if let Some(profile) = there
            && (!matches!(profile.kind(), ProfileKind::Role | ProfileKind::Other)
                || profile.has_static_keys())
        {
            return Err(verify::taken(&profile, Where::Anywhere).into());
        }
        match there.and_then(|profile| profile.config) {
            Some(section) => {
                editor.set(section, &set)?;
                editor.unset(section, |key| self.is_taken_out(key));
            }
            None => editor.insert(editor.end(), &plan::section_lines(&self.name, &set)),
        }
        Ok(editor.finish())
    }

    /// Fails if the profile in the new file would not be what it should, or anything else would change its
    /// meaning.
    pub fn verify(&self, old: &SharedConfig, new: &SharedConfig) -> Result<()> {
        let what = format!("the profile `{}`", sanitize::shown(&self.name));
        let refused = || verify::refused(&what, "");
        let profile = new.profile(&self.name).ok_or_else(refused)?;
        let section = profile.config.ok_or_else(refused)?;
        let is_meant = |(key, value): &(&str, Option<String>)| {
            profile.get(key).map(|property| property.text()) == value.as_deref()
        };
        if profile.kind() != ProfileKind::Role
            || profile.get(OTHER_SOURCE).is_some()
            || !self.keys.iter().all(is_meant)
        {
            return Err(refused().into());
        }
        let ours: Vec<&str> = self.keys.iter().map(|(key, _)| *key).chain([OTHER_SOURCE]).collect();
        let before = old.profile(&self.name).and_then(|profile| profile.config);
        if before.is_some_and(|before| verify::content(before, &ours) != verify::content(section, &ours)) {
            return Err(verify::refused(&format!("another key of {what}"), "").into());
        }
        verify::others_are_unchanged(old, new, &BTreeSet::from([section.header()]))
    }

    fn is_taken_out(&self, key: &str) -> bool {
        key == OTHER_SOURCE || self.keys.iter().any(|(own, value)| *own == key && value.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::{Document, Presence};

    fn config(text: &str) -> SharedConfig {
        let config = Document::parse("/config", text.into()).unwrap();
        SharedConfig::new(config, Document::empty("/credentials", Presence::Missing))
    }

    fn role(mfa: Option<&str>) -> RoleProfile {
        let text = |text: &str| Some(text.to_owned());
        RoleProfile {
            name: "prod".into(),
            keys: vec![
                ("role_arn", text("arn:aws:iam::444455556666:role/Deploy")),
                ("source_profile", text("base")),
                ("mfa_serial", mfa.map(str::to_owned)),
            ],
        }
    }

    const BASE: &str = "[profile base] # mine\nregion = eu-west-1\n";
    const KEYS: &str = "role_arn = arn:aws:iam::444455556666:role/Deploy\nsource_profile = base\n";

    #[test]
    fn a_new_profile_comes_last_and_an_old_one_is_changed_where_it_stands() {
        let after = |before: &str, role: &RoleProfile| {
            let old = config(before);
            let text = role.text(&old).unwrap();
            role.verify(&old, &config(&text)).unwrap();
            text
        };
        assert_eq!(after(BASE, &role(None)), format!("{BASE}\n[profile prod]\n{KEYS}"));
        let old = format!(
            "[profile prod]\n# why\nrole_arn = x\ncredential_source = Environment\nmfa_serial = m\ns3 =\n  a = b\n{BASE}"
        );
        let new = format!(
            "[profile prod]\n# why\nrole_arn = arn:aws:iam::444455556666:role/Deploy\nmfa_serial = n\ns3 =\n  a = b\n\
             source_profile = base\n{BASE}"
        );
        assert_eq!(after(&old, &role(Some("n"))), new);
        assert!(!after(&old, &role(None)).contains("mfa_serial"));
    }

    #[test]
    fn a_profile_of_another_kind_is_left_alone() {
        for own in
            ["sso_account_id = 1\nsso_role_name = r\n", "credential_process = x\n", "aws_access_key_id = a\n"]
        {
            let old = config(&format!("[profile prod]\n{own}"));
            let error = role(None).text(&old).unwrap_err().to_string();
            assert!(error.contains("there is one of another kind already"), "{error}");
        }
    }
}
