//! `awsenv renew`: what a prompt starts in the background when credentials are due. Nobody types it.

use std::time::Duration;

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::exports::mode::Export;
use crate::load::plan::LoadPlan;
use crate::load::renewal;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::system::context::Context;
use crate::values::target_name::TargetName;

/// How long to wait for another process, which may be stopped. The next prompt that finds the credentials due
/// starts another renewal.
const PATIENCE: Duration = Duration::from_secs(15);

/// Renews the credentials of the named target, detached from the terminal of the shell that started it.
pub fn run(ctx: &Context, name: Option<&TargetName>, region: Option<&str>) -> Result<Exit> {
    // It fails if this process leads a group already; that has no terminal to leave.
    let _ = rustix::process::setsid();
    let ctx = &CleanContext::new(ctx).with_patience(PATIENCE);
    let Some(name) = name else { return Ok(Exit::Usage) };
    let mut target = LoadPlan::of_name(ctx, &Settings::load(ctx)?, name, region)?;
    // The keys are wanted, whatever a folder exports.
    target.mode = Export::Both;
    renewal::run(ctx, &target)?;
    Ok(Exit::Success)
}
