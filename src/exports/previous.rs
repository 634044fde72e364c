//! What a shell held before, to say when a profile has become another account, role or region.

use serde::{Deserialize, Serialize};

use crate::exports::bookkeeping::Loaded;
use crate::exports::holding::Holding;
use crate::text::{hex, sanitize};

/// What a shell held in a folder, to be compared with what it holds there next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// The folder, see [`Loaded::origin`].
    pub origin: String,
    /// What was loaded.
    pub holding: Holding,
    /// Fingerprint of the access key id; empty if the keys were due for renewal, so that other ones are no
    /// surprise.
    pub keys: String,
}

impl Previous {
    /// Notes what is loaded. `is_due` says that new keys are expected.
    pub fn new(loaded: &Loaded, is_due: bool) -> Self {
        let keys = loaded.set.get(&'K').filter(|_| !is_due).cloned().unwrap_or_default();
        Self { origin: loaded.origin.clone(), holding: loaded.holding.clone(), keys }
    }

    /// Reads what [`Previous::encode`] wrote; `None` for anything else.
    pub fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&hex::read(text)?)
            .ok()
            .filter(|previous: &Self| previous.holding.is_plausible())
    }

    /// Returns it as one word of hexadecimal digits, in which no shell finds anything to expand.
    pub fn encode(&self) -> String {
        hex::of(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// Returns the line that says what `profile` means now, and whether that is another account or role;
    /// `None` if it means the same. `keys` is the fingerprint of the access key id that is loaded now.
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
    fn what_was_not_encoded_is_not_decoded() {
        assert_eq!(Previous::decode("zz"), None);
        assert_eq!(Previous::decode("é1"), None);
    }
}
