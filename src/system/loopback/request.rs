//! The one request that is answered, and why any other is refused.

use sha2::{Digest as _, Sha256};

use super::answer::Answer;
use crate::values::secret::Secret;

/// The only path that is answered.
pub const PATH: &str = "/credentials";

/// In bytes. The SDKs send a few hundred.
const LARGEST: usize = 8 * 1024;

/// What was read of a request so far.
#[derive(Debug)]
pub enum LoopbackRequest {
    /// More of it must come.
    Part,
    /// It asks for the credentials, and shows the token.
    Allowed,
    /// It gets this answer instead.
    Refused(Answer),
}

/// Reads the bytes that came so far. `host` is the address and port of this listener, as in
/// `127.0.0.1:4000`.
///
/// The `Host` header is checked first: a browser page that reaches this port by another name (DNS rebinding)
/// learns nothing else.
pub fn parse(said: &[u8], host: &str, token: &Secret) -> LoopbackRequest {
    let refused = |status, code, message| LoopbackRequest::Refused(Answer::refusal(status, code, message));
    let too_large = || refused("431 Request Header Fields Too Large", "TooLarge", "the request is too large");
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(said) {
        Err(httparse::Error::TooManyHeaders) => return too_large(),
        Err(_) => return refused("400 Bad Request", "BadRequest", "this is not HTTP"),
        Ok(_) if said.len() > LARGEST => return too_large(),
        Ok(status) if status.is_partial() => return LoopbackRequest::Part,
        Ok(_) => {}
    }
    // A header that comes twice counts as missing.
    let header = |name: &str| {
        let mut values = parsed.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        values.next().map(|header| header.value).filter(|_| values.next().is_none())
    };
    if header("Host") != Some(host.as_bytes()) {
        return refused("403 Forbidden", "WrongHost", "the `Host` header names another host");
    }
    if !header("Authorization").is_some_and(|shown| is_same(shown, token.reveal().as_bytes())) {
        let message = "the `Authorization` header is not AWS_CONTAINER_AUTHORIZATION_TOKEN";
        return refused("401 Unauthorized", "WrongToken", message);
    }
    match (parsed.method, parsed.path) {
        (Some("GET"), Some(PATH)) => LoopbackRequest::Allowed,
        (_, Some(PATH)) => refused("405 Method Not Allowed", "WrongMethod", "only GET is answered"),
        _ => refused("404 Not Found", "NotFound", "there is nothing here"),
    }
}

/// Compares in constant time, so that the time tells nothing about the token.
fn is_same(shown: &[u8], token: &[u8]) -> bool {
    let (shown, token) = (Sha256::digest(shown), Sha256::digest(token));
    let difference = shown.iter().zip(token.iter()).fold(0, |difference, (a, b)| difference | (a ^ b));
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "127.0.0.1:4000";

    fn heard(said: &[u8]) -> String {
        match parse(said, HOST, &Secret::new("t0ken")) {
            LoopbackRequest::Part => "part".to_owned(),
            LoopbackRequest::Allowed => "allowed".to_owned(),
            LoopbackRequest::Refused(answer) => answer.status[..3].to_owned(),
        }
    }

    #[test]
    fn one_path_is_answered_to_whoever_has_the_token() {
        let ask = |line: &str, host: &str, token: &str| {
            heard(format!("{line}\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n").as_bytes())
        };
        assert_eq!(ask("GET /credentials HTTP/1.1", HOST, "t0ken"), "allowed");
        for token in ["", "t0ke", "t0kenx", "Bearer t0ken", "T0KEN"] {
            assert_eq!(ask("GET /credentials HTTP/1.1", HOST, token), "401", "{token}");
        }
        for host in ["localhost:4000", "127.0.0.1", "127.0.0.1:4001", "evil.example:4000", ""] {
            assert_eq!(ask("GET /credentials HTTP/1.1", host, "t0ken"), "403", "{host}");
        }
        for path in
            ["/", "/credentials/", "/credentials?a=b", "/Credentials", "http://127.0.0.1:4000/credentials"]
        {
            assert_eq!(ask(&format!("GET {path} HTTP/1.1"), HOST, "t0ken"), "404", "{path}");
        }
        for method in ["POST", "PUT", "HEAD", "OPTIONS", "get"] {
            assert_eq!(ask(&format!("{method} /credentials HTTP/1.1"), HOST, "t0ken"), "405", "{method}");
        }
    }

    #[test]
    fn a_request_is_bounded_and_each_header_comes_once() {
        let good = format!("GET /credentials HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: t0ken\r\n");
        assert_eq!(heard(good.as_bytes()), "part");
        assert_eq!(heard(format!("{good}Host: {HOST}\r\n\r\n").as_bytes()), "403");
        assert_eq!(heard(format!("{good}authorization: t0ken\r\n\r\n").as_bytes()), "401");
        assert_eq!(heard(format!("{good}X: {}\r\n\r\n", "x".repeat(LARGEST)).as_bytes()), "431");
        assert_eq!(heard(format!("{good}X: {}", "x".repeat(LARGEST)).as_bytes()), "431");
        assert_eq!(heard(format!("{good}{}\r\n", "X: y\r\n".repeat(100)).as_bytes()), "431");
        assert_eq!(heard(b"\x16\x03\x01\x00"), "400");
    }

    #[test]
    fn fuzz_loopback() {
        let good = format!("GET /credentials HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: t0ken\r\n\r\n");
        let seeds = [good.as_str(), "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"];
        crate::fuzz::run("loopback", crate::fuzz::MANY, &seeds, |said| {
            let what = heard(said);
            let has_token = said.windows(5).any(|window| window == b"t0ken");
            assert!(what != "allowed" || has_token, "it came without the token");
            what
        });
    }
}
