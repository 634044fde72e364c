//! Whether the setting `confirm` guards a target: a pattern fits its profile, its `ACCOUNT/ROLE`, or any profile of the
//! same account.
//!
//! What takes a look at all profiles is found out once and kept with the [recipe](super::resolved_profile), so that a prompt
//! does not repeat it.

use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use crate::cache::key_account;
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::{Kind, Profile};
use crate::shared_config::sso_session::SsoSettings;
use crate::sources::resolution::Resolution;
use crate::system::context::Context;
use crate::values::assumed_role;

/// What the patterns fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmMatch {
    /// The patterns.
    patterns: Vec<String>,
    /// Whether one fits the target, or a profile that is surely of the same account.
    is_certain: bool,
    /// The accounts of profiles that one fits, where the files do not say the target's.
    accounts: Vec<String>,
    /// The ids of the access keys of profiles that one fits: only AWS knows their account.
    keys: Vec<String>,
}

impl ConfirmMatch {
    /// Compares the patterns with a target that is called `name`, and with all profiles.
    pub fn new(config: &SharedConfig, patterns: &[String], name: &str, resolution: &Resolution) -> Self {
        let mut found = Self { patterns: patterns.to_vec(), ..Self::default() };
        if patterns.is_empty() {
            return found;
        }
        let matchers = matchers(patterns);
        let fits = |name: &str| matchers.iter().any(|pattern| pattern.matches(name));
        let account = resolution.account.as_deref();
        found.is_certain =
            fits(name) || account.is_some_and(|account| fits(&account_and_role(account, resolution)));
        if found.is_certain {
            return found;
        }
        for profile in config.profiles().filter(|profile| fits(profile.name)) {
            match account_of(config, &profile) {
                Some(Whose::Account(theirs)) if account == Some(&theirs) => found.is_certain = true,
                Some(Whose::Account(theirs)) if account.is_none() => push(&mut found.accounts, theirs),
                Some(Whose::Key(id)) => push(&mut found.keys, id),
                _ => {}
            }
        }
        found
    }

    fn fits(&self, name: &str) -> bool {
        matchers(&self.patterns).iter().any(|pattern| pattern.matches(name))
    }

    /// Returns whether this is about these patterns.
    pub fn is_of(&self, patterns: &[String]) -> bool {
        self.patterns == patterns
    }

    /// Returns whether a target of this account is guarded; `account` is not called if that does not matter.
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
        self.accounts.contains(&account)
            || self.keys.iter().any(|id| key_account::known(ctx, id).as_deref() == Some(&account))
            || resolution.account.is_none() && self.fits(&account_and_role(&account, resolution))
    }
}

/// A key without a role is all that its account is.
fn account_and_role(account: &str, resolution: &Resolution) -> String {
    format!("{account}/{}", resolution.role.as_deref().unwrap_or_default())
}

fn matchers(patterns: &[String]) -> Vec<WildMatch> {
    patterns.iter().map(|pattern| WildMatch::new_case_insensitive(pattern)).collect()
}

fn push(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
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
        Kind::Sso => {
            let complete = SsoSettings::of_profile(profile, config).ok().map(|settings| settings.account);
            complete.or_else(|| text("sso_account_id")).map(Whose::Account)
        }
        Kind::Role | Kind::WebIdentity => assumed_role::account(&text("role_arn")?).map(Whose::Account),
        Kind::Login => assumed_role::account(&text("login_session")?).map(Whose::Account),
        Kind::CredentialsKeys => key_in(profile.credentials),
        Kind::ConfigKeys => key_in(profile.config),
        Kind::Process | Kind::Other => None,
    }
}
