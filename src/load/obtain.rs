//! How a plan gets its keys: from the caches, from AWS, after a login, or with a code of an MFA device.

use anyhow::Result;
use chrono::TimeDelta;

use crate::cache::role;
use crate::exports::mode::Export;
use crate::failure::{Failure, FailureKind};
use crate::load::plan::{KeyLocation, LoadPlan, login_needed};
use crate::login::mfa_code::CodeLogin;
use crate::login::mfa_device::MfaDevice;
use crate::login::mfa_program::MfaProgram;
use crate::login::sign_in::SignIn;
use crate::login::{self, Login, LoginOptions};
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::ProfileKind;
use crate::sources::exec_role_index;
use crate::sources::resolution::{SsoLogin, Store};
use crate::sources::{self, ConfiguredSource, Resolver};
use crate::terminal::message;
use crate::text::sanitize;
use crate::values::credentials::Credentials;
use crate::values::secret::Secret;

impl LoadPlan {
    /// Returns the keys, from AWS unless they are cached with at least `least` left; `None` if the mode
    /// exports none. If a login is needed, a person is asked as `how` says, and once more if AWS refuses the
    /// token; without `how` it is an error of kind [`FailureKind::LoginNeeded`]. A code of an MFA device is
    /// asked for in the same way, but only if the cached keys have expired, or if `least` is more than the
    /// AWS CLI asks of a cache.
    pub fn obtain(
        &self,
        ctx: &CleanContext,
        least: TimeDelta,
        how: Option<&LoginOptions>,
    ) -> Result<Option<Credentials>> {
        // Nobody logs in for a profile that would be refused.
        self.check_demands(ctx, None, false)?;
        let mut obtained = self.obtain_logged_in(ctx, least, how);
        if let (Err(error), Some(how), Some(session)) = (&obtained, how, &self.resolved_profile.console)
            && Failure::kind_of(error) == FailureKind::LoginNeeded
            && session.alive(ctx).is_none()
        {
            match self.sign_in(ctx, |login| login.log_in(how)) {
                Ok(_) => obtained = self.obtain_logged_in(ctx, least, Some(how)),
                Err(asked) if Failure::kind_of(&asked) != FailureKind::LoginNeeded => return Err(asked),
                // Nobody could be asked: the first error says what is needed.
                Err(_) => {}
            }
        }
        if self.resolved_profile.unwritten().is_some() && obtained.is_ok() {
            // A logout finds the cached keys by this note, since no profile names them.
            exec_role_index::keep(ctx, &self.resolved_profile.resolution, None, None);
        }
        match (obtained, &self.resolved_profile.device) {
            (Err(error), Some(device)) if Failure::kind_of(&error) == FailureKind::LoginNeeded => {
                match self.keys(ctx)? {
                    KeyLocation::Ready(keys) if least <= role::WINDOW => Ok(Some(keys)),
                    KeyLocation::BehindLogin(_) | KeyLocation::BehindSignIn(_) => Err(error),
                    _ if how.is_none() && self.code.is_none() => Err(error),
                    _ => self.obtain_with_code(ctx, device, least, how, false),
                }
            }
            (done, _) => done,
        }
    }

    /// [`LoadPlan::obtain`] for what needs the keys themselves; the demands are checked with them. An error
    /// if the mode exports none.
    pub fn obtain_keys(
        &self,
        ctx: &CleanContext,
        least: TimeDelta,
        how: Option<&LoginOptions>,
    ) -> Result<Credentials> {
        let keys = self.obtain(ctx, least, how)?;
        self.check_demands(ctx, keys.as_ref(), true)?;
        keys.ok_or_else(|| self.no_keys().into())
    }

    /// Returns the error that there are no keys.
    pub fn no_keys(&self) -> Failure {
        Failure::new(format!("could not get credentials of {}", self.resolved_profile.shown()))
    }

    /// Returns the keys, with a new code of the MFA device, which a person is asked for if none was given
    /// beforehand. With `anew` a session or keys that another process got do not count unless they are new.
    pub fn obtain_with_code(
        &self,
        ctx: &CleanContext,
        device: &MfaDevice,
        least: TimeDelta,
        how: Option<&LoginOptions>,
        anew: bool,
    ) -> Result<Option<Credentials>> {
        let selection = self.selection(ctx, least)?;
        let before = device.session(ctx);
        let done = || {
            let session = device.session(ctx);
            let is_new = session.is_some() && session != before;
            let lasting = |keys: &Credentials| keys.lasts(ctx.now(), least);
            let is_enough = match self.resolved_profile.resolution.store {
                Store::OwnCache(_) => session.as_ref().is_some_and(lasting),
                _ if device.opens_session => session.is_some(),
                _ => self.resolved_profile.kept_credentials(ctx).ok()?.is_some_and(|kept| lasting(&kept)),
            };
            (is_new || is_enough && !anew).then_some(None)
        };
        let purpose = self.described(ctx);
        let config = ctx.config()?;
        let profile = self.resolved_profile.section(config)?;
        let program = MfaProgram::of(&Settings::look(ctx)?, config, profile)?;
        let login = CodeLogin { ctx, device, profile: self.profile(), purpose, program };
        let submit = |code: &Secret| sources::obtain_with_code(ctx, selection.as_ref(), code).map(Some);
        match login.run(how, self.code.as_ref(), done, submit)? {
            Some(keys) => Ok(Some(keys).filter(|_| self.mode != Export::Profile)),
            None => self.attempt(ctx, least),
        }
    }

    /// Calls `act` with the login of `aws login` that the keys come from.
    pub fn sign_in<T>(&self, ctx: &CleanContext, act: impl Fn(&SignIn<'_>) -> Result<T>) -> Result<T> {
        let selection = self.selection(ctx, TimeDelta::seconds(1))?;
        let Some((session, endpoint)) = selection.console_login() else {
            anyhow::bail!("could not log in: the profile rests on no login of `aws login`");
        };
        act(&SignIn { ctx, session, endpoint })
    }

    fn obtain_logged_in(
        &self,
        ctx: &CleanContext,
        least: TimeDelta,
        how: Option<&LoginOptions>,
    ) -> Result<Option<Credentials>> {
        let attempt = || self.attempt(ctx, least);
        let error = match attempt() {
            Err(error)
                if matches!(
                    Failure::kind_of(&error),
                    FailureKind::LoginNeeded | FailureKind::TokenRejected
                ) =>
            {
                error
            }
            answer => return answer,
        };
        let rejected = Failure::kind_of(&error) == FailureKind::TokenRejected;
        let Some(login) =
            self.resolved_profile.resolution.login.as_ref().filter(|_| rejected || how.is_some())
        else {
            return Err(error);
        };
        let session = self.login(ctx, login)?;
        let token = match how {
            Some(how) => {
                if rejected {
                    message::status(ctx, &sanitize::shown(&format!("{error:#}")));
                }
                session.ensure(how)
            }
            // Another process may have logged in since.
            None => session.token(),
        };
        match token {
            Ok(_) => attempt().inspect_err(|error| {
                // Another login would be refused as well: no prompt shall try by itself.
                if Failure::kind_of(error) == FailureKind::TokenRejected {
                    login::marker::decline(ctx, &login.token);
                }
            }),
            Err(asked) if Failure::kind_of(&asked) != FailureKind::LoginNeeded => Err(asked),
            // Nobody could be asked, and the refused token was reported already.
            Err(_) if rejected && how.is_some() => {
                Err(login_needed(ctx, &self.resolved_profile, login).into())
            }
            Err(_) => Err(error),
        }
    }

    /// Returns the keys of a role whose source is a cached role, so that no login and no code is needed; else
    /// `None`.
    fn over_kept_role(&self, ctx: &CleanContext, least: TimeDelta) -> Result<Option<Credentials>> {
        if self.resolved_profile.resolution.kind != ProfileKind::Role || self.mode == Export::Profile {
            return Ok(None);
        }
        let selection = self.selection(ctx, least)?;
        match sources::obtain(ctx, selection.as_ref(), least) {
            Err(error) if Failure::kind_of(&error) == FailureKind::LoginNeeded => Ok(None),
            answer => answer.map(Some),
        }
    }

    fn attempt(&self, ctx: &CleanContext, least: TimeDelta) -> Result<Option<Credentials>> {
        let needed = match self.keys(ctx)? {
            KeyLocation::NotExported => return Ok(None),
            KeyLocation::Ready(credentials) if credentials.lasts(ctx.now(), least) => {
                return Ok(Some(credentials));
            }
            KeyLocation::Ready(_) | KeyLocation::AtAws => None,
            KeyLocation::BehindLogin(login) => Some(login_needed(ctx, &self.resolved_profile, &login)),
            KeyLocation::BehindSignIn(session) => Some(session.missing(ctx)),
            KeyLocation::BehindCode(device) => Some(device.needed(self.profile())),
        };
        if let Some(needed) = needed {
            let kept = self.over_kept_role(ctx, least)?;
            return kept.map(Some).ok_or_else(|| needed.into());
        }
        if self.mode == Export::Profile && self.resolved_profile.device.is_none() {
            if let Some(login) = &self.resolved_profile.resolution.login {
                self.login(ctx, login)?.token()?;
            }
            return Ok(None);
        }
        let selection = self.selection(ctx, least)?;
        let keys = sources::obtain(ctx, selection.as_ref(), least)?;
        Ok(Some(keys).filter(|_| self.mode != Export::Profile))
    }

    /// Fetches keys to learn their account, where the mode exports none.
    pub(super) fn fetch_to_ask(&self, ctx: &CleanContext) -> Result<Credentials> {
        let selection = self.selection(ctx, TimeDelta::seconds(1))?;
        sources::obtain(ctx, selection.as_ref(), TimeDelta::seconds(1))
    }

    fn login<'a>(&self, ctx: &'a CleanContext, login: &SsoLogin) -> Result<Login<'a>> {
        let config = ctx.config()?;
        let profile = self.resolved_profile.section(config)?;
        Login::new(ctx, login.session(config)?, Some(&profile), config)
    }

    fn selection<'a>(
        &'a self,
        ctx: &'a CleanContext,
        least: TimeDelta,
    ) -> Result<Box<dyn ConfiguredSource + 'a>> {
        let config = ctx.config()?;
        let profile = self.resolved_profile.section(config)?;
        let selection = Resolver::new(ctx, config, profile)
            .in_region(self.region_name())
            .with_unwritten(self.resolved_profile.unwritten())
            .with_role(self.role.as_ref())
            .with_session(&self.session)
            .anew(least == sources::ANEW)
            .select()?;
        self.resolved_profile.check_same(selection.resolution())?;
        Ok(selection)
    }
}
