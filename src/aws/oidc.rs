//! Identity Center's sign-in service (OIDC): registers this program, and gets tokens.

#[cfg(test)]
mod tests;

use std::time::Duration;

use anyhow::Result;
use aws_sdk_ssooidc::Client as Oidc;
use aws_types::sdk_config::SdkConfig;
use chrono::{DateTime, TimeDelta, Utc};

use crate::aws::call_error::CallError;
use crate::aws::call_recorder::CallRecorder;
use crate::aws::{Client, incomplete, probe};
use crate::cache::client_registration::{AUTHORIZATION_CODE, Registration};
use crate::failure::{Failure, FailureKind};
use crate::shared_config::endpoint_settings::Service;
use crate::text::sanitize;
use crate::values::secret::Secret;
use crate::values::url;

const REFRESH_TOKEN: &str = "refresh_token";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The redirect URI that a client is registered with. The port is added for each login.
const REDIRECT_URI: &str = "http://127.0.0.1/oauth/callback";
/// The scope that PKCE asks for if the session has no `sso_registration_scopes`.
pub const DEFAULT_SCOPE: &str = "sso:account:access";
/// Between two polls if the server names no interval (RFC 8628, section 3.2).
const INTERVAL: Duration = Duration::from_secs(5);

/// What is done with a code, in messages.
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

/// The page that a person has to open, and the code to poll with.
#[derive(Clone, Debug)]
pub struct DeviceAuthorization {
    /// The code to poll with, for [`Grant::DeviceCode`].
    pub device_code: Secret,
    /// The code that the person types in.
    pub user_code: String,
    /// The page to type it into.
    pub verification_uri: String,
    /// The page with the code filled in.
    pub verification_uri_complete: Option<String>,
    /// When the codes expire (UTC).
    pub expires_at: DateTime<Utc>,
    /// The pause between two polls.
    pub interval: Duration,
}

/// What a token is given for.
#[derive(Clone, Copy, Debug)]
pub enum Grant<'a> {
    /// The device code; asked for again until the person has approved it.
    DeviceCode(&'a Secret),
    /// The refresh token that came with the last token.
    RefreshToken(&'a Secret),
    /// The code that the browser brought back.
    AuthorizationCode {
        /// The code in the address.
        code: &'a Secret,
        /// The redirect URI in the authorize URL, with its port.
        redirect_uri: &'a str,
        /// The secret whose digest is the challenge in the authorize URL.
        code_verifier: &'a Secret,
    },
}

/// A new token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Opens the portal.
    pub access_token: Secret,
    /// When it expires (UTC).
    pub expires_at: DateTime<Utc>,
    /// Gets the next token. If it is `None`, the one that was used must not be used again either.
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
    /// The person, or a policy, denied it.
    Denied,
    /// The code or refresh token is used up, too old, or not ours: a login is needed.
    InvalidGrant,
    /// The registration is unknown or has expired: register again.
    InvalidClient,
    /// Anything else, such as no answer; the error says what.
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
/// the device flow for none. Returns the registration to cache.
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

/// Asks for a token once; polling is the caller's task. `client_id` and `client_secret` are those of the
/// client that the grant was made for.
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
    let url = probe::address(Service::SsoOidc, &client.endpoint).map_err(|_| {
        let region = sanitize::shown(client.endpoint.region.as_deref().unwrap_or_default());
        Failure::new(format!("could not find the address of IAM Identity Center in `{region}`"))
            .hint("correct `sso_region` in ~/.aws/config")
    })?;
    Ok(url::origin(&url))
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
        Reason::Other => {
            let mut failure = Failure::new(format!("could not {what}: {}", refusal.reason()));
            if matches!(code.as_str(), "InvalidRequestException" | "invalid_request") {
                failure = failure.hint(
                    "check `sso_start_url` and `sso_region`: the region is that of IAM Identity Center, not of the work",
                );
            }
            return Refused { reason, error: failure.into() };
        }
    };
    let kind = match reason {
        Reason::Expired | Reason::InvalidGrant | Reason::InvalidClient => FailureKind::LoginNeeded,
        _ => FailureKind::Other,
    };
    let failure =
        Failure::new(format!("could not {what}: {text} ({code})")).hint("run `awsenv login`").kind(kind);
    Refused { reason, error: failure.into() }
}

/// Returns the reason behind a code. AWS has its own names, in a header, and those of OAuth, in the body.
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
    anyhow::Error::from(incomplete(what)).into()
}
