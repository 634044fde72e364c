//! Signed requests to services that are called without an official client, which would be large for a call or
//! two.

use std::time::{Duration, Instant};

use aws_credential_types::Credentials as SdkCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use chrono::{DateTime, TimeDelta, Utc};

use crate::aws::call_error::CallError;
use crate::aws::raw_request::{Ask, RawAnswer};
use crate::aws::{Client, clock_skew};
use crate::values::credentials::Credentials;
use crate::values::secret::Secret;

const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);

/// A signed POST request.
pub(super) struct SignedCall<'a> {
    /// The service and the region that the signature names.
    pub scope: (&'a str, &'a str),
    pub url: &'a str,
    /// Names in lower case.
    pub headers: &'a [(&'static str, &'a str)],
    pub body: &'a str,
    pub keys: &'a Credentials,
    /// Whether it may be sent again if there is no answer.
    pub is_repeatable: bool,
}

impl SignedCall<'_> {
    /// Asks until there is an answer that another attempt would not better, which may be a refusal. With a
    /// clock that is wrong, it is signed once more by AWS's, as the official clients do.
    pub fn send(&self, client: &Client<'_>) -> Result<RawAnswer, CallError> {
        let ctx = client.ctx;
        let mut offset = TimeDelta::zero();
        let mut attempts = ATTEMPTS;
        let begun = Instant::now();
        loop {
            attempts -= 1;
            let may_repeat = self.is_repeatable && attempts > 0 && begun.elapsed() + PAUSE < client.limit;
            match self.once(client, begun, ctx.now() + offset) {
                Ok(answer) if answer.status == 200 => return Ok(answer),
                Ok(answer) if may_repeat && (answer.status >= 500 || answer.status == 429) => {}
                Ok(answer) => {
                    let date = clock_skew::parse(answer.date.as_deref());
                    match date
                        .filter(|_| offset.is_zero() && attempts > 0 && clock_skew::is_off(date, ctx.now()))
                    {
                        Some(date) => offset = date - ctx.now(),
                        None => return Ok(answer),
                    }
                    continue;
                }
                Err(CallError::Unreachable(..)) if may_repeat => {}
                Err(trouble) => return Err(trouble),
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn once(&self, client: &Client<'_>, begun: Instant, time: DateTime<Utc>) -> Result<RawAnswer, CallError> {
        // The texts of these errors may quote what was put in.
        let unfit = || CallError::Unsent(anyhow::anyhow!("the request could not be signed"));
        let keys = self.keys;
        let token = keys.session_token.as_ref().map(Secret::reveal);
        let identity: Identity = SdkCredentials::new(
            keys.access_key_id.as_str(),
            keys.secret_access_key.reveal(),
            token.map(str::to_owned),
            None,
            "awsenv",
        )
        .into();
        let (service, region) = self.scope;
        let params = SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(time.into())
            .settings(SigningSettings::default())
            .build()
            .map_err(|_| unfit())?;
        let body = SignableBody::Bytes(self.body.as_bytes());
        let request = SignableRequest::new("POST", self.url, self.headers.iter().copied(), body);
        let signed = sign(request.map_err(|_| unfit())?, &params.into()).map_err(|_| unfit())?;
        let (signature, _) = signed.into_parts();
        let (signature, _) = signature.into_parts();
        let signature = signature.iter().map(|header| (header.name(), header.value()));
        let headers: Vec<_> = self.headers.iter().copied().chain(signature).collect();
        let secrets: Vec<_> = [Some(keys.secret_access_key.reveal()), token].into_iter().flatten().collect();
        let body = self.body.to_owned();
        let ask = Ask { method: "POST", url: self.url, headers: &headers, body, secrets: &secrets };
        client.exchange_since(begun, &ask)
    }
}
