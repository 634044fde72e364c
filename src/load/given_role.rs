//! A target whose role is named on the command line.

use anyhow::Result;

use crate::env_file::folder::Demands;
use crate::exports::mode::Export;
use crate::load::plan::LoadPlan;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::values::role_arn::RoleArgument;

impl LoadPlan {
    /// Assumes a role with the profile's credentials. Only its keys are exported: a tool that prefers the
    /// profile would be in another account. What files demand of role and session, the profile must be; the
    /// account, the role's.
    pub fn assuming(
        self,
        ctx: &CleanContext,
        settings: &Settings,
        role: Option<&RoleArgument>,
    ) -> Result<Self> {
        let Some(role) = role else { return Ok(self) };
        self.check_role_and_session()?;
        let demands = Demands { account: self.demands.account, ..Demands::default() };
        let resolved_profile = self.resolved_profile.assuming(ctx, settings, role)?;
        Ok(Self { resolved_profile, demands, mode: Export::Keys, role: Some(role.clone()), ..self })
    }
}
