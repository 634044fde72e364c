//! Keys that stand in the files themselves.
//!
//! ```ini
//! [acme]
//! aws_access_key_id = AKIA...
//! aws_secret_access_key = ...
//! ```
//!
//! Both must stand in one file. In the AWS CLI's order (2.36) the credentials file comes before
//! `login_session` and `credential_process`, and the config file after them. A key id decides that the
//! profile is of this kind; a secret alone does not. An empty key id is an error, where the AWS CLI hands out
//! the empty text.
//!
//! `aws_account_id` beside them is ignored. The AWS CLI uses it for account-based endpoints; here it would
//! answer the `account` of a `.awsenv`, which is a question to AWS, with whatever somebody has written into
//! the file.
//!
//! Programs that get temporary keys write their end beside them, under names of their own: such keys are not
//! handed out once they have expired.

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::{ConfiguredSource, Fetched, Resolution, Resolver, Source, Store, mfa_session};
use crate::failure::{Failure, FailureKind};
use crate::shared_config::CleanContext;
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::{Property, Section};
use crate::text::{sanitize, timestamp};
use crate::values::credentials::{Credentials, is_plain};
use crate::values::secret::Secret;

/// Keys in `~/.aws/credentials`.
pub struct InCredentialsFile;

/// Keys in `~/.aws/config`.
pub struct InConfigFile;

impl Source for InCredentialsFile {
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>> {
        select(query, query.profile.credentials, ProfileKind::CredentialsKeys)
    }
}

impl Source for InConfigFile {
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>> {
        select(query, query.profile.config, ProfileKind::ConfigKeys)
    }
}

struct StaticKeys {
    resolution: Resolution,
    profile: String,
    credentials: Credentials,
}

impl ConfiguredSource for StaticKeys {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched> {
        match self.credentials.expiration {
            Some(end) if end <= ctx.now() => Err(ended(&self.profile, end).into()),
            _ => Ok(Fetched::Keys(self.credentials.clone())),
        }
    }

    fn long_lived_key(&self) -> Option<&str> {
        is_long_lived(&self.credentials).then_some(&self.credentials.access_key_id)
    }
}

/// Returns whether these are long-lived keys: a session's keys cannot open another session.
fn is_long_lived(keys: &Credentials) -> bool {
    keys.session_token.is_none() && !keys.access_key_id.is_empty()
}

/// Fails for a value that no request can carry.
fn check(part: &Property<'_>, profile: Profile<'_>) -> Result<()> {
    let value = part.plain()?;
    if is_plain(value) {
        return Ok(());
    }
    let (key, place) = (part.name(), part.place());
    let (why, hint) = if value.contains('\n') {
        (
            "goes on over several lines",
            "a line that is indented deeper than the key above it continues that key's value: indent both alike",
        )
    } else {
        ("holds a character that no key has", "copy it anew")
    };
    Err(Failure::new(format!("could not use {}: `{key}` ({place}) {why}", profile.shown())).hint(hint).into())
}

/// The names under which programs write the end of temporary keys: saml2aws and okta-aws-cli,
/// aws-azure-login, aws-mfa and others, in this order.
const ENDS: [&str; 3] = ["x_security_token_expires", "aws_expiration", "expiration"];

/// Returns when the keys of a section end, if it says so in a form that is known.
fn expiration(section: Section<'_>) -> Option<DateTime<Utc>> {
    ENDS.iter().find_map(|key| timestamp::parse_utc(section.get(key)?.text()))
}

/// Returns the error that the keys of a profile have expired. Only the program that wrote them can get new
/// ones.
pub fn ended(profile: &str, expiration: DateTime<Utc>) -> Failure {
    let (profile, end) = (sanitize::shown(profile), timestamp::utc(expiration));
    Failure::new(format!("could not load profile `{profile}`: its temporary keys ended at {end}"))
        .hint("get new ones with the program that wrote them")
        .kind(FailureKind::LoginNeeded)
}

fn select<'a>(
    query: &Resolver<'a>,
    section: Option<Section<'a>>,
    kind: ProfileKind,
) -> Result<Box<dyn ConfiguredSource + 'a>> {
    let owner = query.profile.shown();
    let missing = |key: &str| {
        let place = section.map_or_else(|| query.profile.place(), |section| section.place());
        Failure::new(format!("could not use {owner} ({place}): `{key}` is missing"))
            .hint("write both keys into the same section of the same file")
    };
    let section = section.ok_or_else(|| missing("aws_access_key_id"))?;
    let id = section.get("aws_access_key_id").ok_or_else(|| missing("aws_access_key_id"))?;
    let secret = section.get("aws_secret_access_key").ok_or_else(|| missing("aws_secret_access_key"))?;
    // The older name overrides the newer one (botocore 1.43).
    let token = section.get("aws_security_token").or_else(|| section.get("aws_session_token"));
    let token = token.filter(|token| !token.text().is_empty());
    // Keys without a session token never expire, whatever a tool has written beside them.
    let expiration = token.as_ref().and_then(|_| expiration(section));
    let store = match (id.range(), secret.range(), token.as_ref().map(Property::range)) {
        (Some(access_key_id), Some(secret_access_key), range @ (None | Some(Some(_)))) => Store::File {
            path: section.path().to_owned(),
            access_key_id,
            secret_access_key,
            session_token: range.flatten(),
            expires: expiration.map(|time| time.timestamp()),
        },
        // A value over several lines has no single byte range.
        _ => Store::Nowhere,
    };
    for part in [Some(&id), Some(&secret), token.as_ref()].into_iter().flatten() {
        check(part, query.profile)?;
    }
    let credentials = Credentials {
        access_key_id: id.required(&owner)?.to_owned(),
        secret_access_key: Secret::new(secret.required(&owner)?),
        session_token: token.map(|token| token.plain()).transpose()?.map(Secret::new),
        expiration,
        account: None,
    };
    let resolution = Resolution::of_keys(kind, store);
    let keys = StaticKeys { resolution, profile: query.profile.name.to_owned(), credentials };
    mfa_session::over(query, Box::new(keys))
}
