//! What is sent to the sign-in service, and what is made of its answers.

use serde_json::{Value, json};

use super::*;
use crate::aws::scripted::{ScriptedAnswer, Server, secret, text, world};

const START: &str = "https://d-1234567890.awsapps.com/start";
const REGISTERED: &str = r#"{"clientId": "id", "clientSecret": "cs", "clientSecretExpiresAt": 1795310377}"#;
const TOKEN: &str =
    r#"{"accessToken": "at", "tokenType": "Bearer", "expiresIn": 28800, "refreshToken": "rt"}"#;

fn registration() -> Registration {
    Registration {
        client_id: "id".into(),
        client_secret: secret(),
        expires_at: world().now(),
        scopes: None,
        grant_types: None,
    }
}

fn token(server: &Server, grant: Grant<'_>) -> Result<Issued, Refused> {
    let ctx = world();
    create_token(&Client::new(&ctx, server.endpoint()), "id", &secret(), grant)
}

/// Returns the path and the body of the only request, which must not be signed.
fn sent(server: &Server) -> (String, Value) {
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert!(!requests[0].contains("\nauthorization:"), "{}", requests[0]);
    let (head, body) = requests[0].split_once("\n\n").unwrap();
    (head.lines().next().unwrap().to_owned(), serde_json::from_str(body).unwrap())
}

#[test]
fn a_device_client_is_registered_with_no_more_than_its_name() {
    let server = Server::start([ScriptedAnswer::json(200, REGISTERED)]);
    let ctx = world();
    let client = Client::new(&ctx, server.endpoint());
    let registration = register_client(&client, "awsenv-my-sso", &[], Flow::Device).unwrap();
    assert_eq!(crate::text::timestamp::utc(registration.expires_at), "2026-11-22T01:19:37Z");
    assert!(!registration.is_for_pkce());
    let body = json!({"clientName": "awsenv-my-sso", "clientType": "public"});
    assert_eq!(sent(&server), ("POST /client/register HTTP/1.1".into(), body));
}

#[test]
fn a_pkce_client_is_registered_for_a_loopback_address_without_a_port() {
    let server = Server::start([ScriptedAnswer::json(200, REGISTERED)]);
    let ctx = world();
    let client = Client::new(&ctx, server.endpoint());
    let registration = register_client(&client, "awsenv", &[], Flow::Pkce { issuer_url: START }).unwrap();
    assert!(registration.is_for_pkce());
    assert_eq!(registration.scopes, Some(vec!["sso:account:access".to_owned()]));
    let body = json!({
        "clientName": "awsenv", "clientType": "public", "scopes": ["sso:account:access"],
        "grantTypes": ["authorization_code", "refresh_token"],
        "redirectUris": ["http://127.0.0.1/oauth/callback"], "issuerUrl": START,
    });
    assert_eq!(sent(&server).1, body);
}

#[test]
fn what_is_no_web_page_is_never_handed_to_a_browser() {
    for uri in ["--new-window", "file:///etc/passwd", "javascript:alert(1)", "https://x/\u{1b}[2J"] {
        let answer = json!({
            "deviceCode": "dc", "userCode": "ABCD-EFGH", "verificationUri": uri, "expiresIn": 600,
        });
        let server = Server::start([ScriptedAnswer::json(200, &answer.to_string())]);
        let ctx = world();
        let client = Client::new(&ctx, server.endpoint());
        assert!(start_device_authorization(&client, &registration(), START).is_err(), "{uri}");
    }
}

#[test]
fn a_device_login_polls_every_five_seconds_unless_told_otherwise() {
    let answer = |interval: &str| {
        format!(
            r#"{{"deviceCode": "dc", "userCode": "ABCD-EFGH", "verificationUri": "https://x/", "expiresIn": 600{interval}}}"#
        )
    };
    for (interval, expected) in [("", 5), (r#", "interval": 1"#, 1), (r#", "interval": 0"#, 5)] {
        let server = Server::start([ScriptedAnswer::json(200, &answer(interval))]);
        let ctx = world();
        let client = Client::new(&ctx, server.endpoint());
        let authorization = start_device_authorization(&client, &registration(), START).unwrap();
        assert_eq!(authorization.interval, Duration::from_secs(expected), "{interval}");
        assert_eq!(authorization.verification_uri_complete, None);
        let body = json!({"clientId": "id", "clientSecret": secret().reveal(), "startUrl": START});
        assert_eq!(sent(&server), ("POST /device_authorization HTTP/1.1".into(), body));
    }
}

#[test]
fn each_grant_sends_its_own_fields() {
    let (code, verifier) = (Secret::new("the-code"), Secret::new("the-verifier"));
    let redirect_uri = "http://127.0.0.1:4242/oauth/callback";
    let cases = [
        (
            Grant::DeviceCode(&code),
            json!({"grantType": "urn:ietf:params:oauth:grant-type:device_code", "deviceCode": "the-code"}),
        ),
        (Grant::RefreshToken(&code), json!({"grantType": "refresh_token", "refreshToken": "the-code"})),
        (
            Grant::AuthorizationCode { code: &code, redirect_uri, code_verifier: &verifier },
            json!({"grantType": "authorization_code", "code": "the-code", "codeVerifier": "the-verifier",
                "redirectUri": redirect_uri}),
        ),
    ];
    for (grant, mut expected) in cases {
        let server = Server::start([ScriptedAnswer::json(200, TOKEN)]);
        let before = world().now();
        let issued = token(&server, grant).unwrap();
        assert_eq!(issued.access_token.reveal(), "at");
        assert_eq!(issued.refresh_token.as_ref().map(Secret::reveal), Some("rt"));
        let lifetime = issued.expires_at - before;
        assert!((28_800..28_830).contains(&lifetime.num_seconds()), "{lifetime}");
        expected["clientId"] = "id".into();
        expected["clientSecret"] = secret().reveal().into();
        assert_eq!(sent(&server), ("POST /token HTTP/1.1".into(), expected), "{grant:?}");
    }
}

#[test]
fn a_caller_can_branch_on_each_refusal_by_header_or_body() {
    let cases = [
        (400, "AuthorizationPendingException", "authorization_pending", Reason::Pending),
        (400, "SlowDownException", "slow_down", Reason::SlowDown),
        (400, "ExpiredTokenException", "expired_token", Reason::Expired),
        (400, "AccessDeniedException", "access_denied", Reason::Denied),
        (400, "InvalidGrantException", "invalid_grant", Reason::InvalidGrant),
        (401, "InvalidClientException", "invalid_client", Reason::InvalidClient),
        (400, "InvalidRequestException", "invalid_request", Reason::Other),
        (400, "UnauthorizedClientException", "unauthorized_client", Reason::Other),
    ];
    for (status, header, error, expected) in cases {
        let body = format!(r#"{{"error": "{error}", "error_description": "said the server"}}"#);
        let header: &'static str = format!(
            "x-amzn-errortype: {header}:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/\r\n"
        )
        .leak();
        for header in [header, ""] {
            let server = Server::start([ScriptedAnswer::Reply(status, header, body.clone())]);
            let refused = token(&server, Grant::RefreshToken(&secret())).unwrap_err();
            assert_eq!(refused.reason, expected, "{header}{error}");
            assert_eq!(server.requests().len(), 1, "{header}{error}");
            let person = matches!(expected, Reason::Expired | Reason::InvalidGrant | Reason::InvalidClient);
            let kind = if person { FailureKind::LoginNeeded } else { FailureKind::Other };
            assert_eq!(Failure::kind_of(&refused.error), kind, "{header}{error}");
            text(&refused.into());
        }
    }
}

#[test]
fn a_wrong_region_is_suspected_and_the_reason_given() {
    let body = r#"{"error": "invalid_request", "error_description": "no such start URL"}"#;
    let server = Server::start([ScriptedAnswer::json(400, body)]);
    let ctx = world();
    let client = Client::new(&ctx, server.endpoint());
    let refused = start_device_authorization(&client, &registration(), START).unwrap_err();
    let text = text(&refused.into());
    let expected = "could not start a login with a device code: no such start URL (invalid_request) | \
                    check `sso_start_url` and `sso_region`";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_server_error_is_unreachable_after_three_attempts() {
    let server =
        Server::start(vec![ScriptedAnswer::error(500, "x-amzn-errortype: InternalServerException\r\n"); 3]);
    let refused = token(&server, Grant::RefreshToken(&secret())).unwrap_err();
    assert_eq!((refused.reason, Failure::kind_of(&refused.error)), (Reason::Other, FailureKind::Unreachable));
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_token_that_is_none_is_an_error() {
    for body in [
        "{}",
        r#"{"accessToken": "", "expiresIn": 5}"#,
        r#"{"accessToken": "a\nb", "expiresIn": 5}"#,
        r#"{"accessToken": "a"}"#,
    ] {
        let server = Server::start([ScriptedAnswer::json(200, body)]);
        let refused = token(&server, Grant::RefreshToken(&secret())).unwrap_err();
        assert_eq!(refused.reason, Reason::Other, "{body}");
    }
}

#[test]
fn fuzz_oidc_answers() {
    let device = r#"{"deviceCode": "d", "userCode": "ABCD-EFGH", "verificationUri": "https://a/", "verificationUriComplete": "https://a/?b", "expiresIn": 600, "interval": 1}"#;
    let error = r#"{"error": "invalid_grant", "error_description": "said the server"}"#;
    let headers = "content-type: application/json\r\n";
    crate::aws::scripted::fuzz("OIDC answers", &[REGISTERED, TOKEN, device, error], headers, |server| {
        let ctx = world();
        let client = Client::new(&ctx, server.endpoint());
        let registered = register_client(&client, "awsenv", &[], Flow::Device);
        let issued = token(server, Grant::RefreshToken(&secret())).map_err(|refused| refused.error);
        registered.map_err(|refused| refused.error).and(issued.map(drop))
    });
}
