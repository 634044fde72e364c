//! The setting `confirm`: whether a person has confirmed the profile.

use anyhow::Result;

use crate::exports::bookkeeping::Loaded;
use crate::failure::{Failure, FailureKind};
use crate::load::confirmation;
use crate::load::plan::LoadPlan;
use crate::prompt::decision::Decider;
use crate::shared_config::CleanContext;
use crate::values::credentials::Credentials;

impl Decider<'_> {
    /// Returns whether this shell has inherited this very profile. As long as nothing has to be loaded again,
    /// there is nothing to confirm. An inherited environment is no answer, though.
    pub(super) fn has_inherited(&self, target: &LoadPlan) -> bool {
        let is_inherited = |loaded: &&Loaded| loaded.id != self.asking.holds && !self.is_overwritten();
        let inherited = self.loaded.as_ref().filter(is_inherited);
        confirmation::is_loaded(inherited, target)
    }

    /// Returns whether the profile may be loaded. The first run leaves the question to the second one. An
    /// error if the answer is no.
    pub(super) fn is_confirmed(
        &mut self,
        ctx: &CleanContext,
        target: &LoadPlan,
        origin: &str,
        credentials: Option<&Credentials>,
    ) -> Result<bool> {
        if !target.is_guarded(ctx, credentials) {
            return Ok(true);
        }
        let about = target.digest();
        let answers = &mut self.decision.answers;
        if answers.confirms(&about) {
            return Ok(true);
        }
        if answers.refuses(origin, &about) && !self.asking.reload {
            self.unload();
            return Ok(false);
        }
        // No question about a target that would be refused.
        target.check_demands(ctx, credentials, false)?;
        if !self.asking.network {
            self.leave_to_second_run(origin, false);
            return Ok(false);
        }
        let yes = match confirmation::ask(ctx, target) {
            // At a prompt, to cancel the question is a no.
            Err(error) if Failure::kind_of(&error) == FailureKind::Cancelled => false,
            answer => answer?,
        };
        self.decision.answers.note(origin, &about, yes);
        if yes {
            return Ok(true);
        }
        let refused = confirmation::refused(target, "it was not confirmed");
        Err(refused.hint("run `awsenv reload` to be asked again").into())
    }
}
