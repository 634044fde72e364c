//! Calls to AWS. Every function blocks until it has an answer, and no call lasts longer than its time limit.
//!
//! IAM Identity Center's portal and sign-in service and STS are called through AWS's official clients, which
//! sign, find endpoints in every partition, retry and correct the clock. The other services (ECR, IAM, `aws
//! login`, the console, the metadata services) are called with requests of our own, since their clients would
//! be large, or do not exist. Both share what is settled here: certificates, proxies, time limits and error
//! messages. No runtime, connection or trust store is made before the first call, and none outside of this
//! module.
//!
//! No error of the official clients is ever shown as it is: their texts are not made for people, and may
//! quote what was sent.

pub mod access_portal;
pub mod ecr;
pub mod federation;
pub mod iam;
pub mod metadata_service;
pub mod oidc;
pub mod probe;
pub mod rate_limit;
pub mod redirect;
pub mod signin;
pub mod sso;
pub mod sts;

mod bounded_answer;
mod call_error;
mod call_recorder;
mod clock_skew;
mod connector;
mod proxy;
mod raw_request;
#[cfg(test)]
mod scripted;
mod signed_call;
pub mod signin_host;
#[cfg(test)]
mod tests;
mod tls_roots;

use std::cell::OnceCell;
use std::future::Future;
use std::time::Duration;

use anyhow::{Context as _, Result};
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::app_name::AppName;
use aws_types::region::Region;
use aws_types::sdk_config::{Builder, SdkConfig};
use tokio::runtime::Runtime;

use crate::aws::bounded_answer::BoundedAnswer;
use crate::aws::call_error::CallError;
use crate::aws::call_recorder::CallRecorder;
use crate::aws::proxy::Proxy;
use crate::aws::rate_limit::RateLimit;
use crate::failure::Failure;
use crate::system::context::Context;
use crate::system::counters;
use crate::terminal::message;
use crate::terminal::slow_notice::SlowNotice;
use crate::text::sanitize::shown;
use crate::values::credentials::Credentials;
use crate::values::endpoint::Endpoint;

/// For a connection, its TLS handshake included.
const CONNECT: Duration = Duration::from_secs(5);
/// For a whole call, all attempts included.
const CALL: Duration = Duration::from_secs(15);
const ATTEMPTS: u32 = 3;
/// The longest pause before the second attempt, doubled for the third; the pause is a random part of it. The
/// AWS CLI takes 50 ms after an error and 1 s after throttling, the official clients know only one number.
const PAUSE: Duration = Duration::from_millis(100);
/// For one of many calls. It may have to wait for the rate limit, and if it failed, the others would have
/// been in vain.
const CALL_OF_MANY: Duration = Duration::from_mins(1);
const ATTEMPTS_OF_MANY: u32 = 7;
const PAUSE_OF_MANY: Duration = Duration::from_millis(400);

/// A connection to one service. It is opened by the first call and kept for the next ones.
#[derive(Debug)]
pub struct Client<'a> {
    ctx: &'a Context,
    endpoint: Endpoint,
    limit: Duration,
    rate_limit: Option<RateLimit>,
    /// Whether proxies are ignored.
    direct: bool,
    wire: OnceCell<Wire>,
}

impl<'a> Client<'a> {
    /// Makes a client; nothing happens before its first call.
    pub fn new(ctx: &'a Context, endpoint: Endpoint) -> Self {
        let endpoint = endpoint.resolved();
        Self { ctx, endpoint, limit: CALL, rate_limit: None, direct: false, wire: OnceCell::new() }
    }

    /// Sets how long a call may take with all its attempts; the default is 15 seconds.
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Ignores proxies.
    pub fn direct(self) -> Self {
        Self { direct: true, ..self }
    }

    /// Makes each call of this client one of many: with a rate limit, a longer time limit and more attempts,
    /// and without a message about slow calls, since the caller shows the progress.
    pub fn of_many(self, rate_limit: RateLimit) -> Self {
        Self { limit: CALL_OF_MANY, rate_limit: Some(rate_limit), ..self }
    }

    /// Makes the settings that the official clients of all services share.
    fn settings(&self) -> Result<Builder> {
        let Endpoint { region, url, fips, dual_stack, .. } = &self.endpoint;
        url.as_deref().map_or(Ok(()), check_url)?;
        let (attempts, pause) =
            if self.rate_limit.is_some() { (ATTEMPTS_OF_MANY, PAUSE_OF_MANY) } else { (ATTEMPTS, PAUSE) };
        let mut settings = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .app_name(AppName::new("awsenv").context("could not name the program")?)
            .http_client(self.wire()?.http.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(pause))
            .timeout_config(
                TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(self.limit).build(),
            )
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        settings.set_region(region.as_deref().map(checked).transpose()?);
        settings.set_endpoint_url(url.clone());
        settings.set_use_fips(fips.then_some(true));
        settings.set_use_dual_stack(dual_stack.then_some(true));
        Ok(settings)
    }

    /// [`Client::settings`] for the services that are sent a token: they need a region, and no plain `http`.
    fn regional(&self) -> Result<Builder> {
        if self.endpoint.region.is_none() {
            return Err(Failure::new("could not choose an endpoint: no region is known")
                .hint("set `sso_region`")
                .into());
        }
        self.endpoint.check_private()?;
        self.settings()
    }

    /// Runs one call and waits for it. `secrets` are the secrets in the request: they are taken out of an
    /// error that quotes them.
    fn call<T, E: ProvideErrorMetadata>(
        &self,
        name: &str,
        recorder: &CallRecorder,
        secrets: &[&str],
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, CallError> {
        let wire = self.wire().map_err(CallError::Unsent)?;
        let Some(runtime) = &wire.runtime else {
            return Err(CallError::Unsent(anyhow::anyhow!("the network runtime is shut down")));
        };
        let slow = self.rate_limit.is_none().then(|| SlowNotice::start(self.ctx, "AWS"));
        counters::count_call();
        let answer = runtime.block_on(call);
        drop(slow);
        let host = recorder.host();
        message::debug(self.ctx, || {
            let outcome = if answer.is_ok() { "answered" } else { "failed" };
            format!("{name} at {} {outcome}", host.as_deref().unwrap_or("no host"))
        });
        let proxy = wire.proxy.as_ref().map(|proxy| proxy.name.as_str());
        let report = call_error::Report { host: host.as_deref(), proxy, limit: self.limit, secrets };
        match (answer, recorder.page()) {
            (Ok(_), Some(status)) => Err(report.page(status)),
            (answer, _) => answer.map_err(|error| report.examine(&error)),
        }
    }

    /// Runs a future on the client's runtime.
    fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T> {
        let runtime = self.wire()?.runtime.as_ref().context("the network runtime is shut down")?;
        Ok(runtime.block_on(future))
    }

    fn wire(&self) -> Result<&Wire> {
        if let Some(wire) = self.wire.get() {
            return Ok(wire);
        }
        let wire = Wire::new(self.ctx, &self.endpoint, self.direct)?;
        Ok(self.wire.get_or_init(|| wire))
    }
}

/// Fails if `url` is no `http` or `https` one: the official client does not say what is wrong with it.
fn check_url(url: &str) -> Result<()> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let known = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let sound = !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(|c| c.is_ascii_graphic());
    if known && sound {
        return Ok(());
    }
    // What stands before an `@` may be a password.
    let url = url.rsplit('@').next().unwrap_or_default();
    Err(Failure::new(format!("invalid endpoint URL: `{}`", shown(url)))
        .hint("write it as `https://host`, in `AWS_ENDPOINT_URL…` or `endpoint_url`")
        .into())
}

/// Returns the region. An error if it is not one host label: it becomes part of the name of a host that
/// secrets are sent to.
fn checked(region: &str) -> Result<Region> {
    let label = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if region.is_empty() || region.len() > 63 || !region.chars().all(label) || region.starts_with('-') {
        return Err(Failure::new(format!("invalid region: `{}`", shown(region)))
            .hint("correct `region` in the profile, or `AWS_REGION`")
            .into());
    }
    Ok(Region::new(region.to_owned()))
}

/// Returns the credentials if they are complete and can be put into a request, a variable and a file.
fn usable(credentials: Credentials) -> Option<Credentials> {
    let is_there = |part: &str| !part.is_empty();
    let is_whole = is_there(&credentials.access_key_id)
        && is_there(credentials.secret_access_key.reveal())
        && credentials.session_token.as_ref().is_none_or(|token| is_there(token.reveal()));
    (is_whole && credentials.can_be_sent()).then_some(credentials)
}

/// Returns the error for an answer that lacks what was asked for.
fn incomplete(what: &str) -> Failure {
    Failure::new(format!("could not {what}: the answer lacks what was asked for"))
}

/// What a client needs for its calls.
#[derive(Debug)]
struct Wire {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    http: SharedHttpClient,
    connector: SharedHttpConnector,
    proxy: Option<Proxy>,
}

impl Wire {
    fn new(ctx: &Context, endpoint: &Endpoint, direct: bool) -> Result<Self> {
        let url = endpoint.url.as_deref();
        let proxy = if direct { None } else { Proxy::choose(&ctx.env, url)? };
        let connector: Connector = connector::build(ctx, endpoint, proxy.as_ref(), CONNECT)?;
        let connector = BoundedAnswer::over(connector);
        let http = http_client_fn({
            let connector = connector.clone();
            move |_, _| connector.clone()
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("could not start the network runtime")?;
        Ok(Self { runtime: Some(runtime), http, connector, proxy })
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // Dropping it would wait for a name look-up that hangs.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
