//! The user's settings for reaching a service: endpoint URL, FIPS, dual-stack, certificates.
//!
//! ```ini
//! [profile local]
//! services = local
//! [services local]
//! sts =
//!   endpoint_url = http://127.0.0.1:4566
//! ```
//!
//! All of them come from the profile that was asked for, never from its `source_profile` (AWS CLI 2.36).

use std::ffi::OsStr;
use std::path::PathBuf;

use anyhow::Result;

use crate::failure::Failure;
use crate::shared_config::profile::Profile;
use crate::shared_config::{Nested, SharedConfig};
use crate::system::context::Context;
use crate::system::home_path;
use crate::text::sanitize;
use crate::values::endpoint::Endpoint;
use crate::values::url;

/// A service that awsenv calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// The portal of IAM Identity Center: accounts, roles and their keys.
    Sso,
    /// The token service of IAM Identity Center.
    SsoOidc,
    /// The Security Token Service.
    Sts,
    /// The service behind `aws login`.
    Signin,
    /// The container registry of an account.
    Ecr,
    /// The public container registry.
    EcrPublic,
    /// Users and their access keys.
    Iam,
}

impl Service {
    /// Returns the name in `AWS_ENDPOINT_URL_<NAME>` and, in lower case, in a `[services]` section.
    fn name(self) -> &'static str {
        match self {
            Self::Sso => "SSO",
            Self::SsoOidc => "SSO_OIDC",
            Self::Sts => "STS",
            Self::Signin => "SIGNIN",
            Self::Ecr => "ECR",
            Self::EcrPublic => "ECR_PUBLIC",
            Self::Iam => "IAM",
        }
    }
}

/// How to reach a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointSettings {
    /// The URL to use in place of the region's; never empty. A path in it is a prefix.
    pub url: Option<String>,
    /// `AWS_USE_FIPS_ENDPOINT` or `use_fips_endpoint`; default false.
    pub fips: bool,
    /// `AWS_USE_DUALSTACK_ENDPOINT` or `use_dualstack_endpoint`; `None` if neither is set.
    pub dual_stack: Option<bool>,
    /// A file of certificates to trust in place of the system's: `AWS_CA_BUNDLE`, else the profile's
    /// `ca_bundle`, else `REQUESTS_CA_BUNDLE`. Absolute; empty is unset.
    pub ca_bundle: Option<PathBuf>,
}

impl EndpointSettings {
    /// Collects the settings of `service` from the environment and the profile.
    ///
    /// The URL is the first that is set and not empty of `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`,
    /// the `endpoint_url` nested under the service in the profile's `services`, and the profile's own
    /// `endpoint_url`. None of them counts if `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` or
    /// `ignore_configured_endpoint_urls` is `true`. A switch is on if it is `true` in any case, and its
    /// variable, even empty, hides its key.
    ///
    /// Errors: `services` names a section that is missing or empty, or a value is nested keys where text
    /// belongs, or the reverse.
    pub fn new(
        ctx: &Context,
        service: Service,
        profile: Option<&Profile<'_>>,
        config: &SharedConfig,
    ) -> Result<Self> {
        let switch = |variable, key| switch(ctx, profile, variable, key);
        let is_on = |variable, key| switch(variable, key).map(Option::unwrap_or_default);
        let ignored = is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")?;
        Ok(Self {
            url: if ignored { None } else { url(ctx, service, profile, config)? },
            fips: is_on("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?,
            dual_stack: switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?,
            ca_bundle: ca_bundle(ctx, profile)?,
        })
    }

    /// Returns the endpoint in `region`.
    pub(crate) fn endpoint(self, region: Option<String>) -> Endpoint {
        let Self { url, fips, dual_stack, ca_bundle } = self;
        Endpoint { region, url, fips, dual_stack: dual_stack.unwrap_or_default(), ca_bundle }
    }

    /// Returns the endpoint for a session of IAM Identity Center. For a portal with a dual-stack address the
    /// dual-stack hosts are the default, since the other hosts of the sign-in service do not know the portal.
    pub(crate) fn session_endpoint(mut self, start_url: &str, region: &str) -> Endpoint {
        if self.url.is_none() && self.dual_stack.is_none() {
            self.dual_stack = Some(is_dual_stack_portal(start_url));
        }
        self.endpoint(Some(region.to_owned()))
    }
}

/// What the hosts of dual-stack portals end in, in the partitions that have some (botocore 1.44).
const DUAL_STACK_PORTALS: [&str; 3] =
    [".app.aws", ".app.amazonwebservices.com.cn", ".api.amazonwebservices.eu"];

fn is_dual_stack_portal(start_url: &str) -> bool {
    let host = url::host(start_url).to_ascii_lowercase();
    DUAL_STACK_PORTALS.iter().any(|end| host.ends_with(end))
}

/// Returns the URL of `service` in the environment, without regard to profiles. An error if it is not UTF-8.
pub(crate) fn of_environment(ctx: &Context, service: Service) -> Result<Option<&str>> {
    let ignored = switch(ctx, None, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "")?.unwrap_or_default();
    if ignored { Ok(None) } else { in_environment(ctx, service) }
}

fn in_environment(ctx: &Context, service: Service) -> Result<Option<&str>> {
    for variable in [&format!("AWS_ENDPOINT_URL_{}", service.name()), "AWS_ENDPOINT_URL"] {
        if let Some(value) = ctx.env.get(variable).filter(|value| !value.is_empty()) {
            let url = value.to_str();
            return url
                .map(Some)
                .ok_or_else(|| Failure::new(format!("could not use `{variable}`: it is not UTF-8")).into());
        }
    }
    Ok(None)
}

fn url(
    ctx: &Context,
    service: Service,
    profile: Option<&Profile<'_>>,
    config: &SharedConfig,
) -> Result<Option<String>> {
    if let Some(url) = in_environment(ctx, service)? {
        return Ok(Some(url.to_owned()));
    }
    let Some(profile) = profile else { return Ok(None) };
    let url = match of_services(service, profile, config)? {
        Some(url) => Some(url),
        None => profile.text("endpoint_url")?.filter(|url| !url.is_empty()),
    };
    Ok(url.map(str::to_owned))
}

/// Returns the URL in the `[services]` section that the profile names; `None` if it is not set or empty.
fn of_services<'a>(
    service: Service,
    profile: &Profile<'a>,
    config: &'a SharedConfig,
) -> Result<Option<&'a str>> {
    let Some(reference) = profile.get("services") else { return Ok(None) };
    let name = reference.plain()?;
    let section = config.services(name).filter(|section| section.properties().next().is_some());
    let Some(section) = section else { return Err(no_services(name, profile, &reference.place()).into()) };
    let Some(block) = section.get(&service.name().to_lowercase()) else { return Ok(None) };
    if block.block().is_none() {
        let (key, place) = (block.name(), block.place());
        return Err(Failure::new(format!("could not use `{key}` ({place}): it holds no nested keys"))
            .hint("put `endpoint_url = …` on the next line, indented")
            .into());
    }
    Ok(block.nested("endpoint_url").map(Nested::text).filter(|url| !url.is_empty()))
}

fn no_services(name: &str, profile: &Profile<'_>, place: &str) -> Failure {
    let (name, profile) = (sanitize::shown(name), sanitize::shown(profile.name));
    Failure::new(format!(
        "could not find a section `[services {name}]` with keys, which the profile `{profile}` names ({place})"
    ))
    .hint(format!("add the section, or remove the line `services = {name}` from the profile"))
}

/// Returns the switch in a variable or, if it is not set, in a key of the profile; `None` if neither is set.
fn switch(ctx: &Context, profile: Option<&Profile<'_>>, variable: &str, key: &str) -> Result<Option<bool>> {
    let is_true = |value: &OsStr| value.eq_ignore_ascii_case("true");
    if let Some(value) = ctx.env.get(variable) {
        return Ok(Some(is_true(value)));
    }
    let value = profile.map(|profile| profile.text(key)).transpose()?.flatten();
    Ok(value.map(|value| is_true(value.as_ref())))
}

fn ca_bundle(ctx: &Context, profile: Option<&Profile<'_>>) -> Result<Option<PathBuf>> {
    let variable = |name| ctx.env.get(name).filter(|value| !value.is_empty());
    let key = profile.map(|profile| profile.text("ca_bundle")).transpose()?.flatten();
    let path = variable("AWS_CA_BUNDLE")
        .or_else(|| key.filter(|path| !path.is_empty()).map(OsStr::new))
        .or_else(|| variable("REQUESTS_CA_BUNDLE"));
    let Some(path) = path.map(|path| home_path::expand(ctx, path)).transpose()? else { return Ok(None) };
    Ok(Some(match &ctx.cwd {
        Some(cwd) => cwd.join(path),
        None => path,
    }))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::shared_config::{Document, Presence};
    use crate::system::environment::Environment;

    const SERVICES: &str = "[services local]\nsts =\n  endpoint_url = http://nested\nsso_oidc =\n  other = x\n\
                            signin = http://plain\n[services void]\n[profile a]\n";

    fn settings(service: Service, profile: &str, variables: &[(&str, &str)]) -> Result<EndpointSettings> {
        let text = format!("{SERVICES}{profile}");
        let config = Document::parse("/config", text.into()).unwrap();
        let config = SharedConfig::new(config, Document::empty("/credentials", Presence::Missing));
        let env: Environment = variables.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        let ctx = Context::new(env, Path::new("/home/me"), Path::new("/project"));
        EndpointSettings::new(&ctx, service, config.profile("a").as_ref(), &config)
    }

    fn url(service: Service, profile: &str, variables: &[(&str, &str)]) -> Option<String> {
        settings(service, profile, variables).unwrap().url
    }

    #[test]
    fn the_most_particular_url_counts() {
        let profile = "services = local\nendpoint_url = http://profile\n";
        let general = ("AWS_ENDPOINT_URL", "http://general");
        let own = ("AWS_ENDPOINT_URL_STS", "http://own");
        let cases: [(&[_], &str, &str); 6] = [
            (&[own, general], profile, "http://own"),
            (&[general], profile, "http://general"),
            (&[], profile, "http://nested"),
            (&[("AWS_ENDPOINT_URL_STS", ""), ("AWS_ENDPOINT_URL", "")], profile, "http://nested"),
            (&[], "endpoint_url = http://profile\n", "http://profile"),
            (&[general], "services = gone\n", "http://general"),
        ];
        for (variables, profile, expected) in cases {
            assert_eq!(url(Service::Sts, profile, variables).as_deref(), Some(expected));
        }
        assert_eq!(url(Service::SsoOidc, profile, &[own]).as_deref(), Some("http://profile"));
        let oidc = ("AWS_ENDPOINT_URL_SSO_OIDC", "http://oidc");
        assert_eq!(url(Service::SsoOidc, profile, &[oidc]).as_deref(), Some("http://oidc"));
        assert_eq!(url(Service::Sso, "endpoint_url =\n", &[oidc]), None);
    }

    #[test]
    fn the_ignore_switch_covers_the_environment_too() {
        let profile = "endpoint_url = http://x\nignore_configured_endpoint_urls = True\n";
        let general = ("AWS_ENDPOINT_URL", "http://general");
        assert_eq!(url(Service::Sts, profile, &[general]), None);
        let hidden = [("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "")];
        assert_eq!(url(Service::Sts, profile, &hidden).as_deref(), Some("http://x"));
        let ignored = [("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE"), general];
        assert_eq!(url(Service::Sts, "", &ignored), None);
    }

    #[test]
    fn a_services_section_must_be_there_and_hold_blocks() {
        let message = |service, profile: &str| settings(service, profile, &[]).unwrap_err().to_string();
        for name in ["gone", "void"] {
            assert_eq!(
                message(Service::Sts, &format!("services = {name}\n")),
                format!(
                    "could not find a section `[services {name}]` with keys, which the profile `a` names (/config:9)"
                )
            );
        }
        assert_eq!(
            message(Service::Signin, "services = local\n"),
            "could not use `signin` (/config:6): it holds no nested keys"
        );
    }

    #[test]
    fn switches_are_on_for_true_alone_and_variables_hide_keys() {
        let profile = "use_fips_endpoint = true\nuse_dualstack_endpoint = 1\n";
        let on = |variables: &[(&str, &str)]| {
            let settings = settings(Service::Sts, profile, variables).unwrap();
            (settings.fips, settings.dual_stack.unwrap_or_default())
        };
        assert_eq!(on(&[]), (true, false));
        assert_eq!(
            on(&[("AWS_USE_FIPS_ENDPOINT", ""), ("AWS_USE_DUALSTACK_ENDPOINT", "TRUE")]),
            (false, true)
        );
    }

    #[test]
    fn a_dual_stack_portal_is_served_by_dual_stack_hosts_unless_told_otherwise() {
        let (dual, other) =
            ("https://ssoins-1.portal.us-east-1.app.aws/start", "https://acme.awsapps.com/start");
        let (on, off) = (("AWS_USE_DUALSTACK_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "false"));
        let cases: [(&str, &str, &[_], bool); 8] = [
            (dual, "", &[], true),
            ("https://X.PORTAL.US-EAST-1.APP.AWS", "", &[], true),
            (dual, "use_dualstack_endpoint = false\n", &[], false),
            (dual, "", &[off], false),
            (dual, "endpoint_url = http://127.0.0.1:1\n", &[], false),
            (other, "", &[], false),
            ("https://evil.example/x.app.aws", "", &[], false),
            (other, "", &[on], true),
        ];
        for (start_url, profile, variables, expected) in cases {
            let settings = settings(Service::SsoOidc, profile, variables).unwrap();
            let endpoint = settings.session_endpoint(start_url, "us-east-1");
            assert_eq!(endpoint.dual_stack, expected, "{start_url} {profile} {variables:?}");
        }
    }

    #[test]
    fn the_certificates_come_from_the_first_that_is_set() {
        let bundle = |profile: &str, variables: &[(&str, &str)]| {
            settings(Service::Sts, profile, variables).unwrap().ca_bundle
        };
        let (aws, requests) = (("AWS_CA_BUNDLE", "/aws"), ("REQUESTS_CA_BUNDLE", "requests"));
        let key = "ca_bundle = /key\n";
        assert_eq!(bundle(key, &[aws, requests]).unwrap(), Path::new("/aws"));
        assert_eq!(bundle(key, &[("AWS_CA_BUNDLE", ""), requests]).unwrap(), Path::new("/key"));
        assert_eq!(bundle("", &[requests]).unwrap(), Path::new("/project/requests"));
        assert_eq!(bundle("ca_bundle =\n", &[]), None);
        for variables in [[("AWS_CA_BUNDLE", "~/ca.pem")], [("REQUESTS_CA_BUNDLE", "~/ca.pem")]] {
            assert_eq!(bundle("", &variables).unwrap(), Path::new("/home/me/ca.pem"));
        }
        assert_eq!(bundle("ca_bundle = ~/ca.pem\n", &[]).unwrap(), Path::new("/home/me/ca.pem"));
    }
}
