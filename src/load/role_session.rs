//! A plan whose role gets a session with a policy or a name from the command line.

use anyhow::Result;

use crate::env_file::folder::Demands;
use crate::exports::mode::Export;
use crate::failure::Failure;
use crate::load::plan::LoadPlan;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::ProfileKind;
use crate::values::session_policy::RoleSession;

impl LoadPlan {
    /// Returns the plan with this session, of which only the keys are exported. An error if the profile is
    /// not a role that is assumed: it would run with all its rights.
    pub fn with_session(
        self,
        ctx: &CleanContext,
        settings: &Settings,
        session: &RoleSession,
    ) -> Result<Self> {
        if *session == RoleSession::default() {
            return Ok(self);
        }
        self.check_role_and_session()?;
        let kind = self.resolved_profile.resolution.kind;
        if kind != ProfileKind::Role {
            let shown = self.resolved_profile.shown();
            let what = match session.policy {
                Some(_) => format!("narrow {shown} with a policy"),
                None => format!("name the session of {shown}"),
            };
            let hint = match (kind, &session.policy) {
                (ProfileKind::Sso, Some(_)) => "use `--read-only`, or a role with `role_arn` or `--role-arn`",
                _ => "use a role with `role_arn` or `--role-arn`",
            };
            return Err(Failure::new(format!("could not {what}: {}", reason(kind))).hint(hint).into());
        }
        let role = self.role.as_ref();
        let resolved_profile = self.resolved_profile.with_session(ctx, settings, role, session)?;
        let demands = Demands { account: self.demands.account, ..Demands::default() };
        Ok(Self { resolved_profile, demands, mode: Export::Keys, session: session.clone(), ..self })
    }
}

/// Returns in words why keys of this kind are no session of a role that could get a policy or a name.
pub(super) fn reason(kind: ProfileKind) -> &'static str {
    match kind {
        ProfileKind::Role => "the role is its own",
        ProfileKind::Sso => "AWS opens the session of a permission set",
        ProfileKind::CredentialsKeys | ProfileKind::ConfigKeys => {
            "access keys have all rights of their owner"
        }
        ProfileKind::WebIdentity => "a role by web identity",
        ProfileKind::Process => "the keys come from a program",
        ProfileKind::Login => "the keys come from `aws login`",
        ProfileKind::Other => "the keys come from the machine",
    }
}
