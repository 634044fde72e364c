//! The reasons why a call fails, in words for people.
//!
//! Of the official clients' errors only facts are used: the kind, the status, AWS's code and AWS's message.
//! From the message, control characters and the secrets of the request are removed.

use std::error::Error;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::aws::bounded_answer::TooLarge;
use crate::aws::clock_skew;
use crate::failure::{Failure, FailureKind};
use crate::text::sanitize::shown;

/// Why a call has no usable answer.
#[derive(Debug)]
pub(super) enum CallError {
    /// It could not be sent at all.
    Unsent(anyhow::Error),
    /// There was no answer, or not from AWS, or AWS asks to try again later: the reason in words, and a fix.
    Unreachable(String, Option<String>),
    /// The answer of this host cannot be read.
    Garbled(String),
    /// AWS refused the call.
    Refused(Refusal),
}

/// An error that AWS answered with.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// AWS's name for the error, such as `AccessDenied`.
    pub code: Option<String>,
    /// AWS's explanation, fit to be shown.
    pub message: Option<String>,
    /// The time by AWS's clock (UTC).
    pub date: Option<DateTime<Utc>>,
}

impl CallError {
    /// Returns the failure "could not `what`", such as "get credentials of role `Dev`". For refusals that a
    /// service explains better, its own function is called instead.
    pub fn failure(self, what: &str) -> anyhow::Error {
        let what = format!("could not {what}");
        match self {
            Self::Unsent(error) => error.context(what),
            Self::Unreachable(reason, cure) => {
                let failure = Failure::new(format!("{what}: {reason}")).kind(FailureKind::Unreachable);
                Failure { hint: cure, ..failure }.into()
            }
            Self::Garbled(host) => {
                Failure::new(format!("{what}: the answer of {host} makes no sense")).into()
            }
            Self::Refused(refusal) => Failure::new(format!("{what}: {}", refusal.reason())).into(),
        }
    }
}

impl Refusal {
    /// Makes one of the code and message of an answer and of its header `date`. The request's `secrets` are
    /// removed from both texts.
    pub fn new(
        status: u16,
        (code, message): (Option<String>, Option<String>),
        date: Option<&str>,
        secrets: &[&str],
    ) -> Self {
        Self {
            status,
            code: code.map(|code| clean(bare(&code), secrets)),
            message: message.map(|message| clean(&message, secrets)),
            date: clock_skew::parse(date),
        }
    }

    /// Returns AWS's own explanation with its code.
    pub fn reason(&self) -> String {
        let message = self.message.as_deref().unwrap_or("AWS refused it");
        format!("{message} ({})", self.code())
    }

    /// Returns AWS's code, or the HTTP status if there is none: what a person can search for.
    pub fn code(&self) -> String {
        self.code.clone().unwrap_or_else(|| format!("HTTP {}", self.status))
    }
}

/// The context of a failed call.
pub(super) struct Report<'a> {
    pub host: Option<&'a str>,
    pub proxy: Option<&'a str>,
    pub limit: Duration,
    pub secrets: &'a [&'a str],
}

impl Report<'_> {
    /// Returns the reason behind an official client's error.
    pub fn examine<E: ProvideErrorMetadata>(&self, error: &SdkError<E, HttpResponse>) -> CallError {
        if let Some(response) = error.raw_response() {
            let (code, message) = error.as_service_error().map_or((None, None), |service| {
                (service.code().map(str::to_owned), service.message().map(str::to_owned))
            });
            return self.examine_response(response, code, message);
        }
        match error {
            SdkError::TimeoutError(_) => self.unreachable(
                format!("no answer from {} within {} seconds", self.host(), self.limit.as_secs()),
                None,
            ),
            SdkError::DispatchFailure(dispatch) => match dispatch.as_connector_error() {
                Some(error) => self.examine_connector(error),
                None => self.unreachable(format!("could not reach {}", self.host()), None),
            },
            _ => CallError::Unsent(anyhow::anyhow!("the request could not be made from what is configured")),
        }
    }

    /// Returns the reason why there is no answer at all.
    pub fn examine_connector(&self, error: &ConnectorError) -> CallError {
        let host = self.host();
        let causes = causes(error);
        if causes.iter().any(|cause| cause.is::<TooLarge>()) {
            return self.unreachable(format!("the answer of {host} is larger than 1 MiB"), None);
        }
        if error.is_timeout() {
            return self.unreachable(format!("could not connect to {host} in time"), None);
        }
        if let Some(tls) = causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            let reason = format!("no secure connection to {host}: {}", shown(&tls.to_string()));
            return self.unreachable(reason, cure(tls).map(str::to_owned));
        }
        let io = causes.iter().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
        for io in io {
            if io.kind() == std::io::ErrorKind::ConnectionRefused {
                return self.unreachable(format!("{host} refused the connection"), None);
            }
            if io.to_string().contains("failed to lookup address") {
                let cure = "check the network, and that the region exists".into();
                return self.unreachable(format!("could not find the address of {host}"), Some(cure));
            }
        }
        if causes.iter().any(|cause| cause.to_string().contains("proxy authorization required")) {
            return self.proxy_password();
        }
        let innermost = causes.last().map(|cause| self.clean(&cause.to_string())).unwrap_or_default();
        self.unreachable(format!("could not reach {host}: {innermost}"), None)
    }

    fn examine_response(
        &self,
        response: &HttpResponse,
        code: Option<String>,
        message: Option<String>,
    ) -> CallError {
        let status = response.status().as_u16();
        if let Some(page) = self.examine_page(response) {
            return page;
        }
        if (200..300).contains(&status) {
            return CallError::Garbled(self.host());
        }
        self.examine_refusal(self.refusal(response, code, message))
    }

    /// Reads the error that AWS answered with. `code` and `message` count if the official client found them.
    fn refusal(&self, response: &HttpResponse, code: Option<String>, message: Option<String>) -> Refusal {
        let (fallback_code, fallback_message) = from_json(response.body().bytes().unwrap_or_default());
        let text = (code.or(fallback_code), message.or(fallback_message));
        Refusal::new(response.status().as_u16(), text, response.headers().get("date"), self.secrets)
    }

    /// Returns the trouble if the answer is one that no service means as its own.
    pub fn examine_trouble(&self, response: &HttpResponse) -> Option<CallError> {
        let refused = || match self.examine_refusal(self.refusal(response, None, None)) {
            CallError::Refused(_) => None,
            trouble => Some(trouble),
        };
        let is_refusal = response.status().as_u16() >= 400;
        self.examine_page(response).or_else(|| is_refusal.then(refused).flatten())
    }

    fn examine_refusal(&self, refusal: Refusal) -> CallError {
        let code = refusal.code();
        if status_or_code(&refusal, 429, |code| code.starts_with("Throttl") || THROTTLED.contains(&code)) {
            let cure = "wait a minute and try again".into();
            return self.unreachable(format!("AWS asks to slow down ({code})"), Some(cure));
        }
        if refusal.status >= 500 {
            let host = self.host();
            let cure = "try again later; the state of AWS is on https://health.aws.amazon.com".into();
            return self.unreachable(format!("{host} has an internal error ({code})"), Some(cure));
        }
        if refusal.status == 407 {
            return self.proxy_password();
        }
        CallError::Refused(refusal)
    }

    /// Returns the trouble if the answer is a web page, or redirects to one.
    fn examine_page(&self, response: &HttpResponse) -> Option<CallError> {
        is_page(response).then(|| self.page(response.status().as_u16()))
    }

    /// Says that a web page came.
    pub fn page(&self, status: u16) -> CallError {
        let reason = format!("a web page came in place of the answer of {} (HTTP {status})", self.host());
        let cure = "if this network asks for a sign-in, open a browser and sign in to it";
        self.unreachable(reason, Some(cure.into()))
    }

    fn proxy_password(&self) -> CallError {
        let reason = "the proxy asks for a password, or for another one than it was given".to_owned();
        self.unreachable(reason, Some("set `https_proxy` to `http://USER:PASSWORD@HOST:PORT`".to_owned()))
    }

    fn unreachable(&self, reason: String, cure: Option<String>) -> CallError {
        let reason = match self.proxy {
            Some(proxy) => format!("{reason} (a proxy is set: {})", shown(proxy)),
            None => reason,
        };
        CallError::Unreachable(reason, cure)
    }

    /// Returns the host for messages.
    pub fn host(&self) -> String {
        self.host.map_or_else(|| "AWS".into(), |host| format!("`{}`", shown(host)))
    }

    /// Makes a server's text fit to be shown: without the request's secrets and control characters, and cut.
    pub fn clean(&self, text: &str) -> String {
        clean(text, self.secrets)
    }
}

/// [`Report::clean`] with the secrets of a request.
fn clean(text: &str, secrets: &[&str]) -> String {
    // No secret is shorter, and replacing a short text would tear words apart.
    let secrets = secrets.iter().filter(|secret| secret.len() >= 6);
    shown(secrets.fold(text.to_owned(), |text, secret| text.replace(*secret, "(secret)")).trim())
}

fn cure(error: &rustls::Error) -> Option<&'static str> {
    use rustls::CertificateError as Certificate;
    let rustls::Error::InvalidCertificate(error) = error else { return None };
    match error {
        Certificate::UnknownIssuer => Some(
            "if a proxy in this network re-signs traffic, set `AWS_CA_BUNDLE` to the file of its authority",
        ),
        Certificate::Expired
        | Certificate::ExpiredContext { .. }
        | Certificate::NotValidYet
        | Certificate::NotValidYetContext { .. } => Some("check this computer's clock"),
        _ => None,
    }
}

const THROTTLED: [&str; 5] = [
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "LimitExceededException",
    "RequestThrottledException",
];

fn status_or_code(refusal: &Refusal, status: u16, is: impl Fn(&str) -> bool) -> bool {
    refusal.status == status || refusal.code.as_deref().is_some_and(is)
}

/// Returns `error` and all its causes, including the content of an `io::Error`, which `source` skips.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
    .collect()
}

/// Returns whether an answer is a web page, or leads to one.
pub(super) fn is_page(response: &HttpResponse) -> bool {
    let body = response.body().bytes().unwrap_or_default();
    let leads = (300..400).contains(&response.status().as_u16());
    leads || is_web_page(response.headers().get("content-type"), body)
}

fn is_web_page(content_type: Option<&str>, body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&body[..body.len().min(200)]).trim_start().to_ascii_lowercase();
    content_type.is_some_and(|kind| kind.starts_with("text/html"))
        || start.starts_with("<!doctype html")
        || start.starts_with("<html")
}

/// Reads the code and the message of an error in JSON. The official clients do not know the names that OAuth
/// gives them.
pub(super) fn from_json(body: &[u8]) -> (Option<String>, Option<String>) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let first = |keys: &[&str]| keys.iter().find_map(|key| body.get(key)?.as_str().map(str::to_owned));
    (first(&["__type", "code", "error"]), first(&["error_description", "message", "Message"]))
}

/// Cuts a code out of `com.amazonaws.sso#ForbiddenException:http://internal.amazon.com/…`.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_whatever_form_it_comes() {
        for code in [
            "ForbiddenException",
            "ForbiddenException:http://internal.amazon.com/coral/com.amazonaws.sso/",
            "com.amazonaws.sso#ForbiddenException",
            "com.amazonaws.sso#ForbiddenException:http://internal.amazon.com/",
        ] {
            assert_eq!(bare(code), "ForbiddenException");
        }
        let body = br#"{"__type": "x#ForbiddenException", "message": "No access"}"#;
        assert_eq!(from_json(body), (Some("x#ForbiddenException".into()), Some("No access".into())));
        assert_eq!(from_json(b"no access"), (None, None));
    }

    #[test]
    fn secrets_are_taken_out_before_the_text_is_cut() {
        let secret = "s".repeat(400);
        let limit = Duration::from_secs(1);
        let report = Report { host: None, proxy: None, limit, secrets: &[&secret, "abc", ""] };
        assert_eq!(report.clean(&format!("token {secret} abc")), "token (secret) abc");
    }
}
