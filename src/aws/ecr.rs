//! Tokens of container registries: `GetAuthorizationToken` of ECR and of the public ECR.
//!
//! AWS's client for it would be one of the largest of all for this one call, so the request is written here:
//! JSON 1.1, signed with Signature Version 4.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use zeroize::Zeroizing;

use crate::aws::call_error::CallError;
use crate::aws::raw_request::RawAnswer;
use crate::aws::signed_call::SignedCall;
use crate::aws::{Client, clock_skew, signin_host};
use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;
use crate::values::credentials::{Credentials, is_plain};
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;
use crate::values::secret_json::SecretJson;

const WHAT: &str = "get a token of the container registry";
/// The lifetime of a token at AWS; a later expiration is cut to it.
const LONGEST: TimeDelta = TimeDelta::hours(12);
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// A registry service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registries {
    /// The private registries of accounts.
    Private,
    /// The public registry.
    Public,
}

/// User name and password for a registry.
#[derive(Debug)]
pub struct Authorization {
    /// The user, which is `AWS`.
    pub username: String,
    /// The password.
    pub password: Secret,
    /// When the password expires (UTC).
    pub expires: DateTime<Utc>,
}

/// Gets a token with these keys. Errors: [`FailureKind::KeysRejected`], [`FailureKind::Denied`],
/// [`FailureKind::Unreachable`].
pub fn authorization(
    ctx: &Context,
    registries: Registries,
    endpoint: &Endpoint,
    keys: &Credentials,
) -> Result<Authorization> {
    let endpoint = endpoint.clone().resolved();
    let url = url(registries, &endpoint)?;
    let region = endpoint.region.clone().unwrap_or_default();
    let client = Client::new(ctx, Endpoint { url: Some(url.clone()), ..endpoint });
    let (service, target) = match registries {
        Registries::Private => ("ecr", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"),
        Registries::Public => ("ecr-public", "SpencerFrontendService.GetAuthorizationToken"),
    };
    let call = SignedCall {
        scope: (service, &region),
        url: &url,
        headers: &[("content-type", CONTENT_TYPE), ("x-amz-target", target)],
        body: "{}",
        keys,
        is_repeatable: true,
    };
    match call.send(&client).and_then(RawAnswer::examined) {
        Ok(answer) if answer.status == 200 => {
            read(&answer.body, ctx.now()).ok_or_else(|| CallError::Garbled(url.clone()).failure(WHAT))
        }
        Ok(answer) => Err(refused(&answer, ctx.now())),
        Err(trouble) => Err(trouble.failure(WHAT)),
    }
}

fn url(registries: Registries, endpoint: &Endpoint) -> Result<String> {
    endpoint.check_private()?;
    if let Some(url) = &endpoint.url {
        super::check_url(url)?;
        return Ok(format!("{}/", url.trim_end_matches('/')));
    }
    let region = super::checked(endpoint.region.as_deref().unwrap_or_default())?.to_string();
    host(registries, &region, endpoint).map(|host| format!("https://{host}/"))
}

fn host(registries: Registries, region: &str, endpoint: &Endpoint) -> Result<String> {
    let name = match (registries, endpoint.fips) {
        (Registries::Private, false) => "ecr",
        (Registries::Private, true) => "ecr-fips",
        (Registries::Public, false) => "ecr-public",
        (Registries::Public, true) => "ecr-public-fips",
    };
    let partition = signin_host::partition_of(region);
    if !endpoint.dual_stack {
        return Ok(format!("api.{name}.{region}.{}", partition.suffix));
    }
    let suffix = partition.dual_stack.ok_or_else(|| {
        Failure::new(format!("could not choose an endpoint of ECR: `{region}` has none with dual-stack"))
            .hint("unset `AWS_USE_DUALSTACK_ENDPOINT` and `use_dualstack_endpoint`")
    })?;
    Ok(format!("{name}.{region}.{suffix}"))
}

/// Reads the answer: an object from the public registry, a list of one from the others.
fn read(body: &[u8], now: DateTime<Utc>) -> Option<Authorization> {
    let answer: SecretJson = serde_json::from_slice(body).ok()?;
    let data = answer.get("authorizationData")?;
    let data = data.get(0).unwrap_or(data);
    let token = Zeroizing::new(STANDARD.decode(data.get("authorizationToken")?.as_str()?).ok()?);
    let (username, password) = std::str::from_utf8(&token).ok()?.split_once(':')?;
    let is_sound = |part: &str| !part.is_empty() && is_plain(part);
    #[expect(clippy::cast_possible_truncation, reason = "parts of a second do not matter")]
    let expires = DateTime::from_timestamp(data.get("expiresAt")?.as_f64()? as i64, 0)?.min(now + LONGEST);
    (is_sound(username) && is_sound(password)).then(|| Authorization {
        username: username.to_owned(),
        password: Secret::new(password),
        expires,
    })
}

fn refused(answer: &RawAnswer, now: DateTime<Utc>) -> anyhow::Error {
    let refusal = answer.refusal();
    let (code, date) = (refusal.code(), refusal.date);
    let failed = |reason: String| Failure::new(format!("could not {WHAT}: {reason}"));
    match code.as_str() {
        _ if clock_skew::is_off(date, now) => {
            failed(format!("{} ({code})", clock_skew::reason(date, now))).hint(clock_skew::HINT)
        }
        "UnrecognizedClientException" | "ExpiredTokenException" | "InvalidSignatureException" => {
            failed(format!("AWS refused the keys ({code})"))
                .hint("run `awsenv whoami` to see whether they still work")
                .kind(FailureKind::KeysRejected)
        }
        "AccessDeniedException" => failed(refusal.reason())
            .hint("`ecr:GetAuthorizationToken` must be allowed")
            .kind(FailureKind::Denied),
        _ => return CallError::Refused(refusal).failure(WHAT),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row as botocore 1.44.8 built it: region, plain, dual-stack, FIPS, both.
    const BOTOCORE: &str = "\
eu-west-1 api.ecr.eu-west-1.amazonaws.com ecr.eu-west-1.api.aws api.ecr-fips.eu-west-1.amazonaws.com ecr-fips.eu-west-1.api.aws
xx-new-1 api.ecr.xx-new-1.amazonaws.com ecr.xx-new-1.api.aws api.ecr-fips.xx-new-1.amazonaws.com ecr-fips.xx-new-1.api.aws
cn-north-1 api.ecr.cn-north-1.amazonaws.com.cn ecr.cn-north-1.api.amazonwebservices.com.cn api.ecr-fips.cn-north-1.amazonaws.com.cn ecr-fips.cn-north-1.api.amazonwebservices.com.cn
us-gov-west-1 api.ecr.us-gov-west-1.amazonaws.com ecr.us-gov-west-1.api.aws api.ecr-fips.us-gov-west-1.amazonaws.com ecr-fips.us-gov-west-1.api.aws
eusc-de-east-1 api.ecr.eusc-de-east-1.amazonaws.eu ecr.eusc-de-east-1.api.amazonwebservices.eu api.ecr-fips.eusc-de-east-1.amazonaws.eu ecr-fips.eusc-de-east-1.api.amazonwebservices.eu
us-iso-east-1 api.ecr.us-iso-east-1.c2s.ic.gov ecr.us-iso-east-1.api.aws.ic.gov api.ecr-fips.us-iso-east-1.c2s.ic.gov ecr-fips.us-iso-east-1.api.aws.ic.gov
us-isob-east-1 api.ecr.us-isob-east-1.sc2s.sgov.gov ecr.us-isob-east-1.api.aws.scloud api.ecr-fips.us-isob-east-1.sc2s.sgov.gov ecr-fips.us-isob-east-1.api.aws.scloud
eu-isoe-west-1 api.ecr.eu-isoe-west-1.cloud.adc-e.uk - api.ecr-fips.eu-isoe-west-1.cloud.adc-e.uk -
us-isof-south-1 api.ecr.us-isof-south-1.csp.hci.ic.gov - api.ecr-fips.us-isof-south-1.csp.hci.ic.gov -
";

    #[test]
    fn every_partition_and_variant_has_the_host_that_botocore_takes() {
        let host = |registries, endpoint: &Endpoint| {
            url(registries, endpoint)
                .map_or("-".to_owned(), |url| url.replace("https://", "").replace('/', ""))
        };
        for row in BOTOCORE.lines() {
            let cells: Vec<_> = row.split(' ').collect();
            for (index, expected) in cells[1..].iter().enumerate() {
                let (dual_stack, fips) = (index % 2 == 1, index > 1);
                let endpoint = Endpoint { fips, dual_stack, ..Endpoint::in_region(cells[0]) };
                assert_eq!(&host(Registries::Private, &endpoint), expected, "{endpoint:?}");
            }
        }
        let public = Endpoint::in_region("us-east-1");
        assert_eq!(host(Registries::Public, &public), "api.ecr-public.us-east-1.amazonaws.com");
        let public = Endpoint { dual_stack: true, ..public };
        assert_eq!(host(Registries::Public, &public), "ecr-public.us-east-1.api.aws");
    }

    #[test]
    fn an_answer_that_is_none_is_not_read() {
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let list = |token: &str, expires: &str| {
            format!(
                r#"{{"authorizationData": [{{"authorizationToken": "{token}", "expiresAt": {expires}}}]}}"#
            )
        };
        // `AWS:secret`, `AWS:`, `secret`, `AWS:a\nb`
        let sound = read(list("QVdTOnNlY3JldA==", "1.0003E6").as_bytes(), now).unwrap();
        assert_eq!((sound.username.as_str(), sound.password.reveal()), ("AWS", "secret"));
        assert_eq!(sound.expires, now + TimeDelta::seconds(300));
        assert!(!format!("{sound:?}").contains("secret\""));
        let late = read(list("QVdTOnNlY3JldA==", "9e12").as_bytes(), now).map(|sound| sound.expires);
        assert!(late.is_none_or(|expires| expires == now + LONGEST));
        for token in ["QVdTOg==", "c2VjcmV0", "QVdTOmEKYg==", "%", ""] {
            assert!(read(list(token, "1").as_bytes(), now).is_none(), "{token}");
        }
        for body in ["", "{}", "[]", r#"{"authorizationData": []}"#, &list("QVdTOnNlY3JldA==", "\"x\"")] {
            assert!(read(body.as_bytes(), now).is_none(), "{body}");
        }
    }
}
