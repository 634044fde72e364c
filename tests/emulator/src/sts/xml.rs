//! The XML of STS.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::{issuer, issuer::AccessKey, page::escaped, refusal::Refusal, reply::Reply};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Returns an element with text.
pub(super) fn element(name: &str, text: &str) -> String {
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
    let id = issuer::uuid();
    let body = format!(
        "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{content}</{action}Result>\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{action}Response>\n"
    );
    Reply::xml(body).header("x-amzn-requestid", id)
}

/// Returns the body of an error.
pub(crate) fn error(refusal: &Refusal) -> String {
    let side = if refusal.status < 500 { "Sender" } else { "Receiver" };
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{side}</Type>{}{}</Error>{}</ErrorResponse>\n",
        element("Code", &refusal.name),
        element("Message", &refusal.message),
        element("RequestId", &issuer::uuid()),
    )
}
