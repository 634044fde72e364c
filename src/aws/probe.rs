//! The address of a service, and whether it can be reached from here: one request without credentials, of
//! whose answer only the time counts.

use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};

use crate::aws::raw_request::Ask;
use crate::aws::{Client, checked, clock_skew};
use crate::shared_config::endpoint_settings::Service;
use crate::system::context::Context;
use crate::values::endpoint::Endpoint;

/// A service answered.
#[derive(Clone, Debug)]
pub struct Reached {
    /// Its time (UTC, whole seconds), if the answer has it.
    pub date: Option<DateTime<Utc>>,
}

/// Returns the address of the service, which is AWS's own unless one is configured.
pub fn address(service: Service, endpoint: &Endpoint) -> Result<String> {
    let endpoint = endpoint.clone().resolved();
    if let Some(url) = &endpoint.url {
        return Ok(url.clone());
    }
    let region = endpoint.region.as_deref().map(checked).transpose()?.map(|region| region.to_string());
    let unresolved = "could not find the endpoint";
    // The resolvers of the three clients have the same methods, but no trait in common.
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
            // Nothing is waited for, so any runtime will do.
            let runtime = tokio::runtime::Builder::new_current_thread().build().context(unresolved)?;
            let found = runtime.block_on(resolver.resolve_endpoint(&params));
            found.map_err(|_| anyhow::anyhow!(unresolved))?.url().to_owned()
        }};
    }
    Ok(match service {
        Service::Sts => resolve!(aws_sdk_sts),
        Service::Sso => resolve!(aws_sdk_sso),
        Service::SsoOidc => resolve!(aws_sdk_ssooidc),
        Service::Signin | Service::Ecr | Service::EcrPublic | Service::Iam => anyhow::bail!(unresolved),
    })
}

/// Asks the service once, and waits for `limit` at most. An answer of any status is a success. Errors:
/// [`crate::failure::FailureKind::Unreachable`], with the reason.
pub fn ask(ctx: &Context, service: Service, endpoint: Endpoint, limit: Duration) -> Result<Reached> {
    let url = address(service, &endpoint)?;
    let client = Client::new(ctx, endpoint).within(limit);
    let ask = Ask { method: "GET", url: &url, headers: &[], body: String::new(), secrets: &[] };
    let answer = client.exchange(&ask).map_err(|trouble| trouble.failure("reach it"))?;
    Ok(Reached { date: clock_skew::parse(answer.date.as_deref()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row as AWS CLI 2.36.7 built it: service, region, plain, dual-stack, FIPS, both.
    const AWS_CLI: &str = "\
sts us-west-2 sts.us-west-2.amazonaws.com sts.us-west-2.api.aws sts-fips.us-west-2.amazonaws.com sts-fips.us-west-2.api.aws
sts cn-north-1 sts.cn-north-1.amazonaws.com.cn sts.cn-north-1.api.amazonwebservices.com.cn sts-fips.cn-north-1.amazonaws.com.cn sts-fips.cn-north-1.api.amazonwebservices.com.cn
sts us-gov-west-1 sts.us-gov-west-1.amazonaws.com sts.us-gov-west-1.api.aws sts.us-gov-west-1.amazonaws.com sts-fips.us-gov-west-1.api.aws
sts eusc-de-east-1 sts.eusc-de-east-1.amazonaws.eu sts.eusc-de-east-1.api.amazonwebservices.eu sts-fips.eusc-de-east-1.amazonaws.eu sts-fips.eusc-de-east-1.api.amazonwebservices.eu
sts us-iso-east-1 sts.us-iso-east-1.c2s.ic.gov sts.us-iso-east-1.api.aws.ic.gov sts-fips.us-iso-east-1.c2s.ic.gov sts-fips.us-iso-east-1.api.aws.ic.gov
sts xx-new-1 sts.xx-new-1.amazonaws.com sts.xx-new-1.api.aws sts-fips.xx-new-1.amazonaws.com sts-fips.xx-new-1.api.aws
sts us-west-2-fips sts-fips.us-west-2.amazonaws.com sts-fips.us-west-2.api.aws sts-fips.us-west-2.amazonaws.com sts-fips.us-west-2.api.aws
sts fips-us-west-2 sts-fips.us-west-2.amazonaws.com sts-fips.us-west-2.api.aws sts-fips.us-west-2.amazonaws.com sts-fips.us-west-2.api.aws
sts us-gov-west-1-fips sts.us-gov-west-1.amazonaws.com sts-fips.us-gov-west-1.api.aws sts.us-gov-west-1.amazonaws.com sts-fips.us-gov-west-1.api.aws
sso us-west-2 portal.sso.us-west-2.amazonaws.com portal.sso.us-west-2.api.aws portal.sso-fips.us-west-2.amazonaws.com portal.sso-fips.us-west-2.api.aws
sso cn-north-1 portal.sso.cn-north-1.amazonaws.com.cn portal.sso.cn-north-1.api.amazonwebservices.com.cn portal.sso-fips.cn-north-1.amazonaws.com.cn portal.sso-fips.cn-north-1.api.amazonwebservices.com.cn
sso us-gov-west-1 portal.sso.us-gov-west-1.amazonaws.com portal.sso.us-gov-west-1.api.aws portal.sso.us-gov-west-1.amazonaws.com portal.sso-fips.us-gov-west-1.api.aws
sso eusc-de-east-1 portal.sso.eusc-de-east-1.amazonaws.eu portal.sso.eusc-de-east-1.api.amazonwebservices.eu portal.sso-fips.eusc-de-east-1.amazonaws.eu portal.sso-fips.eusc-de-east-1.api.amazonwebservices.eu
sso us-iso-east-1 portal.sso.us-iso-east-1.c2s.ic.gov portal.sso.us-iso-east-1.api.aws.ic.gov portal.sso-fips.us-iso-east-1.c2s.ic.gov portal.sso-fips.us-iso-east-1.api.aws.ic.gov
sso xx-new-1 portal.sso.xx-new-1.amazonaws.com portal.sso.xx-new-1.api.aws portal.sso-fips.xx-new-1.amazonaws.com portal.sso-fips.xx-new-1.api.aws
sso us-west-2-fips portal.sso-fips.us-west-2.amazonaws.com portal.sso-fips.us-west-2.api.aws portal.sso-fips.us-west-2.amazonaws.com portal.sso-fips.us-west-2.api.aws
sso fips-us-west-2 portal.sso-fips.us-west-2.amazonaws.com portal.sso-fips.us-west-2.api.aws portal.sso-fips.us-west-2.amazonaws.com portal.sso-fips.us-west-2.api.aws
sso us-gov-west-1-fips portal.sso.us-gov-west-1.amazonaws.com portal.sso-fips.us-gov-west-1.api.aws portal.sso.us-gov-west-1.amazonaws.com portal.sso-fips.us-gov-west-1.api.aws
sso-oidc us-west-2 oidc.us-west-2.amazonaws.com oidc.us-west-2.api.aws oidc-fips.us-west-2.amazonaws.com oidc-fips.us-west-2.api.aws
sso-oidc cn-north-1 oidc.cn-north-1.amazonaws.com.cn oidc.cn-north-1.api.amazonwebservices.com.cn oidc-fips.cn-north-1.amazonaws.com.cn oidc-fips.cn-north-1.api.amazonwebservices.com.cn
sso-oidc us-gov-west-1 oidc.us-gov-west-1.amazonaws.com oidc.us-gov-west-1.api.aws oidc.us-gov-west-1.amazonaws.com oidc-fips.us-gov-west-1.api.aws
sso-oidc eusc-de-east-1 oidc.eusc-de-east-1.amazonaws.eu oidc.eusc-de-east-1.api.amazonwebservices.eu oidc-fips.eusc-de-east-1.amazonaws.eu oidc-fips.eusc-de-east-1.api.amazonwebservices.eu
sso-oidc us-iso-east-1 oidc.us-iso-east-1.c2s.ic.gov oidc.us-iso-east-1.api.aws.ic.gov oidc-fips.us-iso-east-1.c2s.ic.gov oidc-fips.us-iso-east-1.api.aws.ic.gov
sso-oidc xx-new-1 oidc.xx-new-1.amazonaws.com oidc.xx-new-1.api.aws oidc-fips.xx-new-1.amazonaws.com oidc-fips.xx-new-1.api.aws
sso-oidc us-west-2-fips oidc-fips.us-west-2.amazonaws.com oidc-fips.us-west-2.api.aws oidc-fips.us-west-2.amazonaws.com oidc-fips.us-west-2.api.aws
sso-oidc fips-us-west-2 oidc-fips.us-west-2.amazonaws.com oidc-fips.us-west-2.api.aws oidc-fips.us-west-2.amazonaws.com oidc-fips.us-west-2.api.aws
sso-oidc us-gov-west-1-fips oidc.us-gov-west-1.amazonaws.com oidc-fips.us-gov-west-1.api.aws oidc.us-gov-west-1.amazonaws.com oidc-fips.us-gov-west-1.api.aws
";

    #[test]
    fn every_service_partition_and_variant_has_the_host_that_the_aws_cli_takes() {
        for row in AWS_CLI.lines() {
            let cells: Vec<_> = row.split(' ').collect();
            let service = match cells[0] {
                "sts" => Service::Sts,
                "sso" => Service::Sso,
                _ => Service::SsoOidc,
            };
            for (index, expected) in cells[2..].iter().enumerate() {
                let (dual_stack, fips) = (index % 2 == 1, index > 1);
                let endpoint = Endpoint { fips, dual_stack, ..Endpoint::in_region(cells[1]) };
                let host =
                    address(service, &endpoint).map_or("-".to_owned(), |url| url.replace("https://", ""));
                assert_eq!(&host, expected, "{service:?} {endpoint:?}");
                let own = Endpoint { url: Some("http://127.0.0.1:1".to_owned()), ..endpoint };
                assert_eq!(address(service, &own).unwrap(), "http://127.0.0.1:1");
            }
        }
    }
}
