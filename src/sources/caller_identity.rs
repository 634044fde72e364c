//! Whose keys a set of keys is, as AWS says.

use anyhow::Result;

use crate::aws::sts::{self, Identity};
use crate::cache::key_account;
use crate::shared_config::endpoint_settings::{self, EndpointSettings, Service};
use crate::shared_config::{CleanContext, SharedConfig};
use crate::system::context::Context;
use crate::values::credentials::Credentials;

/// Asks AWS (GetCallerIdentity) at the endpoint that `profile` uses. A call over the network.
pub fn of(
    ctx: &Context,
    config: &SharedConfig,
    profile: &str,
    credentials: &Credentials,
    region: Option<&str>,
) -> Result<Identity> {
    at(ctx, settings(ctx, profile, config)?, credentials, region)
}

/// Asks AWS (GetCallerIdentity) for the account of these keys, and keeps the answer, unless it is that of an
/// endpoint that only the profile knows. `profile` is for messages, and has the endpoint.
pub fn account(
    ctx: &CleanContext,
    profile: &str,
    credentials: &Credentials,
    region: Option<&str>,
) -> Result<String> {
    let config = ctx.config()?;
    let settings = settings(ctx, profile, config)?;
    let is_kept = settings.url.as_deref() == endpoint_settings::of_environment(ctx, Service::Sts)?;
    let account = at(ctx, settings, credentials, region)?.account;
    if is_kept {
        key_account::keep(ctx, &credentials.access_key_id, &account);
    }
    Ok(account)
}

/// Returns how `profile` reaches the service that is asked.
fn settings(ctx: &Context, profile: &str, config: &SharedConfig) -> Result<EndpointSettings> {
    EndpointSettings::new(ctx, Service::Sts, config.profile(profile).as_ref(), config)
}

/// [`of`] at an endpoint.
fn at(
    ctx: &Context,
    settings: EndpointSettings,
    credentials: &Credentials,
    region: Option<&str>,
) -> Result<Identity> {
    let client = sts::client(ctx, settings.endpoint(region.map(str::to_owned)))?;
    sts::get_caller_identity(&client, credentials)
}
