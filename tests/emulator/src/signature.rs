//! Signature Version 4, checked as AWS checks it.
//!
//! The steps and the names are those of "Create a signed AWS API request" in the IAM User Guide.

use std::fmt::Write;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::{issuer::AccessKey, refusal::Refusal, request::Request, state::State, sts::Principal};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What is not escaped in a canonical request.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is not escaped in a canonical path.
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// How far a signature's time may be from the server's, either way.
const TOLERANCE: TimeDelta = TimeDelta::minutes(15);

/// The `Authorization` header, taken apart.
#[derive(Debug)]
struct Authorization<'a> {
    key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

/// Returns who signed `request` to `service`; refuses an unknown or expired key, and a signature that is not
/// right.
pub(crate) fn authenticate(
    state: &mut State,
    service: &str,
    request: &Request,
) -> Result<Principal, Refusal> {
    let header = request.header("authorization").ok_or_else(|| {
        Refusal::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
    })?;
    let authorization = Authorization::parse(header).ok_or_else(|| {
        Refusal::new(400, "IncompleteSignature", "Authorization header is not of the proper form")
    })?;
    let (key, principal) = find_key(state, authorization.key_id, request)?;
    let time = signing_time(request, &authorization, state.clock.wall())?;
    if authorization.service != service {
        return Err(mismatch(&format!("Credential should be scoped to correct service: '{service}'. ")));
    }
    let right = authorization.covers(request)
        && authorization.expected(&key.secret, &time, request) == authorization.signature;
    right.then_some(principal).ok_or_else(|| {
        mismatch(
            "The request signature we calculated does not match the signature you provided. Check your AWS \
             Secret Access Key and signing method. Consult the service documentation for details.",
        )
    })
}

/// Returns the key with this id and its owner, if the session token in the request belongs to it.
fn find_key(state: &mut State, id: &str, request: &Request) -> Result<(AccessKey, Principal), Refusal> {
    let unknown = || {
        Refusal::new(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    };
    let token = request.headers.get("x-amz-security-token").map_or(&b""[..], |token| token.as_bytes());
    for user in &mut state.identities.users {
        let principal = Principal::user(user);
        let Some(own) = user.keys.iter_mut().find(|own| own.key.id == id && token.is_empty()) else {
            continue;
        };
        if !own.is_active || own.refusals > 0 {
            own.refusals = own.refusals.saturating_sub(1);
            return Err(unknown());
        }
        return Ok((own.key.clone(), principal));
    }
    match state.keys.get(id).filter(|issued| issued.key.session_token.as_bytes() == token) {
        None => Err(unknown()),
        Some(issued) if issued.expires <= state.clock.now() => {
            Err(Refusal::new(403, "ExpiredToken", "The security token included in the request is expired"))
        }
        Some(issued) => Ok((issued.key.clone(), issued.principal.clone())),
    }
}

/// Returns the time in `x-amz-date`, as it was sent, if it is the credential's date and near `now`.
fn signing_time(
    request: &Request,
    authorization: &Authorization,
    now: DateTime<Utc>,
) -> Result<String, Refusal> {
    const FORM: &str = "%Y%m%dT%H%M%SZ";
    let sent = request.header("x-amz-date").unwrap_or_default();
    let time = NaiveDateTime::parse_from_str(sent, FORM)
        .map(|time| time.and_utc())
        .map_err(|_| Refusal::new(400, "IncompleteSignature", "Date must be in ISO-8601 'basic format'"))?;
    let stamp = |time: DateTime<Utc>| time.format(FORM);
    if time < now - TOLERANCE {
        let (limit, now) = (stamp(now - TOLERANCE), stamp(now));
        return Err(mismatch(&format!(
            "Signature expired: {sent} is now earlier than {limit} ({now} - 15 min.)"
        )));
    }
    if time > now + TOLERANCE {
        let (limit, now) = (stamp(now + TOLERANCE), stamp(now));
        return Err(mismatch(&format!(
            "Signature not yet current: {sent} is still later than {limit} ({now} + 15 min.)"
        )));
    }
    if !sent.starts_with(authorization.date) {
        return Err(mismatch(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date",
        ));
    }
    Ok(sent.to_owned())
}

impl<'a> Authorization<'a> {
    /// Parses `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
    fn parse(header: &'a str) -> Option<Self> {
        let fields: Vec<_> = header.strip_prefix(ALGORITHM)?.split(',').map(str::trim).collect();
        let field = |name: &str| fields.iter().find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        let scope: Vec<_> = field("Credential")?.split('/').collect();
        let &[key_id, date, region, service, "aws4_request"] = scope.as_slice() else { return None };
        (date.len() == 8).then_some(())?;
        let signed_headers = field("SignedHeaders")?.split(';').collect();
        Some(Self { key_id, date, region, service, signed_headers, signature: field("Signature")? })
    }

    /// Returns whether the headers that must be signed are.
    fn covers(&self, request: &Request) -> bool {
        let signed = |name: &str| self.signed_headers.contains(&name);
        let token = !request.headers.contains_key("x-amz-security-token") || signed("x-amz-security-token");
        signed("host") && signed("x-amz-date") && token
    }

    /// Returns the signature that `secret` makes.
    fn expected(&self, secret: &str, time: &str, request: &Request) -> String {
        let scope = format!("{}/{}/{}/aws4_request", self.date, self.region, self.service);
        let canonical = hex(&Sha256::digest(self.canonical_request(request)));
        let string_to_sign = format!("{ALGORITHM}\n{time}\n{scope}\n{canonical}");
        let mut key = format!("AWS4{secret}").into_bytes();
        for part in [self.date, self.region, self.service, "aws4_request", &string_to_sign] {
            key = sign(&key, part);
        }
        hex(&key)
    }

    fn canonical_request(&self, request: &Request) -> String {
        let mut headers = String::new();
        for &name in &self.signed_headers {
            let values = request.headers.get_all(name).iter();
            let values: Vec<_> =
                values.map(|value| squeezed(&String::from_utf8_lossy(value.as_bytes()))).collect();
            let _ = writeln!(headers, "{name}:{}", values.join(","));
        }
        format!(
            "{}\n{}\n{}\n{headers}\n{}\n{}",
            request.method,
            // The path is escaped once more as it was sent, slashes left alone.
            utf8_percent_encode(&request.path, PATH),
            canonical_query(&request.query),
            self.signed_headers.join(";"),
            hex(&Sha256::digest(&request.body)),
        )
    }
}

fn canonical_query(query: &str) -> String {
    let escaped = |text: &str| {
        let decoded = percent_decode_str(text).collect::<Vec<u8>>();
        percent_encoding::percent_encode(&decoded, UNRESERVED).to_string()
    };
    let mut pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (escaped(name), escaped(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn squeezed(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    // A key of any length is a key for HMAC (RFC 2104), so there is always a signature.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn mismatch(message: &str) -> Refusal {
    Refusal::new(403, "SignatureDoesNotMatch", message)
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, header::HeaderName};

    use super::Authorization;
    use crate::request::Request;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    fn request(method: &str, path: &str, query: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let common = [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")];
        let headers: HeaderMap = common
            .iter()
            .chain(headers)
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    /// The first three are of AWS's Signature Version 4 test suite (`get-vanilla`,
    /// `get-vanilla-query-order-key-case`, `post-x-www-form-urlencoded`), the last is botocore's signature of
    /// AWS CLI 2.23.
    #[test]
    fn signatures_are_those_of_the_test_suite_and_of_botocore() {
        let more = [FORM, ("x-odd", "a   b  "), ("x-amz-security-token", "tok/en==")];
        for (request, signed, signature) in [
            (
                request("GET", "/", "", &[], ""),
                "host;x-amz-date",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                request("GET", "/", "Param2=value2&Param1=value1", &[], ""),
                "host;x-amz-date",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                request("POST", "/", "", &[FORM], "Param1=value1"),
                "content-type;host;x-amz-date",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
            (
                request("POST", "/a%20b/c", "x=1%2B2&a=~b", &more, "Param1=value1"),
                "content-type;host;x-amz-date;x-amz-security-token;x-odd",
                "bf5637ba159f82f6bbb7bf51548906443ae9a3260993bac87c88fa16d384f8a9",
            ),
        ] {
            let header = format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders={signed}, Signature={signature}"
            );
            let authorization = Authorization::parse(&header).unwrap();
            assert!(authorization.covers(&request), "{signed}");
            assert_eq!(authorization.expected(SECRET, "20150830T123600Z", &request), signature, "{signed}");
        }
    }

    #[test]
    fn a_signature_must_cover_host_and_date_and_session_token() {
        let request = request("POST", "/", "", &[("x-amz-security-token", "token")], "");
        for (signed, covers) in [
            ("host;x-amz-date;x-amz-security-token", true),
            ("host;x-amz-date", false),
            ("host;x-amz-security-token", false),
            ("x-amz-date;x-amz-security-token", false),
        ] {
            let header = format!(
                "AWS4-HMAC-SHA256 Credential=A/20150830/r/sts/aws4_request,SignedHeaders={signed},Signature=0"
            );
            assert_eq!(Authorization::parse(&header).unwrap().covers(&request), covers, "{signed}");
        }
    }

    #[test]
    fn a_header_of_another_form_is_not_parsed() {
        for header in
            ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=A/20150830/r/sts, SignedHeaders=host, Signature=0"]
        {
            assert!(Authorization::parse(header).is_none(), "{header}");
        }
    }
}
