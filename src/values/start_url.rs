//! The start URL of IAM Identity Center's access portal, and what its host says.

use crate::values::{region_names, url};

/// What the hosts of AWS's own portals end in (AWS CLI 2.36). Any other host is the organisation's own.
const OF_AWS: [&str; 8] = [
    "app.aws",
    "portal.amazonaws.com",
    "portal.amazonaws.com.cn",
    "app.amazonwebservices.com.cn",
    "portal.amazonaws.eu",
    "api.amazonwebservices.eu",
    "awsapps.com",
    "awsapps.cn",
];

/// What stands before and after the region in the hosts of portals, and of the services that they send a
/// browser to.
const AROUND: [(&str, &str); 9] = [
    (".portal.", ".app.aws"),
    (".portal.", ".app.amazonwebservices.com.cn"),
    (".portal.", ".api.amazonwebservices.eu"),
    (".", ".portal.amazonaws.com"),
    (".", ".portal.amazonaws.com.cn"),
    (".", ".portal.amazonaws.eu"),
    ("portal.sso.", ".amazonaws.com"),
    ("oidc.", ".amazonaws.com"),
    ("", ".signin.aws"),
];

/// Returns a start URL without a slash or a fragment at its end, which make no difference.
pub fn bare(start_url: &str) -> &str {
    start_url.split('#').next().unwrap_or_default().trim_end_matches('/')
}

/// Returns the host, if the URL is `https` and a portal of AWS's own.
pub fn host_of_aws(start_url: &str) -> Option<&str> {
    let rest = start_url.strip_prefix("https://")?;
    let host = url::authority(start_url);
    let is_own =
        rest.starts_with(host) && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    let is_below = |end: &&str| host.strip_suffix(*end).is_some_and(|rest| rest.ends_with('.'));
    (is_own && OF_AWS.iter().any(is_below)).then_some(host)
}

/// Returns the region that a host names: that of a portal, or of a service behind one.
pub fn region_in_host(host: &str) -> Option<&str> {
    AROUND.iter().find_map(|(before, after)| {
        let rest = host.strip_suffix(after)?;
        let region = if before.is_empty() { rest } else { &rest[rest.rfind(before)? + before.len()..] };
        region_names::is_form(region).then_some(region)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_at_a_host_of_aws_is_a_portal_of_its_own() {
        for (url, host) in [
            ("https://acme.awsapps.com/start", Some("acme.awsapps.com")),
            ("https://d-1234567890.awsapps.com/start/#/", Some("d-1234567890.awsapps.com")),
            ("https://ssoins-1.portal.eu-west-1.app.aws", Some("ssoins-1.portal.eu-west-1.app.aws")),
            ("https://start.us-gov-home.awsapps.com/directory/x", Some("start.us-gov-home.awsapps.com")),
            ("http://acme.awsapps.com/start", None),
            ("https://awsapps.com/start", None),
            ("https://acme.awsapps.com.evil.example/start", None),
            ("https://evilawsapps.com/start", None),
            ("https://me@acme.awsapps.com/start", None),
            ("https://acme.awsapps.com:8443/start", None),
            ("https://sso.acme.example/start", None),
        ] {
            assert_eq!(host_of_aws(url), host, "{url}");
        }
    }

    #[test]
    fn a_host_may_name_its_region() {
        for (host, region) in [
            ("ssoins-1.portal.eu-west-1.app.aws", Some("eu-west-1")),
            ("ssoins-1.eu-west-1.portal.amazonaws.com", Some("eu-west-1")),
            ("x.cn-north-1.portal.amazonaws.com.cn", Some("cn-north-1")),
            ("x.portal.cn-north-1.app.amazonwebservices.com.cn", Some("cn-north-1")),
            ("x.eusc-de-east-1.portal.amazonaws.eu", Some("eusc-de-east-1")),
            ("portal.sso.ap-northeast-1.amazonaws.com", Some("ap-northeast-1")),
            ("oidc.us-east-2.amazonaws.com", Some("us-east-2")),
            ("us-east-1.signin.aws", Some("us-east-1")),
            ("acme.awsapps.com", None),
            ("x.portal.nowhere.app.aws", None),
            ("sts.eu-west-1.amazonaws.com", None),
        ] {
            assert_eq!(region_in_host(host), region, "{host}");
        }
    }
}
