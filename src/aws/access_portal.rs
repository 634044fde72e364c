//! The access portal of IAM Identity Center, whose page names its region.
//!
//! The page is not documented and may change, so its region is only a default for the person to confirm. It
//! stands in a `meta` element, in the host that the browser is sent on to, or in the hosts of the services in
//! the page.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;

use crate::aws::Client;
use crate::aws::raw_request::{Ask, RawAnswer};
use crate::system::context::Context;
use crate::values::endpoint::Endpoint;
use crate::values::region_names;
use crate::values::start_url::{host_of_aws, region_in_host};
use crate::values::url::authority;

/// For the page. A person is waiting, and can name the region instead.
const LIMIT: Duration = Duration::from_secs(3);

/// Returns the region of Identity Center behind this start URL; `None` if neither the host nor the page names
/// one. Only a portal of AWS's own is asked, over `https`, without credentials and without following
/// redirections. `service` is the endpoint of the portal's service: if a custom one is set, the page is
/// fetched from there. An error if there is no answer.
pub fn region(ctx: &Context, start_url: &str, service: Endpoint) -> Result<Option<String>> {
    let Some(host) = host_of_aws(start_url) else { return Ok(None) };
    if let Some(region) = region_in_host(host) {
        return Ok(Some(region.to_owned()));
    }
    let url = match &service.url {
        Some(other) => format!("{}/start", other.trim_end_matches('/')),
        None => format!("https://{host}/start"),
    };
    let client = Client::new(ctx, Endpoint { url: Some(url.clone()), ..service }).within(LIMIT);
    let ask = Ask {
        method: "GET",
        url: &url,
        headers: &[("accept", "text/html")],
        body: String::new(),
        secrets: &[],
    };
    let answer = client.exchange(&ask).map_err(|trouble| trouble.failure("find the region of the portal"))?;
    Ok(said(&answer))
}

/// Returns the region that an answer names; `None` if it names several.
fn said(answer: &RawAnswer) -> Option<String> {
    let page = String::from_utf8_lossy(&answer.body);
    let sent_to = answer.location.as_deref().and_then(|to| region_in_host(authority(to))).map(str::to_owned);
    sent_to.or_else(|| in_meta(&page)).or_else(|| in_hosts(&page))
}

/// Finds `<meta name="region" content="eu-west-1">`, with its attributes in either order.
fn in_meta(page: &str) -> Option<String> {
    let elements = page.split("<meta").skip(1).filter_map(|rest| rest.split('>').next());
    let named = |element: &&str| attribute(element, "name") == Some("region");
    let region = elements.filter(named).find_map(|element| attribute(element, "content"))?;
    region_names::is_form(region).then(|| region.to_owned())
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let rest = element.split_once(&format!(" {name}="))?.1;
    let quote = rest.chars().next().filter(|char| matches!(char, '"' | '\''))?;
    rest[1..].split(quote).next()
}

fn in_hosts(page: &str) -> Option<String> {
    let hosts = page.split("https://").skip(1).map(authority_at_start);
    let mut regions: BTreeSet<&str> = hosts.filter_map(region_in_host).collect();
    let only = regions.pop_first().filter(|_| regions.is_empty());
    only.map(str::to_owned)
}

fn authority_at_start(rest: &str) -> &str {
    let end = rest.find(|char: char| !(char.is_ascii_alphanumeric() || "-.".contains(char)));
    &rest[..end.unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(location: Option<&str>, body: &str) -> RawAnswer {
        RawAnswer {
            status: 200,
            body: body.into(),
            date: None,
            location: location.map(str::to_owned),
            trouble: None,
            secrets: Vec::new(),
        }
    }

    #[test]
    fn a_page_says_its_region_in_one_of_several_places() {
        for (location, body, region) in [
            (None, "<meta charset=utf-8><meta name=\"region\" content=\"eu-west-1\"/>", Some("eu-west-1")),
            (None, "<meta content='eu-west-2' name='region'>", Some("eu-west-2")),
            (
                Some("https://eu-west-3.signin.aws/platform/d-1/login?x=https://oidc.x-y-1"),
                "",
                Some("eu-west-3"),
            ),
            (None, "var a=\"https://portal.sso.eu-west-1.amazonaws.com/login\"", Some("eu-west-1")),
            (None, "https://portal.sso.eu-west-1.amazonaws.com https://oidc.us-east-1.amazonaws.com/", None),
            (None, "<meta name=\"region\" content=\"nowhere\n\">", None),
            (None, "<p>captive portal</p>", None),
            (None, "<meta name=\"region\"", None),
            (None, "<meta content=", None),
        ] {
            assert_eq!(said(&answer(location, body)).as_deref(), region, "{body}");
        }
    }
}
