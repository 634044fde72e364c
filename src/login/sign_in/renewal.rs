//! A silent renewal of a login of `aws login`: the refresh token of the last keys, which can be used once,
//! gets the next ones.

use anyhow::{Context as _, Result};
use chrono::TimeDelta;

use super::SignIn;
use crate::aws::signin;
use crate::cache::console_login::{self, ConsoleLoginEntry};
use crate::failure::{Failure, FailureKind};
use crate::login::{CHANGING, token_lock};
use crate::system::files::Replacement;
use crate::system::interrupt;
use crate::terminal::{lock_wait, message};
use crate::text::sanitize;
use crate::values::credentials::Credentials;

/// With no more than this left, keys are renewed (AWS CLI 2.36).
const WINDOW: TimeDelta = TimeDelta::seconds(300);

impl SignIn<'_> {
    /// Returns keys that can be used now, renewed if they are due. Asks nobody: [`FailureKind::LoginNeeded`]
    /// if there is no login, or AWS renews it no longer.
    pub fn credentials(&self) -> Result<Credentials> {
        let ctx = self.ctx;
        let fresh = |credentials: &Credentials| credentials.lasts(ctx.now(), WINDOW + TimeDelta::seconds(1));
        let read = || self.session.kept(ctx).ok_or_else(|| self.session.missing(ctx));
        if let Some(credentials) = Some(read()?.credentials).filter(fresh) {
            return Ok(credentials);
        }
        // Without the lock two processes could use up the same token, and one of them would end the login.
        let _lock = lock_wait::take(ctx, &token_lock(&self.session.key), CHANGING)?;
        let entry = read()?;
        if fresh(&entry.credentials) {
            return Ok(entry.credentials);
        }
        let is_alive = entry.credentials.lasts(ctx.now(), TimeDelta::seconds(1));
        // The refresh token can be used once: it is not sent if the next one could not be kept.
        let place = match console_login::prepare(ctx, &self.session.arn) {
            Ok(place) => place,
            Err(_) if is_alive => return Ok(entry.credentials),
            Err(error) => return Err(self.unkept(&error).into()),
        };
        let error = match self.renew(&entry, place) {
            Ok(credentials) => return Ok(credentials),
            Err(error) => error,
        };
        // The AWS CLI takes no locks: it may have renewed in between.
        let other = self.session.alive(ctx).filter(|now| now.refresh_token != entry.refresh_token);
        match (other, Failure::kind_of(&error)) {
            (Some(other), _) => Ok(other.credentials),
            _ if is_alive => {
                message::debug(ctx, || sanitize::shown(&format!("{error:#}")));
                Ok(entry.credentials)
            }
            (None, FailureKind::TokenRejected) => {
                // Nobody needs to try it again.
                console_login::remove(ctx, &self.session.key)?;
                Err(self.session.needed(&format!("{error:#}")).into())
            }
            (None, FailureKind::LoginNeeded) => Err(self.session.needed(&format!("{error:#}")).into()),
            (None, _) => {
                let profile = sanitize::shown(&self.session.profile);
                Err(error.context(format!("could not load profile `{profile}`")))
            }
        }
    }

    fn unkept(&self, error: &anyhow::Error) -> Failure {
        let (profile, why) = (sanitize::shown(&self.session.profile), sanitize::shown(&format!("{error:#}")));
        let reason = format!(
            "could not load profile `{profile}`: its keys have expired, and are not renewed here: {why}"
        );
        Failure::new(reason).hint(format!("run `{}` where that file can be written", self.session.command()))
    }

    fn renew(&self, entry: &ConsoleLoginEntry, place: Replacement) -> Result<Credentials> {
        let login = signin::ConsoleLogin {
            client_id: &entry.client_id,
            refresh_token: &entry.refresh_token,
            key: &entry.key,
        };
        // A refresh token that was sent is used up: Ctrl-C waits until the next one is kept.
        let _deferral = interrupt::defer();
        let renewed = signin::renew(self.ctx, self.endpoint, login)?;
        let account = entry.credentials.account.clone();
        let credentials = Credentials { account, ..renewed.credentials };
        // The old refresh token is used up: if the new one cannot be written, the next renewal fails.
        if let Err(error) = console_login::renew(place, entry, &credentials, &renewed.refresh_token)
            .context("the next renewal will need a new login")
        {
            message::warning(self.ctx, &sanitize::shown(&format!("{error:#}")));
        }
        Ok(credentials)
    }
}
