//! A plan with a role from the command line (`--role-arn`).

use anyhow::Result;

use crate::env_file::folder::Demands;
use crate::exports::mode::Export;
use crate::load::plan::LoadPlan;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::values::role_arn::RoleArgument;
use crate::values::session_policy::RoleSession;

impl LoadPlan {
    /// Returns the plan for a role that is assumed with the profile's credentials; for `None` the plan
    /// itself. Only the role's keys are exported: a tool that prefers `AWS_PROFILE` would use another
    /// account. The demands of `.awsenv` files on role and session must hold for the profile, those on the
    /// account for the role.
    pub fn assuming(
        self,
        ctx: &CleanContext,
        settings: &Settings,
        role: Option<&RoleArgument>,
    ) -> Result<Self> {
        let Some(role) = role else { return Ok(self) };
        self.check_role_and_session()?;
        let demands = Demands { account: self.demands.account, ..Demands::default() };
        let session = &RoleSession::default();
        let resolved_profile = self.resolved_profile.with_session(ctx, settings, Some(role), session)?;
        Ok(Self { resolved_profile, demands, mode: Export::Keys, role: Some(role.clone()), ..self })
    }
}
