//! Whether the setting `confirm` guards a target: a pattern fits its profile, its `ACCOUNT/ROLE`, or any
//! profile of the same account.
//!
//! [`Guards`] is for lists of profiles. [`ConfirmMatch`] is what a look at all profiles tells of one target,
//! and is kept with the [resolved profile](super::resolved_profile), so that a prompt does not repeat it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use crate::cache::key_account;
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::sso_session::SsoSettings;
use crate::sources::resolution::Resolution;
use crate::system::context::Context;
use crate::values::arn;

/// The patterns, and the accounts that they guard.
#[derive(Debug)]
pub struct Guards {
    patterns: Vec<WildMatch>,
    /// The accounts of profiles that a pattern fits.
    accounts: HashSet<String>,
    /// The ids of the access keys of profiles that a pattern fits, of which only AWS knows the account.
    keys: HashSet<String>,
}

impl Guards {
    /// Compares the patterns with all profiles.
    pub fn new(config: &SharedConfig, patterns: &[String]) -> Self {
        let patterns = patterns.iter().map(|pattern| WildMatch::new_case_insensitive(pattern)).collect();
        let mut guards = Self { patterns, accounts: HashSet::new(), keys: HashSet::new() };
        if guards.patterns.is_empty() {
            return guards;
        }
        for profile in config.profiles() {
            if guards.fits(profile.name) {
                match account_of(config, &profile) {
                    Some(Whose::Account(account)) => drop(guards.accounts.insert(account)),
                    Some(Whose::Key(id)) => drop(guards.keys.insert(id)),
                    None => {}
                }
            }
        }
        guards
    }

    /// Returns whether a pattern fits this name, this account and role, or a profile of this account.
    pub fn guards(&self, ctx: &Context, name: &str, account: Option<&str>, role: Option<&str>) -> bool {
        self.surely_guards(name, account, role)
            || account.is_some_and(|account| is_of(ctx, &self.keys, account))
    }

    /// [`Guards::guards`], without the accounts of access keys, which the files do not tell.
    fn surely_guards(&self, name: &str, account: Option<&str>, role: Option<&str>) -> bool {
        let by_account =
            |account: &str| self.accounts.contains(account) || self.fits(&account_and_role(account, role));
        self.fits(name) || account.is_some_and(by_account)
    }

    fn fits(&self, name: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(name))
    }
}

/// How the patterns guard one target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmMatch {
    /// The patterns.
    patterns: Vec<String>,
    /// Whether the files alone tell that the target is guarded.
    is_certain: bool,
    /// The accounts of profiles that a pattern fits; empty if the files tell the target's account.
    accounts: HashSet<String>,
    /// The ids of the access keys of profiles that a pattern fits.
    keys: HashSet<String>,
}

impl ConfirmMatch {
    /// Compares the patterns with a target that is called `name`, and with all profiles.
    pub fn new(config: &SharedConfig, patterns: &[String], name: &str, resolution: &Resolution) -> Self {
        let guards = Guards::new(config, patterns);
        let (account, role) = (resolution.account.as_deref(), resolution.role.as_deref());
        let patterns = patterns.to_vec();
        if guards.surely_guards(name, account, role) {
            return Self { patterns, is_certain: true, ..Self::default() };
        }
        // A known account was compared with these already.
        let accounts = if account.is_none() { guards.accounts } else { HashSet::new() };
        Self { patterns, is_certain: false, accounts, keys: guards.keys }
    }

    /// Returns whether this is about these patterns.
    pub fn is_of(&self, patterns: &[String]) -> bool {
        self.patterns == patterns
    }

    /// Returns whether the target is guarded. `account` returns its account, and is called only if that
    /// decides.
    pub fn guards(
        &self,
        ctx: &Context,
        resolution: &Resolution,
        account: impl FnOnce() -> Option<String>,
    ) -> bool {
        if self.patterns.is_empty() || self.is_certain {
            return self.is_certain;
        }
        let Some(account) = account() else { return false };
        let named = || {
            let name = account_and_role(&account, resolution.role.as_deref());
            self.patterns.iter().any(|pattern| WildMatch::new_case_insensitive(pattern).matches(&name))
        };
        self.accounts.contains(&account)
            || is_of(ctx, &self.keys, &account)
            || resolution.account.is_none() && named()
    }
}

/// Returns whether one of the keys is known to belong to the account.
fn is_of(ctx: &Context, keys: &HashSet<String>, account: &str) -> bool {
    keys.iter().any(|id| key_account::known(ctx, id).as_deref() == Some(account))
}

/// Returns the text that an `ACCOUNT/ROLE` pattern is compared with. Keys without a role have an empty one.
fn account_and_role(account: &str, role: Option<&str>) -> String {
    format!("{account}/{}", role.unwrap_or_default())
}

/// What tells the account of a profile.
enum Whose {
    Account(String),
    Key(String),
}

fn account_of(config: &SharedConfig, profile: &Profile<'_>) -> Option<Whose> {
    let text = |key: &str| profile.get(key).map(|property| property.text().to_owned());
    let key_in = |section: Option<crate::shared_config::Section<'_>>| {
        let id = section?.get("aws_access_key_id")?.text().to_owned();
        Some(Whose::Key(id))
    };
    match profile.kind() {
        ProfileKind::Sso => {
            let complete = SsoSettings::of_profile(profile, config).ok().map(|settings| settings.account);
            complete.or_else(|| text("sso_account_id")).map(Whose::Account)
        }
        ProfileKind::Role | ProfileKind::WebIdentity => arn::account(&text("role_arn")?).map(Whose::Account),
        ProfileKind::Login => arn::account(&text("login_session")?).map(Whose::Account),
        ProfileKind::CredentialsKeys => key_in(profile.credentials),
        ProfileKind::ConfigKeys => key_in(profile.config),
        ProfileKind::Process | ProfileKind::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::shared_config::{Document, Presence};
    use crate::sources::resolution::Store;
    use crate::system::environment::Environment;

    #[test]
    fn a_list_of_profiles_is_guarded_by_name_and_by_account() {
        let text = "[profile prod]\nsso_account_id = 111122223333\nsso_role_name = Dev\n\
                    [profile role]\nrole_arn = arn:aws:iam::444455556666:role/Dev\n";
        let config = Document::parse("/config", text.into()).unwrap();
        let config = SharedConfig::new(config, Document::empty("/credentials", Presence::Missing));
        let ctx = Context::new(Environment::default(), Path::new("/"), Path::new("/"));
        let guarded = |patterns: &[&str], name, account, role| {
            let patterns: Vec<_> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
            Guards::new(&config, &patterns).guards(&ctx, name, account, role)
        };
        let (one, four) = (Some("111122223333"), Some("444455556666"));
        assert!(guarded(&["PR*"], "prod", None, None));
        assert!(guarded(&["x", "prod"], "other", one, Some("Dev")), "it is of the account of `prod`");
        assert!(!guarded(&["prod"], "other", four, Some("Dev")) && !guarded(&["prod"], "other", None, None));
        assert!(guarded(&["444455556666/*"], "role", four, Some("Dev")));
        assert!(guarded(&["4444*"], "keys", four, None) && !guarded(&[], "prod", one, None));
    }

    #[test]
    fn keys_whose_account_no_pattern_fits_are_not_guarded() {
        let text = "[profile dev]\naws_access_key_id = AKIA\naws_secret_access_key = x\n";
        let config = Document::parse("/config", text.into()).unwrap();
        let config = SharedConfig::new(config, Document::empty("/credentials", Presence::Missing));
        let ctx = Context::new(Environment::default(), Path::new("/"), Path::new("/"));
        let keys = Resolution::of_keys(ProfileKind::ConfigKeys, Store::Nowhere);
        for (pattern, expected) in [("1111*", true), ("4444*", false), ("prod", false), ("d*v", true)] {
            let found = ConfirmMatch::new(&config, &[pattern.to_owned()], "dev", &keys);
            let guarded = found.guards(&ctx, &keys, || Some("111122223333".to_owned()));
            assert_eq!(guarded, expected, "{pattern}");
        }
    }
}
