//! Whether a service can be reached from here at all, and what time it has: one request without credentials, whose answer
//! does not matter.

use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};

use crate::aws::raw_request::Ask;
use crate::aws::{Client, Endpoint, checked};
use crate::shared_config::endpoint_settings::Service;
use crate::system::context::Context;

/// What a service answered.
#[derive(Clone, Debug)]
pub struct Reached {
    /// The time of its clock (UTC, whole seconds), if it said so.
    pub date: Option<DateTime<Utc>>,
}

/// Returns the address of the service, which is AWS's own unless one is configured.
pub fn address(service: Service, endpoint: &Endpoint) -> Result<String> {
    if let Some(url) = &endpoint.url {
        return Ok(url.clone());
    }
    let region = endpoint.region.as_deref().map(checked).transpose()?.map(|region| region.to_string());
    let unresolved = "could not find the endpoint";
    // The three resolvers have the same face and no trait in common.
    macro_rules! resolve {
        ($sdk:ident) => {{
            use $sdk::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
            let params = Params::builder()
                .set_region(region)
                .use_fips(endpoint.fips)
                .use_dual_stack(endpoint.dual_stack)
                .build()
                .context(unresolved)?;
            let resolver = DefaultResolver::new();
            let found = crate::aws::at_once(resolver.resolve_endpoint(&params))?;
            found.map_err(|_| anyhow::anyhow!(unresolved))?.url().to_owned()
        }};
    }
    Ok(match service {
        Service::Sts => resolve!(aws_sdk_sts),
        Service::Sso => resolve!(aws_sdk_sso),
        Service::SsoOidc => resolve!(aws_sdk_ssooidc),
        Service::Signin => anyhow::bail!(unresolved),
    })
}

/// Asks the service once, and waits for `limit` at most. Any answer is one. The error says why there was none.
pub fn ask(ctx: &Context, service: Service, endpoint: Endpoint, limit: Duration) -> Result<Reached> {
    let url = address(service, &endpoint)?;
    let client = Client::new(ctx, endpoint).within(limit);
    let ask = Ask { method: "GET", url: &url, headers: &[], body: String::new(), secrets: &[] };
    let answer = client.exchange(&ask).map_err(|trouble| trouble.failure("reach it"))?;
    let date = answer.date.as_deref().and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    Ok(Reached { date: date.map(|date| date.to_utc()) })
}
