//! The identity behind a set of keys, as AWS tells it (GetCallerIdentity).

use anyhow::Result;

use crate::aws::sts::{self, Identity};
use crate::cache::key_account;
use crate::shared_config::endpoint_settings::{self, EndpointSettings, Service};
use crate::shared_config::{CleanContext, SharedConfig};
use crate::system::context::Context;
use crate::values::credentials::Credentials;

/// Returns the identity, from a call to the endpoint that `profile` uses.
pub fn of(
    ctx: &Context,
    config: &SharedConfig,
    profile: &str,
    credentials: &Credentials,
    region: Option<&str>,
) -> Result<Identity> {
    at(ctx, settings(ctx, profile, config)?, credentials, region)
}

/// Returns the account of these keys, from a call to the endpoint that `profile` uses. The answer is cached,
/// unless the profile has an endpoint of its own, which could claim anything.
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

/// Returns the settings by which `profile` reaches STS.
fn settings(ctx: &Context, profile: &str, config: &SharedConfig) -> Result<EndpointSettings> {
    EndpointSettings::new(ctx, Service::Sts, config.profile(profile).as_ref(), config)
}

/// Calls GetCallerIdentity.
fn at(
    ctx: &Context,
    settings: EndpointSettings,
    credentials: &Credentials,
    region: Option<&str>,
) -> Result<Identity> {
    let client = sts::client(ctx, settings.endpoint(region.map(str::to_owned)))?;
    sts::get_caller_identity(&client, credentials)
}
