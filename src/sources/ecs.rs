//! The credentials of a container's task, from the credential endpoint of its platform (ECS, EKS,
//! CloudShell).
//!
//! `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, a path at 169.254.170.2, overrides
//! `AWS_CONTAINER_CREDENTIALS_FULL_URI`. The request carries the token in the file that
//! `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` names, else the one in `AWS_CONTAINER_AUTHORIZATION_TOKEN`. Plain
//! HTTP is for this machine and AWS's own addresses only. All this is as in AWS CLI 2.36, which uses this
//! source for `credential_source = EcsContainer`, and for a profile without credentials of any kind.

use std::net::IpAddr;
use std::path::Path;

use anyhow::Result;

use super::{ConfiguredSource, Fetched, Resolution, Resolver, Source, Store};
use crate::aws::metadata_service;
use crate::failure::Failure;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::ProfileKind;
use crate::system::context::Context;
use crate::system::environment::Environment;
use crate::system::files;
use crate::text::sanitize;
use crate::values::secret::Secret;
use crate::values::url;

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// In bytes; a Kubernetes token has about 1 KiB.
const LARGEST: u64 = 64 * 1024;

/// The hosts of the endpoints of ECS and EKS.
const OWN: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// Returns whether the environment names such an endpoint.
pub fn is_offered(env: &Environment) -> bool {
    env.has(RELATIVE) || env.has(FULL)
}

/// The credential endpoint of a container's platform.
pub struct Container;

impl Source for Container {
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>> {
        let resolution = Resolution::of_keys(ProfileKind::Other, Store::Nowhere);
        Ok(Box::new(Task { resolution, profile: query.profile.name }))
    }
}

struct Task<'a> {
    resolution: Resolution,
    profile: &'a str,
}

impl ConfiguredSource for Task<'_> {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched> {
        let fetch = || -> Result<_> {
            let token = token(ctx)?;
            metadata_service::of_container(ctx, &url(&ctx.env)?, token.as_ref())
        };
        let profile = sanitize::shown(self.profile);
        let fetched =
            fetch().map_err(|error| error.context(format!("could not load profile `{profile}`")))?;
        Ok(Fetched::Keys(fetched))
    }
}

fn url(env: &Environment) -> Result<String> {
    if let Some(path) = env.text(RELATIVE) {
        // What does not start with a slash would change the host.
        if !path.starts_with('/') || path.contains(|c: char| !c.is_ascii_graphic()) {
            return Err(Failure::new(format!("invalid path in `{RELATIVE}`"))
                .hint("it must start with `/`")
                .into());
        }
        return Ok(format!("http://169.254.170.2{path}"));
    }
    let url = env.text(FULL).ok_or_else(|| {
        Failure::new(format!(
            "this is no container with a role: neither `{RELATIVE}` nor `…_FULL_URI` is set"
        ))
        .hint("run it in a container that has a role, or write `source_profile = NAME` in place of `credential_source`")
    })?;
    match is_allowed(url) {
        Some(true) => Ok(url.to_owned()),
        Some(false) => Err(Failure::new(format!(
            "could not use `{FULL}`: over plain HTTP keys may come from this machine alone"
        ))
        .hint("give it an `https://` address")
        .into()),
        None => Err(Failure::new(format!("invalid URL in `{FULL}`"))
            .hint("write it as `https://host/path`")
            .into()),
    }
}

/// Returns whether the URL's host may be asked over its scheme; `None` if it is no `http` or `https` URL, or
/// its host is not what a reader would take it for (`http://localhost@example.com`).
fn is_allowed(url: &str) -> Option<bool> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, host) = (url::authority(url), url::host(url));
    // `authority` leaves out a user before an `@`, so the rest must begin with it.
    let is_hidden = !rest.starts_with(authority) || authority.starts_with('[') && !authority.contains(']');
    if authority.is_empty() || is_hidden || url.contains(|c: char| c == '\\' || !c.is_ascii_graphic()) {
        return None;
    }
    match scheme.to_ascii_lowercase().as_str() {
        "https" => Some(true),
        "http" => {
            let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
            Some(is_loopback || host.eq_ignore_ascii_case("localhost") || OWN.contains(&host))
        }
        _ => None,
    }
}

fn token(ctx: &Context) -> Result<Option<Secret>> {
    let (name, token) = match ctx.env.text(TOKEN_FILE) {
        Some(path) => {
            let unreadable = |why: &str| {
                Failure::new(format!(
                    "could not read {}, which `{TOKEN_FILE}` names: {why}",
                    sanitize::path(Path::new(path))
                ))
            };
            let content =
                files::read(Path::new(path), LARGEST).map_err(|error| unreadable(&files::reason(&error)))?;
            if content.len() as u64 > LARGEST {
                return Err(unreadable("it is larger than 64 KiB").into());
            }
            (TOKEN_FILE, String::from_utf8(content).map_err(|_| unreadable("it is not text"))?)
        }
        None => match ctx.env.text(TOKEN) {
            Some(token) => (TOKEN, token.to_owned()),
            None => return Ok(None),
        },
    };
    if token.contains(char::is_control) {
        return Err(Failure::new(format!(
            "could not use the token of `{name}`: it holds a line feed or another control character"
        ))
        .hint("write it without a line feed at its end")
        .into());
    }
    Ok(Some(Secret::new(token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<String> {
        url(&variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn the_relative_address_goes_first_and_never_leaves_its_host() {
        let full = (FULL, "http://localhost/x");
        assert_eq!(
            of(&[full, (RELATIVE, "/v2/credentials/1")]).unwrap(),
            "http://169.254.170.2/v2/credentials/1"
        );
        assert_eq!(of(&[full, (RELATIVE, "")]).unwrap(), "http://localhost/x");
        for path in ["@evil.example/", ".evil.example", ":80/", "/a b"] {
            assert!(of(&[full, (RELATIVE, path)]).is_err(), "{path}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_and_the_services_of_aws() {
        let allowed = [
            "http://127.0.0.1:80/x",
            "http://127.8.8.8",
            "http://[::1]:8080/",
            "http://LOCALHOST/",
            "http://169.254.170.2/x",
            "http://169.254.170.23/v1",
            "http://[fd00:ec2::23]/v1",
            "https://example.com/x",
            "HTTPS://example.com",
        ];
        for url in allowed {
            assert_eq!(is_allowed(url), Some(true), "{url}");
        }
        let refused = [
            "http://example.com",
            "http://169.254.169.254/",
            "http://10.0.0.1",
            "http://127.0.0.1.example.com/",
            "http://localhost.example.com",
        ];
        for url in refused {
            assert_eq!(is_allowed(url), Some(false), "{url}");
        }
        for url in [
            "",
            "/x",
            "http://",
            "ftp://localhost/",
            "http://localhost@example.com/",
            "http://a b/",
            "http://[::1/",
        ] {
            assert_eq!(is_allowed(url), None, "{url}");
        }
    }
}
