//! Whose keys a set of keys is, as AWS says.

use anyhow::Result;

use crate::aws::sts::{self, Identity};
use crate::context::Context;
use crate::credentials::Credentials;
use crate::endpoint::{EndpointSettings, Service};
use crate::shared_config;

/// Asks AWS (GetCallerIdentity) at the endpoint that `profile` uses. A call over the network.
pub fn of(ctx: &Context, profile: &str, credentials: &Credentials, region: Option<&str>) -> Result<Identity> {
    let config = shared_config::load(ctx)?;
    let settings = EndpointSettings::new(ctx, Service::Sts, config.profile(profile).as_ref(), &config)?;
    let client = sts::client(ctx, settings.endpoint(region.map(str::to_owned)))?;
    sts::get_caller_identity(&client, credentials)
}
