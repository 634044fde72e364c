//! A role that is assumed with another profile's credentials, which may be a role's in turn.
//!
//! ```ini
//! [profile deploy]
//! role_arn = arn:aws:iam::111122223333:role/Deploy
//! source_profile = acme-dev
//! ```
//!
//! `external_id`, `duration_seconds` and `role_session_name` are sent as they stand. STS is asked in the region of the work;
//! that and the endpoints come from the profile that was asked for, never from its source (AWS CLI 2.36).

use anyhow::Result;
use chrono::TimeDelta;

use super::{Facts, Fetched, Query, Selection, Source, Store};
use crate::aws::{Endpoint, sts};
use crate::context::Context;
use crate::endpoint::{EndpointSettings, Service};
use crate::failure::Failure;
use crate::profile::{Kind, Profile};
use crate::{assumed_role, cache_key, python_int, region, text};

/// A role over a source profile.
pub struct AssumeRole;

impl Source for AssumeRole {
    fn select<'a>(&self, query: &Query<'a>) -> Result<Box<dyn Selection + 'a>> {
        let profile = query.profile;
        let role = Role::of(&profile)?;
        let source = match (profile.text("source_profile")?, profile.text("credential_source")?) {
            (Some(name), None) => query.source_profile(name)?,
            (source, other) => return Err(one_source(&profile, source.is_some() && other.is_some()).into()),
        };
        let key = cache_key::assumed_role(&cache_key::Role {
            role_arn: role.arn,
            role_session_name: role.session_name,
            external_id: role.external_id,
            serial_number: role.mfa_serial,
            duration_seconds: role.duration,
        })?;
        let facts = Facts {
            kind: Kind::Role,
            account: assumed_role::account(role.arn),
            role: role.arn.rsplit('/').next().map(str::to_owned),
            login: source.facts().login.clone(),
            store: Store::RoleCache(key),
        };
        let own = query.active.text("region")?;
        let region = region::choose(None, query.region.as_deref(), own, &query.ctx.env)?;
        let endpoint = EndpointSettings::new(query.ctx, Service::Sts, Some(&query.active), query.config)?
            .endpoint(region.map(|region| region.name));
        Ok(Box::new(Hop { facts, role, source, endpoint, profile: profile.name }))
    }
}

/// What a profile says of the role.
struct Role<'a> {
    arn: &'a str,
    session_name: Option<&'a str>,
    external_id: Option<&'a str>,
    mfa_serial: Option<&'a str>,
    duration: Option<i64>,
}

impl<'a> Role<'a> {
    fn of(profile: &Profile<'a>) -> Result<Self> {
        Ok(Self {
            arn: profile.require("role_arn")?,
            session_name: profile.text("role_session_name")?.filter(|name| !name.is_empty()),
            external_id: profile.text("external_id")?,
            mfa_serial: profile.text("mfa_serial")?,
            // What is not a number does not count, without a word (AWS CLI 2.36).
            duration: profile.text("duration_seconds")?.and_then(python_int::parse),
        })
    }
}

struct Hop<'a> {
    facts: Facts,
    role: Role<'a>,
    source: Box<dyn Selection + 'a>,
    endpoint: Endpoint,
    profile: &'a str,
}

impl Selection for Hop<'_> {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn fetch(&self, ctx: &Context) -> Result<Fetched> {
        if let Some(serial) = self.role.mfa_serial {
            return Err(Failure::new(format!(
                "could not assume the role of profile `{}`: it asks for an MFA code from `{}`, and awsenv cannot ask for one",
                text::shown(self.profile),
                text::shown(serial)
            ))
            .hint(format!(
                "run `aws sts get-caller-identity --profile {}` once: awsenv uses the role that it caches",
                text::shown(&crate::shell_words::quote(self.profile))
            ))
            .into());
        }
        // The AWS CLI takes what a cache has for its 15 minutes and no less; a chain need not last longer than a call.
        let source = super::obtain_source(ctx, self.source.as_ref(), TimeDelta::seconds(900))?;
        let default_name = format!("botocore-session-{}", ctx.now().timestamp());
        let request = sts::AssumeRole {
            role_arn: self.role.arn,
            session_name: self.role.session_name.unwrap_or(&default_name),
            external_id: self.role.external_id,
            duration_seconds: self.role.duration.and_then(|seconds| seconds.try_into().ok()),
            mfa: None,
        };
        let client = sts::client(ctx, self.endpoint.clone())?;
        Ok(Fetched::Role(Box::new(sts::assume_role(&client, &source, &request)?)))
    }
}

fn one_source(profile: &Profile<'_>, both: bool) -> Failure {
    let (name, place) = (text::shown(profile.name), profile.place());
    let failure = |what: &str| {
        Failure::new(format!("could not use the profile `{name}` ({place}): it has `role_arn` and {what}"))
    };
    if both {
        return failure("both `source_profile` and `credential_source`").hint("delete one of the two");
    }
    match profile.get("credential_source") {
        Some(_) => failure("`credential_source`, which awsenv cannot use")
            .hint("name a profile with `source_profile = ...`"),
        None => failure("neither `source_profile` nor `credential_source`")
            .hint("add the line `source_profile = ...`"),
    }
}
