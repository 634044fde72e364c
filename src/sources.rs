//! Ways to obtain credentials, one file each.
//!
//! [`crate::shared_config::profile::Profile::kind`] decides in the AWS CLI's order which source a profile
//! belongs to. The source returns an error, or a [`ConfiguredSource`]: what the profile resolves to, as data
//! that can be shown and kept, and the way to fetch the credentials. Nothing is fetched before [`obtain()`].
//! A new source is one file here and one line in `SOURCES`; sources do not know each other, and reach the
//! profile that another names through [`Resolver::source_profile`].

use anyhow::Result;

use crate::login::console_session::ConsoleSession;
use crate::login::mfa_device::MfaDevice;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::ProfileKind;
use crate::sources::resolution::{Resolution, SsoLogin, Store};
use crate::values::assumed_role::AssumedRole;
use crate::values::credentials::Credentials;
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;

mod assume_role;
pub mod caller_identity;
mod ecs;
mod environment;
pub mod exec_role_index;
mod imds;
mod login_session;
mod mfa_session;
pub mod no_credentials;
mod obtain;
mod process;
pub mod resolution;
mod resolver;
mod sso;
pub mod static_keys;
mod web_identity;

pub use obtain::{ANEW, obtain, obtain_source, obtain_source_with_code, obtain_with_code};
pub use process::keyring_keys;
pub use resolver::Resolver;

/// Every source, with the kind of profile that it is for.
static SOURCES: &[(ProfileKind, &dyn Source)] = &[
    (ProfileKind::Role, &assume_role::AssumeRole),
    (ProfileKind::WebIdentity, &web_identity::WebIdentity),
    (ProfileKind::Sso, &sso::SsoSource),
    (ProfileKind::CredentialsKeys, &static_keys::InCredentialsFile),
    (ProfileKind::Login, &login_session::LoginSession),
    (ProfileKind::Process, &process::Process),
    (ProfileKind::ConfigKeys, &static_keys::InConfigFile),
];

/// The values of `credential_source`, in which upper and lower case count, with the source of each.
static CREDENTIAL_SOURCES: &[(&str, &dyn Source)] = &[
    ("Environment", &environment::EnvironmentSource),
    ("EcsContainer", &ecs::Container),
    ("Ec2InstanceMetadata", &imds::Instance),
];

/// A way to obtain credentials.
pub trait Source: Sync {
    /// Returns the source as the profile configures it. Errors: a key is missing or wrong.
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>>;
}

/// A source as a profile configures it.
pub trait ConfiguredSource {
    /// Returns what the files tell of the credentials.
    fn resolution(&self) -> &Resolution;

    /// Returns the resolution of the profile at the end of the `source_profile` chain.
    fn origin(&self) -> &Resolution {
        self.resolution()
    }

    /// Fetches new credentials, from wherever the source gets them.
    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched>;

    /// Returns the MFA device that the credentials need. Without its code [`ConfiguredSource::fetch`] may
    /// fail with [`crate::failure::FailureKind::LoginNeeded`].
    fn device(&self) -> Option<&MfaDevice> {
        None
    }

    /// [`ConfiguredSource::fetch`] with a code of [`ConfiguredSource::device`]. A wrong one is an error of
    /// kind [`crate::failure::FailureKind::WrongCode`].
    fn fetch_with_code(&self, ctx: &CleanContext, _code: &Secret) -> Result<Fetched> {
        self.fetch(ctx)
    }

    /// Returns the session of `aws login` that the credentials need, and the endpoint to log in to it.
    fn console_login(&self) -> Option<(&ConsoleSession, &Endpoint)> {
        None
    }

    /// Returns the id of the access key if it is an IAM user's long-lived one, which can open an MFA session.
    fn long_lived_key(&self) -> Option<&str> {
        None
    }
}

/// What a source fetched; the variant decides how it is cached.
#[derive(Debug)]
pub enum Fetched {
    /// Keys that the AWS CLI does not cache.
    Keys(Credentials),
    /// From the portal of Identity Center.
    Sso(Credentials),
    /// From STS.
    Role(Box<AssumedRole>),
}

impl Fetched {
    /// Returns the credentials.
    pub fn credentials(&self) -> &Credentials {
        match self {
            Self::Keys(credentials) | Self::Sso(credentials) => credentials,
            Self::Role(role) => &role.credentials,
        }
    }
}
