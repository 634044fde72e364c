//! IAM, for the access keys of a user: `CreateAccessKey`, `ListAccessKeys`, `UpdateAccessKey`,
//! `DeleteAccessKey` (API version 2010-05-08: forms in, XML out).
//!
//! AWS's client for it would be a large one, so the requests are written here. Without a
//! user name they are about the user who signs.

use anyhow::Result;
use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};
use chrono::{DateTime, Utc};
use form_urlencoded::Serializer;

use crate::aws::call_error::CallError;
use crate::aws::raw_request::RawAnswer;
use crate::aws::signed_call::SignedCall;
use crate::aws::{Client, clock_skew};
use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;
use crate::text::sanitize::shown;
use crate::text::timestamp;
use crate::values::credentials::{Credentials, is_plain};
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;

const VERSION: &str = "2010-05-08";
const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";
/// More than AWS lets a user have.
const MOST_KEYS: usize = 20;

/// An access key of a user, as AWS lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// The access key id.
    pub id: String,
    /// Whether AWS accepts it.
    pub is_active: bool,
    /// When it was made (UTC).
    pub created: Option<DateTime<Utc>>,
}

/// A client that acts as the user with these long-lived keys.
pub struct Iam<'a> {
    client: Client<'a>,
    keys: &'a Credentials,
    url: String,
    region: &'static str,
}

impl<'a> Iam<'a> {
    /// Makes a client for the partition of the user's ARN, with the user's endpoint settings.
    pub fn new(ctx: &'a Context, endpoint: Endpoint, arn: &str, keys: &'a Credentials) -> Result<Self> {
        endpoint.check_private()?;
        let partition = arn.split(':').nth(1).unwrap_or_default();
        let Some((_, host, fips, region)) = HOSTS.iter().find(|row| row.0 == partition) else {
            let what = format!(
                "could not choose an endpoint of IAM: the partition `{}` is not known",
                shown(partition)
            );
            return Err(Failure::new(what).hint("set `AWS_ENDPOINT_URL_IAM`").into());
        };
        let url = match &endpoint.url {
            Some(url) => {
                super::check_url(url)?;
                format!("{}/", url.trim_end_matches('/'))
            }
            None => format!("https://{}/", if endpoint.fips { fips } else { host }),
        };
        let endpoint = Endpoint { url: Some(url.clone()), region: Some((*region).to_owned()), ..endpoint };
        Ok(Self { client: Client::new(ctx, endpoint), keys, url, region })
    }

    /// Makes another key for the user. The request is sent only once: if its answer is lost, the key may
    /// exist.
    pub fn create(&self) -> Result<Credentials> {
        let what = "make a new access key";
        let answer = self.ask("CreateAccessKey", &[], false, what)?;
        let text = |name| first(&answer.body, name);
        text("AccessKeyId")
            .zip(text("SecretAccessKey").map(Secret::new))
            .and_then(|(id, secret)| Credentials::long_lived(&id, secret.reveal()))
            .ok_or_else(|| self.garbled(what))
    }

    /// Lists the user's keys.
    pub fn list(&self) -> Result<Vec<ListedKey>> {
        let what = "list the user's access keys";
        let answer = self.ask("ListAccessKeys", &[], true, what)?;
        let members = members(&answer.body).ok_or_else(|| self.garbled(what))?;
        let key = |fields: &Fields| {
            let text = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, text)| text.clone());
            let id = text("AccessKeyId").filter(|id| !id.is_empty() && is_plain(id))?;
            let is_active = text("Status").as_deref() == Some("Active");
            Some(ListedKey {
                id,
                is_active,
                created: text("CreateDate").and_then(|time| timestamp::parse(&time)),
            })
        };
        members.iter().map(key).collect::<Option<_>>().ok_or_else(|| self.garbled(what))
    }

    /// Deactivates a key: AWS keeps it, but does not accept it.
    pub fn deactivate(&self, id: &str) -> Result<()> {
        let what = format!("deactivate the access key {}", shown(id));
        let fields = [("AccessKeyId", id), ("Status", "Inactive")];
        self.ask("UpdateAccessKey", &fields, true, &what).map(drop)
    }

    /// Deletes a key for good.
    pub fn delete(&self, id: &str) -> Result<()> {
        let what = format!("delete the access key {}", shown(id));
        self.ask("DeleteAccessKey", &[("AccessKeyId", id)], true, &what).map(drop)
    }

    fn ask(
        &self,
        action: &str,
        fields: &[(&str, &str)],
        is_repeatable: bool,
        what: &str,
    ) -> Result<RawAnswer> {
        let mut form = Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", VERSION).extend_pairs(fields);
        let call = SignedCall {
            scope: ("iam", self.region),
            url: &self.url,
            headers: &[("content-type", CONTENT_TYPE)],
            body: &form.finish(),
            keys: self.keys,
            is_repeatable,
        };
        match call.send(&self.client).and_then(RawAnswer::examined) {
            Ok(answer) if answer.status == 200 && is_answer_to(action, &answer.body) => Ok(answer),
            Ok(answer) if answer.status == 200 => Err(self.garbled(what)),
            Ok(answer) => Err(refused(&answer, self.client.ctx.now(), what)),
            Err(trouble) => Err(trouble.failure(what)),
        }
    }

    fn garbled(&self, what: &str) -> anyhow::Error {
        CallError::Garbled(self.url.clone()).failure(what)
    }
}

/// Partition, host, host with FIPS, and the region that signs (botocore 1.43).
const HOSTS: [(&str, &str, &str, &str); 8] = [
    ("aws", "iam.amazonaws.com", "iam-fips.amazonaws.com", "us-east-1"),
    ("aws-cn", "iam.cn-north-1.amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
    ("aws-us-gov", "iam.us-gov.amazonaws.com", "iam.us-gov.amazonaws.com", "us-gov-west-1"),
    ("aws-eusc", "iam.eusc-de-east-1.amazonaws.eu", "iam-fips.amazonaws.eu", "eusc-de-east-1"),
    ("aws-iso", "iam.us-iso-east-1.c2s.ic.gov", "iam-fips.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
    (
        "aws-iso-b",
        "iam.us-isob-east-1.sc2s.sgov.gov",
        "iam-fips.us-isob-east-1.sc2s.sgov.gov",
        "us-isob-east-1",
    ),
    ("aws-iso-e", "iam.eu-isoe-west-1.cloud.adc-e.uk", "iam-fips.cloud.adc-e.uk", "eu-isoe-west-1"),
    ("aws-iso-f", "iam.us-isof-south-1.csp.hci.ic.gov", "iam-fips.csp.hci.ic.gov", "us-isof-south-1"),
];

fn refused(answer: &RawAnswer, now: DateTime<Utc>, what: &str) -> anyhow::Error {
    let refusal = answer.refusal_of(first(&answer.body, "Code"), first(&answer.body, "Message"));
    let (code, date) = (refusal.code(), refusal.date);
    let failed = |reason: String| Failure::new(format!("could not {what}: {reason}"));
    match code.as_str() {
        "Throttling" => {
            let reason = format!("AWS asks to slow down ({code})");
            return CallError::Unreachable(reason, Some("wait a minute and try again".to_owned())).failure(what);
        }
        _ if clock_skew::is_off(date, now) => {
            failed(format!("{} ({code})", clock_skew::reason(date, now))).hint(clock_skew::HINT)
        }
        "InvalidClientTokenId" | "SignatureDoesNotMatch" => {
            failed(format!("AWS refused the keys ({code})")).kind(FailureKind::KeysRejected)
        }
        "NoSuchEntity" => failed(refusal.reason()).kind(FailureKind::NoProfile),
        "AccessDenied" => failed(refusal.reason())
            .hint("the user's own policy must allow `iam:ListAccessKeys`, `CreateAccessKey`, `UpdateAccessKey` and `DeleteAccessKey`")
            .kind(FailureKind::Denied),
        _ => return CallError::Refused(refusal).failure(what),
    }
    .into()
}

/// Returns whether an answer is named after what was asked for.
fn is_answer_to(action: &str, xml: &[u8]) -> bool {
    let mut document = Document::new(std::str::from_utf8(xml).unwrap_or_default());
    let name = document.root_element().ok().map(|root| root.start_el().local().to_owned());
    name.is_some_and(|name| name.strip_suffix("Response") == Some(action))
}

/// The texts of an element's children, by name.
type Fields = Vec<(String, String)>;

/// Returns the text of the first element of this name.
fn first(xml: &[u8], name: &str) -> Option<String> {
    let mut found = None;
    walk(xml, &mut |fields| {
        let text = fields.iter().find(|(key, _)| key == name).map(|(_, text)| text.clone());
        found = found.take().or(text);
    })?;
    found
}

/// Returns the children of each `member`.
fn members(xml: &[u8]) -> Option<Vec<Fields>> {
    let mut members = Vec::new();
    let has_key = |fields: &Fields| fields.iter().any(|(key, _)| key == "AccessKeyId");
    walk(xml, &mut |fields| {
        if has_key(fields) && members.len() < MOST_KEYS {
            members.push(fields.clone());
        }
    })?;
    Some(members)
}

/// Calls `look` with the texts of each element's children. `None` if it is no XML.
fn walk(xml: &[u8], look: &mut dyn FnMut(&Fields)) -> Option<()> {
    let text = std::str::from_utf8(xml).ok()?;
    let mut document = Document::new(text);
    let mut root = document.root_element().ok()?;
    descend(&mut root, 0, look)
}

fn descend(element: &mut ScopedDecoder<'_, '_>, depth: usize, look: &mut dyn FnMut(&Fields)) -> Option<()> {
    const DEEPEST: usize = 10;
    if depth > DEEPEST {
        return None;
    }
    let mut fields = Fields::new();
    while let Some(mut child) = element.next_tag() {
        let name = child.start_el().local().to_owned();
        if NESTED.contains(&name.as_str()) {
            descend(&mut child, depth + 1, look)?;
        } else if let Ok(text) = try_data(&mut child) {
            fields.push((name, text.into_owned()));
        }
    }
    look(&fields);
    Some(())
}

/// The elements of the answers that hold others.
const NESTED: [&str; 8] = [
    "CreateAccessKeyResult",
    "AccessKey",
    "ListAccessKeysResult",
    "AccessKeyMetadata",
    "member",
    "Error",
    "Errors",
    "ResponseMetadata",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the API reference.
    const CREATED: &str = r#"<CreateAccessKeyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
        <CreateAccessKeyResult><AccessKey><UserName>Bob</UserName><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId>
        <Status>Active</Status><SecretAccessKey>wJalr/a+b&amp;c</SecretAccessKey></AccessKey></CreateAccessKeyResult>
        <ResponseMetadata><RequestId>7a62c49f</RequestId></ResponseMetadata></CreateAccessKeyResponse>"#;
    const LISTED: &str = r"<ListAccessKeysResponse><ListAccessKeysResult><UserName>Bob</UserName><AccessKeyMetadata>
        <member><UserName>Bob</UserName><AccessKeyId>AKIA1</AccessKeyId><Status>Active</Status>
        <CreateDate>2016-12-03T18:53:41Z</CreateDate></member>
        <member><UserName>Bob</UserName><AccessKeyId>AKIA2</AccessKeyId><Status>Inactive</Status></member>
        </AccessKeyMetadata><IsTruncated>false</IsTruncated></ListAccessKeysResult></ListAccessKeysResponse>";
    const REFUSED: &str = r"<ErrorResponse><Error><Type>Sender</Type><Code>LimitExceeded</Code><Message>Cannot
        exceed quota</Message></Error><RequestId>x</RequestId></ErrorResponse>";

    #[test]
    fn answers_are_read_as_the_api_reference_writes_them() {
        let text = |xml: &str, name| first(xml.as_bytes(), name);
        assert_eq!(text(CREATED, "AccessKeyId").as_deref(), Some("AKIAIOSFODNN7EXAMPLE"));
        assert_eq!(text(CREATED, "SecretAccessKey").as_deref(), Some("wJalr/a+b&c"));
        assert_eq!(text(REFUSED, "Code").as_deref(), Some("LimitExceeded"));
        let members = members(LISTED.as_bytes()).unwrap();
        let ids: Vec<_> = members.iter().map(|fields| fields[1].1.as_str()).collect();
        assert_eq!(ids, ["AKIA1", "AKIA2"]);
    }

    #[test]
    fn fuzz_iam_answers() {
        crate::fuzz::run("iam", crate::fuzz::MANY, &[CREATED, LISTED, REFUSED], |answer| {
            let count = members(answer).map(|members| members.len());
            format!("{count:?} {}", first(answer, "AccessKeyId").is_some())
        });
    }
}
