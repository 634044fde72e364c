//! The keys of a person who signed in with `aws login`.
//!
//! ```ini
//! [profile console]
//! login_session = arn:aws:iam::111122223333:user/alice
//! region = eu-west-1
//! ```
//!
//! They last for minutes, and are in `~/.aws/login/cache`, where the AWS CLI and awsenv both renew them,
//! until the person must sign in again. Each renewal uses up what it was made with, so it is done under a
//! lock, and after another look.

use anyhow::{Context as _, Result};
use chrono::TimeDelta;

use super::{ConfiguredSource, Fetched, Resolution, Resolver, Source, Store};
use crate::aws::signin;
use crate::cache::console_login;
use crate::exports::clean_context::CleanContext;
use crate::failure::{Failure, FailureKind};
use crate::shared_config::endpoint_settings::Service;
use crate::shared_config::profile::ProfileKind;
use crate::system::context::Context;
use crate::system::files::Replacement;
use crate::terminal::{lock_wait, message};
use crate::text::{sanitize, shell_words};
use crate::values::assumed_role;
use crate::values::credentials::Credentials;
use crate::values::endpoint::Endpoint;

/// With no more than this left, keys are renewed (AWS CLI 2.36).
const WINDOW: TimeDelta = TimeDelta::seconds(300);

/// A session of `aws login`.
pub struct LoginSession;

impl Source for LoginSession {
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>> {
        let session = query.profile.require("login_session")?;
        let resolution = Resolution {
            kind: ProfileKind::Login,
            account: assumed_role::account(session),
            role: role(session),
            login: None,
            store: Store::Login(session.to_owned()),
        };
        let endpoint = query.endpoint(Service::Signin)?;
        Ok(Box::new(LoginSessionKeys { resolution, session, endpoint, profile: query.profile.name }))
    }
}

/// Says that a person must sign in. `reason` is about the login.
pub fn needed(profile: &str, reason: &str) -> Failure {
    Failure::new(format!("could not load profile `{}`: {reason}", sanitize::shown(profile)))
        .hint(format!("run `{}`", command(profile)))
        .kind(FailureKind::LoginNeeded)
}

/// Returns the command that signs in for a profile.
pub fn command(profile: &str) -> String {
    sanitize::shown(&format!("aws login --profile {}", shell_words::quote(profile)))
}

/// What [`needed`] says of a login that is not there.
pub const MISSING: &str = "there is no login of `aws login` for it";

/// Returns the role in the ARN of a role's session; a user has none.
fn role(arn: &str) -> Option<String> {
    let (_, rest) = arn.split_once(":assumed-role/")?;
    rest.split('/').next().map(str::to_owned)
}

struct LoginSessionKeys<'a> {
    resolution: Resolution,
    session: &'a str,
    endpoint: Endpoint,
    profile: &'a str,
}

impl ConfiguredSource for LoginSessionKeys<'_> {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched> {
        let fresh = |credentials: &Credentials| credentials.lasts(ctx.now(), WINDOW + TimeDelta::seconds(1));
        let read = || console_login::read(ctx, self.session).ok_or_else(|| needed(self.profile, MISSING));
        if let Some(credentials) = Some(read()?.credentials).filter(fresh) {
            return Ok(Fetched::Keys(credentials));
        }
        // Without the lock two processes could use up the same token, and one of them would end the login.
        let name = self.resolution.store.lock_name().unwrap_or_default();
        let _lock = lock_wait::take(ctx, &name, "renewing the same login")?;
        let entry = read()?;
        if fresh(&entry.credentials) {
            return Ok(Fetched::Keys(entry.credentials));
        }
        let is_alive = entry.credentials.lasts(ctx.now(), TimeDelta::seconds(1));
        // What is renewed with is good for one use: it is not spent where the next one could not be kept.
        let place = match console_login::prepare(ctx, self.session) {
            Ok(place) => place,
            Err(_) if is_alive => return Ok(Fetched::Keys(entry.credentials)),
            Err(error) => return Err(self.unkept(&error).into()),
        };
        match self.renew(ctx, &entry, place) {
            Ok(credentials) => Ok(Fetched::Keys(credentials)),
            Err(error) if is_alive => {
                message::debug(ctx, || sanitize::shown(&format!("{error:#}")));
                Ok(Fetched::Keys(entry.credentials))
            }
            Err(error) if Failure::kind_of(&error) == FailureKind::LoginNeeded => {
                Err(needed(self.profile, &format!("{error:#}")).into())
            }
            Err(error) => {
                Err(error.context(format!("could not load profile `{}`", sanitize::shown(self.profile))))
            }
        }
    }
}

impl LoginSessionKeys<'_> {
    fn unkept(&self, error: &anyhow::Error) -> Failure {
        let (profile, why) = (sanitize::shown(self.profile), sanitize::shown(&format!("{error:#}")));
        let reason = format!(
            "could not load profile `{profile}`: its keys have expired, and are not renewed here: {why}"
        );
        Failure::new(reason).hint(format!("run `{}` where that file can be written", command(self.profile)))
    }

    fn renew(
        &self,
        ctx: &Context,
        entry: &console_login::ConsoleLoginEntry,
        place: Replacement,
    ) -> Result<Credentials> {
        let login = signin::ConsoleLogin {
            client_id: &entry.client_id,
            refresh_token: &entry.refresh_token,
            key: &entry.key,
        };
        let renewed = signin::renew(ctx, &self.endpoint, login)?;
        let account = entry.credentials.account.clone();
        let credentials = Credentials { account, ..renewed.credentials };
        // The old token is spent: what cannot be written is lost for the next time.
        if let Err(error) = console_login::renew(place, entry, &credentials, &renewed.refresh_token)
            .context("the next renewal will need a new login")
        {
            message::warning(ctx, &sanitize::shown(&format!("{error:#}")));
        }
        Ok(credentials)
    }
}
