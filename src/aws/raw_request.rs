//! One request and its answer, for the services that are called without an official client.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use crate::aws::Client;
use crate::aws::call_error::{CallError, Report};
use crate::terminal::message;
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
    /// What to say if it is a web page, or leads to one.
    pub page: Option<CallError>,
}

impl Client<'_> {
    /// Asks once, within the client's time. An answer of any status is an answer.
    pub(super) fn exchange(&self, ask: &Ask<'_>) -> Result<RawAnswer, CallError> {
        let wire = self.wire().map_err(CallError::Unsent)?;
        let request = ask.request().map_err(CallError::Unsent)?;
        let host = url::authority(ask.url);
        let proxy = wire.proxy.as_ref().map(|proxy| proxy.name.as_str());
        let report = Report { host: Some(host), proxy, limit: self.limit, secrets: ask.secrets };
        let exchange = wire.connector.call(request);
        crate::system::counters::count_call();
        let answer = self
            .block_on(async { tokio::time::timeout(self.limit, exchange).await })
            .map_err(CallError::Unsent)?;
        message::debug(self.ctx, || {
            let outcome = if matches!(answer, Ok(Ok(_))) { "answered" } else { "failed" };
            format!("{} at {} {outcome}", ask.method, host)
        });
        match answer {
            Ok(Ok(response)) => Ok(self::answer(&response, report.examine_page(&response))),
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

fn answer(response: &HttpResponse, page: Option<CallError>) -> RawAnswer {
    RawAnswer {
        status: response.status().as_u16(),
        // The connector hands it over as a whole.
        body: response.body().bytes().unwrap_or_default().to_owned(),
        date: response.headers().get("date").map(str::to_owned),
        location: response.headers().get("location").map(str::to_owned),
        page,
    }
}

fn late(report: &Report<'_>, limit: Duration) -> CallError {
    CallError::Unreachable(format!("no answer from {} within {} s", report.host(), limit.as_secs_f32()), None)
}
