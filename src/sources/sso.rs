//! A role that IAM Identity Center assigned to the person.
//!
//! ```ini
//! [profile acme-dev]
//! sso_session = acme
//! sso_account_id = 111122223333
//! sso_role_name = Developer
//!
//! [sso-session acme]
//! sso_start_url = https://acme.awsapps.com/start
//! sso_region = eu-west-1
//! ```
//!
//! A legacy profile has `sso_start_url` and `sso_region` itself. The token of the login is shared with the AWS
//! CLI, and so are the role's credentials.

use anyhow::Result;

use super::{Facts, Fetched, Query, Selection, Source, SsoLogin, Store};
use crate::aws::{self, Client, Endpoint};
use crate::context::Context;
use crate::endpoint::{EndpointSettings, Service};
use crate::failure::{Failure, Kind as FailureKind};
use crate::profile::Kind;
use crate::sso_settings::SsoSettings;
use crate::{cache_key, lock, message, text, token_cache};

/// SSO.
pub struct Sso;

impl Source for Sso {
    fn select<'a>(&self, query: &Query<'a>) -> Result<Box<dyn Selection + 'a>> {
        let settings = SsoSettings::of_profile(&query.profile, query.config)?;
        let session = &settings.session;
        let key = match &session.name {
            Some(name) => cache_key::Login::Session(name),
            None => cache_key::Login::StartUrl(&session.start_url),
        };
        let facts = Facts {
            kind: Kind::Sso,
            account: Some(settings.account.clone()),
            role: Some(settings.role.clone()),
            store: Store::RoleCache(cache_key::sso_role(key, &settings.account, &settings.role)?),
            login: Some(SsoLogin {
                session: session.name.clone(),
                start_url: session.start_url.clone(),
                region: session.region.clone(),
                token: cache_key::token(key),
            }),
        };
        let endpoint = EndpointSettings::new(query.ctx, Service::Sso, Some(&query.active), query.config)?
            .endpoint(Some(session.region.clone()));
        Ok(Box::new(Role { facts, settings, endpoint }))
    }
}

struct Role {
    facts: Facts,
    settings: SsoSettings,
    endpoint: Endpoint,
}

impl Selection for Role {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn fetch(&self, ctx: &Context) -> Result<Fetched> {
        let Some(login) = &self.facts.login else {
            return Err(Failure::new("could not find the login").into());
        };
        let name = login.name();
        let token = token_cache::read(ctx, &login.token).filter(|token| token.is_alive(ctx.now()));
        let Some(token) = token else {
            return Err(Failure::new(format!(
                "could not get credentials: the login to {} has expired",
                text::shown(name)
            ))
            .kind(FailureKind::LoginNeeded)
            .into());
        };
        let session = aws::sso::Session { name, token: &token.access_token };
        let client = Client::new(ctx, self.endpoint.clone());
        let answer =
            aws::sso::get_role_credentials(&client, session, &self.settings.account, &self.settings.role);
        if let Err(error) = &answer
            && Failure::kind_of(error) == FailureKind::TokenRejected
            && let Err(error) = forget(ctx, &login.token, &token)
        {
            message::warning(ctx, &text::shown(&format!("{error:#}")));
        }
        Ok(Fetched::Sso(answer?))
    }
}

/// Drops a token that the server refuses, unless another process has put a new one in its place.
fn forget(ctx: &Context, key: &str, refused: &token_cache::Token) -> Result<()> {
    let _lock = lock::lock(ctx, &format!("token-{key}"))?;
    if token_cache::read(ctx, key).is_some_and(|token| token.access_token == refused.access_token) {
        token_cache::remove(ctx, key)?;
    }
    Ok(())
}
