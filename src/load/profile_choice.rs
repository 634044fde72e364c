//! Chooses the profile for a target by account and role.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, FailureKind};
use crate::shared_config::CleanContext;
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::region;
use crate::shared_config::sso_session::SsoSettings;
use crate::sources::Resolver;
use crate::text::sanitize;
use crate::values::arn;
use crate::values::target_name::AccountRole;

/// The profile that was chosen for a target by account and role, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileChoice {
    /// The account and role, and the SSO session, if one was named or the role is fetched through it.
    pub target: AccountRole,
    /// The user's own profile for them; `None` if the role is fetched without one.
    pub profile: Option<String>,
    /// The reason, for messages.
    pub why: String,
}

/// A profile for the account and role.
struct FittingProfile<'a> {
    profile: Profile<'a>,
    is_sso: bool,
    has_region: bool,
}

impl ProfileChoice {
    /// Chooses among the profiles of the account and role: SSO before roles by ARN, then those with `region`,
    /// then the first in file order. Without a profile, the role is fetched through the session that was
    /// named, or the only one there is; else an error of kind [`FailureKind::NoProfile`].
    pub fn new(
        ctx: &CleanContext,
        config: &SharedConfig,
        target: &AccountRole,
        region: Option<&str>,
    ) -> Result<Self> {
        let candidates: Vec<_> = config
            .profiles()
            .filter_map(|profile| {
                let fit = Fit::new(ctx, config, target, &profile)?;
                let is_in_session = target.session.is_none() || target.session == fit.session;
                let is_sso = is_in_session.then_some(fit.is_sso)?;
                let own = region.and_then(|_| region::of_profile(&profile).ok().flatten());
                let has_region = own.is_some_and(|own| Some(own.name.as_str()) == region);
                Some(FittingProfile { profile, is_sso, has_region })
            })
            .collect();
        let rank = |candidate: &FittingProfile<'_>| (!candidate.is_sso, !candidate.has_region);
        // Of equal ones the first.
        match candidates.iter().min_by_key(|candidate| rank(candidate)) {
            Some(best) => Ok(Self {
                target: target.clone(),
                profile: Some(best.profile.name.to_owned()),
                why: why(&candidates, best, region),
            }),
            None => Self::without_profile(config, target),
        }
    }

    /// Returns whether profiles of the account and role need different logins, so that only the session tells
    /// which is meant.
    pub fn needs_session(ctx: &CleanContext, config: &SharedConfig, target: &AccountRole) -> bool {
        let mut sessions =
            config.profiles().filter_map(|profile| Some(Fit::new(ctx, config, target, &profile)?.session));
        let first = sessions.next();
        sessions.any(|session| Some(session) != first)
    }

    fn without_profile(config: &SharedConfig, target: &AccountRole) -> Result<Self> {
        let sessions: Vec<&str> = config.sso_sessions().collect();
        let (session, why) = match (&target.session, &sessions[..]) {
            (Some(name), _) if config.sso_session(name).is_some() => {
                (name.as_str(), "which `sso_session` names")
            }
            (None, &[only]) => (only, "the only session in your config"),
            _ => return Err(no_profile(config, target, &sessions).into()),
        };
        let why = format!(
            "no profile has this account and role, so its keys come from the SSO session {}, {why}",
            sanitize::shown(session)
        );
        let target = AccountRole { session: Some(session.to_owned()), ..target.clone() };
        Ok(Self { target, profile: None, why })
    }

    /// Returns the account and role, with a session, if they are fetched without a profile.
    pub fn unwritten(&self) -> Option<&AccountRole> {
        self.profile.is_none().then_some(&self.target)
    }

    /// Returns in words what was chosen, and why.
    pub fn shown(&self) -> String {
        match &self.profile {
            Some(name) => {
                format!("{} is your profile `{}`: {}", self.target, sanitize::shown(name), self.why)
            }
            None => format!("{}: {}", self.target, self.why),
        }
    }

    /// Returns the hint for a role without a profile: the command that writes one.
    pub fn hint(&self) -> Option<String> {
        let hint = || format!("run `{}` to create a profile for it", self.target.configure_command());
        self.profile.is_none().then(hint)
    }
}

/// How a profile fits an account and role.
struct Fit {
    is_sso: bool,
    /// The SSO session that it needs, if any.
    session: Option<String>,
}

impl Fit {
    /// Returns how the profile fits, whatever session the target names; `None` if it does not, or cannot be
    /// used.
    fn new(
        ctx: &CleanContext,
        config: &SharedConfig,
        target: &AccountRole,
        profile: &Profile<'_>,
    ) -> Option<Self> {
        match profile.kind() {
            ProfileKind::Sso => {
                if profile.get("sso_account_id").is_some_and(|own| own.text() != target.account) {
                    // Nearly all profiles end here; the rest takes longer.
                    return None;
                }
                let settings = SsoSettings::of_profile(profile, config).ok()?;
                let is_it = settings.account == target.account && settings.role == target.role;
                is_it.then_some(Self { is_sso: true, session: settings.session.name })
            }
            ProfileKind::Role | ProfileKind::WebIdentity => {
                let arn = profile.get("role_arn")?.text();
                if arn::account(arn).as_deref() != Some(&target.account)
                    || arn.rsplit('/').next() != Some(&target.role)
                {
                    return None;
                }
                let selection = Resolver::new(ctx, config, *profile).select().ok()?;
                let login = selection.resolution().login.as_ref();
                Some(Self { is_sso: false, session: login.and_then(|login| login.session.clone()) })
            }
            _ => None,
        }
    }
}

fn why(candidates: &[FittingProfile<'_>], best: &FittingProfile<'_>, region: Option<&str>) -> String {
    if candidates.len() == 1 {
        return "the only one with this account and role".to_owned();
    }
    let as_good =
        |other: &&FittingProfile<'_>| (other.is_sso, other.has_region) == (best.is_sso, best.has_region);
    let place = if candidates.iter().filter(as_good).count() == 1 { "the only one" } else { "the first" };
    let mut why = format!("{place} of {} with this account and role", candidates.len());
    if candidates.iter().any(|other| other.is_sso != best.is_sso) {
        why += " that uses SSO";
    }
    let among = candidates.iter().filter(|other| other.is_sso == best.is_sso);
    if let Some(region) = region.filter(|_| best.has_region && among.clone().any(|other| !other.has_region)) {
        why += &format!(" in {}", sanitize::shown(region));
    }
    why
}

fn no_profile(config: &SharedConfig, target: &AccountRole, sessions: &[&str]) -> Failure {
    let AccountRole { account, role, session } = target;
    let mut text = format!(
        "could not find a profile with account {} and role {} {}",
        sanitize::shown(account),
        sanitize::shown(role),
        config.places()
    );
    let mut hint = format!("run `{}`", target.configure_command());
    if let Some(session) = session {
        text += &format!(", nor the SSO session `{}`", sanitize::shown(session));
    } else if !sessions.is_empty() {
        let names: Vec<_> = sessions.iter().map(|name| format!("`{}`", sanitize::shown(name))).collect();
        text += ", and there are several SSO sessions";
        hint += &format!(", or name the session: {}", names.join(", "));
    }
    Failure::new(text).hint(hint).kind(FailureKind::NoProfile)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::shared_config::{Document, Presence};
    use crate::system::context::Context;
    use crate::system::environment::Environment;

    const CONFIG: &str = "\
[sso-session one]\nsso_start_url = https://one/start\nsso_region = eu-west-1\n
[sso-session two]\nsso_start_url = https://two/start\nsso_region = eu-west-1\n
[profile keys]\naws_access_key_id = a\naws_secret_access_key = b\n
[profile arn]\nrole_arn = arn:aws:iam::111122223333:role/path/Dev\nsource_profile = keys\nregion = eu-north-1\n
[profile over-two]\nrole_arn = arn:aws:iam::444455556666:role/Dev\nsource_profile = two\n
[profile legacy]\nsso_start_url = https://one/start\nsso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = Old\n
[profile one]\nsso_session = one\nsso_account_id = 111122223333\nsso_role_name = Dev\n
[profile two]\nsso_session = two\nsso_account_id = 111122223333\nsso_role_name = Dev\nregion = eu-west-2\n
[profile broken]\nsso_session = gone\nsso_account_id = 111122223333\nsso_role_name = Broken\n
[profile unbroken]\nsso_session = one\nsso_account_id = 111122223333\nsso_role_name = Broken\n";

    fn choice(config: &str, words: &str, region: Option<&str>) -> Result<ProfileChoice> {
        let config = Document::parse("/config", config.into()).unwrap();
        let config = SharedConfig::new(config, Document::empty("/credentials", Presence::Missing));
        let mut words = words.split(' ').map(str::to_owned);
        let mut word = || words.next();
        let target = AccountRole { account: word().unwrap(), role: word().unwrap(), session: word() };
        let ctx = CleanContext::new(&Context::new(Environment::default(), Path::new("/"), Path::new("/")));
        ProfileChoice::new(&ctx, &config, &target, region)
    }

    #[test]
    fn the_profile_is_the_one_that_fits_best() {
        let cases = [
            ("111122223333 Dev", None, "one: the first of 3 with this account and role that uses SSO"),
            (
                "111122223333 Dev",
                Some("eu-west-2"),
                "two: the only one of 3 with this account and role that uses SSO in eu-west-2",
            ),
            (
                "111122223333 Dev",
                Some("eu-north-1"),
                "one: the first of 3 with this account and role that uses SSO",
            ),
            ("111122223333 Dev two", None, "two: the only one with this account and role"),
            ("111122223333 Old", None, "legacy: the only one with this account and role"),
            ("444455556666 Dev", None, "over-two: the only one with this account and role"),
            ("444455556666 Dev two", None, "over-two: the only one with this account and role"),
            ("111122223333 Broken", None, "unbroken: the only one with this account and role"),
        ];
        for (words, region, expected) in cases {
            let choice = choice(CONFIG, words, region).unwrap();
            assert_eq!(format!("{}: {}", choice.profile.unwrap(), choice.why), expected, "{words}");
        }
    }

    #[test]
    fn without_a_profile_the_session_is_the_named_or_the_only_one() {
        let session = |config: &str, words: &str| choice(config, words, None).unwrap().target.session;
        assert_eq!(
            session(CONFIG, "111122223333 Old one").as_deref(),
            Some("one"),
            "a legacy profile has none"
        );
        assert_eq!(session(CONFIG, "444455556666 Dev one").as_deref(), Some("one"));
        let (one, _) = CONFIG.split_once("[sso-session two]").unwrap();
        assert_eq!(session(one, "111122223333 dev").as_deref(), Some("one"));
        let fails = |config: &str, words: &str| {
            let error = choice(config, words, None).unwrap_err();
            format!("{error} | {}", Failure::hint_of(&error).unwrap())
        };
        let places = "in /config or /credentials (no such file)";
        assert_eq!(
            fails(CONFIG, "111122223333 dev"),
            format!(
                "could not find a profile with account 111122223333 and role dev {places}, and there are several SSO sessions | \
                 run `awsenv configure sso --account 111122223333 --role dev`, or name the session: `one`, `two`"
            )
        );
        assert_eq!(
            fails(CONFIG, "111122223333 Dev three"),
            format!(
                "could not find a profile with account 111122223333 and role Dev {places}, nor the SSO session `three` | \
                 run `awsenv configure sso --sso-session three --account 111122223333 --role Dev`"
            )
        );
        assert_eq!(
            fails("", "111122223333 Dev"),
            format!(
                "could not find a profile with account 111122223333 and role Dev {places} | \
                 run `awsenv configure sso --account 111122223333 --role Dev`"
            )
        );
    }
}
