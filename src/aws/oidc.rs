//! Identity Center's sign-in service (OIDC): registers this program, and gets tokens.

use std::time::Duration;

use anyhow::{Context as _, Result};
use aws_sdk_ssooidc::Client as Oidc;
use aws_sdk_ssooidc::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_types::sdk_config::SdkConfig;
use chrono::{DateTime, TimeDelta, Utc};

use crate::aws::Client;
use crate::aws::call_error::CallError;
use crate::aws::call_recorder::CallRecorder;
use crate::cache::client_registration::{AUTHORIZATION_CODE, Registration};
use crate::failure::{Failure, FailureKind};
use crate::text::sanitize;
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;

const REFRESH_TOKEN: &str = "refresh_token";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// What a client is registered with. The port is given with each login only.
const REDIRECT_URI: &str = "http://127.0.0.1/oauth/callback";
/// What PKCE asks for if the session has no `sso_registration_scopes`.
pub const DEFAULT_SCOPE: &str = "sso:account:access";
/// Between two polls if the server does not say.
const INTERVAL: Duration = Duration::from_secs(5);

/// What a code is for, in messages.
const FINISH: &str = "finish the login";

/// Which login a client is registered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow<'a> {
    /// A code that is typed in on another device.
    Device,
    /// An authorization code with PKCE, in a browser on this one.
    Pkce {
        /// The start URL.
        issuer_url: &'a str,
    },
}

/// What a person has to open, and what to poll with.
#[derive(Clone, Debug)]
pub struct DeviceAuthorization {
    /// Polls; goes into [`Grant::DeviceCode`].
    pub device_code: Secret,
    /// What the person types in.
    pub user_code: String,
    /// The page to type it into.
    pub verification_uri: String,
    /// The page with the code filled in.
    pub verification_uri_complete: Option<String>,
    /// When it is over (UTC).
    pub expires_at: DateTime<Utc>,
    /// The pause between two polls.
    pub interval: Duration,
}

/// What a token is asked for with.
#[derive(Clone, Copy, Debug)]
pub enum Grant<'a> {
    /// The device code, over and over.
    DeviceCode(&'a Secret),
    /// The refresh token of the last one.
    RefreshToken(&'a Secret),
    /// What the browser brought back.
    AuthorizationCode {
        /// The code in the address.
        code: &'a Secret,
        /// The very address, with the port.
        redirect_uri: &'a str,
        /// What the challenge in the authorize URL was made of.
        code_verifier: &'a Secret,
    },
}

/// A new token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Opens the portal.
    pub access_token: Secret,
    /// When it lapses (UTC).
    pub expires_at: DateTime<Utc>,
    /// Gets the next one. If there is none, the last one must not be used again either.
    pub refresh_token: Option<Secret>,
}

/// What a caller may do about a [`Refused`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The person has not finished yet: poll again.
    Pending,
    /// The same, and the pause between polls grows by five seconds for good.
    SlowDown,
    /// The device code is too old: start again.
    Expired,
    /// The person, or a policy, said no.
    Denied,
    /// The code or refresh token is used up, too old, or not ours: a login is needed.
    InvalidGrant,
    /// The registration is unknown or has lapsed: register again.
    InvalidClient,
    /// Anything else, such as no answer; the error tells.
    Other,
}

/// No token, and why. Turns into its error with `?`.
#[derive(Debug)]
pub struct Refused {
    /// For the caller.
    pub reason: Reason,
    /// For the person.
    pub error: anyhow::Error,
}

impl From<Refused> for anyhow::Error {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        Self { reason: Reason::Other, error }
    }
}

/// Registers a public client called `name` for `flow`. With no `scopes`, PKCE asks for [`DEFAULT_SCOPE`] and
/// the device flow for none. The result is what belongs into the cache.
pub fn register_client(
    client: &Client<'_>,
    name: &str,
    scopes: &[String],
    flow: Flow<'_>,
) -> Result<Registration, Refused> {
    let pkce = matches!(flow, Flow::Pkce { .. });
    let scopes = match scopes {
        [] if pkce => vec![DEFAULT_SCOPE.to_owned()],
        scopes => scopes.to_vec(),
    };
    let scopes = (!scopes.is_empty()).then_some(scopes);
    let grant_types = pkce.then(|| vec![AUTHORIZATION_CODE.to_owned(), REFRESH_TOKEN.to_owned()]);
    let mut request = Oidc::new(&settings(client)?)
        .register_client()
        .client_name(name)
        .client_type("public")
        .set_scopes(scopes.clone())
        .set_grant_types(grant_types.clone());
    if let Flow::Pkce { issuer_url } = flow {
        request = request.redirect_uris(REDIRECT_URI).issuer_url(issuer_url);
    }
    let recorder = CallRecorder::default();
    let call = request.customize().interceptor(recorder.clone()).send();
    let what = "register with IAM Identity Center";
    let answer =
        client.call("RegisterClient", &recorder, &[], call).map_err(|trouble| refused(trouble, what))?;
    let registration = || {
        Some(Registration {
            client_id: answer.client_id.clone()?,
            client_secret: Secret::new(answer.client_secret.clone()?),
            expires_at: DateTime::from_timestamp(answer.client_secret_expires_at, 0)?,
            scopes,
            grant_types,
        })
    };
    registration().ok_or_else(|| unusable(what))
}

/// Starts a login with a device code.
pub fn start_device_authorization(
    client: &Client<'_>,
    registration: &Registration,
    start_url: &str,
) -> Result<DeviceAuthorization, Refused> {
    let recorder = CallRecorder::default();
    let call = Oidc::new(&settings(client)?)
        .start_device_authorization()
        .client_id(&registration.client_id)
        .client_secret(registration.client_secret.reveal())
        .start_url(start_url)
        .customize()
        .interceptor(recorder.clone())
        .send();
    let what = "start a login with a device code";
    let answer = client
        .call("StartDeviceAuthorization", &recorder, &[registration.client_secret.reveal()], call)
        .map_err(|trouble| refused(trouble, what))?;
    let interval = u64::try_from(answer.interval).ok().filter(|seconds| *seconds > 0);
    let authorization = || {
        Some(DeviceAuthorization {
            device_code: Secret::new(answer.device_code.clone()?),
            user_code: answer.user_code.clone()?,
            verification_uri: answer.verification_uri.clone().filter(|uri| is_page(uri))?,
            verification_uri_complete: answer.verification_uri_complete.clone().filter(|uri| is_page(uri)),
            expires_at: client.ctx.now() + TimeDelta::seconds(answer.expires_in.into()),
            interval: interval.map_or(INTERVAL, Duration::from_secs),
        })
    };
    authorization().ok_or_else(|| unusable(what))
}

/// Returns whether a browser may be given this: a program that opens pages also takes options, and opens
/// files.
fn is_page(uri: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| uri.starts_with(scheme))
        && !uri.chars().any(sanitize::is_hidden)
}

/// Gets a token, once: polling is the caller's. `client_id` and `client_secret` are those that the grant was
/// made with.
pub fn create_token(
    client: &Client<'_>,
    client_id: &str,
    client_secret: &Secret,
    grant: Grant<'_>,
) -> Result<Issued, Refused> {
    let mut secrets = vec![client_secret.reveal()];
    let request = Oidc::new(&settings(client)?)
        .create_token()
        .client_id(client_id)
        .client_secret(client_secret.reveal());
    let request = match grant {
        Grant::DeviceCode(code) => {
            secrets.push(code.reveal());
            request.grant_type(DEVICE_CODE).device_code(code.reveal())
        }
        Grant::RefreshToken(token) => {
            secrets.push(token.reveal());
            request.grant_type(REFRESH_TOKEN).refresh_token(token.reveal())
        }
        Grant::AuthorizationCode { code, redirect_uri, code_verifier } => {
            secrets.extend([code.reveal(), code_verifier.reveal()]);
            request
                .grant_type(AUTHORIZATION_CODE)
                .code(code.reveal())
                .redirect_uri(redirect_uri)
                .code_verifier(code_verifier.reveal())
        }
    };
    let recorder = CallRecorder::default();
    let call = request.customize().interceptor(recorder.clone()).send();
    let what = match grant {
        Grant::RefreshToken(_) => "refresh the login",
        _ => FINISH,
    };
    let asked = client.ctx.now();
    let answer =
        client.call("CreateToken", &recorder, &secrets, call).map_err(|trouble| refused(trouble, what))?;
    let usable = |token: &Secret| {
        !token.reveal().is_empty() && !token.reveal().contains(char::is_control) && answer.expires_in > 0
    };
    Ok(Issued {
        access_token: answer
            .access_token
            .clone()
            .map(Secret::new)
            .filter(usable)
            .ok_or_else(|| unusable(what))?,
        // From before the call: early is safer than late.
        expires_at: asked + TimeDelta::seconds(answer.expires_in.into()),
        refresh_token: answer.refresh_token.clone().filter(|token| !token.is_empty()).map(Secret::new),
    })
}

/// Returns the address of the service, scheme and host alone: where the browser is sent. A path in a custom
/// endpoint is dropped, as the AWS CLI does (2.36).
pub fn base_url(client: &Client<'_>) -> Result<String> {
    let Endpoint { region, url, fips, dual_stack, .. } = &client.endpoint;
    let url = if let Some(url) = url {
        url.clone()
    } else {
        let parameters = Params::builder()
            .set_region(region.clone())
            .use_fips(*fips)
            .use_dual_stack(*dual_stack)
            .build()
            .context("could not find the address of IAM Identity Center")?;
        // What the official client itself would use, in every partition.
        let resolver = DefaultResolver::new();
        let found = client.block_on(resolver.resolve_endpoint(&parameters))?;
        found.map_err(|_| no_address(region.as_deref()))?.url().to_owned()
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(|| no_address(region.as_deref()))?;
    Ok(format!("{scheme}://{}", rest.split('/').next().unwrap_or_default()))
}

fn no_address(region: Option<&str>) -> Failure {
    Failure::new(format!(
        "could not find the address of IAM Identity Center in `{}`",
        crate::text::sanitize::shown(region.unwrap_or_default())
    ))
    .hint("correct `sso_region` in ~/.aws/config")
}

fn settings(client: &Client<'_>) -> Result<SdkConfig> {
    Ok(client.regional()?.build())
}

fn refused(trouble: CallError, what: &str) -> Refused {
    let CallError::Refused(refusal) = trouble else {
        return trouble.failure(what).into();
    };
    let code = refusal.code();
    let reason = reason(&code);
    let text = match reason {
        Reason::Pending => "it was not approved yet",
        Reason::SlowDown => "AWS asks to slow down",
        Reason::Expired => "the code has expired",
        Reason::Denied => "it was denied",
        Reason::InvalidGrant if what == FINISH => "AWS does not accept the code",
        Reason::InvalidGrant => "AWS does not accept it any more",
        Reason::InvalidClient => "AWS does not know this client any more",
        Reason::Other => return other(CallError::Refused(refusal), &code, what),
    };
    let kind = match reason {
        Reason::Expired | Reason::InvalidGrant | Reason::InvalidClient => FailureKind::LoginNeeded,
        _ => FailureKind::Other,
    };
    let failure =
        Failure::new(format!("could not {what}: {text} ({code})")).hint("run `awsenv login`").kind(kind);
    Refused { reason, error: failure.into() }
}

fn other(trouble: CallError, code: &str, what: &str) -> Refused {
    let CallError::Refused(refusal) = trouble else {
        return trouble.failure(what).into();
    };
    let failure = Failure::new(format!("could not {what}: {}", refusal.reason()));
    let hint =
        "check `sso_start_url` and `sso_region`: the region is that of IAM Identity Center, not of the work";
    match code {
        "InvalidRequestException" | "invalid_request" => anyhow::Error::from(failure.hint(hint)).into(),
        _ => anyhow::Error::from(failure).into(),
    }
}

/// AWS names an error in a header, OAuth in the body; either will do.
fn reason(code: &str) -> Reason {
    match code {
        "AuthorizationPendingException" | "authorization_pending" => Reason::Pending,
        "SlowDownException" | "slow_down" => Reason::SlowDown,
        "ExpiredTokenException" | "expired_token" => Reason::Expired,
        "AccessDeniedException" | "access_denied" => Reason::Denied,
        "InvalidGrantException" | "invalid_grant" => Reason::InvalidGrant,
        "InvalidClientException" | "invalid_client" => Reason::InvalidClient,
        _ => Reason::Other,
    }
}

fn unusable(what: &str) -> Refused {
    anyhow::Error::from(Failure::new(format!("could not {what}: the answer lacks what was asked for"))).into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::scripted::{ScriptedAnswer, Server, secret, text, world};

    const START: &str = "https://d-1234567890.awsapps.com/start";
    const REGISTERED: &str =
        r#"{"clientId": "id", "clientSecret": "cs", "clientSecretExpiresAt": 1795310377}"#;
    const TOKEN: &str =
        r#"{"accessToken": "at", "tokenType": "Bearer", "expiresIn": 28800, "refreshToken": "rt"}"#;

    fn registration() -> Registration {
        Registration {
            client_id: "id".into(),
            client_secret: secret(),
            expires_at: Utc::now(),
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
            let before = Utc::now();
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
                let person =
                    matches!(expected, Reason::Expired | Reason::InvalidGrant | Reason::InvalidClient);
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
            Server::start(vec![
                ScriptedAnswer::error(500, "x-amzn-errortype: InternalServerException\r\n");
                3
            ]);
        let refused = token(&server, Grant::RefreshToken(&secret())).unwrap_err();
        assert_eq!(
            (refused.reason, Failure::kind_of(&refused.error)),
            (Reason::Other, FailureKind::Unreachable)
        );
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
}
