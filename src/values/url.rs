//! The parts of an endpoint's URL that decide which host a request goes to.

use std::net::IpAddr;

/// Returns whether `url` is an `http` one.
pub fn is_plain(url: &str) -> bool {
    url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
}

/// Returns host and port, without the user and the password that may stand before them.
pub fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    // The first of these ends it, or `http://other/?@127.0.0.1` would pass for this machine.
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

/// Returns the host as it is written, an IPv6 address without its brackets.
pub fn host(url: &str) -> &str {
    let authority = authority(url);
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Returns scheme, host and port alone: without the user and the password before them, and what follows.
pub fn origin(url: &str) -> String {
    let scheme = url.split_once("://").map_or("https", |(scheme, _)| scheme);
    format!("{scheme}://{}", authority(url))
}

/// Returns whether `url` leads to this machine.
pub fn is_loopback(url: &str) -> bool {
    let host = host(url);
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_holds_no_password() {
        assert_eq!(origin("http://me:hunter2@127.0.0.1:80/x?y#z"), "http://127.0.0.1:80");
        assert_eq!(origin("https://x"), "https://x");
    }

    #[test]
    fn only_a_host_that_is_this_machine_passes_for_it() {
        for url in [
            "http://127.0.0.1:8080/x",
            "HTTP://LocalHost",
            "http://[::1]:8080?x",
            "http://me:pw@127.8.8.8/",
            "https://localhost#x",
        ] {
            assert!(is_loopback(url), "{url}");
        }
        for url in [
            "http://10.0.0.1",
            "http://127.0.0.1.evil.example/",
            "http://evil.example?@127.0.0.1/",
            "http://evil.example#@127.0.0.1/",
            "http://evil.example\\@127.0.0.1/",
            "http://127.0.0.1@evil.example/",
            "http://[::2]/",
            "http://localhost.evil.example",
        ] {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
