//! A silent refresh: the refresh token of the last token, which can be used once, gets the next one.

use anyhow::Result;

use super::{CHANGING, Login, named, token_lock};
use crate::aws::Client;
use crate::aws::oidc::{self, Grant, Issued, Reason, Refused};
use crate::cache::sso_token::{self, Token};
use crate::failure::{Failure, FailureKind};
use crate::login::person_login::Told;
use crate::system::interrupt;
use crate::terminal::{lock_wait, message};
use crate::text::sanitize;

impl Login<'_> {
    /// Refreshes the token, under the lock and after another look, since a refresh token can be used once. It
    /// is not sent if the new token could not be kept.
    pub(super) fn refreshed(&self, seen: Token) -> Result<Token> {
        let now = self.ctx.now();
        let _lock = match lock_wait::take(self.ctx, &token_lock(&self.key), CHANGING) {
            Ok(guard) => guard,
            Err(error) if Failure::kind_of(&error) == FailureKind::Busy && !seen.is_alive(now) => {
                return Err(error);
            }
            Err(error) => return self.unrefreshed(seen, &error),
        };
        let token = self.kept().unwrap_or(seen);
        if token.is_alive(now) && !token.is_due(now) {
            return Ok(token);
        }
        match self.endpoint.check_private() {
            Err(_) if token.is_alive(now) => return Ok(token),
            checked => checked?,
        }
        let place = match sso_token::prepare(self.ctx, &self.key) {
            Ok(place) => place,
            Err(error) => return self.unrefreshed(token, &error),
        };
        // A refresh token that was sent is used up: Ctrl-C waits until the new token is kept.
        let deferral = interrupt::defer();
        let refreshed = self.refresh(&token);
        match refreshed {
            Ok(new) => {
                if let Err(error) = sso_token::write_prepared(place, &new) {
                    message::unkept(self.ctx, &error);
                }
                drop(deferral);
                Ok(new)
            }
            // The AWS CLI takes no locks: it may have refreshed in between.
            Err(refused) => match self.kept().filter(|other| *other != token) {
                Some(other) if other.is_alive(now) => Ok(other),
                _ if token.is_alive(now) => Ok(token),
                _ if Failure::kind_of(&refused.error) == FailureKind::Unreachable => Err(refused.error),
                Some(_) => Err(self.ended(&refused.error).into()),
                None => {
                    if matches!(refused.reason, Reason::InvalidGrant | Reason::InvalidClient) {
                        // Nobody needs to try it again.
                        self.keep(&Token { refresh_token: None, ..token });
                    }
                    Err(self.ended(&refused.error).into())
                }
            },
        }
    }

    /// Returns a token that cannot be refreshed here, if it has not expired. Otherwise the error is not
    /// [`FailureKind::LoginNeeded`]: the token of another login could not be kept either, so nobody is asked
    /// for one.
    fn unrefreshed(&self, token: Token, why: &anyhow::Error) -> Result<Token> {
        let why_not = sanitize::shown(&format!("{why:#}"));
        if token.is_alive(self.ctx.now()) {
            message::debug(self.ctx, || format!("the login is not refreshed: {why_not}"));
            return Ok(token);
        }
        let session = named(self.name(), &self.session.start_url);
        // If the file cannot be written, the reason for the lock does not matter.
        let (why_not, hint) = match (sso_token::prepare(self.ctx, &self.key), Failure::hint_of(why)) {
            (Ok(_), Some(hint)) => (why_not, hint.to_owned()),
            (Ok(_), None) => (why_not, format!("run `{}` again", self.command())),
            (Err(unwritable), _) => (
                sanitize::shown(&format!("{unwritable:#}")),
                format!("run `{}` where that file can be written", self.command()),
            ),
        };
        Err(Failure::new(format!("the login to {session} has expired, and is not refreshed here: {why_not}"))
            .hint(hint)
            .into())
    }

    fn refresh(&self, token: &Token) -> Result<Token, Refused> {
        let parts =
            token.client_id.as_ref().zip(token.client_secret.as_ref()).zip(token.refresh_token.as_ref());
        let Some(((id, secret), refresh)) = parts else {
            return Err(anyhow::Error::from(self.needed()).into());
        };
        message::debug(self.ctx, || format!("refreshing the login to {}", sanitize::shown(self.name())));
        let client = Client::new(self.ctx, self.endpoint.clone());
        let grant = Grant::RefreshToken(refresh);
        let Issued { access_token, expires_at, refresh_token } =
            oidc::create_token(&client, id, secret, grant)?;
        let (start_url, region) = (Some(self.session.start_url.clone()), Some(self.session.region.clone()));
        Ok(Token { access_token, expires_at, start_url, region, refresh_token, ..token.clone() })
    }
}
