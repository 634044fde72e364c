//! Whose keys a set of keys is, as AWS says.

use anyhow::Result;

use crate::aws::sts::{self, Identity};
use crate::shared_config::endpoint_settings::{EndpointSettings, Service};
use crate::shared_config::{self, SharedConfig};
use crate::system::context::Context;
use crate::values::credentials::Credentials;

/// Asks AWS (GetCallerIdentity) at the endpoint that `profile` uses. A call over the network.
pub fn of(ctx: &Context, profile: &str, credentials: &Credentials, region: Option<&str>) -> Result<Identity> {
    let config = shared_config::load(ctx)?;
    at(ctx, settings(ctx, profile, &config)?, credentials, region)
}

/// Returns how `profile` reaches the service that is asked.
pub fn settings(ctx: &Context, profile: &str, config: &SharedConfig) -> Result<EndpointSettings> {
    EndpointSettings::new(ctx, Service::Sts, config.profile(profile).as_ref(), config)
}

/// [`of`] at an endpoint.
pub fn at(
    ctx: &Context,
    settings: EndpointSettings,
    credentials: &Credentials,
    region: Option<&str>,
) -> Result<Identity> {
    let client = sts::client(ctx, settings.endpoint(region.map(str::to_owned)))?;
    sts::get_caller_identity(&client, credentials)
}
