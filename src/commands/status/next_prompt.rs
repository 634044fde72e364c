//! `awsenv status` on the next prompt: what it will load, and what the shell holds until then.

use anyhow::Result;

use super::Status;
use crate::commands::exit::Exit;
use crate::exports::bookkeeping::Loaded;
use crate::load::confirmation;
use crate::load::plan::{self, KeyLocation, LoadPlan};
use crate::shared_config::CleanContext;
use crate::system::context::Context;
use crate::text::{sanitize, timestamp};

impl Status {
    /// Sets the state and message: what the next prompt does with the target. `clean` is `ctx` without
    /// awsenv's exports. An error if it could not load it.
    pub(super) fn judge(
        &mut self,
        ctx: &Context,
        clean: &CleanContext,
        loaded: Option<&Loaded>,
        target: &LoadPlan,
    ) -> Result<()> {
        let keys = target.keys(clean)?;
        let kept = match &keys {
            KeyLocation::Ready(credentials) => Some(credentials),
            _ => None,
        };
        let is_checked = target.check_demands(clean, kept, false)?;
        let is_confirmed = !target.is_guarded(clean, kept) || confirmation::is_loaded(loaded, target);
        self.message = match keys {
            KeyLocation::BehindLogin(login) => {
                return Err(plan::login_needed(ctx, &target.resolved_profile, &login).into());
            }
            KeyLocation::BehindSignIn(session) => return Err(session.missing(ctx).into()),
            KeyLocation::BehindCode(device) => return Err(device.needed(target.profile()).into()),
            _ if !is_confirmed => {
                (self.exit, self.state) = (Exit::ConfirmDue, "confirm");
                self.hint = Some(
                    "confirm it at the prompt; in a script, with `awsenv exec --confirm ACCOUNT`".to_owned(),
                );
                "`confirm` asks before this is loaded".to_owned()
            }
            KeyLocation::AtAws => "credentials will be fetched when they are needed".to_owned(),
            _ if !is_checked => "AWS will be asked for the account when it is needed".to_owned(),
            KeyLocation::Ready(_) | KeyLocation::NotExported => "ready".to_owned(),
        };
        if is_confirmed
            && let Some((other, is_by_hand)) =
                loaded.and_then(|loaded| self.other_in_shell(ctx, loaded, target))
        {
            self.exit = Exit::OtherInShell;
            self.message = other;
            self.is_by_hand = is_by_hand;
            self.hint = Some(if is_by_hand {
                format!("run `awsenv reload` to load {} again", sanitize::shown(target.profile()))
            } else {
                "the next prompt loads it; `awsenv exec -- CMD` runs one command right now".to_owned()
            });
        }
        Ok(())
    }

    /// Returns in words what this shell holds instead of the target, and whether a person set it by hand;
    /// `None` if it holds the target.
    fn other_in_shell(&self, ctx: &Context, loaded: &Loaded, target: &LoadPlan) -> Option<(String, bool)> {
        let by_hand = loaded.identity_changes(&ctx.env);
        if loaded.overridden || !by_hand.is_empty() {
            let named = |is_set: bool| {
                let names = by_hand.iter().filter(|variable| ctx.env.get(variable.name).is_some() == is_set);
                let names: Vec<_> = names.map(|variable| variable.name).collect();
                let verb = if names.len() > 1 { "were" } else { "was" };
                let done = if is_set { "set" } else { "unset" };
                (!names.is_empty()).then(|| format!("{} {verb} {done} by hand", names.join(", ")))
            };
            let parts: Vec<_> = [true, false].into_iter().filter_map(named).collect();
            return Some((parts.join(", "), true));
        }
        let profile = ctx.env.text("AWSENV_PROFILE").unwrap_or_default();
        if !self.loaded || profile != target.profile() {
            return Some((format!("this shell still has the profile {}", sanitize::shown(profile)), false));
        }
        let expiration = ctx.env.text("AWS_CREDENTIAL_EXPIRATION").and_then(timestamp::parse)?;
        (expiration <= ctx.now()).then(|| ("the keys in this shell have expired".to_owned(), false))
    }
}
