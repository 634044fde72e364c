//! Start URLs at a company's own address (`https://login.acme.example`), which lead to the portal of Identity
//! Center.
//!
//! As the AWS CLI 2.36 does it: an address of AWS is used as it is. Any other one is requested, and must
//! redirect to an `https` address of AWS in one step. That address is kept for a month. Logins begin there,
//! while caches are named after the address as configured.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use chrono::TimeDelta;
use serde_json::json;

use crate::aws::redirect;
use crate::failure::{Failure, FailureKind};
use crate::shared_config::sso_session::SsoSession;
use crate::system::context::Context;
use crate::system::{files, json_file};
use crate::terminal::message;
use crate::text::{digest, sanitize, timestamp};
use crate::values::endpoint::Endpoint;
use crate::values::url;

/// How long a resolved address counts.
const KEPT: TimeDelta = TimeDelta::days(30);

/// The longest address, in bytes.
const LONGEST: usize = 2048;

/// The ends of the hosts of AWS's portals; [`HOSTS`] are whole ones.
const ENDS: [&str; 8] = [
    ".app.aws",
    ".portal.amazonaws.com",
    ".portal.amazonaws.com.cn",
    ".app.amazonwebservices.com.cn",
    ".portal.amazonaws.eu",
    ".api.amazonwebservices.eu",
    ".awsapps.com",
    ".awsapps.cn",
];
const HOSTS: [&str; 4] = [
    "identitycenter.amazonaws.com",
    "identitycenter.amazonaws.com.cn",
    "identitycenter.amazonaws.eu",
    "identitycenter.us-gov.amazonaws.com",
];

/// Returns the address of the portal behind a session's start URL. `endpoint` has the user's certificates.
/// Errors: the start URL is no `https` address, cannot be reached, does not lead to a portal of AWS, or leads
/// to one in another region than the session's.
pub fn resolve(ctx: &Context, session: &SsoSession, endpoint: &Endpoint) -> Result<String> {
    let start_url = &session.start_url;
    if is_owned(start_url) {
        return Ok(start_url.clone());
    }
    let shown = sanitize::shown(start_url);
    if !start_url.starts_with("https://") {
        return Err(Failure::new(format!("could not use the start URL {shown}: it is no https address"))
            .hint("write `https://` in `sso_start_url`")
            .into());
    }
    let resolved = kept(ctx, start_url).map_or_else(|| found(ctx, start_url, endpoint), Ok)?;
    message::debug(ctx, || format!("{shown} leads to {}", sanitize::shown(&resolved)));
    match region(&resolved).filter(|region| *region != session.region) {
        Some(region) => {
            forget(ctx, start_url);
            let was = sanitize::shown(&session.region);
            Err(Failure::new(format!(
                "could not use the start URL {shown}: its portal is in `{region}`, and `sso_region` is `{was}`"
            ))
            .hint(format!("write `sso_region = {region}`"))
            .into())
        }
        None => Ok(resolved),
    }
}

/// Requests a start URL, and keeps the address that it redirects to.
fn found(ctx: &Context, start_url: &str, endpoint: &Endpoint) -> Result<String> {
    let led = redirect::followed_once(ctx, start_url, endpoint)?;
    let resolved = plain(&led).filter(|url| is_owned(url)).ok_or_else(|| {
        let (shown, led) = (sanitize::shown(start_url), sanitize::shown(url::authority(&led)));
        let reason =
            format!("could not use the start URL {shown}: it leads to `{led}`, which is no portal of AWS");
        Failure::new(reason).hint("check `sso_start_url` in ~/.aws/config")
    })?;
    keep(ctx, start_url, &resolved);
    Ok(resolved)
}

/// Forgets the address behind a start URL after a login failed, unless the error has nothing to do with it.
pub fn forget_after(ctx: &Context, start_url: &str, error: &anyhow::Error) {
    if !matches!(Failure::kind_of(error), FailureKind::Unreachable | FailureKind::Declined) {
        forget(ctx, start_url);
    }
}

fn forget(ctx: &Context, start_url: &str) {
    if let Ok(path) = path(ctx, start_url) {
        let _ = json_file::remove(&path);
    }
}

/// Removes addresses that were kept longer ago than `age`.
pub fn prune(ctx: &Context, age: Duration) {
    let Ok(folder) = folder(ctx) else { return };
    for path in files::older_than(&folder, age) {
        let _ = json_file::remove(&path);
    }
}

fn kept(ctx: &Context, start_url: &str) -> Option<String> {
    let entry = json_file::read(ctx, &path(ctx, start_url).ok()?)?;
    let is_it = json_file::text(&entry, "startUrl")? == start_url
        && json_file::time(&entry, "at")? + KEPT > ctx.now();
    json_file::text(&entry, "leadsTo").filter(|resolved| is_it && is_owned(resolved))
}

/// Keeps a resolved address. If that fails, the next login makes the request again.
fn keep(ctx: &Context, start_url: &str, resolved: &str) {
    let entry = json!({ "startUrl": start_url, "leadsTo": resolved, "at": timestamp::utc(ctx.now()) });
    let _ = path(ctx, start_url).and_then(|path| files::replace_cache(&path, entry.to_string().as_bytes()));
}

fn path(ctx: &Context, start_url: &str) -> Result<PathBuf> {
    Ok(folder(ctx)?.join(format!("{}.json", digest::sha1(start_url))))
}

fn folder(ctx: &Context) -> Result<PathBuf> {
    Ok(ctx.cache_dir()?.join("start-urls"))
}

/// Returns whether this is an `https` address of one of AWS's portals.
fn is_owned(start_url: &str) -> bool {
    let Some(plain) = plain(start_url) else { return false };
    let host = host(&plain);
    HOSTS.contains(&host) || ENDS.iter().any(|end| host.ends_with(end) || host == &end[1..])
}

/// Returns an `https` address without user, port 443, query, fragment and slash at its end, its host in lower
/// case. `None` for any other address.
fn plain(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let is_fit = scheme.eq_ignore_ascii_case("https")
        && address.len() <= LONGEST
        && !address.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\' || !c.is_ascii());
    let authority = url::authority(address).to_ascii_lowercase();
    let authority = authority.strip_suffix(":443").unwrap_or(&authority);
    let path = rest.split(['?', '#']).next()?.split_once('/').map_or("", |(_, path)| path);
    (is_fit && !authority.is_empty())
        .then(|| format!("https://{authority}/{path}").trim_end_matches('/').to_owned())
}

/// Returns the host of a [`plain`] address.
fn host(plain: &str) -> &str {
    let authority = url::authority(plain);
    authority.split(':').next().unwrap_or_default().trim_end_matches('.')
}

/// Returns the region in the host of a portal; `None` if there is none in it.
fn region(portal: &str) -> Option<&str> {
    let labels: Vec<&str> = host(portal).split('.').collect();
    match labels[..] {
        [_, "portal", region, "app", "aws"]
        | [_, region, "portal", "amazonaws", "com" | "eu"]
        | [_, region, "portal", "amazonaws", "com", "cn"]
        | [_, "portal", region, "app", "amazonwebservices", "com", "cn"]
        | [_, "portal", region, "api", "amazonwebservices", "eu"] => Some(region),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_portals_of_aws_are_trusted() {
        for url in [
            "https://d-1234567890.awsapps.com/start",
            "https://acme.awsapps.com/start/#",
            "HTTPS://ACME.AWSAPPS.CN/start",
            "https://ssoins-1.portal.eu-west-1.app.aws",
            "https://ssoins-1.eu-west-1.portal.amazonaws.com:443/",
            "https://identitycenter.amazonaws.com/ssoins-1",
        ] {
            assert!(is_owned(url), "{url}");
        }
        for url in [
            "http://acme.awsapps.com/start",
            "https://acme.example/start",
            "https://awsapps.com.evil.example/start",
            "https://evilawsapps.com/start",
            "https://acme.awsapps.com@evil.example/",
            "https://evil.example\\.awsapps.com/",
            "https://evil.example/?x=.awsapps.com",
            "https://evil.example#.awsapps.com",
            "https://x.amazonaws.com/",
            "https://a.awsapps.com/\u{1b}[31m",
            "javascript:alert(1)//.awsapps.com",
            "",
        ] {
            assert!(!is_owned(url), "{url}");
        }
    }

    #[test]
    fn an_address_is_kept_without_what_does_not_count() {
        let plain = |url| plain(url).unwrap_or_default();
        assert_eq!(plain("https://u:p@A.awsapps.com:443/start/?a=b#/c"), "https://a.awsapps.com/start");
        assert_eq!(plain("https://a.awsapps.com:8443"), "https://a.awsapps.com:8443");
        assert_eq!(region("https://i.portal.eu-west-1.app.aws/"), Some("eu-west-1"));
        assert_eq!(region("https://i.us-east-1.portal.amazonaws.com"), Some("us-east-1"));
        assert_eq!(region("https://d-1.awsapps.com/start"), None);
    }

    #[test]
    fn fuzz_start_url() {
        let seeds =
            ["https://a.awsapps.com/start", "https://i.portal.eu-west-1.app.aws:443/?x#y", "//a@b\\c"];
        crate::fuzz::run("start url", crate::fuzz::MANY, &seeds, |said| {
            let text = String::from_utf8_lossy(said);
            let Some(plain) = plain(&text) else { return "none".to_owned() };
            assert!(plain.starts_with("https://"), "{plain}");
            format!("{} {}", is_owned(&text), region(&plain).is_some())
        });
    }
}
