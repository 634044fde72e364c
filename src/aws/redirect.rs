//! Redirections of an address, one step and no further.

use anyhow::Result;

use crate::aws::Client;
use crate::aws::raw_request::Ask;
use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;
use crate::text::sanitize::shown;
use crate::values::endpoint::Endpoint;
use crate::values::url;

/// The statuses of redirections.
const LEADING: [u16; 5] = [301, 302, 303, 307, 308];

/// Returns the address that `address` redirects to, or `address` itself if it does not redirect. Asks with
/// HEAD, and with GET if the server does not support HEAD. The certificates are those of `endpoint`. Errors:
/// [`FailureKind::Unreachable`], also for an answer that is neither a page nor a redirection.
pub fn followed_once(ctx: &Context, address: &str, endpoint: &Endpoint) -> Result<String> {
    let what = format!("find out where the start URL {} leads", shown(address));
    let own = Endpoint {
        url: Some(address.to_owned()),
        ca_bundle: endpoint.ca_bundle.clone(),
        ..Endpoint::default()
    };
    let client = Client::new(ctx, own);
    let ask = |method| {
        let ask = Ask { method, url: address, headers: &[], body: String::new(), secrets: &[] };
        client.exchange(&ask).map_err(|trouble| trouble.failure(&what))
    };
    let mut answer = ask("HEAD")?;
    if matches!(answer.status, 405 | 501) {
        answer = ask("GET")?;
    }
    let status = answer.status;
    let location = answer.location.filter(|to| !to.is_empty() && LEADING.contains(&status));
    match location {
        _ if (200..300).contains(&status) => Ok(address.to_owned()),
        Some(to) if to.starts_with("//") => Ok(format!("https:{to}")),
        Some(to) if to.starts_with('/') => Ok(format!("https://{}{to}", url::authority(address))),
        Some(to) => Ok(to),
        None => Err(Failure::new(format!("could not {what}: HTTP {status}"))
            .hint("check `sso_start_url` in ~/.aws/config")
            .kind(FailureKind::Unreachable)
            .into()),
    }
}
