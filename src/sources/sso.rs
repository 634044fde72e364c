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

use super::{ConfiguredSource, Fetched, Resolution, Resolver, Source, SsoLogin, Store};
use crate::aws::{self, Client};
use crate::cache::key;
use crate::failure::{Failure, Kind as FailureKind};
use crate::login::{self, Login};
use crate::shared_config::SharedConfig;
use crate::shared_config::endpoint_settings::{EndpointSettings, Service};
use crate::shared_config::profile::{Kind, Profile};
use crate::shared_config::sso_session::{SsoSession, SsoSettings};
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::sanitize;
use crate::values::target_name::AccountRole;

/// SSO.
pub struct Sso;

impl Source for Sso {
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>> {
        select(query, SsoSettings::of_profile(&query.profile, query.config)?)
    }
}

/// Selects a role that no profile has, through its session.
pub fn unwritten<'a>(query: &Resolver<'a>, role: &AccountRole) -> Result<Box<dyn ConfiguredSource + 'a>> {
    let session = SsoSession::named(role.session.as_deref().unwrap_or_default(), query.config)?;
    select(query, SsoSettings { session, account: role.account.clone(), role: role.role.clone() })
}

fn select<'a>(query: &Resolver<'a>, settings: SsoSettings) -> Result<Box<dyn ConfiguredSource + 'a>> {
    let session = &settings.session;
    let key = match &session.name {
        Some(name) => key::LoginKey::Session(name),
        None => key::LoginKey::StartUrl(&session.start_url),
    };
    let resolution = Resolution {
        kind: Kind::Sso,
        account: Some(settings.account.clone()),
        role: Some(settings.role.clone()),
        store: Store::RoleCache(key::sso_role(key, &settings.account, &settings.role)?),
        login: Some(SsoLogin {
            session: session.name.clone(),
            start_url: session.start_url.clone(),
            region: session.region.clone(),
            token: login::token_key(session),
        }),
    };
    Ok(Box::new(SsoRole { resolution, settings, config: query.config, active: query.active }))
}

struct SsoRole<'a> {
    resolution: Resolution,
    settings: SsoSettings,
    config: &'a SharedConfig,
    /// What the person named, which may rest on this one. Its endpoints count, and are looked for only where something is fetched: a
    /// list of thousands of profiles fetches nothing.
    active: Profile<'a>,
}

impl SsoRole<'_> {
    /// A role without a profile is called by its account and name.
    fn shown(&self) -> String {
        let name = sanitize::shown(self.active.name);
        if self.active.is_written() { format!("profile `{name}`") } else { name }
    }
}

impl ConfiguredSource for SsoRole<'_> {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn fetch(&self, ctx: &Context) -> Result<Fetched> {
        let login = Login::new(ctx, self.settings.session.clone(), Some(&self.active), self.config)?;
        let token = login.token()?;
        let session = aws::sso::PortalSession { name: login.name(), token: &token.access_token };
        let portal = EndpointSettings::new(ctx, Service::Sso, Some(&self.active), self.config)?;
        let client = Client::new(ctx, portal.endpoint(Some(self.settings.session.region.clone())));
        let (account, role) = (&self.settings.account, &self.settings.role);
        let answer = aws::sso::get_role_credentials(&client, session, account, role);
        if let Err(error) = &answer
            && Failure::kind_of(error) == FailureKind::TokenRejected
            && let Err(error) = login::forget(ctx, &login::token_key(&self.settings.session), &token)
        {
            message::warning(ctx, &sanitize::shown(&format!("{error:#}")));
        }
        match answer {
            Ok(credentials) => Ok(Fetched::Sso(credentials)),
            // What is said before a login is about the login.
            Err(error) if Failure::kind_of(&error) == FailureKind::TokenRejected => Err(error),
            Err(error) => Err(error.context(format!("could not load {}", self.shown()))),
        }
    }
}
