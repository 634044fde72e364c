//! The accounts and roles of a login, from Identity Center, with progress on the terminal.

use anyhow::Result;

use crate::aws::sso::PortalSession;
use crate::cache::sso_token::Token;
use crate::configure::assignment::{self, Assignments};
use crate::failure::{Failure, FailureKind};
use crate::login::{self, Login};
use crate::shared_config::SharedConfig;
use crate::shared_config::endpoint_settings::{EndpointSettings, Service};
use crate::shared_config::profile::Profile;
use crate::shared_config::sso_session::SsoSession;
use crate::system::context::Context;
use crate::terminal::Terminal;

/// Lists them. `token` returns a token, from a login if need be; if the server refuses it, it is removed and
/// `token` is called once more. Endpoints come from `profile`, if there is one, and the environment.
pub fn list(
    ctx: &Context,
    config: &SharedConfig,
    login: &Login<'_>,
    session: &SsoSession,
    profile: Option<&Profile<'_>>,
    token: &dyn Fn() -> Result<Token>,
) -> Result<Assignments> {
    let settings = EndpointSettings::new(ctx, Service::Sso, profile, config)?;
    let endpoint = settings.session_endpoint(&session.start_url, &session.region);
    let list = |token: &Token| {
        let bar = Terminal::open().map(|terminal| terminal.bar("listing roles, account by account"));
        let portal = PortalSession { name: login.name(), token: &token.access_token };
        let progress = |done, total| bar.iter().for_each(|bar| bar.set(done, total));
        assignment::list(ctx, &endpoint, portal, &progress)
    };
    let first = token()?;
    match list(&first) {
        Err(error) if Failure::kind_of(&error) == FailureKind::TokenRejected => {
            login::forget(ctx, &login::token_key(session), &first)?;
            list(&token()?)
        }
        found => found,
    }
}
