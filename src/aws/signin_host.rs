//! The hosts of the service behind `aws login`, and of the console: the endpoint rules of botocore 1.44,
//! which no official client for Rust has.

use anyhow::Result;

use crate::failure::Failure;
use crate::values::endpoint::Endpoint;

/// The suffixes of a partition's hosts.
pub(super) struct Partition {
    /// The prefix of its regions.
    start: &'static str,
    /// After the region, for the sign-in service.
    own: &'static str,
    /// After the region, for the sign-in service with FIPS and for most other services.
    pub(super) suffix: &'static str,
    /// The same, with dual-stack; `None` where there is none.
    pub(super) dual_stack: Option<&'static str>,
}

const fn partition(
    start: &'static str,
    own: &'static str,
    suffix: &'static str,
    dual_stack: Option<&'static str>,
) -> Partition {
    Partition { start, own, suffix, dual_stack }
}

/// The last one is for all other regions, as in botocore.
static PARTITIONS: [Partition; 8] = [
    partition("cn-", "signin.amazonaws.cn", "amazonaws.com.cn", Some("api.amazonwebservices.com.cn")),
    partition("us-gov-", "signin.amazonaws-us-gov.com", "amazonaws.com", Some("api.aws")),
    partition("eusc-", "signin.amazonaws-eusc.eu", "amazonaws.eu", Some("api.amazonwebservices.eu")),
    partition("us-iso-", "signin.c2shome.ic.gov", "c2s.ic.gov", Some("api.aws.ic.gov")),
    partition("us-isob-", "signin.sc2shome.sgov.gov", "sc2s.sgov.gov", Some("api.aws.scloud")),
    partition("eu-isoe-", "signin.csphome.adc-e.uk", "cloud.adc-e.uk", None),
    partition("us-isof-", "signin.csphome.hci.ic.gov", "csp.hci.ic.gov", None),
    partition("", "signin.aws.amazon.com", "amazonaws.com", Some("api.aws")),
];

/// Returns the URL of the service, without a slash at its end.
pub fn url(endpoint: &Endpoint) -> Result<String> {
    let endpoint = &endpoint.clone().resolved();
    endpoint.check_private()?;
    if let Some(url) = &endpoint.url {
        super::check_url(url)?;
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let Some(region) = &endpoint.region else {
        return Err(Failure::new("could not choose an endpoint of `aws login`: no region is known")
            .hint("set `region` in the profile, or `AWS_REGION`")
            .into());
    };
    let region = super::checked(region)?.to_string();
    host(&region, endpoint).map(|host| format!("https://{host}"))
}

/// Returns the URL that exchanges temporary keys for a console session, without its query.
pub fn federation_url(endpoint: &Endpoint) -> Result<String> {
    let endpoint = &endpoint.clone().resolved();
    endpoint.check_private()?;
    if let Some(url) = &endpoint.url {
        super::check_url(url)?;
        return Ok(format!("{}/federation", url.trim_end_matches('/')));
    }
    let own = endpoint
        .region
        .as_deref()
        .map_or(PARTITIONS[PARTITIONS.len() - 1].own, |region| partition_of(region).own);
    Ok(format!("https://{own}/federation"))
}

/// Returns the host of the console of a region's partition; `None` where it is not known.
pub fn console_host(region: &str) -> Option<&'static str> {
    match partition_of(region).start {
        "" => Some("console.aws.amazon.com"),
        "cn-" => Some("console.amazonaws.cn"),
        "us-gov-" => Some("console.amazonaws-us-gov.com"),
        "eusc-" => Some("console.amazonaws-eusc.eu"),
        _ => None,
    }
}

/// Returns the partition of a region.
pub(super) fn partition_of(region: &str) -> &'static Partition {
    let usual = &PARTITIONS[PARTITIONS.len() - 1];
    PARTITIONS.iter().find(|partition| region.starts_with(partition.start)).unwrap_or(usual)
}

fn host(region: &str, endpoint: &Endpoint) -> Result<String> {
    let partition = partition_of(region);
    let name = if endpoint.fips { "signin-fips" } else { "signin" };
    if endpoint.dual_stack {
        let suffix = partition.dual_stack.ok_or_else(|| {
            Failure::new(format!(
                "could not choose an endpoint of `aws login`: `{region}` has none with dual-stack"
            ))
            .hint("unset `AWS_USE_DUALSTACK_ENDPOINT` and `use_dualstack_endpoint`")
        })?;
        return Ok(format!("{name}.{region}.{suffix}"));
    }
    Ok(match (endpoint.fips, region) {
        (false, _) => format!("{region}.{}", partition.own),
        // The first region of this partition has no region in its name.
        (true, "us-gov-west-1") => "signin-fips.amazonaws-us-gov.com".to_owned(),
        (true, _) if partition.start == "us-gov-" => format!("{region}.signin-fips.amazonaws-us-gov.com"),
        (true, _) => format!("{name}.{region}.{}", partition.suffix),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row as botocore 1.44.5 built it: region, plain, dual-stack, FIPS, both.
    const BOTOCORE: &str = "\
eu-west-1 eu-west-1.signin.aws.amazon.com signin.eu-west-1.api.aws signin-fips.eu-west-1.amazonaws.com signin-fips.eu-west-1.api.aws
xx-new-1 xx-new-1.signin.aws.amazon.com signin.xx-new-1.api.aws signin-fips.xx-new-1.amazonaws.com signin-fips.xx-new-1.api.aws
cn-north-1 cn-north-1.signin.amazonaws.cn signin.cn-north-1.api.amazonwebservices.com.cn signin-fips.cn-north-1.amazonaws.com.cn signin-fips.cn-north-1.api.amazonwebservices.com.cn
us-gov-west-1 us-gov-west-1.signin.amazonaws-us-gov.com signin.us-gov-west-1.api.aws signin-fips.amazonaws-us-gov.com signin-fips.us-gov-west-1.api.aws
us-gov-east-1 us-gov-east-1.signin.amazonaws-us-gov.com signin.us-gov-east-1.api.aws us-gov-east-1.signin-fips.amazonaws-us-gov.com signin-fips.us-gov-east-1.api.aws
eusc-de-east-1 eusc-de-east-1.signin.amazonaws-eusc.eu signin.eusc-de-east-1.api.amazonwebservices.eu signin-fips.eusc-de-east-1.amazonaws.eu signin-fips.eusc-de-east-1.api.amazonwebservices.eu
us-iso-east-1 us-iso-east-1.signin.c2shome.ic.gov signin.us-iso-east-1.api.aws.ic.gov signin-fips.us-iso-east-1.c2s.ic.gov signin-fips.us-iso-east-1.api.aws.ic.gov
us-isob-east-1 us-isob-east-1.signin.sc2shome.sgov.gov signin.us-isob-east-1.api.aws.scloud signin-fips.us-isob-east-1.sc2s.sgov.gov signin-fips.us-isob-east-1.api.aws.scloud
eu-isoe-west-1 eu-isoe-west-1.signin.csphome.adc-e.uk - signin-fips.eu-isoe-west-1.cloud.adc-e.uk -
us-isof-south-1 us-isof-south-1.signin.csphome.hci.ic.gov - signin-fips.us-isof-south-1.csp.hci.ic.gov -
";

    #[test]
    fn every_partition_and_variant_has_the_host_that_botocore_takes() {
        for row in BOTOCORE.lines() {
            let cells: Vec<_> = row.split(' ').collect();
            for (index, expected) in cells[1..].iter().enumerate() {
                let (dual_stack, fips) = (index % 2 == 1, index > 1);
                let endpoint = Endpoint { fips, dual_stack, ..Endpoint::in_region(cells[0]) };
                let url = url(&endpoint).map_or("-".to_owned(), |url| url.replace("https://", ""));
                assert_eq!(&url, expected, "{endpoint:?}");
            }
        }
    }

    #[test]
    fn what_is_no_region_is_no_host() {
        assert!(url(&Endpoint::default()).is_err());
        assert!(url(&Endpoint::in_region("evil.example/")).is_err());
        let own = Endpoint { url: Some("http://127.0.0.1:1/".into()), ..Endpoint::default() };
        assert_eq!(url(&own).unwrap(), "http://127.0.0.1:1");
        assert_eq!(
            url(&Endpoint { fips: true, ..own }).unwrap(),
            "http://127.0.0.1:1",
            "it has no FIPS form"
        );
        let pseudo = url(&Endpoint::in_region("fips-eu-west-1")).unwrap();
        assert_eq!(pseudo, "https://signin-fips.eu-west-1.amazonaws.com");
    }
}
