//! The steps from the name of a target to its variables in the shell.

use anyhow::Result;

use crate::env_file::folder::Folder;
use crate::load::plan::LoadPlan;
use crate::login;
use crate::prompt::choices::Choice;
use crate::prompt::decision::keys::FoundKeys;
use crate::prompt::decision::{Decider, trace};
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::system::backoff;

/// What names a target.
#[derive(Clone, Copy)]
pub(super) enum TargetSource<'a> {
    /// The files of a folder.
    Folder(&'a Folder),
    /// What a person chose for the shell.
    Choice(&'a Choice),
}

impl TargetSource<'_> {
    /// Fails if it must not be used, before anything else is read.
    fn check(self, ctx: &CleanContext) -> Result<()> {
        match self {
            Self::Folder(folder) => folder.says(ctx).map(drop),
            Self::Choice(_) => Ok(()),
        }
    }

    fn target(self, ctx: &CleanContext, settings: &Settings) -> Result<LoadPlan> {
        match self {
            Self::Folder(folder) => LoadPlan::of_folder(ctx, settings, &folder.says(ctx)?),
            Self::Choice(choice) => LoadPlan::of_name(ctx, settings, &choice.target, None),
        }
    }

    /// Returns the digest of the files' contents; empty for a choice.
    fn content(self) -> String {
        match self {
            Self::Folder(folder) => folder.content(),
            Self::Choice(_) => String::new(),
        }
    }
}

impl Decider<'_> {
    /// Loads what the source names, if it may be loaded. `origin` identifies the source.
    pub(super) fn load(&mut self, source: TargetSource<'_>, origin: &str) -> Result<()> {
        let ctx = &CleanContext::new(self.ctx);
        source.check(ctx)?;
        self.decision.watch_list.marks.extend(ctx.stamps()?.iter().cloned());
        let target = source.target(ctx, &self.settings)?;
        trace::choice(ctx, &target);
        if !self.asking.readonly.is_empty() {
            let known = target.displaying(ctx, target.wanted(None, origin, ""), None, None);
            self.check_settable(&target, &known, false)?;
        }
        let has_inherited = self.has_inherited(&target) && !self.asking.reload;
        if !has_inherited && !self.is_confirmed(ctx, &target, origin, None)? {
            return Ok(());
        }
        let pause_name = format!("{origin} {}", target.profile());
        if self.asking.reload || self.asking.request.is_some() {
            backoff::clear(ctx, &pause_name);
            if !self.asking.network {
                target.resolved_profile.login_keys().for_each(|key| login::marker::end(ctx, key));
            }
        }
        let mut kept_mark = self.depend_on_kept(ctx, &target);
        let content = source.content();
        let here = self.in_shell(&target, origin, &content);
        let credentials = match self.keys(ctx, &target, &pause_name, here)? {
            FoundKeys::Here(credentials) => credentials,
            FoundKeys::Fetched(credentials) => {
                kept_mark = self.depend_on_kept(ctx, &target);
                // For some sources only the keys tell the account.
                if !self.is_confirmed(ctx, &target, origin, credentials.as_ref())? {
                    return Ok(());
                }
                credentials
            }
            FoundKeys::Stays(credentials, warning) => self.stay(credentials, warning),
            FoundKeys::Later(old) => {
                let is_kept = self.is_loaded(&target.wanted(old.as_ref(), origin, &content));
                self.leave_to_second_run(origin, is_kept);
                return Ok(());
            }
        };
        let deadline = match &credentials {
            Some(credentials) => self.attend(ctx, &target, credentials, kept_mark),
            None => self.watch_login(ctx, &target),
        };
        self.decision.deadline = deadline.or(self.decision.deadline);
        let warning = self.expiry_warning(ctx, &target, credentials.as_ref());
        let wanted = target.wanted(credentials.as_ref(), origin, &content);
        let account = self.account_of_loaded(&wanted).map(str::to_owned);
        let wanted = target.displaying(ctx, wanted, credentials.as_ref(), account);
        if self.has(&wanted) {
            self.note_regions();
            self.warn(warning);
            return Ok(());
        }
        if has_inherited && !self.is_confirmed(ctx, &target, origin, credentials.as_ref())? {
            return Ok(());
        }
        self.check_settable(&target, &wanted, true)?;
        self.tell_loaded(ctx, &target, credentials.as_ref(), &wanted);
        self.change_to(Some(&wanted));
        self.warn(warning);
        Ok(())
    }
}
