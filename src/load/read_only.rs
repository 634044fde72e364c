//! A plan with fewer rights than the profile has, for agents and reviews. What cannot be narrowed is an
//! error, and never runs with all rights.

use anyhow::Result;

use crate::env_file::folder::Demands;
use crate::exports::mode::Export;
use crate::failure::{Failure, FailureKind};
use crate::load::plan::LoadPlan;
use crate::load::role_session;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::ProfileKind;
use crate::text::sanitize;
use crate::values::session_policy::{RoleSession, SessionPolicy};
use crate::values::target_name::{AccountRole, TargetName};

impl LoadPlan {
    /// Returns the plans that may be loaded in place of this one, of which the first one that the person has
    /// counts. A role that is assumed gets the session policy `ReadOnlyAccess`. The role of a permission set
    /// cannot be given a policy, so it is replaced by the sets of the setting `read_only`, in the same
    /// account and with the same login. For other kinds, an error with the reason.
    pub fn read_only(
        self,
        ctx: &CleanContext,
        settings: &Settings,
        session_name: Option<&str>,
    ) -> Result<Vec<Self>> {
        self.check_role_and_session()?;
        let name = session_name.map(str::to_owned);
        match self.resolved_profile.resolution.kind {
            ProfileKind::Role => {
                let session = RoleSession { policy: Some(SessionPolicy::ReadOnly), name };
                Ok(vec![self.with_session(ctx, settings, &session)?])
            }
            ProfileKind::Sso => {
                let session = RoleSession { policy: None, name };
                self.with_session(ctx, settings, &session)?.siblings(ctx, settings)
            }
            kind => Err(self
                .not_narrowed(
                    role_session::reason(kind),
                    "use an SSO profile, or a role with `role_arn` or `--role-arn`",
                )
                .into()),
        }
    }

    fn siblings(self, ctx: &CleanContext, settings: &Settings) -> Result<Vec<Self>> {
        let resolution = &self.resolved_profile.resolution;
        let (Some(account), Some(login)) = (&resolution.account, &resolution.login) else {
            return Err(self
                .not_narrowed("its account is not known", "write `sso_account_id` into it")
                .into());
        };
        let mut found = Vec::new();
        for role in &settings.read_only {
            if resolution.role.as_ref() == Some(role) {
                return Ok(vec![Self { mode: Export::Keys, ..self }]);
            }
            let (account, role) = (account.clone(), role.clone());
            let name = TargetName::Role(AccountRole { account, role, session: login.session.clone() });
            let sibling = Self::of_name(ctx, settings, &name, None)?;
            let other = &sibling.resolved_profile.resolution;
            let is_same = other.kind == ProfileKind::Sso
                && other.account == resolution.account
                && other.login.as_ref().is_some_and(|other| other.token == login.token);
            if !is_same {
                let why = format!("{} is not reached by the same login", name.shown());
                let hint = "name the session in the profile with `sso_session`";
                return Err(self.not_narrowed(&why, hint).into());
            }
            let demands = Demands { account: self.demands.account.clone(), ..Demands::default() };
            let region = self.region.clone();
            found.push(Self { region, demands, mode: Export::Keys, ..sibling });
        }
        if found.is_empty() { Err(self.no_sibling(settings)) } else { Ok(found) }
    }

    /// Returns the error that the person has none of the permission sets.
    pub fn no_sibling(&self, settings: &Settings) -> anyhow::Error {
        let names: Vec<_> = settings.read_only.iter().map(|name| sanitize::shown(name)).collect();
        let account =
            sanitize::shown(self.resolved_profile.resolution.account.as_deref().unwrap_or_default());
        let why =
            format!("in the account {account} you have none of the permission sets `{}`", names.join("`, `"));
        let hint = "name one that you have in the setting `read_only`, or have one assigned";
        self.not_narrowed(&why, hint).kind(FailureKind::NotAssigned).into()
    }

    fn not_narrowed(&self, why: &str, hint: &str) -> Failure {
        let shown = self.resolved_profile.shown();
        Failure::new(format!("could not narrow {shown} to reading: {why}")).hint(hint)
    }
}
