//! The registration of this program as a client of Identity Center, shared with the AWS CLI.

use anyhow::Result;

use super::Login;
use crate::aws::Client;
use crate::aws::oidc::{self, Reason, Refused};
use crate::cache::client_registration::{self, Registration};
use crate::cache::key;
use crate::cache::sso_token::Token;
use crate::failure::{Failure, FailureKind};
use crate::settings::FlowPolicy;
use crate::terminal::message;
use crate::text::sanitize;

/// Runs `ask` with a registration: the cached one if it has not expired and is for this flow, else a new one.
/// If the server no longer knows the cached one, `ask` runs once more with a new one. `portal` is the address
/// behind the start URL.
pub fn with(
    login: &Login<'_>,
    client: &Client<'_>,
    portal: &str,
    flow: FlowPolicy,
    ask: impl Fn(FlowPolicy, &Registration) -> Result<Token, Refused>,
) -> Result<Token> {
    let session = &login.session;
    let key = key::registration(
        &session.start_url,
        &session.region,
        session.name.as_deref(),
        session.registration_scopes.as_deref(),
    )?;
    let pkce = flow == FlowPolicy::Pkce;
    let usable = |registration: &Registration| {
        registration.is_alive(login.ctx.now()) && registration.is_for_pkce() == pkce
    };
    if let Some(registration) = client_registration::read(login.ctx, &key).filter(usable) {
        match ask(flow, &registration) {
            Err(Refused { reason: Reason::InvalidClient, .. }) => {
                message::debug(login.ctx, || {
                    "the client registration is not known any more: registering again".to_owned()
                });
            }
            answer => return answer.map_err(|refused| translated(login, refused)),
        }
    }
    let registration = register(login, client, portal, pkce).map_err(|refused| translated(login, refused))?;
    if let Err(error) = client_registration::write(login.ctx, &key, &registration) {
        message::unkept(login.ctx, &error);
    }
    ask(flow, &registration).map_err(|refused| translated(login, refused))
}

fn register(
    login: &Login<'_>,
    client: &Client<'_>,
    portal: &str,
    pkce: bool,
) -> Result<Registration, Refused> {
    let session = &login.session;
    // The name that the AWS CLI registers, which shares the registration.
    let name = match &session.name {
        Some(name) => format!("botocore-client-{name}"),
        None => format!("botocore-client-{}", login.ctx.now().timestamp()),
    };
    let scopes = session.registration_scopes.as_deref().unwrap_or_default();
    let flow = if pkce { oidc::Flow::Pkce { issuer_url: portal } } else { oidc::Flow::Device };
    oidc::register_client(client, &name, scopes, flow)
}

fn translated(login: &Login<'_>, refused: Refused) -> anyhow::Error {
    let name = sanitize::shown(login.name());
    let failure = match refused.reason {
        Reason::Denied => Failure::new(format!("could not log in to {name}: it was not allowed"))
            .kind(FailureKind::Declined),
        Reason::Expired => Failure::new(format!("could not log in to {name}: nobody allowed it in time"))
            .kind(FailureKind::Declined),
        // The call to AWS knows of no session, so the hint is added here.
        _ if Failure::kind_of(&refused.error) == FailureKind::LoginNeeded => {
            Failure::new(format!("{:#}", refused.error)).kind(FailureKind::LoginNeeded)
        }
        _ => return refused.error,
    };
    failure.hint(format!("run `{}` to try again", login.command())).into()
}
