//! Which proxy a call goes through, from the variables that the AWS CLI reads.

use anyhow::Result;
use aws_smithy_http_client::proxy::ProxyConfig;

use crate::failure::Failure;
use crate::system::environment::Environment;
use crate::values::url::{self, is_loopback};

/// A proxy that is set for a scheme; `NO_PROXY` may still exempt a host.
#[derive(Debug)]
pub(super) struct Proxy {
    /// For the official client.
    pub config: ProxyConfig,
    /// Host and port, without the password that its URL may hold.
    pub name: String,
    /// Whether the proxy itself is spoken to over TLS.
    pub uses_tls: bool,
}

impl Proxy {
    /// Chooses the proxy for `url`, or for AWS's own addresses if there is none. `https_proxy` or
    /// `http_proxy` by its scheme, then `all_proxy`; lower case overrides upper case and, if set to nothing,
    /// means no proxy (as in Python's urllib, which the AWS CLI uses). Loopback addresses never have one: to
    /// the proxy they would mean its own machine.
    pub fn choose(env: &Environment, url: Option<&str>) -> Result<Option<Self>> {
        if url.is_some_and(is_loopback) {
            return Ok(None);
        }
        let scheme = if url.is_some_and(url::is_plain) { "http" } else { "https" };
        let Some((variable, value)) = [scheme, "all"].iter().find_map(|scheme| variable(env, scheme)) else {
            return Ok(None);
        };
        let no_proxy = variable_pair(env, "no_proxy").map(|(_, value)| value).unwrap_or_default();
        Self::new(value, no_proxy).map(Some).ok_or_else(|| {
            // The value may hold a password.
            Failure::new(format!("invalid proxy in `{variable}`"))
                .hint("write it as `http://host:port`")
                .into()
        })
    }

    fn new(value: &str, no_proxy: &str) -> Option<Self> {
        let url = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let (scheme, _) = url.split_once("://")?;
        let name = url::authority(&url).to_owned();
        let uses_tls = scheme.eq_ignore_ascii_case("https");
        let config = ProxyConfig::all(url).ok()?.no_proxy(no_proxy);
        Some(Self { config, name, uses_tls })
    }
}

fn variable<'a>(env: &'a Environment, scheme: &str) -> Option<(String, &'a str)> {
    variable_pair(env, &format!("{scheme}_proxy")).filter(|(_, value)| !value.is_empty())
}

fn variable_pair<'a>(env: &'a Environment, lower: &str) -> Option<(String, &'a str)> {
    [lower.to_owned(), lower.to_ascii_uppercase()].into_iter().find_map(|name| {
        let value = env.get(&name)?.to_str()?;
        Some((name, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(variables: &[(&str, &str)], url: Option<&str>) -> Result<Option<String>> {
        let env = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Proxy::choose(&env, url).map(|proxy| proxy.map(|proxy| proxy.name))
    }

    #[test]
    fn the_scheme_and_the_case_choose_the_variable() {
        let plain = Some("http://sts.example.com");
        let cases: [(&[_], _, _); 10] = [
            (&[], None, None),
            (&[("HTTPS_PROXY", "http://p:1")], None, Some("p:1")),
            (&[("HTTPS_PROXY", "http://p:1"), ("https_proxy", "http://q:2")], None, Some("q:2")),
            (&[("HTTPS_PROXY", "http://p:1"), ("https_proxy", "")], None, None),
            (&[("http_proxy", "http://p:1")], None, None),
            (&[("http_proxy", "http://p:1")], plain, Some("p:1")),
            (&[("all_proxy", "http://p:1")], plain, Some("p:1")),
            (&[("https_proxy", "p:1")], None, Some("p:1")),
            (&[("https_proxy", "http://me:secret@p:1/")], None, Some("p:1")),
            (&[("https_proxy", "http://p:1")], Some("https://sts.example.com"), Some("p:1")),
        ];
        for (variables, url, expected) in cases {
            assert_eq!(choose(variables, url).unwrap().as_deref(), expected, "{variables:?} {url:?}");
        }
    }

    #[test]
    fn a_loopback_address_needs_no_proxy() {
        let variables = [("http_proxy", "http://p:1")];
        for url in ["http://127.0.0.1:8080/x", "http://localhost:1", "http://[::1]:8080"] {
            assert_eq!(choose(&variables, Some(url)).unwrap(), None, "{url}");
        }
        assert!(choose(&variables, Some("http://10.0.0.1:8080")).unwrap().is_some());
    }

    #[test]
    fn an_invalid_proxy_is_refused_without_its_password() {
        for value in ["socks5://me:secret@p:1", "http://me:secret@p:1 ", "http://"] {
            let error = choose(&[("https_proxy", value)], None).unwrap_err();
            assert_eq!(format!("{error:#}"), "invalid proxy in `https_proxy`", "{value}");
        }
    }
}
