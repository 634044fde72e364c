//! How the target differs from what the shell held before: what its start-up files changed, and whether
//! account, role or region are others, which is always told.

use chrono::TimeDelta;

use crate::exports::bookkeeping::Loaded;
use crate::exports::change::{DesiredExports, Diff};
use crate::exports::previous::Previous;
use crate::exports::term::Term;
use crate::exports::variable::{MANAGED, Part};
use crate::load::plan::LoadPlan;
use crate::load::profile_choice::ProfileChoice;
use crate::prompt::decision::Decider;
use crate::settings::Settings;
use crate::system::context::Context;
use crate::terminal::notice::Notice;
use crate::text::{duration, timestamp};
use crate::values::credentials::Credentials;

/// Keys that are valid for no longer than this may be replaced silently, since their renewal is due or nearly
/// so.
const DUE: TimeDelta = TimeDelta::minutes(20);

impl Decider<'_> {
    /// Returns whether start-up files of this shell overwrote variables of awsenv. Their values count as the
    /// ones from before the folder, so the folder's go over them again.
    pub(super) fn is_overwritten(&self) -> bool {
        let env = &self.ctx.env;
        self.asking.is_new()
            && self.loaded.as_ref().is_some_and(|loaded| {
                MANAGED.iter().any(|variable| {
                    variable.part != Part::Display
                        && !loaded.owns(env, variable)
                        && !loaded.stays(env, true, variable)
                })
            })
    }

    /// Returns whether the shell has what is wanted.
    pub(super) fn has(&self, wanted: &DesiredExports) -> bool {
        let Some(loaded) = self.loaded.as_ref().filter(|_| !self.asking.reload) else { return false };
        // Variables for display are no part of the plan, since their values can become known later.
        let displayed =
            |code| wanted.values.get(code).map(|value| &value.fingerprint) == loaded.set.get(code);
        let display = MANAGED.iter().filter(|variable| variable.part == Part::Display);
        loaded.plan == wanted.plan
            && !self.is_overwritten()
            && display
                .map(|variable| (variable, displayed(&variable.code)))
                .all(|(variable, is_same)| is_same && loaded.owns(&self.ctx.env, variable))
    }

    /// Returns whether the shell has exactly these values, from the same source and unchanged. Then they can
    /// stay while new ones are fetched.
    pub(super) fn is_loaded(&self, wanted: &DesiredExports) -> bool {
        self.loaded.as_ref().is_some_and(|loaded| {
            loaded.origin == wanted.origin
                && loaded.plan == wanted.plan
                && !loaded.overridden
                && loaded.identity_changes(&self.ctx.env).is_empty()
        })
    }

    /// Keeps the credentials although new ones were asked for, with this warning as the only line.
    pub(super) fn stay(&mut self, credentials: Option<Credentials>, warning: Notice) -> Option<Credentials> {
        self.decision.failed = true;
        self.decision.notices.push(warning);
        credentials
    }

    /// Notes regions that the user changed by hand, so that a shell below does not think that its start-up
    /// files did.
    pub(super) fn note_regions(&mut self) {
        let noted = self.loaded.as_ref().and_then(|loaded| loaded.noting_regions(&self.ctx.env));
        if let Some(loaded) = noted {
            self.decision.transition = Some(Diff { loaded: Some(loaded), ..Diff::default() });
        }
    }

    /// Returns what the shell holds of this origin.
    pub(super) fn held(&self, origin: &str) -> Option<Previous> {
        let loaded = self.loaded.as_ref().filter(|loaded| loaded.origin == origin)?;
        let expiration = self.ctx.env.text("AWS_CREDENTIAL_EXPIRATION").and_then(timestamp::parse);
        let is_due = expiration.is_some_and(|expiration| expiration - self.ctx.now() <= DUE);
        Some(Previous::new(loaded, is_due))
    }

    /// Returns the account that the bookkeeping has for these keys, only for display.
    pub(super) fn account_of_loaded(&self, wanted: &DesiredExports) -> Option<&str> {
        let keys = wanted.values.get(&'K').map(|value| &value.fingerprint)?;
        let has_keys = |loaded: &&Loaded| loaded.set.get(&'K') == Some(keys);
        self.loaded.as_ref().filter(has_keys)?.holding.account()
    }

    /// Says what is loaded, on entering and for `awsenv reload`, or how it differs from what was loaded
    /// before.
    pub(super) fn tell_loaded(
        &mut self,
        ctx: &Context,
        target: &LoadPlan,
        credentials: Option<&Credentials>,
        wanted: &DesiredExports,
    ) {
        let loaded = self.loaded.as_ref().filter(|loaded| loaded.origin == wanted.origin);
        // Without `AWSENV_PROFILE` everything was unloaded, or the user has overridden it.
        let is_entered = loaded
            .is_none_or(|loaded| !loaded.set.contains_key(&'A') || !loaded.holding.is_of(&wanted.holding));
        let earlier = || self.asking.previous.clone().filter(|previous| previous.origin == wanted.origin);
        let previous = self.held(&wanted.origin).or_else(earlier);
        if let Some((line, is_other)) = previous
            .filter(|previous| previous.holding.is_of(&wanted.holding))
            .and_then(|previous| self.change(target, previous, wanted))
        {
            let notice = if is_other { Notice::Warning } else { Notice::Status };
            self.decision.notices.push(notice(line));
        } else if (is_entered || self.asking.reload || self.is_overwritten())
            && !self.settings.quiet
            && !self.decision.failed
        {
            self.decision.notices.push(described(ctx, &self.settings, target, credentials, wanted));
            let hint = target.resolved_profile.choice.as_ref().and_then(ProfileChoice::hint);
            self.decision.notices.extend(hint.map(Notice::Hint));
        }
    }

    /// Returns the line about another account, role, region or keys, and whether it is a warning.
    fn change(
        &self,
        target: &LoadPlan,
        mut previous: Previous,
        wanted: &DesiredExports,
    ) -> Option<(String, bool)> {
        let mut now = wanted.holding.clone();
        let stays = |loaded: &Loaded| {
            let mut regions = MANAGED.iter().filter(|variable| variable.part == Part::Region);
            regions.any(|variable| loaded.stays(&self.ctx.env, self.asking.is_new(), variable))
        };
        if self.loaded.as_ref().is_some_and(|loaded| !self.asking.reload && stays(loaded)) {
            now = now.without_region();
            previous.holding = previous.holding.without_region();
        }
        if target.resolved_profile.device.is_some() {
            // Each code gives other keys of the same user, so other keys are no news.
            previous.keys.clear();
        }
        let keys = wanted.values.get(&'K').map(|value| &*value.fingerprint);
        previous.change(target.profile(), &now, keys)
    }
}

fn described(
    ctx: &Context,
    settings: &Settings,
    target: &LoadPlan,
    credentials: Option<&Credentials>,
    wanted: &DesiredExports,
) -> Notice {
    let left =
        credentials.and_then(|credentials| credentials.expiration).map(|expiration| expiration - ctx.now());
    let left = left.map_or(String::new(), |left| format!(", {}", duration::left(left)));
    let term = Term::of_origin(&wanted.origin).and_then(|term| term.left_in_prompt(ctx.now()));
    let term = term.map_or(String::new(), |left| format!(", back to the folder in {left}"));
    let is_guarded = target.is_guarded(ctx, credentials);
    let guarded = if is_guarded { ", guarded" } else { "" };
    let colour = target.colour(ctx, settings, is_guarded);
    Notice::Loaded(format!("{}{guarded}{left}{term}", target.described_with(ctx, credentials)), colour)
}
