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
//! A legacy profile has `sso_start_url` and `sso_region` itself. The token of the login is shared with the
//! AWS CLI, and so are the role's credentials.

use anyhow::Result;

use super::{ConfiguredSource, Fetched, Resolution, Resolver, Source, SsoLogin, Store};
use crate::aws::{self, Client};
use crate::cache::key;
use crate::failure::{Failure, FailureKind};
use crate::login::{self, Login};
use crate::shared_config::CleanContext;
use crate::shared_config::SharedConfig;
use crate::shared_config::endpoint_settings::{EndpointSettings, Service};
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::sso_session::{SsoSession, SsoSettings};
use crate::terminal::message;
use crate::text::{sanitize, shell_words};
use crate::values::target_name::AccountRole;

/// A role of a permission set.
pub struct SsoSource;

impl Source for SsoSource {
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
        kind: ProfileKind::Sso,
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
    Ok(Box::new(SsoRole {
        resolution,
        settings,
        config: query.config,
        profile: query.profile,
        active: query.active,
    }))
}

/// How many roles a hint names.
const MOST_ROLES: usize = 8;

struct SsoRole<'a> {
    resolution: Resolution,
    settings: SsoSettings,
    config: &'a SharedConfig,
    /// The profile with this `sso_role_name`.
    profile: Profile<'a>,
    /// The profile that the user chose, which may have this one as its source. Its endpoints count; they are
    /// looked up only for a fetch, since a list of thousands of profiles fetches nothing.
    active: Profile<'a>,
}

impl SsoRole<'_> {
    /// Returns the hint that names the roles which the person has in the account. An assignment may count
    /// only after another login.
    fn not_assigned(&self, mut roles: Vec<String>) -> String {
        let again =
            format!("if it was assigned after your login, run `{}`", sanitize::shown(&self.login_command()));
        let (key, place) = match self.profile.get("sso_role_name") {
            Some(key) => ("sso_role_name", format!(" ({})", key.place())),
            None if self.profile.is_written() => ("sso_role_name", format!(" ({})", self.profile.place())),
            None => ("role", " in .awsenv".to_owned()),
        };
        if roles.contains(&self.settings.role) {
            let login = sanitize::shown(&self.login_command());
            return format!(
                "the role is on your list, but AWS refuses it: run `{login}`, or ask who administers IAM Identity Center"
            );
        }
        if let Some(role) = roles.iter().find(|role| role.eq_ignore_ascii_case(&self.settings.role)) {
            return format!("write `{key} = {}`{place}: upper and lower case count", sanitize::shown(role));
        }
        roles.sort_unstable();
        let more = match roles.len().saturating_sub(MOST_ROLES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let first = roles.iter().take(MOST_ROLES);
        let names: Vec<_> = first.map(|role| format!("`{}`", sanitize::shown_up_to(64, role))).collect();
        match &*names {
            [] => format!("you have no role in that account; {again}"),
            [name] => format!("your role there is {name}: correct `{key}`{place}; {again}"),
            names => {
                let names = names.join(", ");
                format!("your roles there are {names}{more}: correct `{key}`{place}; {again}")
            }
        }
    }

    fn login_command(&self) -> String {
        let (option, name) = match &self.settings.session.name {
            Some(session) if !self.active.is_written() => ("--sso-session", session.as_str()),
            _ => ("--profile", self.active.name),
        };
        format!("awsenv login --force {option} {}", shell_words::quote(name))
    }
}

impl ConfiguredSource for SsoRole<'_> {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched> {
        let login = Login::new(ctx, self.settings.session.clone(), Some(&self.active), self.config)?;
        let token = login.token()?;
        let session = aws::sso::PortalSession { name: login.name(), token: &token.access_token };
        let configured = &self.settings.session;
        let portal = EndpointSettings::new(ctx, Service::Sso, Some(&self.active), self.config)?;
        let client = Client::new(ctx, portal.session_endpoint(&configured.start_url, &configured.region));
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
            // This error leads to a login, and is about the login, not about the profile.
            Err(error) if Failure::kind_of(&error) == FailureKind::TokenRejected => Err(error),
            Err(error) => {
                let what = format!("could not load {}", self.active.shown_as_target());
                if Failure::kind_of(&error) != FailureKind::NotAssigned {
                    return Err(error.context(what));
                }
                // The hint names the roles that could be meant. Without a list the error says enough.
                let hint = match aws::sso::list_account_roles(&client, session, account) {
                    Ok(roles) => self.not_assigned(roles),
                    // AWS refuses the list to a person who has no role in the account.
                    Err(error) if Failure::kind_of(&error) == FailureKind::Other => {
                        self.not_assigned(Vec::new())
                    }
                    Err(_) => return Err(error.context(what)),
                };
                let text = format!("{what}: {error:#}");
                Err(Failure::new(text).hint(hint).kind(FailureKind::NotAssigned).into())
            }
        }
    }
}
