//! Tokens of logins that no AWS file names any more, because their section was deleted or renamed.

use anyhow::Result;

use crate::aws::{self, Client};
use crate::cache::sso_token;
use crate::login::{CHANGING, token_lock};
use crate::shared_config::SharedConfig;
use crate::shared_config::endpoint_settings::{EndpointSettings, Service};
use crate::shared_config::region;
use crate::system::context::Context;
use crate::terminal::{lock_wait, message};
use crate::text::sanitize;

/// Revokes and removes every token in the AWS CLI's cache, and returns a name for each: its start URL, or the
/// name of its file. A token that cannot be revoked is a warning, and removed all the same.
pub fn log_out(ctx: &Context, config: &SharedConfig) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for key in sso_token::all(ctx) {
        let _lock = lock_wait::take(ctx, &token_lock(&key), CHANGING)?;
        let Some(token) = sso_token::read(ctx, &key) else { continue };
        let name = token.start_url.clone().unwrap_or_else(|| key.clone());
        if token.is_alive(ctx.now())
            && let Err(error) = revoke(ctx, config, &name, &token)
        {
            let error = sanitize::shown(&format!("{error:#}"));
            message::warning(
                ctx,
                &format!("{error}; the login is forgotten here, and AWS ends it when it expires"),
            );
        }
        sso_token::remove(ctx, &key)?;
        names.push(name);
    }
    Ok(names)
}

fn revoke(ctx: &Context, config: &SharedConfig, name: &str, token: &sso_token::Token) -> Result<()> {
    if let Some(region) = &token.region {
        region::check(region, "the cached token")?;
    }
    let settings = EndpointSettings::new(ctx, Service::Sso, None, config)?;
    let client = Client::new(ctx, settings.endpoint(token.region.clone()));
    aws::sso::logout(&client, aws::sso::PortalSession { name, token: &token.access_token })
}
