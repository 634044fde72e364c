//! The credentials of the machine itself: those of a container's task, or of an EC2 instance.
//!
//! Both services are on the machine or its network and give keys to any caller, so no proxy is ever used.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use crate::aws::call_error::CallError;
use crate::aws::raw_request::{Ask, RawAnswer};
use crate::aws::{Client, usable};
use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;
use crate::text::sanitize::shown;
use crate::text::timestamp;
use crate::values::credentials::Credentials;
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;

/// For a container's service, for each attempt (AWS CLI 2.36).
const CONTAINER_LIMIT: Duration = Duration::from_secs(2);
const CONTAINER_ATTEMPTS: u32 = 3;
/// Between attempts. The AWS CLI waits a second, for which a prompt has no time.
const PAUSE: Duration = Duration::from_millis(100);

const ROLES: &str = "latest/meta-data/iam/security-credentials/";

/// How to ask the metadata service of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceMetadata {
    /// Its address, with a slash at the end or without.
    pub url: String,
    /// For each request.
    pub limit: Duration,
    /// For each request; at least 1.
    pub attempts: u32,
    /// Whether it may be asked without a session, as in the service's first version.
    pub allows_v1: bool,
}

/// Gets the credentials of a container's task from `url`. No answer is [`FailureKind::Unreachable`].
pub fn of_container(ctx: &Context, url: &str, authorization: Option<&Secret>) -> Result<Credentials> {
    let what = "get the credentials of this container";
    let client = direct(ctx, url, CONTAINER_LIMIT);
    let mut headers = vec![("accept", "application/json")];
    headers.extend(authorization.map(|token| ("authorization", token.reveal())));
    let secrets: Vec<_> = authorization.map(Secret::reveal).into_iter().collect();
    let ask = Ask { method: "GET", url, headers: &headers, body: String::new(), secrets: &secrets };
    let answer = repeated(&client, &ask, CONTAINER_ATTEMPTS)
        .and_then(fine)
        .map_err(|trouble| trouble.failure(what))?;
    credentials(&answer.body).map_err(|why| Failure::new(format!("could not {what}: {why}")).into())
}

/// Gets the credentials of the role of this EC2 instance. No answer is [`FailureKind::Unreachable`].
pub fn of_instance(ctx: &Context, instance: &InstanceMetadata) -> Result<Credentials> {
    let what = "get the credentials of this machine's role";
    let client = direct(ctx, &instance.url, instance.limit);
    let failed = |trouble: CallError| trouble.failure(what);
    let (token, first) = token(&client, instance).map_err(failed)?;
    if token.is_none() && !instance.allows_v1 {
        return Err(Failure::new(format!(
            "could not {what}: its metadata service opens no session, and asking without one is switched off"
        ))
        .hint("unset `AWS_EC2_METADATA_V1_DISABLED` or `ec2_metadata_v1_disabled`, or let the instance answer PUT requests")
        .into());
    }
    let get = |path: &str| {
        let url = address(instance, path);
        let headers: Vec<_> =
            token.iter().map(|token| ("x-aws-ec2-metadata-token", token.reveal())).collect();
        let secrets: Vec<_> = token.iter().map(Secret::reveal).collect();
        let ask = Ask { method: "GET", url: &url, headers: &headers, body: String::new(), secrets: &secrets };
        repeated(&client, &ask, instance.attempts).and_then(fine)
    };
    // What kept the session from being opened is the reason, if one is needed.
    let roles = get(ROLES).map_err(|trouble| failed(first.unwrap_or(trouble)))?;
    let role =
        std::str::from_utf8(&roles.body).ok().and_then(|roles| roles.lines().next()).unwrap_or_default();
    if !is_role(role) {
        return Err(Failure::new(format!("could not {what}: it has no role")).into());
    }
    let answer = get(&format!("{ROLES}{role}")).map_err(failed)?;
    credentials(&answer.body)
        .map_err(|why| Failure::new(format!("could not {what}, `{}`: {why}", shown(role))).into())
}

/// The name becomes part of an address.
fn is_role(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c))
}

/// Opens a session; `None` if the service has none, or does not let the answer through to a container, with
/// the trouble if there was any.
fn token(
    client: &Client<'_>,
    instance: &InstanceMetadata,
) -> Result<(Option<Secret>, Option<CallError>), CallError> {
    let url = address(instance, "latest/api/token");
    let headers = [("x-aws-ec2-metadata-token-ttl-seconds", "21600"), ("content-length", "0")];
    let ask = Ask { method: "PUT", url: &url, headers: &headers, body: String::new(), secrets: &[] };
    match repeated(client, &ask, instance.attempts).and_then(RawAnswer::examined) {
        Ok(answer) if matches!(answer.status, 200 | 400) => {
            let token = String::from_utf8(fine(answer)?.body).ok();
            token
                .filter(|token| !token.is_empty() && !token.contains(char::is_control))
                .map(|token| (Some(Secret::new(token)), None))
                .ok_or_else(|| CallError::Garbled("the metadata service".to_owned()))
        }
        Ok(_) => Ok((None, None)),
        // A service that does not answer this may still answer without a session.
        Err(trouble @ CallError::Unreachable(..)) if instance.allows_v1 => Ok((None, Some(trouble))),
        Err(trouble) => Err(trouble),
    }
}

fn address(instance: &InstanceMetadata, path: &str) -> String {
    format!("{}/{path}", instance.url.trim_end_matches('/'))
}

fn direct<'a>(ctx: &'a Context, url: &str, limit: Duration) -> Client<'a> {
    let endpoint = Endpoint { url: Some(url.to_owned()), ..Endpoint::default() };
    Client::new(ctx, endpoint).within(limit).direct()
}

/// Asks again while there is no answer or a server error.
fn repeated(client: &Client<'_>, ask: &Ask<'_>, attempts: u32) -> Result<RawAnswer, CallError> {
    let mut left = attempts.max(1);
    loop {
        left -= 1;
        match client.exchange(ask) {
            Ok(answer) if answer.status < 500 || left == 0 => return Ok(answer),
            Err(CallError::Unreachable(..)) | Ok(_) if left > 0 => std::thread::sleep(PAUSE),
            Err(trouble) => return Err(trouble),
            Ok(answer) => return Ok(answer),
        }
    }
}

/// Lets an answer with status 200 through, and makes a refusal of any other.
fn fine(answer: RawAnswer) -> Result<RawAnswer, CallError> {
    let answer = answer.examined()?;
    if answer.status == 200 {
        return Ok(answer);
    }
    let refusal = answer.refusal();
    Err(CallError::Refused(refusal))
}

/// Reads what both services answer. The error holds none of it but a code.
fn credentials(body: &[u8]) -> Result<Credentials, String> {
    let answer: Value = serde_json::from_slice(body).map_err(|_| "the answer is no JSON".to_owned())?;
    let text = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
    let required = |key: &str| {
        text(key).filter(|value| !value.is_empty()).ok_or_else(|| {
            match text("Code").filter(|code| code != "Success") {
                Some(code) => format!("it says `{}`", shown(&code)),
                None => format!("the answer has no `{key}`"),
            }
        })
    };
    let expiration = required("Expiration")?;
    let expiration = timestamp::parse(&expiration).ok_or("the answer has an `Expiration` that is no time")?;
    let credentials = Credentials {
        access_key_id: required("AccessKeyId")?,
        secret_access_key: Secret::new(required("SecretAccessKey")?),
        session_token: Some(Secret::new(required("Token")?)),
        expiration: Some(expiration),
        account: text("AccountId").filter(|account| !account.is_empty()),
    };
    usable(credentials).ok_or_else(|| "the answer holds characters that no key has".to_owned())
}

/// Returns whether `error` means that there was no answer.
pub fn is_silence(error: &anyhow::Error) -> bool {
    Failure::kind_of(error) == FailureKind::Unreachable
}
