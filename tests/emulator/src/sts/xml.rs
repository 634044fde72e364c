//! The XML of STS, and of IAM, which has the same form.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::{issuer, issuer::AccessKey, page::escaped, refusal::Refusal, reply::Reply};

const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const IAM: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// Returns an element with text.
pub(crate) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escaped(text))
}

/// Returns the element of temporary credentials.
pub(super) fn credentials(key: &AccessKey, expires: DateTime<Utc>) -> String {
    let expiration = expires.to_rfc3339_opts(SecondsFormat::Secs, true);
    let fields = [
        ("AccessKeyId", &key.id),
        ("SecretAccessKey", &key.secret),
        ("SessionToken", &key.session_token),
        ("Expiration", &expiration),
    ];
    format!("<Credentials>{}</Credentials>", fields.map(|(name, value)| element(name, value)).concat())
}

/// Returns the answer to `action` around what it holds.
pub(super) fn result(action: &str, content: &str) -> Reply {
    response(STS, action, &format!("<{action}Result>{content}</{action}Result>"))
}

/// Returns the answer of IAM to `action`. One that holds nothing has no result.
pub(crate) fn iam_result(action: &str, content: &str) -> Reply {
    let result = format!("<{action}Result>{content}</{action}Result>");
    response(IAM, action, if content.is_empty() { "" } else { &result })
}

fn response(namespace: &str, action: &str, content: &str) -> Reply {
    let id = issuer::uuid();
    let body = format!(
        "<{action}Response xmlns=\"{namespace}\">{content}<ResponseMetadata><RequestId>{id}</RequestId>\
         </ResponseMetadata></{action}Response>\n"
    );
    Reply::xml(body).header("x-amzn-requestid", id)
}

/// Returns the body of an error of STS or of IAM.
pub(crate) fn error(refusal: &Refusal, is_iam: bool) -> String {
    let namespace = if is_iam { IAM } else { STS };
    let side = if refusal.status < 500 { "Sender" } else { "Receiver" };
    format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{side}</Type>{}{}</Error>{}</ErrorResponse>\n",
        element("Code", &refusal.name),
        element("Message", &refusal.message),
        element("RequestId", &issuer::uuid()),
    )
}
