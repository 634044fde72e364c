//! Calls to AWS: IAM Identity Center's portal and sign-in service, and STS.
//!
//! Blocking functions over AWS's official clients, which sign, find endpoints in every partition, retry and
//! correct the clock. What they leave open is settled here: trust, proxies, time-outs, and words for what
//! went wrong. No runtime, connection or trust store is made before the first call, and none outside of this
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
use crate::aws::rate_limit::Pace;
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
/// AWS CLI takes 50 ms after an error and 1 s after throttling, the official clients know but one number.
const PAUSE: Duration = Duration::from_millis(100);
/// For one of many calls, which may have to wait for its moment and is worth more patience: the others would
/// be in vain.
const CALL_OF_MANY: Duration = Duration::from_mins(1);
const ATTEMPTS_OF_MANY: u32 = 7;
const PAUSE_OF_MANY: Duration = Duration::from_millis(400);

/// A connection to one service. It is opened by the first call and kept for the next ones.
#[derive(Debug)]
pub struct Client<'a> {
    ctx: &'a Context,
    endpoint: Endpoint,
    limit: Duration,
    pace: Option<Pace>,
    /// Whether no proxy may be between.
    direct: bool,
    wire: OnceCell<Wire>,
}

impl<'a> Client<'a> {
    /// Makes a client; nothing happens before its first call.
    pub fn new(ctx: &'a Context, endpoint: Endpoint) -> Self {
        let endpoint = endpoint.resolved();
        Self { ctx, endpoint, limit: CALL, pace: None, direct: false, wire: OnceCell::new() }
    }

    /// Sets how long a call may take with all its attempts; the default is 15 seconds.
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Goes by every proxy.
    pub fn direct(self) -> Self {
        Self { direct: true, ..self }
    }

    /// Makes this client's calls some of many: at a pace, with more patience, and without a word about the
    /// wait, which whoever makes them shows.
    pub fn of_many(self, pace: Pace) -> Self {
        Self { limit: CALL_OF_MANY, pace: Some(pace), ..self }
    }

    /// Makes the settings that the official clients of all services share.
    fn settings(&self) -> Result<Builder> {
        let Endpoint { region, url, fips, dual_stack, .. } = &self.endpoint;
        url.as_deref().map_or(Ok(()), check_url)?;
        let (attempts, pause) =
            if self.pace.is_some() { (ATTEMPTS_OF_MANY, PAUSE_OF_MANY) } else { (ATTEMPTS, PAUSE) };
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

    /// [`Client::settings`] for the services that get a token: they cannot do without a region, and nobody on
    /// the way may read what is sent.
    fn regional(&self) -> Result<Builder> {
        if self.endpoint.region.is_none() {
            return Err(Failure::new("could not choose an endpoint: no region is known")
                .hint("set `sso_region`")
                .into());
        }
        self.endpoint.check_private()?;
        self.settings()
    }

    /// Runs one call and waits for it. `secrets` are what it sends and nobody may see, even if the answer
    /// quotes them.
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
        let slow = self.pace.is_none().then(|| SlowNotice::start(self.ctx, "AWS"));
        counters::count_call();
        let answer = runtime.block_on(call);
        drop(slow);
        let host = recorder.host();
        message::debug(self.ctx, || {
            let outcome = if answer.is_ok() { "answered" } else { "failed" };
            format!("{name} at {} {outcome}", host.as_deref().unwrap_or("no host"))
        });
        answer.map_err(|error| {
            let proxy = wire.proxy.as_ref().map(|proxy| proxy.name.as_str());
            call_error::Report { host: host.as_deref(), proxy, limit: self.limit, secrets }.examine(&error)
        })
    }

    /// Waits for something that needs no connection.
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

/// Waits for what needs neither a connection nor a clock, and so is ready when it is asked.
fn at_once<T>(future: impl Future<Output = T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    Ok(runtime.context("could not start the network runtime")?.block_on(future))
}

/// The official client says no more of a wrong URL than that something is wrong.
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

/// A region becomes part of a host name that secrets are sent to, so it may hold nothing else.
fn checked(region: &str) -> Result<Region> {
    let label = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if region.is_empty() || region.len() > 63 || !region.chars().all(label) || region.starts_with('-') {
        return Err(Failure::new(format!("invalid region: `{}`", shown(region)))
            .hint("correct `region` in the profile, or `AWS_REGION`")
            .into());
    }
    Ok(Region::new(region.to_owned()))
}

/// Passes on credentials that can be put into a request, a variable and a file.
fn usable(credentials: Credentials) -> Option<Credentials> {
    let is_there = |part: &str| !part.is_empty();
    let is_whole = is_there(&credentials.access_key_id)
        && is_there(credentials.secret_access_key.reveal())
        && credentials.session_token.as_ref().is_none_or(|token| is_there(token.reveal()));
    (is_whole && credentials.can_be_sent()).then_some(credentials)
}

#[derive(Debug)]
struct Wire {
    /// Taken out to be shut down, and never else.
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::aws::scripted::{ScriptedAnswer, Server, secret, text, world};
    use crate::failure::FailureKind;
    use crate::system::environment::Environment;
    use crate::values::secret::Secret;

    /// A world behind a proxy that trusts one authority, for calls to AWS's own addresses.
    fn behind(proxy: &Server) -> (tempfile::NamedTempFile, Context) {
        let mut bundle = tempfile::NamedTempFile::new().unwrap();
        bundle.write_all(tls_roots::tests::AUTHORITY.as_bytes()).unwrap();
        let mut env = Environment::default();
        env.set("https_proxy", format!("http://me:hunter2@{}", proxy.host));
        env.set("AWS_CA_BUNDLE", bundle.path());
        let ctx = world().with_env(env);
        (bundle, ctx)
    }

    fn refusing() -> Server {
        Server::start(vec![ScriptedAnswer::Reply(403, "", String::new()); 3])
    }

    fn endpoint(region: &str) -> Endpoint {
        Endpoint::in_region(region)
    }

    /// Returns the host that a proxy was asked to connect to.
    fn asked(proxy: &Server) -> String {
        let request = proxy.requests()[0].clone();
        let host = request.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
        host.expect("a CONNECT request").to_owned()
    }

    fn keys() -> Credentials {
        Credentials {
            access_key_id: "AKIAX".into(),
            secret_access_key: secret(),
            session_token: None,
            expiration: None,
            account: None,
        }
    }

    #[test]
    fn sts_is_regional_in_every_partition_and_global_without_a_region() {
        let fips = Endpoint { fips: true, ..endpoint("us-west-2") };
        let dual_stack = Endpoint { dual_stack: true, ..endpoint("eu-west-1") };
        let cases = [
            (endpoint("us-east-1"), "sts.us-east-1.amazonaws.com:443"),
            (endpoint("cn-north-1"), "sts.cn-north-1.amazonaws.com.cn:443"),
            (endpoint("us-gov-west-1"), "sts.us-gov-west-1.amazonaws.com:443"),
            (endpoint("eusc-de-east-1"), "sts.eusc-de-east-1.amazonaws.eu:443"),
            (fips, "sts-fips.us-west-2.amazonaws.com:443"),
            (dual_stack, "sts.eu-west-1.api.aws:443"),
            (Endpoint::default(), "sts.amazonaws.com:443"),
            (Endpoint { fips: true, ..Endpoint::default() }, "sts-fips.us-east-1.amazonaws.com:443"),
        ];
        for (endpoint, expected) in cases {
            let proxy = refusing();
            let (_bundle, ctx) = behind(&proxy);
            let client = sts::client(&ctx, endpoint).unwrap();
            let error = sts::get_caller_identity(&client, &keys()).unwrap_err();
            assert_eq!(asked(&proxy), expected);
            assert_eq!(Failure::kind_of(&error), FailureKind::Unreachable, "{error:#}");
            let text = text(&error);
            assert!(text.contains(&format!("(a proxy is set: {})", proxy.host)), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn the_portal_and_the_sign_in_service_have_hosts_of_their_own() {
        let session = sso::PortalSession { name: "s", token: &secret() };
        let proxy = refusing();
        let (_bundle, ctx) = behind(&proxy);
        let client = Client::new(&ctx, endpoint("eu-central-1"));
        sso::get_role_credentials(&client, session, "1", "R").unwrap_err();
        assert_eq!(asked(&proxy), "portal.sso.eu-central-1.amazonaws.com:443");

        let proxy = refusing();
        let (_bundle, ctx) = behind(&proxy);
        let client = Client::new(&ctx, endpoint("us-gov-east-1"));
        let grant = oidc::Grant::RefreshToken(session.token);
        oidc::create_token(&client, "id", &Secret::new("s"), grant).unwrap_err();
        assert_eq!(asked(&proxy), "oidc.us-gov-east-1.amazonaws.com:443");
    }

    #[test]
    fn no_proxy_lets_a_host_go_by_the_proxy() {
        let proxy = refusing();
        let target = refusing();
        // Not 127.0.0.1, which never goes through a proxy.
        let Some(port) = target.host.strip_prefix("127.0.0.1:") else { panic!("{}", target.host) };
        let mut env = Environment::default();
        env.set("http_proxy", format!("http://{}", proxy.host));
        let url = Some(format!("http://0.0.0.0:{port}"));
        for (no_proxy, to_proxy) in [("", true), ("0.0.0.0", false)] {
            env.set("no_proxy", no_proxy);
            let ctx = world().with_env(env.clone());
            let client = Client::new(&ctx, Endpoint { url: url.clone(), ..endpoint("us-east-1") });
            sts::get_caller_identity(&client, &keys()).unwrap_err();
            let (through, directly) = (proxy.requests().len(), target.requests().len());
            assert_eq!((through, directly), if to_proxy { (1, 0) } else { (1, 1) }, "{no_proxy}");
        }
    }

    #[test]
    fn a_region_that_would_lead_elsewhere_is_refused() {
        let ctx = world();
        for region in ["", "evil.example/", "a.b", "-a", "x@y", "eu west", "é", &"a".repeat(64)] {
            let client = Client::new(&ctx, endpoint(region));
            let error = sts::get_caller_identity(&client, &keys()).unwrap_err();
            assert!(text(&error).contains("invalid region: `"), "{region}");
        }
    }

    #[test]
    fn an_endpoint_that_is_no_url_is_named() {
        let ctx = world();
        for url in
            ["nonsense", "ftp://x", "http://", "https:///x", "http://a b", "127.0.0.1:80", "me:hunter2@x"]
        {
            let endpoint = Endpoint { url: Some(url.to_owned()), ..endpoint("us-east-1") };
            let error = sts::get_caller_identity(&Client::new(&ctx, endpoint), &keys()).unwrap_err();
            let text = text(&error);
            assert!(text.contains("invalid endpoint URL: `") && !text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn the_portal_without_a_region_is_refused_before_any_call() {
        let ctx = world();
        let session = sso::PortalSession { name: "s", token: &secret() };
        let client = Client::new(&ctx, Endpoint::default());
        let error = sso::get_role_credentials(&client, session, "1", "R").unwrap_err();
        assert!(text(&error).contains("no region is known"));
    }

    #[test]
    fn a_dual_stack_session_has_dual_stack_hosts() {
        let proxy = refusing();
        let (_bundle, ctx) = behind(&proxy);
        let client = Client::new(&ctx, Endpoint { dual_stack: true, ..endpoint("us-east-1") });
        let grant = oidc::Grant::RefreshToken(&secret());
        oidc::create_token(&client, "id", &Secret::new("s"), grant).unwrap_err();
        assert_eq!(asked(&proxy), "oidc.us-east-1.api.aws:443");
    }

    #[test]
    fn no_token_is_sent_over_plain_http_to_another_machine() {
        let ctx = world();
        let (token, proxy) = (secret(), refusing());
        let mut env = Environment::default();
        env.set("http_proxy", format!("http://{}", proxy.host));
        let ctx = ctx.with_env(env);
        let plain = |url: &str| Endpoint { url: Some(url.to_owned()), ..endpoint("us-east-1") };
        for url in
            ["http://aws.example", "HTTP://me:hunter2@10.0.0.1:80/x", "http://evil.example?@127.0.0.1/"]
        {
            let client = Client::new(&ctx, plain(url));
            let portal =
                sso::list_accounts(&client, sso::PortalSession { name: "s", token: &token }).unwrap_err();
            let grant = oidc::Grant::RefreshToken(&token);
            let sign_in = oidc::create_token(&client, "id", &token, grant).unwrap_err().into();
            let console = signin_host::url(&plain(url)).unwrap_err();
            for error in [portal, sign_in, console] {
                let text = text(&error);
                assert!(
                    text.contains("a token would be sent over plain http") && !text.contains("hunter2"),
                    "{text}"
                );
            }
        }
        assert!(proxy.requests().is_empty());
        // What is signed holds no secret.
        sts::get_caller_identity(&Client::new(&ctx, plain("http://aws.example")), &keys()).unwrap_err();
        assert_eq!(proxy.requests().len(), 1);
        for url in ["http://127.0.0.1:1", "http://localhost:1/x", "https://aws.example"] {
            assert!(signin_host::url(&plain(url)).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_new_client_has_touched_nothing() {
        let mut env = Environment::default();
        env.set("AWS_CA_BUNDLE", "/nonexistent/bundle");
        env.set("https_proxy", "nonsense://");
        let ctx = world().with_env(env);
        let client = Client::new(&ctx, endpoint("eu-central-1"));
        assert!(client.wire.get().is_none());
    }
}
