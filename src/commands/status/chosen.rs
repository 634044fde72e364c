//! What `awsenv status` says of a profile that was chosen for the shell and is not loaded: of a login that is
//! missing, say.

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

/// The hook's function says here what the shell remembers. It is shown, and nothing is loaded because of it.
const CHOSEN: &str = "AWSENV_CHOSEN";

impl Status {
    /// What was chosen counts, whatever the folder says.
    pub(super) fn chosen_or_folder(&mut self, ctx: &Context, loaded: Option<&Loaded>) -> Result<()> {
        let mut choices = ctx.env.text(CHOSEN).map(Choices::decode).unwrap_or_default();
        choices.end(ctx.now());
        let Some(choice) = choices.now() else { return self.folder(ctx, loaded) };
        let settings = Settings::load(ctx)?;
        let clean = CleanContext::new(ctx);
        let target = LoadPlan::of_name(&clean, &settings, &choice.target, None)?;
        self.loaded = loaded.is_some_and(|loaded| loaded.origin == choice.origin() && !loaded.overridden);
        let mut shown = ShownTarget::of(&clean, &target);
        "use".clone_into(&mut shown.source);
        self.target = Some(shown);
        self.judge(ctx, &clean, loaded, &target)?;
        if self.message == self.state {
            self.message = format!("chosen with `awsenv use` at {}", timestamp::utc(choice.term().since));
        }
        Ok(())
    }
}

/// Reads what `AWSENV_PROFILE` says of a role that no profile has.
pub(super) fn unwritten(ctx: &Context, name: &str) -> Result<Option<(String, String)>> {
    let Some((account, role)) = name.split_once('/').filter(|(account, _)| account_id::is_valid(account))
    else {
        return Ok(None);
    };
    let is_profile = shared_config::load(ctx)?.profile(name).is_some();
    Ok((!is_profile).then(|| (account.to_owned(), role.to_owned())))
}
