//! `awsenv status` for a profile that was chosen with `awsenv use` and is not loaded, for example because a
//! login is missing.

use anyhow::Result;

use super::{ShownTarget, Status};
use crate::exports::bookkeeping::Loaded;
use crate::load::plan::LoadPlan;
use crate::prompt::choices::Choices;
use crate::settings::Settings;
use crate::shared_config;
use crate::shared_config::CleanContext;
use crate::system::context::Context;
use crate::text::timestamp;
use crate::values::account_id;

/// The variable in which the hook's function tells what was chosen for the shell. It is only shown: nothing
/// is loaded because of it.
const CHOSEN: &str = "AWSENV_CHOSEN";

impl Status {
    /// Describes what was chosen for the shell, else what the folder loads.
    pub(super) fn chosen_or_folder(&mut self, ctx: &Context, loaded: Option<&Loaded>) -> Result<()> {
        let mut choices = ctx.env.text(CHOSEN).map(Choices::decode).unwrap_or_default();
        choices.end(ctx.now());
        let Some(choice) = choices.now() else { return self.folder(ctx, loaded) };
        let settings = Settings::load(ctx)?;
        let clean = CleanContext::new(ctx);
        let target = LoadPlan::of_name(&clean, &settings, &choice.target, None)?;
        self.loaded = loaded.is_some_and(|loaded| loaded.origin == choice.origin() && !loaded.overridden);
        let mut shown = ShownTarget::of(&clean, &target);
        self.colour = shown.colour(&settings, target.profile());
        "use".clone_into(&mut shown.source);
        self.target = Some(shown);
        self.judge(ctx, &clean, loaded, &target)?;
        if self.message == self.state {
            self.message = format!("chosen with `awsenv use` at {}", timestamp::utc(choice.term().since));
        }
        Ok(())
    }
}

/// Returns the account and role in `ACCOUNT/ROLE`, the value of `AWSENV_PROFILE` for a role that no profile
/// has; `None` for a profile's name.
pub(super) fn unwritten(ctx: &Context, name: &str) -> Result<Option<(String, String)>> {
    let Some((account, role)) = name.split_once('/').filter(|(account, _)| account_id::is_valid(account))
    else {
        return Ok(None);
    };
    let is_profile = shared_config::load(ctx)?.profile(name).is_some();
    Ok((!is_profile).then(|| (account.to_owned(), role.to_owned())))
}
