//! The account, role and SSO session that `.awsenv` files demand of a target. Every demand must hold.

use anyhow::Result;
use chrono::TimeDelta;

use crate::cache::key_account;
use crate::env_file::folder::ValueAt;
use crate::exports::mode::Export;
use crate::failure::Failure;
use crate::load::plan::LoadPlan;
use crate::shared_config::CleanContext;
use crate::sources::caller_identity;
use crate::sources::resolution::Store;
use crate::text::sanitize;
use crate::values::credentials::Credentials;

impl LoadPlan {
    /// Fails if the target is not what the files demand, or cannot be exported as they say. If only AWS knows
    /// the account of the keys, it is asked with `ask`; without, the result is `Ok(false)`.
    pub fn check_demands(
        &self,
        ctx: &CleanContext,
        credentials: Option<&Credentials>,
        ask: bool,
    ) -> Result<bool> {
        self.check_mode()?;
        self.check_role_and_session()?;
        self.check_account(ctx, credentials, ask)
    }

    /// Fails if only a profile's name is exported, and there is no profile.
    fn check_mode(&self) -> Result<()> {
        let Some(role) = self.resolved_profile.unwritten().filter(|_| self.mode == Export::Profile) else {
            return Ok(());
        };
        let why = "no profile has this account and role, and `export = profile` needs one";
        Err(Failure::new(format!("could not load {role}: {why}"))
            .hint(format!("run `{}`", role.configure_command()))
            .into())
    }

    pub(super) fn check_role_and_session(&self) -> Result<()> {
        let resolution = &self.resolved_profile.resolution;
        for demand in &self.demands.role {
            if resolution.role.as_ref() != Some(&demand.value) {
                let is = resolution.role.as_deref().map_or_else(
                    || "its role is not known".to_owned(),
                    |role| format!("its role is {}", sanitize::shown(role)),
                );
                return Err(self.refused(&is, demand, "role").into());
            }
        }
        let session = resolution.login.as_ref().and_then(|login| login.session.as_ref());
        for demand in &self.demands.sso_session {
            if session != Some(&demand.value) {
                let is = session.map_or_else(
                    || "it belongs to no SSO session".to_owned(),
                    |session| format!("its SSO session is {}", sanitize::shown(session)),
                );
                return Err(self.refused(&is, demand, "sso_session").into());
            }
        }
        Ok(())
    }

    fn check_account(
        &self,
        ctx: &CleanContext,
        credentials: Option<&Credentials>,
        ask: bool,
    ) -> Result<bool> {
        let Some(first) = self.demands.account.first() else { return Ok(true) };
        let of_keys = |keys: &Credentials| {
            keys.account.clone().or_else(|| key_account::known(ctx, &keys.access_key_id))
        };
        let mut actual = self.resolved_profile.resolution.account.clone();
        actual = actual.or_else(|| credentials.and_then(of_keys)).or_else(|| self.account(ctx));
        if actual.is_none() && !matches!(self.resolved_profile.resolution.store, Store::RoleCache(_)) {
            if !ask {
                return Ok(false);
            }
            let unexpired = |kept: &Credentials| kept.lasts(ctx.now(), TimeDelta::seconds(1));
            let keys =
                match credentials.cloned().or(self.resolved_profile.kept_credentials(ctx)?.filter(unexpired))
                {
                    Some(keys) => keys,
                    // No keys are exported, but only they tell the account.
                    None => self.fetch_to_ask(ctx)?,
                };
            actual = Some(of_keys(&keys).map_or_else(|| self.ask_account(ctx, &keys), Ok)?);
        }
        let Some(actual) = actual else {
            return Err(self.refused("its account is not known", first, "account").into());
        };
        match self.demands.account.iter().find(|demand| demand.value != actual) {
            Some(demand) => {
                let is = format!("it belongs to account {}", sanitize::shown(&actual));
                Err(self.refused(&is, demand, "account").into())
            }
            None => Ok(true),
        }
    }

    /// Asks AWS for the account of these keys.
    pub(super) fn ask_account(&self, ctx: &CleanContext, keys: &Credentials) -> Result<String> {
        caller_identity::account(ctx, self.profile(), keys, self.region_name())
    }

    fn refused(&self, is: &str, demand: &ValueAt, key: &str) -> Failure {
        let what = if key == "sso_session" { "SSO session" } else { key };
        let (target, value) = (self.resolved_profile.shown(), sanitize::shown(&demand.value));
        let failure =
            Failure::new(format!("could not load {target}: {is}, and {} demands {what} {value}", demand.at));
        failure.hint(if is.ends_with("not known") || is.ends_with("no SSO session") {
            format!("delete `{key}` from .awsenv if this profile is meant")
        } else {
            format!("name the right profile, or correct `{key}` in .awsenv")
        })
    }
}
