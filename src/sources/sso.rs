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
use crate::login::{self, Login};
use crate::profile::Kind;
use crate::sso_settings::SsoSettings;
use crate::{cache_key, message, text};

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
                token: login::token_key(session),
            }),
        };
        let endpoint = |service| -> Result<Endpoint> {
            let settings = EndpointSettings::new(query.ctx, service, Some(&query.active), query.config)?;
            Ok(settings.endpoint(Some(session.region.clone())))
        };
        let (portal, oidc) = (endpoint(Service::Sso)?, endpoint(Service::SsoOidc)?);
        Ok(Box::new(Role { facts, settings, portal, oidc, profile: query.active.name.to_owned() }))
    }
}

struct Role {
    facts: Facts,
    settings: SsoSettings,
    portal: Endpoint,
    oidc: Endpoint,
    /// What the person named, which may rest on this one.
    profile: String,
}

impl Selection for Role {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn fetch(&self, ctx: &Context) -> Result<Fetched> {
        let login = Login::at(ctx, self.settings.session.clone(), self.oidc.clone(), &self.profile);
        let token = login.token()?;
        let session = aws::sso::Session { name: login.name(), token: &token.access_token };
        let client = Client::new(ctx, self.portal.clone());
        let answer =
            aws::sso::get_role_credentials(&client, session, &self.settings.account, &self.settings.role);
        if let Err(error) = &answer
            && Failure::kind_of(error) == FailureKind::TokenRejected
            && let Err(error) = login::forget(ctx, &login::token_key(&self.settings.session), &token)
        {
            message::warning(ctx, &text::shown(&format!("{error:#}")));
        }
        Ok(Fetched::Sso(answer?))
    }
}
