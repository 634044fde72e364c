//! The Security Token Service: credentials of roles, sessions of users, and the identity behind keys.

mod refusal;
#[cfg(test)]
mod tests;

use anyhow::Result;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::Client as Sts;
use aws_sdk_sts::types::{AssumedRoleUser, Credentials as Keys, PolicyDescriptorType};
use aws_types::request_id::RequestId;
use aws_types::sdk_config::SdkConfig;
use chrono::{DateTime, Utc};

use crate::aws::call_recorder::CallRecorder;
use crate::aws::{Client, incomplete, usable};
use crate::failure::Failure;
use crate::system::context::Context;
use crate::text::sanitize::shown;
use crate::values::arn;
use crate::values::assumed_role::AssumedRole;
use crate::values::credentials::Credentials;
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;

/// The URL of STS without a region, and the region in signatures for it.
const GLOBAL: (&str, &str) = ("https://sts.amazonaws.com", "us-east-1");

/// The parameters of a call for a role's credentials. `Default` leaves out everything optional.
#[derive(Clone, Copy, Debug, Default)]
pub struct AssumeRoleCall<'a> {
    /// The role.
    pub role_arn: &'a str,
    /// The name under which the session shows up in the account's logs.
    pub session_name: &'a str,
    /// The external id that the role's trust policy demands; sent even if empty, as by the AWS CLI.
    pub external_id: Option<&'a str>,
    /// In seconds; `None` for STS's default of one hour.
    pub duration_seconds: Option<i32>,
    /// The ARNs of managed policies that limit what the session may do.
    pub policy_arns: &'a [String],
    /// The text of an inline policy that limits it as well.
    pub policy: Option<&'a str>,
    /// The MFA device, and the code that it shows.
    pub mfa: Option<Mfa<'a>>,
}

/// An MFA device and its code.
#[derive(Clone, Copy, Debug)]
pub struct Mfa<'a> {
    /// The serial number of a hardware device, the ARN of any other.
    pub serial_number: &'a str,
    /// The six digits that it shows at the moment.
    pub token_code: &'a Secret,
}

/// The identity behind a set of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// 12 digits.
    pub account: String,
    /// The ARN of the user, or of the role's session.
    pub arn: String,
    /// The unique id behind the name.
    pub user_id: String,
}

/// Makes a client for STS by the AWS CLI's rules: the region's own address always; without a region the
/// global one, signed for us-east-1. A custom endpoint without a region is an error, since a signature names
/// one.
pub fn client(ctx: &Context, endpoint: Endpoint) -> Result<Client<'_>> {
    if endpoint.region.is_some() {
        return Ok(Client::new(ctx, endpoint));
    }
    if endpoint.url.is_some() {
        return Err(Failure::new("could not choose an endpoint of STS: a custom endpoint needs a region")
            .hint("set `region` in the profile, or `AWS_REGION`")
            .into());
    }
    Ok(global(ctx, endpoint))
}

/// [`client`] for calls that are not signed, which need no region.
pub fn unsigned_client(ctx: &Context, endpoint: Endpoint) -> Client<'_> {
    if endpoint.region.is_some() { Client::new(ctx, endpoint) } else { global(ctx, endpoint) }
}

fn global(ctx: &Context, endpoint: Endpoint) -> Client<'_> {
    let (url, region) = GLOBAL;
    // There is no global address with FIPS or dual-stack.
    let own = (!endpoint.fips && !endpoint.dual_stack).then(|| url.to_owned());
    let url = endpoint.url.clone().or(own);
    Client::new(ctx, Endpoint { region: Some(region.to_owned()), url, ..endpoint })
}

/// Returns temporary credentials for the role, from a call signed with `source`. Errors:
/// `FailureKind::Denied`; `WrongCode` for a refused MFA code; `KeysRejected` if AWS does not accept `source`;
/// `Unreachable` if there is no answer.
pub fn assume_role(
    client: &Client<'_>,
    source: &Credentials,
    request: &AssumeRoleCall<'_>,
) -> Result<AssumedRole> {
    let recorder = CallRecorder::default();
    let policy_arns = request.policy_arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build());
    let call = Sts::new(&signed(client, source)?)
        .assume_role()
        .role_arn(request.role_arn)
        .role_session_name(request.session_name)
        .set_external_id(request.external_id.map(str::to_owned))
        .set_duration_seconds(request.duration_seconds)
        .set_policy_arns(Some(policy_arns.collect()).filter(|arns: &Vec<_>| !arns.is_empty()))
        .set_policy(request.policy.map(str::to_owned))
        .set_serial_number(request.mfa.map(|mfa| mfa.serial_number.to_owned()))
        .set_token_code(request.mfa.map(|mfa| mfa.token_code.reveal().to_owned()))
        .customize()
        .interceptor(recorder.clone())
        .send();
    let what = format!("assume the role `{}`", shown(request.role_arn));
    let mut secrets = secrets(source);
    secrets.extend(request.mfa.map(|mfa| mfa.token_code.reveal()));
    let answer = client
        .call("AssumeRole", &recorder, &secrets, call)
        .map_err(|trouble| refusal::failure(client.ctx, trouble, &what))?;
    let request_id = answer.request_id().unwrap_or_default().to_owned();
    role(answer.credentials, answer.assumed_role_user, request_id, &recorder).ok_or_else(|| unusable(&what))
}

/// Returns temporary credentials for the role, for the web identity in `token`, the text of the token file.
/// The call is not signed. Errors: as for [`assume_role`].
pub fn assume_role_with_web_identity(
    client: &Client<'_>,
    role_arn: &str,
    session_name: &str,
    token: &Secret,
) -> Result<AssumedRole> {
    let recorder = CallRecorder::default();
    let call = Sts::new(&client.settings()?.build())
        .assume_role_with_web_identity()
        .role_arn(role_arn)
        .role_session_name(session_name)
        .web_identity_token(token.reveal())
        .customize()
        .interceptor(recorder.clone())
        .send();
    let what = format!("assume the role `{}` by web identity", shown(role_arn));
    let answer = client
        .call("AssumeRoleWithWebIdentity", &recorder, &[token.reveal(), token.reveal().trim()], call)
        .map_err(|trouble| refusal::failure(client.ctx, trouble, &what))?;
    let request_id = answer.request_id().unwrap_or_default().to_owned();
    role(answer.credentials, answer.assumed_role_user, request_id, &recorder).ok_or_else(|| unusable(&what))
}

/// Returns the credentials of a session of an IAM user, with MFA if a device is given. `duration_seconds` may
/// be 900 to 129600; `None` for STS's default of 12 hours. Errors: as for [`assume_role`].
pub fn get_session_token(
    client: &Client<'_>,
    source: &Credentials,
    duration_seconds: Option<i32>,
    mfa: Option<Mfa<'_>>,
) -> Result<Credentials> {
    let recorder = CallRecorder::default();
    let call = Sts::new(&signed(client, source)?)
        .get_session_token()
        .set_duration_seconds(duration_seconds)
        .set_serial_number(mfa.map(|mfa| mfa.serial_number.to_owned()))
        .set_token_code(mfa.map(|mfa| mfa.token_code.reveal().to_owned()))
        .customize()
        .interceptor(recorder.clone())
        .send();
    let what = mfa.map_or_else(
        || "get a session".to_owned(),
        |mfa| format!("get a session with the MFA device `{}`", shown(mfa.serial_number)),
    );
    let mut secrets = secrets(source);
    secrets.extend(mfa.map(|mfa| mfa.token_code.reveal()));
    let answer = client
        .call("GetSessionToken", &recorder, &secrets, call)
        .map_err(|trouble| refusal::failure(client.ctx, trouble, &what))?;
    answer
        .credentials
        .and_then(|keys| credentials(keys, source.account.clone()))
        .ok_or_else(|| unusable(&what))
}

/// Returns the identity behind the keys. The call needs no permission. Errors: as for [`assume_role`].
pub fn get_caller_identity(client: &Client<'_>, credentials: &Credentials) -> Result<Identity> {
    let recorder = CallRecorder::default();
    let call = Sts::new(&signed(client, credentials)?)
        .get_caller_identity()
        .customize()
        .interceptor(recorder.clone())
        .send();
    let what = "ask AWS whose keys these are";
    let answer = client
        .call("GetCallerIdentity", &recorder, &secrets(credentials), call)
        .map_err(|trouble| refusal::failure(client.ctx, trouble, what))?;
    match (answer.account, answer.arn, answer.user_id) {
        (Some(account), Some(arn), Some(user_id)) => Ok(Identity { account, arn, user_id }),
        _ => Err(unusable(what)),
    }
}

fn signed(client: &Client<'_>, credentials: &Credentials) -> Result<SdkConfig> {
    if !credentials.can_be_sent() {
        return Err(Failure::new("could not use the keys: they hold a character that no key has").into());
    }
    let keys = aws_credential_types::Credentials::new(
        credentials.access_key_id.as_str(),
        credentials.secret_access_key.reveal(),
        credentials.session_token.as_ref().map(|token| token.reveal().to_owned()),
        // Whether they have expired is the caller's question; the client would refuse them.
        None,
        "awsenv",
    );
    Ok(client.settings()?.credentials_provider(SharedCredentialsProvider::new(keys)).build())
}

fn secrets(credentials: &Credentials) -> Vec<&str> {
    let token = credentials.session_token.as_ref().map(Secret::reveal);
    let keys = [credentials.secret_access_key.reveal(), credentials.access_key_id.as_str()];
    keys.into_iter().chain(token).collect()
}

fn role(
    keys: Option<Keys>,
    user: Option<AssumedRoleUser>,
    request_id: String,
    recorder: &CallRecorder,
) -> Option<AssumedRole> {
    let (assumed_role_id, arn) = user.map(|user| (user.assumed_role_id, user.arn)).unwrap_or_default();
    let credentials = credentials(keys?, arn::account(&arn))?;
    Some(AssumedRole { credentials, assumed_role_id, arn, request_id, http_headers: recorder.headers() })
}

fn credentials(keys: Keys, account: Option<String>) -> Option<Credentials> {
    let expiration: DateTime<Utc> = DateTime::from_timestamp(keys.expiration.secs(), 0)?;
    usable(Credentials {
        access_key_id: keys.access_key_id,
        secret_access_key: Secret::new(keys.secret_access_key),
        session_token: Some(Secret::new(keys.session_token)),
        expiration: Some(expiration),
        account,
    })
}

fn unusable(what: &str) -> anyhow::Error {
    incomplete(what).into()
}
