//! The Security Token Service: roles, sessions, and who one is.

mod refusal;

use anyhow::Result;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::Client as Sts;
use aws_sdk_sts::types::{AssumedRoleUser, Credentials as Keys};
use aws_types::request_id::RequestId;
use aws_types::sdk_config::{Builder, SdkConfig};
use chrono::{DateTime, Utc};

use crate::assumed_role::{self, AssumedRole};
use crate::aws::witness::Witness;
use crate::aws::{Client, Endpoint, usable};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::secret::Secret;
use crate::text::shown;

/// Where STS is without a region, and the region that signs for it.
const GLOBAL: (&str, &str) = ("https://sts.amazonaws.com", "us-east-1");

/// What a profile asks of a role. `Default` leaves everything optional out.
#[derive(Clone, Copy, Debug, Default)]
pub struct AssumeRole<'a> {
    /// The role.
    pub role_arn: &'a str,
    /// The name under which the session shows up in the account's logs.
    pub session_name: &'a str,
    /// What the role's owner asks strangers for; sent even if empty, as the AWS CLI does.
    pub external_id: Option<&'a str>,
    /// In seconds; the role's default (mostly an hour) if there is none.
    pub duration_seconds: Option<i32>,
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

/// Whose keys a set of keys is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// 12 digits.
    pub account: String,
    /// The ARN of the user, or of the role's session.
    pub arn: String,
    /// The unique id behind the name.
    pub user_id: String,
}

/// Makes a client for STS by the AWS CLI's rules: the region's own address always; without a region the global one,
/// signed for us-east-1. A custom endpoint without a region is an error.
pub fn client(ctx: &crate::context::Context, endpoint: Endpoint) -> Result<Client<'_>> {
    if endpoint.region.is_some() {
        return Ok(Client::new(ctx, endpoint));
    }
    if endpoint.url.is_some() {
        return Err(Failure::new("could not choose an endpoint of STS: a custom endpoint needs a region")
            .hint("set `region` in the profile, or `AWS_REGION`")
            .into());
    }
    let (url, region) = GLOBAL;
    // The global address has no other forms.
    let url = (!endpoint.fips && !endpoint.dual_stack).then(|| url.to_owned());
    Ok(Client::new(ctx, Endpoint { region: Some(region.to_owned()), url, ..endpoint }))
}

/// Gets the credentials of a role for whom `source` belongs to. A refusal is of no special kind; no answer is
/// [`crate::failure::Kind::Unreachable`].
pub fn assume_role(
    client: &Client<'_>,
    source: &Credentials,
    request: &AssumeRole<'_>,
) -> Result<AssumedRole> {
    let witness = Witness::default();
    let call = Sts::new(&signed(client, source)?)
        .assume_role()
        .role_arn(request.role_arn)
        .role_session_name(request.session_name)
        .set_external_id(request.external_id.map(str::to_owned))
        .set_duration_seconds(request.duration_seconds)
        .set_serial_number(request.mfa.map(|mfa| mfa.serial_number.to_owned()))
        .set_token_code(request.mfa.map(|mfa| mfa.token_code.reveal().to_owned()))
        .customize()
        .interceptor(witness.clone())
        .send();
    let what = format!("assume the role `{}`", shown(request.role_arn));
    let mut secrets = secrets(source);
    secrets.extend(request.mfa.map(|mfa| mfa.token_code.reveal()));
    let answer = client
        .call("AssumeRole", &witness, &secrets, call)
        .map_err(|trouble| refusal::failure(client.ctx, trouble, &what))?;
    let request_id = answer.request_id().unwrap_or_default().to_owned();
    role(answer.credentials, answer.assumed_role_user, request_id, &witness).ok_or_else(|| unusable(&what))
}

/// Gets the credentials of a role for whom `token`, the text of a web identity token file, belongs to. The call is
/// not signed.
pub fn assume_role_with_web_identity(
    client: &Client<'_>,
    role_arn: &str,
    session_name: &str,
    token: &Secret,
) -> Result<AssumedRole> {
    let witness = Witness::default();
    let call = Sts::new(&client.settings()?.build())
        .assume_role_with_web_identity()
        .role_arn(role_arn)
        .role_session_name(session_name)
        .web_identity_token(token.reveal())
        .customize()
        .interceptor(witness.clone())
        .send();
    let what = format!("assume the role `{}` by web identity", shown(role_arn));
    let answer = client
        .call("AssumeRoleWithWebIdentity", &witness, &[token.reveal(), token.reveal().trim()], call)
        .map_err(|trouble| refusal::failure(client.ctx, trouble, &what))?;
    let request_id = answer.request_id().unwrap_or_default().to_owned();
    role(answer.credentials, answer.assumed_role_user, request_id, &witness).ok_or_else(|| unusable(&what))
}

/// Gets a session of an IAM user, with MFA if a device is given. `duration_seconds` may be 900 to 129600; 12 hours if
/// there is none.
pub fn get_session_token(
    client: &Client<'_>,
    source: &Credentials,
    duration_seconds: Option<i32>,
    mfa: Option<Mfa<'_>>,
) -> Result<Credentials> {
    let witness = Witness::default();
    let call = Sts::new(&signed(client, source)?)
        .get_session_token()
        .set_duration_seconds(duration_seconds)
        .set_serial_number(mfa.map(|mfa| mfa.serial_number.to_owned()))
        .set_token_code(mfa.map(|mfa| mfa.token_code.reveal().to_owned()))
        .customize()
        .interceptor(witness.clone())
        .send();
    let what = mfa.map_or_else(
        || "get a session".to_owned(),
        |mfa| format!("get a session with the MFA device `{}`", shown(mfa.serial_number)),
    );
    let mut secrets = secrets(source);
    secrets.extend(mfa.map(|mfa| mfa.token_code.reveal()));
    let answer = client
        .call("GetSessionToken", &witness, &secrets, call)
        .map_err(|trouble| refusal::failure(client.ctx, trouble, &what))?;
    answer
        .credentials
        .and_then(|keys| credentials(keys, source.account.clone()))
        .ok_or_else(|| unusable(&what))
}

/// Asks whose keys `credentials` are. AWS refuses this to nobody whose keys are good.
pub fn get_caller_identity(client: &Client<'_>, credentials: &Credentials) -> Result<Identity> {
    let witness = Witness::default();
    let call = Sts::new(&signed(client, credentials)?)
        .get_caller_identity()
        .customize()
        .interceptor(witness.clone())
        .send();
    let what = "ask AWS whose keys these are";
    let answer = client
        .call("GetCallerIdentity", &witness, &secrets(credentials), call)
        .map_err(|trouble| refusal::failure(client.ctx, trouble, what))?;
    match (answer.account, answer.arn, answer.user_id) {
        (Some(account), Some(arn), Some(user_id)) => Ok(Identity { account, arn, user_id }),
        _ => Err(unusable(what)),
    }
}

fn signed(client: &Client<'_>, credentials: &Credentials) -> Result<SdkConfig> {
    let keys = aws_credential_types::Credentials::new(
        credentials.access_key_id.as_str(),
        credentials.secret_access_key.reveal(),
        credentials.session_token.as_ref().map(|token| token.reveal().to_owned()),
        // The caller knows better than the client when to use what.
        None,
        "awsenv",
    );
    let settings: Builder = client.settings()?;
    Ok(settings.credentials_provider(SharedCredentialsProvider::new(keys)).build())
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
    witness: &Witness,
) -> Option<AssumedRole> {
    let (assumed_role_id, arn) = user.map(|user| (user.assumed_role_id, user.arn)).unwrap_or_default();
    let credentials = credentials(keys?, assumed_role::account(&arn))?;
    Some(AssumedRole { credentials, assumed_role_id, arn, request_id, http_headers: witness.headers() })
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
    Failure::new(format!("could not {what}: the answer lacks what was asked for")).into()
}
