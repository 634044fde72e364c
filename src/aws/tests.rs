//! Which host a call goes to, over which proxy, and what is refused before any call.

use std::io::Write as _;

use super::*;
use crate::aws::scripted::{ScriptedAnswer, Server, secret, text, world};
use crate::failure::FailureKind;
use crate::system::environment::Environment;
use crate::values::secret::Secret;

/// Returns a context with a proxy and one trusted authority, for calls to AWS's own addresses.
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
    Credentials::long_lived("AKIAX", secret().reveal()).unwrap()
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
    for url in ["nonsense", "ftp://x", "http://", "https:///x", "http://a b", "127.0.0.1:80", "me:hunter2@x"]
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
    for url in ["http://aws.example", "HTTP://me:hunter2@10.0.0.1:80/x", "http://evil.example?@127.0.0.1/"] {
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
