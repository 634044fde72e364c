//! Where a service of AWS is reached.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::text::sanitize::shown;
use crate::values::url;
use anyhow::Result;

/// Where a service is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// The region, `eu-central-1`; only STS can do without one.
    pub region: Option<String>,
    /// The URL to use in place of AWS's own, from `AWS_ENDPOINT_URL_STS` and the like.
    pub url: Option<String>,
    /// `use_fips_endpoint`.
    pub fips: bool,
    /// `use_dualstack_endpoint`.
    pub dual_stack: bool,
    /// The profile's `ca_bundle`; `AWS_CA_BUNDLE` overrides it.
    pub ca_bundle: Option<PathBuf>,
}

impl Endpoint {
    /// Returns AWS's own endpoint in `region`.
    #[cfg(test)]
    pub fn in_region(region: impl Into<String>) -> Self {
        Self { region: Some(region.into()), ..Self::default() }
    }

    /// Fails if the URL is plain `http` to another machine. For services that are sent a token: anybody on
    /// the way could read and use it.
    pub fn check_private(&self) -> Result<()> {
        let is_open = |url: &&str| url::is_plain(url) && !url::is_loopback(url);
        let Some(host) = self.url.as_deref().filter(is_open).map(url::authority) else { return Ok(()) };
        let host = shown(host);
        Err(Failure::new(format!(
            "could not use the endpoint at `{host}`: a token would be sent over plain http"
        ))
        .hint(
            "write `https://` in `AWS_ENDPOINT_URL…` or `endpoint_url`; plain http is for this machine alone",
        )
        .into())
    }

    /// Returns the endpoint as the AWS CLI reads it (2.36). `us-west-2-fips` and `fips-us-west-2` are the
    /// region `us-west-2` with FIPS. FIPS and dual-stack are names of AWS's own hosts: a custom URL has
    /// neither.
    pub(crate) fn resolved(self) -> Self {
        let written = self.region.as_deref().unwrap_or_default();
        let region = written.replace("fips-", "").replace("-fips", "");
        let fips = self.fips || region != written;
        let own = self.url.is_none();
        Self {
            region: self.region.is_some().then_some(region),
            fips: fips && own,
            dual_stack: self.dual_stack && own,
            ..self
        }
    }
}
