//! How a decision gets the keys: from the caches, or, in a second run, from AWS and after a login.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use crate::cache::{console_login, role, sso_token};
use crate::exports::mode::Export;
use crate::failure::{Failure, FailureKind};
use crate::load::plan::{self, KeyLocation, LoadPlan};
use crate::load::renewal;
use crate::login::{self, LoginOptions, Subject};
use crate::prompt::decision::{Decider, trace};
use crate::shared_config::CleanContext;
use crate::shared_config::profile::ProfileKind;
use crate::sources;
use crate::sources::resolution::Store;
use crate::system::backoff::{self, Backoff};
use crate::system::context::Context;
use crate::system::file_stamp::FileStamp;
use crate::system::interrupt::{AtInterrupt, at_interrupt};
use crate::terminal::notice::Notice;
use crate::text::{sanitize, timestamp};
use crate::values::credentials::Credentials;
use crate::values::secret::Secret;

/// How long a second run that was interrupted is not repeated automatically.
pub(super) const ATTEMPT_PAUSE: TimeDelta = TimeDelta::seconds(10);

/// The outcome of looking for keys. `None` inside if the mode exports none.
#[derive(Debug)]
pub(super) enum FoundKeys {
    /// They were cached, or in the shell.
    Here(Option<Credentials>),
    /// They came from AWS, or AWS was asked for their account.
    Fetched(Option<Credentials>),
    /// They were cached, and new ones could not be fetched, as the warning says.
    Stays(Option<Credentials>, Notice),
    /// A second run must fetch them. Until then these are good, if there are any.
    Later(Option<Credentials>),
}

impl Decider<'_> {
    /// Returns the keys from the caches or the shell; from AWS only if this run may use the network.
    pub(super) fn keys(
        &mut self,
        ctx: &CleanContext,
        target: &LoadPlan,
        pause_name: &str,
        in_shell: Option<Credentials>,
    ) -> Result<FoundKeys> {
        let keys = match (target.keys(ctx)?, in_shell) {
            (KeyLocation::AtAws, Some(credentials)) => KeyLocation::Ready(credentials),
            (keys, _) => keys,
        };
        trace::keys(ctx, target, &keys);
        let watched = self.decision.watch_list.marks.len();
        if let KeyLocation::BehindCode(device) = &keys {
            self.decision.watch_list.watch(role::own_path(ctx, &device.key)?);
        }
        if let (KeyLocation::AtAws | KeyLocation::BehindSignIn(_), Some(session)) =
            (&keys, &target.resolved_profile.console)
        {
            self.decision.watch_list.watch(console_login::path(ctx, &session.arn)?);
        }
        if let (KeyLocation::AtAws | KeyLocation::BehindLogin(_), Some(login)) =
            (&keys, &target.resolved_profile.resolution.login)
        {
            // As long as there are no keys, a login in another shell is noticed by its token.
            self.decision.watch_list.watch(sso_token::path(ctx, &login.token)?);
        }
        if !matches!(keys, KeyLocation::Ready(_) | KeyLocation::NotExported) {
            // No login for a profile that would be refused.
            target.check_demands(ctx, None, false)?;
        }
        let found = self.found(ctx, target, pause_name, keys)?;
        if !matches!(found, FoundKeys::Later(_)) {
            self.decision.watch_list.marks.truncate(watched);
        }
        Ok(found)
    }

    /// Returns the keys that the shell has already, if they are of this very folder and profile, and of a
    /// source that no cache keeps: a `credential_process` without an expiration, or a machine's own role, is
    /// not asked again at each prompt.
    pub(super) fn in_shell(&self, target: &LoadPlan, origin: &str, content: &str) -> Option<Credentials> {
        let loaded = self.loaded.as_ref()?;
        if !matches!(target.resolved_profile.resolution.kind, ProfileKind::Process | ProfileKind::Other) {
            return None;
        }
        let variable = |name| self.ctx.env.text(name);
        let credentials = Credentials {
            access_key_id: variable("AWS_ACCESS_KEY_ID")?.to_owned(),
            secret_access_key: Secret::new(variable("AWS_SECRET_ACCESS_KEY")?),
            session_token: variable("AWS_SESSION_TOKEN").map(Secret::new),
            expiration: variable("AWS_CREDENTIAL_EXPIRATION").and_then(timestamp::parse),
            account: None,
        };
        let same = target.wanted(Some(&credentials), origin, content).plan == loaded.plan;
        (same && credentials.lasts(self.ctx.now(), TimeDelta::seconds(1))).then_some(credentials)
    }

    fn found(
        &mut self,
        ctx: &CleanContext,
        target: &LoadPlan,
        pause_name: &str,
        keys: KeyLocation,
    ) -> Result<FoundKeys> {
        let here = match keys {
            KeyLocation::Ready(credentials) => Some(Some(credentials)),
            KeyLocation::NotExported => Some(None),
            KeyLocation::AtAws => None,
            KeyLocation::BehindLogin(login) => {
                let command = login::command(login.session.as_deref(), Some(target.profile()));
                let subject = Subject::session(ctx, &login.token, login.name(), command);
                let needed = || plan::login_needed(ctx, &target.resolved_profile, &login);
                self.may_log_in(ctx, target, (&login.token, &subject), needed)?;
                None
            }
            KeyLocation::BehindSignIn(session) => {
                let subject = Subject::console(ctx, &session);
                self.may_log_in(ctx, target, (&session.key, &subject), || session.missing(ctx))?;
                None
            }
            KeyLocation::BehindCode(device) => {
                let subject = Subject::device(ctx, &device, target.profile());
                let needed = || device.needed(target.profile());
                self.may_log_in(ctx, target, (&device.key, &subject), needed)?;
                None
            }
        };
        let is_checked = match &here {
            Some(credentials) => target.check_demands(ctx, credentials.as_ref(), false)?,
            None => false,
        };
        let anew = self.asking.reload && is_fetched(ctx, target);
        let (here, old) = if anew { (None, here.filter(|_| is_checked).flatten()) } else { (here, None) };
        if let Some(credentials) = here.as_ref().filter(|_| is_checked) {
            return Ok(FoundKeys::Here(credentials.clone()));
        }
        if !self.asking.network {
            return match backoff::current(ctx, pause_name) {
                Some(pause) => Err(self.paused(pause, FailureKind::Unreachable)),
                None => Ok(FoundKeys::Later(old)),
            };
        }
        let fetched = || {
            let credentials = match here {
                Some(credentials) => credentials,
                None => target.obtain(ctx, self.least(anew), self.how(ctx, target).as_ref())?,
            };
            target.check_demands(ctx, credentials.as_ref(), true)?;
            Ok(credentials)
        };
        let stopping = stopping(ctx, target, pause_name);
        let fetched = fetched();
        drop(stopping);
        match fetched {
            Ok(credentials) => {
                backoff::clear(ctx, pause_name);
                Ok(FoundKeys::Fetched(credentials))
            }
            Err(error) if old.is_some() => Ok(FoundKeys::Stays(old, unchanged(target, &error))),
            Err(error) => match Failure::kind_of(&error) {
                kind @ (FailureKind::Unreachable | FailureKind::Busy) => {
                    let message = format!("{error:#}");
                    let pause = backoff::extend(ctx, pause_name, &message, Failure::hint_of(&error));
                    Err(self.paused(pause, kind))
                }
                _ => Err(error),
            },
        }
    }

    /// Fails if no login may begin at this prompt.
    fn may_log_in(
        &mut self,
        ctx: &CleanContext,
        target: &LoadPlan,
        (key, subject): (&str, &Subject),
        needed: impl Fn() -> Failure,
    ) -> Result<()> {
        if !self.asking.network && login::is_under_way(ctx, key) {
            return Err(subject.under_way(ctx).into());
        }
        match self.how(ctx, target) {
            Some(_) => Ok(()),
            None => Err(needed().into()),
        }
    }

    fn how(&self, ctx: &Context, target: &LoadPlan) -> Option<LoginOptions> {
        let key = target.login_key(ctx)?;
        LoginOptions::at_prompt(ctx, &self.settings, key).filter(|_| self.asking.is_hooked())
    }

    /// Returns how long cached credentials must be valid to be good enough: a second in general, what the AWS
    /// CLI requires of its cache for a reload, and none are good if they are to be fetched `anew`.
    fn least(&self, anew: bool) -> TimeDelta {
        match (anew, self.asking.reload) {
            (true, _) => sources::ANEW,
            (false, true) => role::WINDOW,
            (false, false) => TimeDelta::seconds(1),
        }
    }

    fn paused(&mut self, pause: Backoff, kind: FailureKind) -> anyhow::Error {
        self.decision.deadline = Some(pause.until);
        let failure = Failure::new(pause.message).kind(kind);
        let hint = pause.hint.unwrap_or_else(|| "run `awsenv reload` to try again now".to_owned());
        failure.hint(hint).into()
    }

    /// Returns when the keys must be checked again (UTC). The name of a role's cache file is derived from
    /// account and role, so before the keys are due a changed file can only hold newer keys of that role: the
    /// shell tests only that it exists, which is faster.
    pub(super) fn attend(
        &mut self,
        ctx: &CleanContext,
        target: &LoadPlan,
        credentials: &Credentials,
        kept: Option<FileStamp>,
    ) -> Option<DateTime<Utc>> {
        let next = renewal::attend(ctx, target, credentials, kept)?;
        if !next.is_due
            && kept.is_some()
            && matches!(target.resolved_profile.resolution.store, Store::RoleCache(_))
            && let Some(path) = target.resolved_profile.kept_in(ctx)
        {
            self.decision.watch_list.marks.retain(|(known, _)| *known != path);
            self.decision.watch_list.existing.push(path);
        }
        Some(next.at)
    }

    /// Watches the login, which the tools need where no keys are exported. Returns when it expires (UTC).
    pub(super) fn watch_login(&mut self, ctx: &Context, target: &LoadPlan) -> Option<DateTime<Utc>> {
        let login = target.resolved_profile.resolution.login.as_ref()?;
        self.decision.watch_list.watch(sso_token::path(ctx, &login.token).ok()?);
        login.kept(ctx).map(|token| token.expires_at)
    }

    /// Watches the file that keeps the keys, and returns its stamp; `None` if there is none.
    pub(super) fn depend_on_kept(&mut self, ctx: &Context, target: &LoadPlan) -> Option<FileStamp> {
        let path = target.resolved_profile.kept_in(ctx)?;
        self.decision.watch_list.marks.retain(|(known, _)| *known != path);
        self.decision.watch_list.watch(path)
    }
}

/// Makes Ctrl-C start a pause, in which no prompt repeats the same attempt automatically.
fn stopping(ctx: &Context, target: &LoadPlan, pause_name: &str) -> AtInterrupt {
    let (ctx, pause_name) = (ctx.clone(), pause_name.to_owned());
    let profile = sanitize::shown(target.profile());
    at_interrupt(move || {
        let message = format!("could not load profile `{profile}`: Ctrl-C stopped it");
        backoff::stop(&ctx, &pause_name, &message, Some("run `awsenv reload` to try again"));
    })
}

/// Returns whether a reload fetches the keys of this target although they are cached. It does not for keys in
/// the user's files, nor for keys that would need a new code or sign-in.
fn is_fetched(ctx: &Context, target: &LoadPlan) -> bool {
    let by_session = match &target.resolved_profile.device {
        Some(device) => device.opens_session && device.session(ctx).is_some(),
        None => true,
    };
    let is_kept_by_person = match &target.resolved_profile.resolution.store {
        Store::File { .. } | Store::Login(_) => true,
        Store::OwnCache(_) => target.resolved_profile.device.is_some(),
        Store::RoleCache(_) | Store::Nowhere => false,
    };
    target.mode != Export::Profile && by_session && !is_kept_by_person
}

/// Returns the warning that the old keys stay, and why.
fn unchanged(target: &LoadPlan, error: &anyhow::Error) -> Notice {
    let profile = sanitize::shown(target.profile());
    Notice::Warning(format!("the keys of {profile} are still the old ones: {error:#}"))
}
