//! The profile that a command works with: the one that was named, or this folder's.

use anyhow::Result;

use crate::env_file::argument;
use crate::env_file::folder::{Folder, HINT_TO_MAKE_ONE};
use crate::exports::bookkeeping::Loaded;
use crate::exports::term::Term;
use crate::failure::{Failure, FailureKind};
use crate::load::plan::LoadPlan;
use crate::login::mfa_device;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::sanitize;
use crate::values::role_arn::RoleArgument;
use crate::values::target_name::TargetName;

/// A profile, and what it is resolved with.
#[derive(Debug)]
pub struct CommandProfile {
    /// The process's environment, without awsenv's own exports.
    pub ctx: CleanContext,
    /// The settings.
    pub settings: Settings,
    /// What is to be loaded.
    pub target: LoadPlan,
}

impl CommandProfile {
    /// Resolves the target that was named, else that of this folder's `.awsenv` files, which must be allowed.
    /// An inherited `AWS_PROFILE` does not count. `region` overrides any other.
    pub fn new(ctx: &Context, name: Option<&TargetName>, region: Option<&str>) -> Result<Self> {
        Self::with_role(ctx, name, region, None)
    }

    /// [`CommandProfile::new`] for a role that is assumed with the profile's credentials.
    pub fn with_role(
        world: &Context,
        name: Option<&TargetName>,
        region: Option<&str>,
        role: Option<&RoleArgument>,
    ) -> Result<Self> {
        let settings = Settings::load(world)?;
        let ctx = CleanContext::new(world);
        let target = if let Some(name) = name {
            LoadPlan::of_name(&ctx, &settings, name, region)?
        } else {
            let says = Folder::of(&ctx, &settings, &argument::directory(&ctx)?)
                .says(&ctx)
                .map_err(or_name_a_profile)?;
            let target = LoadPlan::of_folder_in(&ctx, &settings, &says, region)?;
            warn_of_another(world, &target);
            target
        };
        let target = target.assuming(&ctx, &settings, role)?;
        Ok(Self { ctx, settings, target })
    }

    /// Resolves the target that was named, for its keys alone, without a region.
    pub fn for_keys(ctx: &Context, name: &TargetName) -> Result<Self> {
        let settings = Settings::load(ctx)?;
        let ctx = CleanContext::new(ctx);
        let target = LoadPlan::for_keys(&ctx, &settings, name)?;
        Ok(Self { ctx, settings, target })
    }

    /// Sets a code of an MFA device from the command line, to be used if one is needed. Errors: it is no
    /// code, or the profile has no MFA device.
    pub fn with_code(mut self, typed: Option<&str>) -> Result<Self> {
        let Some(typed) = typed else { return Ok(self) };
        let Some(code) = mfa_device::code(typed) else {
            return Err(Failure::new("invalid `--mfa-code`: a code has six digits").into());
        };
        if self.target.resolved_profile.device.is_none() {
            let profile = sanitize::shown(self.target.profile());
            let failure =
                Failure::new(format!("could not use `--mfa-code`: the profile `{profile}` needs none"));
            return Err(failure.hint("take it away, or add `mfa_serial` to the profile").into());
        }
        self.target.code = Some(code);
        Ok(self)
    }
}

/// Warns that this shell has another account or role than its folder, from `awsenv use` or `awsenv exec`.
/// Anybody can have made the environment say so, so it decides nothing else.
fn warn_of_another(ctx: &Context, target: &LoadPlan) {
    let Some(loaded) = Loaded::of(&ctx.env).filter(|loaded| loaded.whose != target.digest()) else { return };
    let maker = match loaded.pinned && !loaded.overridden {
        true => "exec",
        false if Term::holds(&loaded, ctx.now()) => "use",
        false => return,
    };
    let held = sanitize::shown(ctx.env.text("AWSENV_PROFILE").unwrap_or_default());
    message::warning(
        ctx,
        &format!(
            "this shell has profile `{held}` from `awsenv {maker}`, but this command uses {}, as the folder says; name another with `--profile`",
            target.resolved_profile.shown()
        ),
    );
}

/// Adds to the hint that the profile can be named, which not every command that reads a folder allows.
fn or_name_a_profile(error: anyhow::Error) -> anyhow::Error {
    match Failure::kind_of(&error) {
        FailureKind::NoEnvFile => Failure::new(error.to_string())
            .hint(format!("{HINT_TO_MAKE_ONE}, or name a profile with `--profile`"))
            .kind(FailureKind::NoEnvFile)
            .into(),
        _ => error,
    }
}
