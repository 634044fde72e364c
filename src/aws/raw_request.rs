//! One request and its answer, for the services that are called without an official client.

use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use crate::aws::Client;
use crate::aws::call_error::{self, CallError, Refusal, Report};
use crate::terminal::message;
use crate::values::secret::Secret;
use crate::values::url;

/// A request.
pub(super) struct Ask<'a> {
    pub method: &'static str,
    pub url: &'a str,
    /// Names in lower case. A value that can be no header makes the request fail.
    pub headers: &'a [(&'static str, &'a str)],
    pub body: String,
    /// The secrets in it, which no message may show.
    pub secrets: &'a [&'a str],
}

/// An answer of any status.
pub(super) struct RawAnswer {
    pub status: u16,
    pub body: Vec<u8>,
    /// The header `date`.
    pub date: Option<String>,
    /// The header `location`.
    pub location: Option<String>,
    /// What to say if no service would answer so: it is a web page or leads to one, AWS asks to slow down or
    /// has an error of its own, or a proxy answered.
    pub trouble: Option<CallError>,
    /// The secrets of the request, which the answer may quote.
    pub secrets: Vec<Secret>,
}

impl RawAnswer {
    /// Passes on what is the service's own answer, which may be a refusal.
    pub fn examined(mut self) -> Result<Self, CallError> {
        self.trouble.take().map_or(Ok(self), Err)
    }

    /// Reads the error that the answer holds in JSON. Code and message are fit to be shown.
    pub fn refusal(&self) -> Refusal {
        let (code, message) = call_error::from_json(&self.body);
        self.refusal_of(code, message)
    }

    /// Returns the error with this code and message of the answer, made fit to be shown.
    pub fn refusal_of(&self, code: Option<String>, message: Option<String>) -> Refusal {
        let secrets: Vec<_> = self.secrets.iter().map(Secret::reveal).collect();
        Refusal::new(self.status, (code, message), self.date.as_deref(), &secrets)
    }
}

impl Client<'_> {
    /// Asks once, within the client's time. An answer of any status is an answer.
    pub(super) fn exchange(&self, ask: &Ask<'_>) -> Result<RawAnswer, CallError> {
        self.exchange_since(Instant::now(), ask)
    }

    /// [`Client::exchange`] as one of several attempts that have the client's time together and began at
    /// `begun`.
    pub(super) fn exchange_since(&self, begun: Instant, ask: &Ask<'_>) -> Result<RawAnswer, CallError> {
        let left = self.limit.saturating_sub(begun.elapsed());
        let wire = self.wire().map_err(CallError::Unsent)?;
        let request = ask.request().map_err(CallError::Unsent)?;
        let host = url::authority(ask.url);
        let proxy = wire.proxy.as_ref().map(|proxy| proxy.name.as_str());
        let report = Report { host: Some(host), proxy, limit: self.limit, secrets: ask.secrets };
        let exchange = wire.connector.call(request);
        crate::system::counters::count_call();
        let answer =
            self.block_on(async { tokio::time::timeout(left, exchange).await }).map_err(CallError::Unsent)?;
        message::debug(self.ctx, || {
            let outcome = if matches!(answer, Ok(Ok(_))) { "answered" } else { "failed" };
            format!("{} at {} {outcome}", ask.method, host)
        });
        match answer {
            Ok(Ok(response)) => Ok(self::answer(&response, report.examine_trouble(&response), ask.secrets)),
            Ok(Err(error)) => Err(report.examine_connector(&error)),
            Err(_) => Err(late(&report, self.limit)),
        }
    }
}

impl Ask<'_> {
    fn request(&self) -> anyhow::Result<HttpRequest> {
        // The texts of these errors may quote what was put in.
        let unfit = |_| anyhow::anyhow!("the request could not be made from what is configured");
        let mut request = HttpRequest::new(SdkBody::from(self.body.as_str()));
        request.set_method(self.method).map_err(unfit)?;
        request.set_uri(self.url).map_err(unfit)?;
        for (name, value) in self.headers {
            request.headers_mut().try_insert(*name, (*value).to_owned()).map_err(unfit)?;
        }
        Ok(request)
    }
}

fn answer(response: &HttpResponse, trouble: Option<CallError>, secrets: &[&str]) -> RawAnswer {
    RawAnswer {
        status: response.status().as_u16(),
        // The connector hands it over as a whole.
        body: response.body().bytes().unwrap_or_default().to_owned(),
        date: response.headers().get("date").map(str::to_owned),
        location: response.headers().get("location").map(str::to_owned),
        trouble,
        secrets: secrets.iter().copied().map(Secret::new).collect(),
    }
}

fn late(report: &Report<'_>, limit: Duration) -> CallError {
    CallError::Unreachable(format!("no answer from {} within {} s", report.host(), limit.as_secs_f32()), None)
}

#[cfg(test)]
mod tests {
    use crate::aws::ecr::{self, Registries};
    use crate::aws::iam::Iam;
    use crate::aws::metadata_service;
    use crate::aws::scripted::{ScriptedAnswer, Server, secret, text, world};
    use crate::values::credentials::Credentials;

    type Call<'a> = &'a dyn Fn(&Server) -> anyhow::Result<()>;

    #[test]
    fn no_secret_that_an_answer_quotes_is_shown() {
        let ctx = world();
        let keys = Credentials::long_lived("AKIAX", secret().reveal()).unwrap();
        let session = Credentials { session_token: Some(secret()), ..keys.clone() };
        let registry = |server: &Server| {
            ecr::authorization(&ctx, Registries::Private, &server.endpoint(), &session).map(drop)
        };
        let users = |server: &Server| {
            Iam::new(&ctx, server.endpoint(), "arn:aws:iam::111122223333:user/a", &keys)?.list().map(drop)
        };
        let container = |server: &Server| {
            let url = format!("http://{}/", server.host);
            metadata_service::of_container(&ctx, &url, Some(&secret())).map(drop)
        };
        let said = format!("no {} \u{1b}", secret().reveal());
        let json = serde_json::json!({ "__type": "x#Odd", "code": "Odd", "message": said }).to_string();
        let xml =
            format!("<E><Error><Code>Odd</Code><Message>no {}</Message></Error></E>", secret().reveal());
        let calls: [(Call<'_>, &str); 3] = [(&registry, &json), (&users, &xml), (&container, &json)];
        for (number, (call, body)) in calls.into_iter().enumerate() {
            let server = Server::start([ScriptedAnswer::json(400, body)]);
            let text = text(&call(&server).unwrap_err());
            assert!(text.contains("no (secret)") && text.contains("(Odd)"), "{number}: {text}");
        }
    }
}
