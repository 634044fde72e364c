//! Ways to obtain credentials, one file each.
//!
//! [`crate::shared_config::profile::Profile::kind`] decides by the AWS CLI's order which source a profile
//! belongs to. The source answers with an error, or with a selection: what the profile comes down to, as data
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

/// The values of `credential_source`, by the letter, with the source of each.
static CREDENTIAL_SOURCES: &[(&str, &dyn Source)] = &[
    ("Environment", &environment::EnvironmentSource),
    ("EcsContainer", &ecs::Container),
    ("Ec2InstanceMetadata", &imds::Instance),
];

/// A way to obtain credentials.
pub trait Source: Sync {
    /// Returns what the profile comes down to. Errors: a key is missing or wrong.
    fn select<'a>(&self, query: &Resolver<'a>) -> Result<Box<dyn ConfiguredSource + 'a>>;
}

/// What a source made of a profile.
pub trait ConfiguredSource {
    /// Returns what there is to say without asking anyone.
    fn resolution(&self) -> &Resolution;

    /// Returns what there is to say of the profile at the end of the chain, which every other one rests on.
    fn origin(&self) -> &Resolution {
        self.resolution()
    }

    /// Fetches new credentials, from the network where they come from there.
    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched>;

    /// Returns the MFA device that the credentials rest on. Without its code, [`ConfiguredSource::fetch`] may
    /// be refused with [`crate::failure::FailureKind::LoginNeeded`].
    fn device(&self) -> Option<&MfaDevice> {
        None
    }

    /// [`ConfiguredSource::fetch`] with a code of [`ConfiguredSource::device`]. A wrong one is an error of
    /// kind [`crate::failure::FailureKind::WrongCode`].
    fn fetch_with_code(&self, ctx: &CleanContext, _code: &Secret) -> Result<Fetched> {
        self.fetch(ctx)
    }

    /// Returns the session of `aws login` that the credentials rest on, and where one logs in to it.
    fn console_login(&self) -> Option<(&ConsoleSession, &Endpoint)> {
        None
    }

    /// Returns the id of the keys if they are an IAM user's long-lived ones, which can open a session with
    /// MFA.
    fn long_lived_key(&self) -> Option<&str> {
        None
    }
}

/// What a source fetched; the form decides how it is kept.
#[derive(Debug)]
pub enum Fetched {
    /// Not to be kept.
    Keys(Credentials),
    /// From the portal.
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
