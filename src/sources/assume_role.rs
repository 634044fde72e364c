//! A role that is assumed with another profile's credentials, which may be a role's in turn.
//!
//! ```ini
//! [profile deploy]
//! role_arn = arn:aws:iam::111122223333:role/Deploy
//! source_profile = acme-dev
//! ```
//!
//! With `mfa_serial` a code of that device is needed. With a user's long-lived keys it opens a session, from
//! which this role and all others with the same device are assumed. With other keys, or if the user may not
//! open a session, the code is sent with the request for the role itself, as the AWS CLI does it.
//!
//! `external_id`, `duration_seconds` and `role_session_name` are sent as they are written. The region and the
//! endpoints of STS come from the profile that the user chose, never from its source (AWS CLI 2.36).

use anyhow::{Context as _, Result};
use chrono::TimeDelta;

use super::{ConfiguredSource, Fetched, Resolution, Resolver, Source, Store};
use crate::aws::sts;
use crate::cache::{key, role};
use crate::failure::{Failure, FailureKind};
use crate::login::console_session::ConsoleSession;
use crate::login::mfa_device::MfaDevice;
use crate::shared_config::CleanContext;
use crate::shared_config::endpoint_settings::Service;
use crate::shared_config::profile::{Profile, ProfileKind, required_arn};
use crate::sources::no_credentials::missing_source;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::{python_int, sanitize, shell_words};
use crate::values::arn;
use crate::values::credentials::Credentials;
use crate::values::endpoint::Endpoint;
use crate::values::role_arn::{RoleArgument, RoleTerms};
use crate::values::secret::Secret;
use crate::values::session_policy::RoleSession;

/// A role over a source profile.
pub struct AssumeRole;

impl Source for AssumeRole {
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>> {
        let profile = query.profile;
        let role = RoleSettings::of(&profile)?;
        let source = match (profile.text("source_profile")?, profile.text("credential_source")?) {
            (Some(_), None) => query.source_profile(profile.require("source_profile")?)?,
            (None, Some(name)) => query.credential_source(name)?,
            (source, other) => return Err(one_source(&profile, source.is_some() && other.is_some()).into()),
        };
        Ok(Box::new(RoleOverSource::new(query, role, source)?))
    }
}

/// Selects a role that a person named (`--role-arn`), assumed with the profile's credentials, which may be a
/// role's. The `mfa_serial` of a profile that has a role is for its own; otherwise it is for this role.
pub fn over<'a>(query: &Resolver<'a>, given: &RoleArgument) -> Result<Box<dyn ConfiguredSource + 'a>> {
    let profile = query.profile;
    let is_for_own = profile.kind() == ProfileKind::Role;
    let below = profile.text("mfa_serial")?.filter(|serial| !serial.is_empty() && !is_for_own);
    let terms = given
        .terms
        .clone()
        .unwrap_or_else(|| RoleTerms { mfa_serial: below.map(str::to_owned), ..RoleTerms::default() });
    let role = RoleSettings { arn: given.arn.clone(), session_name: given.session_name.clone(), terms };
    let source = query.as_source()?;
    Ok(Box::new(RoleOverSource::new(query, role, source)?))
}

/// The role as the profile, or the command line, describes it.
struct RoleSettings {
    arn: String,
    session_name: Option<String>,
    terms: RoleTerms,
}

impl RoleSettings {
    fn of(profile: &Profile<'_>) -> Result<Self> {
        let text = |key: &str| -> Result<Option<String>> { Ok(profile.text(key)?.map(str::to_owned)) };
        Ok(Self {
            arn: required_arn(profile)?.to_owned(),
            session_name: text("role_session_name")?.filter(|name| !name.is_empty()),
            terms: RoleTerms {
                external_id: text("external_id")?,
                mfa_serial: text("mfa_serial")?,
                // A value that is no number is ignored, without a warning (AWS CLI 2.36).
                duration_seconds: profile.text("duration_seconds")?.and_then(python_int::parse),
            },
        })
    }
}

struct RoleOverSource<'a> {
    resolution: Resolution,
    role: RoleSettings,
    source: Box<dyn ConfiguredSource + 'a>,
    second_factor: Option<SecondFactor>,
    endpoint: Endpoint,
    profile: &'a str,
    /// The profile that the user chose, which may have this one as its source.
    active: Profile<'a>,
    /// The source profile, if it has an MFA device and this one has none.
    guarded_source: Option<Profile<'a>>,
    /// The ARNs of the managed policies that limit the session, and an inline policy.
    policies: (Vec<String>, Option<String>),
    /// Whether the source's credentials are fetched even if they are cached.
    is_anew: bool,
}

/// What a code of the device is for.
enum SecondFactor {
    /// To open a session, which then assumes the role.
    Session(MfaDevice),
    /// To assume the role.
    Code(MfaDevice),
}

impl<'a> RoleOverSource<'a> {
    fn new(query: &Resolver<'a>, role: RoleSettings, source: Box<dyn ConfiguredSource + 'a>) -> Result<Self> {
        let RoleSession { policy, name } = &query.session;
        let role = RoleSettings { session_name: name.clone().or(role.session_name), ..role };
        let key = key::assumed_role(&key::RoleKey {
            role_arn: &role.arn,
            role_session_name: role.session_name.as_deref(),
            external_id: role.terms.external_id.as_deref(),
            serial_number: role.terms.mfa_serial.as_deref(),
            duration_seconds: role.terms.duration_seconds,
        })?;
        let second_factor = role.terms.mfa_serial.as_deref().map(|serial| match source.long_lived_key() {
            Some(id) => SecondFactor::Session(MfaDevice::of_user(id, serial)),
            None => SecondFactor::Code(MfaDevice::of_role(&key, serial)),
        });
        let resolution = Resolution {
            kind: ProfileKind::Role,
            account: arn::account(&role.arn),
            role: role.arn.rsplit('/').next().map(str::to_owned),
            login: source.resolution().login.clone(),
            // The shared cache is for the whole role, not for a session with fewer rights.
            store: if policy.is_some() { Store::Nowhere } else { Store::RoleCache(key) },
        };
        let endpoint = query.endpoint(Service::Sts)?;
        let policies = match policy {
            Some(policy) => (policy.arns_for(&role.arn)?, policy.document().map(str::to_owned)),
            None => Default::default(),
        };
        let (profile, active) = (query.profile.name, query.active);
        let below = query.profile.text("source_profile")?.filter(|_| second_factor.is_none());
        let below = below.and_then(|name| query.config.profile(name));
        let guarded_source = below.filter(|below| below.get("mfa_serial").is_some());
        Ok(Self {
            resolution,
            role,
            source,
            second_factor,
            endpoint,
            profile,
            active,
            guarded_source,
            policies,
            is_anew: query.is_anew,
        })
    }

    /// Returns the credentials that the role is assumed with. Cached ones need 15 minutes left, as with the
    /// AWS CLI, however long the role is to last: they are needed for one call.
    fn source(&self, ctx: &CleanContext) -> Result<Credentials> {
        if self.is_anew {
            match super::obtain_source(ctx, self.source.as_ref(), super::ANEW) {
                // Fresh ones would need a person's code: those that it got before still count.
                Err(error) if Failure::kind_of(&error) == FailureKind::LoginNeeded => {}
                done => return done,
            }
        }
        super::obtain_source(ctx, self.source.as_ref(), TimeDelta::seconds(900))
    }

    fn assume(&self, ctx: &Context, source: &Credentials, mfa: Option<sts::Mfa<'_>>) -> Result<Fetched> {
        let default_name = format!("botocore-session-{}", ctx.now().timestamp());
        let request = sts::AssumeRoleCall {
            role_arn: &self.role.arn,
            session_name: self.role.session_name.as_deref().unwrap_or(&default_name),
            external_id: self.role.terms.external_id.as_deref(),
            duration_seconds: self.role.terms.duration_seconds.and_then(|seconds| seconds.try_into().ok()),
            policy_arns: &self.policies.0,
            policy: self.policies.1.as_deref(),
            mfa,
        };
        let assume = || sts::assume_role(&sts::client(ctx, self.endpoint.clone())?, source, &request);
        let role = assume().with_context(|| format!("could not load {}", self.active.shown_as_target()))?;
        Ok(Fetched::Role(Box::new(role)))
    }

    /// Assumes the role from an MFA session. A session that AWS no longer knows is dropped, and a new code is
    /// needed.
    fn assume_from(&self, ctx: &CleanContext, device: &MfaDevice, session: &Credentials) -> Result<Fetched> {
        let fetched = self.assume(ctx, session, None);
        match fetched {
            Err(error) if Failure::kind_of(&error) == FailureKind::KeysRejected => {
                message::debug(ctx, || sanitize::shown(&format!("{error:#}")));
                role::remove_own(ctx, &device.key)?;
                Err(device.needed(self.profile).into())
            }
            // The role's trust policy can demand a code that is younger than the session.
            Err(error) if Failure::kind_of(&error) == FailureKind::Denied => {
                let command = format!("awsenv login --force --profile {}", shell_words::quote(self.profile));
                let hint = format!("if the role wants a new code, run `{}`", sanitize::shown(&command));
                Err(Failure::new(format!("{error:#}")).hint(hint).kind(FailureKind::Denied).into())
            }
            fetched => fetched,
        }
    }

    /// Opens the session and assumes the role from it. If the user may not open a session, the code was not
    /// used up, and is sent with the request for the role.
    fn open_and_assume(&self, ctx: &CleanContext, device: &MfaDevice, code: &Secret) -> Result<Fetched> {
        let keys = self.source(ctx)?;
        match device.open(ctx, &self.endpoint, &keys, None, code) {
            Ok(session) => {
                if let Err(error) = role::write_own(ctx, &device.key, &session) {
                    message::unkept(ctx, &error);
                }
                self.assume(ctx, &session, None)
            }
            Err(error) if Failure::kind_of(&error) == FailureKind::Denied => {
                message::debug(ctx, || sanitize::shown(&format!("{error:#}")));
                self.assume_with_code(ctx, device, &keys, code)
            }
            Err(error) => Err(error),
        }
    }

    /// Adds a hint to a refusal if only the source profile names an MFA device, which does not count for this
    /// one.
    fn with_mfa_hint(&self, error: anyhow::Error) -> anyhow::Error {
        let Some(source) = self.guarded_source.filter(|_| Failure::kind_of(&error) == FailureKind::Denied)
        else {
            return error;
        };
        let (profile, source) = (sanitize::shown(self.profile), sanitize::shown(source.name));
        let hint =
            format!("if the role asks for MFA, copy `mfa_serial` from the profile `{source}` to `{profile}`");
        Failure::new(format!("{error:#}")).hint(hint).kind(FailureKind::Denied).into()
    }

    fn assume_with_code(
        &self,
        ctx: &Context,
        device: &MfaDevice,
        keys: &Credentials,
        code: &Secret,
    ) -> Result<Fetched> {
        self.assume(ctx, keys, Some(sts::Mfa { serial_number: &device.serial, token_code: code }))
    }
}

impl ConfiguredSource for RoleOverSource<'_> {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn origin(&self) -> &Resolution {
        self.source.origin()
    }

    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched> {
        let needed = |device: &MfaDevice| device.needed(self.profile);
        match &self.second_factor {
            None => self.assume(ctx, &self.source(ctx)?, None).map_err(|error| self.with_mfa_hint(error)),
            Some(SecondFactor::Session(device)) => {
                let session = device.session(ctx).ok_or_else(|| needed(device))?;
                self.assume_from(ctx, device, &session)
            }
            Some(SecondFactor::Code(device)) => Err(needed(device).into()),
        }
    }

    fn device(&self) -> Option<&MfaDevice> {
        match &self.second_factor {
            None => self.source.device(),
            Some(SecondFactor::Session(device) | SecondFactor::Code(device)) => Some(device),
        }
    }

    fn console_login(&self) -> Option<(&ConsoleSession, &Endpoint)> {
        self.source.console_login()
    }

    fn fetch_with_code(&self, ctx: &CleanContext, code: &Secret) -> Result<Fetched> {
        match &self.second_factor {
            None => self.assume(ctx, &super::obtain_source_with_code(ctx, self.source.as_ref(), code)?, None),
            Some(SecondFactor::Session(device)) => self.open_and_assume(ctx, device, code),
            Some(SecondFactor::Code(device)) => self.assume_with_code(ctx, device, &self.source(ctx)?, code),
        }
    }
}

fn one_source(profile: &Profile<'_>, both: bool) -> Failure {
    let (name, place) = (sanitize::shown(profile.name), profile.place());
    let failure = |what: &str| {
        Failure::new(format!("could not use the profile `{name}` ({place}): it has `role_arn` and {what}"))
    };
    if both {
        return failure("both `source_profile` and `credential_source`").hint("delete one of the two");
    }
    failure("neither `source_profile` nor `credential_source`").hint(missing_source(profile))
}
