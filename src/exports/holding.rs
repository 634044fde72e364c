//! Whose keys a shell holds: the account, role and region, so that it can be said when they become others.

use serde::{Deserialize, Serialize};

use crate::exports::bookkeeping::Loaded;
use crate::text::{digest, sanitize};

/// IAM's own limit for the name of a role.
const LONGEST_ROLE: usize = 64;

/// No region's name is half as long.
const LONGEST_REGION: usize = 32;

/// The profile that is loaded, and what it means. Texts are empty where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding(String, String, String, String);

impl Holding {
    /// Notes what a profile means. What cannot be an account, a role or a region counts as not known: it would make the
    /// bookkeeping too long.
    pub fn new(profile: &str, account: Option<&str>, role: Option<&str>, region: Option<&str>) -> Self {
        let known = |text: Option<&str>, is_one: fn(&str) -> bool| {
            text.filter(|text| is_one(text)).unwrap_or_default().to_owned()
        };
        let profile = digest::of_value("AWSENV_PROFILE", profile.as_bytes());
        Self(profile, known(account, is_account), known(role, is_role), known(region, is_region))
    }

    /// Returns whether this could have been made by [`Holding::new`], or is empty.
    pub fn is_plausible(&self) -> bool {
        let Self(profile, account, role, region) = self;
        *self == Self::default()
            || digest::is_of_value(profile)
                && (account.is_empty() || is_account(account))
                && (role.is_empty() || is_role(role))
                && (region.is_empty() || is_region(region))
    }

    /// Returns whether it is of the same profile.
    pub fn is_of(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// Returns the account; `None` if it is not known.
    pub fn account(&self) -> Option<&str> {
        Some(&*self.1).filter(|account| !account.is_empty())
    }

    /// Returns the role; `None` if there is none.
    pub fn role(&self) -> Option<&str> {
        Some(&*self.2).filter(|role| !role.is_empty())
    }

    /// Returns the region; `None` if there is none.
    pub fn region(&self) -> Option<&str> {
        Some(&*self.3).filter(|region| !region.is_empty())
    }

    /// Forgets the region, so that another one is no change.
    pub fn without_region(mut self) -> Self {
        self.3.clear();
        self
    }
}

/// What a shell held in a folder, to be compared with what it holds there next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// The folder, see [`Loaded::origin`].
    pub origin: String,
    /// What was loaded.
    pub holding: Holding,
    /// Fingerprint of the access key id, if other keys are not what was to be expected; else empty.
    pub keys: String,
}

impl Previous {
    /// Notes what is loaded. `is_due` tells whether new keys are no surprise.
    pub fn new(loaded: &Loaded, is_due: bool) -> Self {
        let keys = loaded.set.get(&'K').filter(|_| !is_due).cloned().unwrap_or_default();
        Self { origin: loaded.origin.clone(), holding: loaded.holding.clone(), keys }
    }

    /// Reads what [`Previous::encode`] wrote.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes: Option<Vec<_>> = (0..text.len() / 2)
            .map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok())
            .collect();
        serde_json::from_slice(&bytes?).ok().filter(|previous: &Self| previous.holding.is_plausible())
    }

    /// Writes it as one word without anything that a shell could take apart.
    pub fn encode(&self) -> String {
        crate::text::hex::of(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// Returns the line that says what `profile` means now, if that is something else; `keys` is the fingerprint of the
    /// access key id. The flag tells whether it is another account or role.
    pub fn change(&self, profile: &str, now: &Holding, keys: Option<&str>) -> Option<(String, bool)> {
        let was = &self.holding;
        let mut parts = Vec::new();
        let are_others = !self.keys.is_empty() && keys.is_some_and(|keys| keys != self.keys);
        match (was.account(), now.account()) {
            (Some(was), Some(now)) if was != now => parts.push(format!("account {now} (was {was})")),
            (Some(was), None) if are_others => parts.push(format!("an unknown account (was {was})")),
            (None, Some(now)) if are_others => parts.push(format!("account {now} (was not known)")),
            (None, None) if are_others => parts.push("other keys, of an unknown account".to_owned()),
            _ => {}
        }
        if was.role() != now.role() {
            let [was, now] = [was, now].map(|holding| sanitize::shown(holding.role().unwrap_or("none")));
            parts.push(format!("role {now} (was {was})"));
        }
        let is_other = !parts.is_empty();
        if was.region() != now.region() {
            let [was, now] = [was, now].map(|holding| holding.region().unwrap_or("none"));
            parts.push(format!("region {now} (was {was})"));
        }
        let line = || format!("profile {} now means {}", sanitize::shown(profile), parts.join(", "));
        (!parts.is_empty()).then(|| (line(), is_other))
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_role(text: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte);
    !text.is_empty() && text.len() <= LONGEST_ROLE && text.bytes().all(is_one)
}

fn is_region(text: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.len() <= LONGEST_REGION && text.bytes().all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dev(account: Option<&str>, role: Option<&str>, region: &str) -> Holding {
        Holding::new("dev", account, role, Some(region))
    }

    #[test]
    fn what_changed_is_named_with_both_values() {
        let loaded = Loaded {
            holding: dev(Some("111122223333"), Some("Developer"), "eu-west-1"),
            set: [('K', "aaaaaaaa".to_owned())].into(),
            ..Loaded::default()
        };
        let previous = Previous::decode(&Previous::new(&loaded, false).encode()).expect("it was encoded");
        let change =
            |account, role, region| previous.change("dev", &dev(account, role, region), Some("bbbbbbbb"));
        let is = |text: &str, is_other| Some((format!("profile dev now means {text}"), is_other));
        assert_eq!(change(Some("111122223333"), Some("Developer"), "eu-west-1"), None);
        assert_eq!(
            change(Some("444455556666"), None, "eu-west-1"),
            is("account 444455556666 (was 111122223333), role none (was Developer)", true)
        );
        assert_eq!(
            change(Some("111122223333"), Some("Developer"), "us-east-1"),
            is("region us-east-1 (was eu-west-1)", false)
        );
        assert_eq!(
            change(None, Some("Developer"), "eu-west-1"),
            is("an unknown account (was 111122223333)", true)
        );
        let same_keys = previous.change("dev", &dev(None, Some("Developer"), "eu-west-1"), Some("aaaaaaaa"));
        assert_eq!(same_keys, None, "it is only no longer known whose they are");
    }

    #[test]
    fn new_keys_of_an_unknown_account_are_a_change_unless_they_were_due() {
        let loaded = Loaded {
            holding: dev(None, None, "eu-west-1"),
            set: [('K', "aaaaaaaa".to_owned())].into(),
            ..Loaded::default()
        };
        let change = |is_due| {
            Previous::new(&loaded, is_due).change("dev", &dev(None, None, "eu-west-1"), Some("bbbbbbbb"))
        };
        let is = "profile dev now means other keys, of an unknown account".to_owned();
        assert_eq!(change(false), Some((is, true)));
        assert_eq!(change(true), None);
    }

    #[test]
    fn what_cannot_be_an_account_role_or_region_is_not_kept() {
        let odd = Holding::new("dev", Some("1111"), Some("a\u{1b}[2J"), Some(&"x".repeat(33)));
        assert_eq!((odd.account(), odd.role(), odd.region()), (None, None, None));
        assert!(odd.is_plausible() && Holding::default().is_plausible());
        assert!(!Holding("x".into(), String::new(), String::new(), String::new()).is_plausible());
        assert_eq!(Previous::decode("zz"), None);
        assert_eq!(Previous::decode("é1"), None);
    }
}
