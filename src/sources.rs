//! Ways to obtain credentials, one file each.
//!
//! [`Profile::kind`] decides by the AWS CLI's order which source a profile belongs to. The source answers with
//! an error, or with a selection: what the profile comes down to, as data that can be shown and kept, and the
//! way to fetch the credentials. Nothing is fetched before [`obtain`]. A new source is one file here and one line
//! in [`SOURCES`]; sources do not know each other, and reach the profile that another names through
//! [`Query::source_profile`].

use std::ops::Range;
use std::path::PathBuf;

use anyhow::Result;
use chrono::TimeDelta;

use crate::assumed_role::AssumedRole;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::given_role::GivenRole;
use crate::mfa::Device;
use crate::profile::{Kind, Profile};
use crate::secret::Secret;
use crate::shared_config::SharedConfig;
use crate::sso_settings::SsoSession;
use crate::{cache_key, lock, message, role_cache, signin_cache, text};

mod assume_role;
mod container;
mod environment;
mod instance;
pub mod login_session;
mod process;
mod sso;
mod static_keys;
mod web_identity;

/// Every source, with the kind of profile that it is for.
static SOURCES: &[(Kind, &dyn Source)] = &[
    (Kind::Role, &assume_role::AssumeRole),
    (Kind::WebIdentity, &web_identity::WebIdentity),
    (Kind::Sso, &sso::Sso),
    (Kind::CredentialsKeys, &static_keys::InCredentialsFile),
    (Kind::Login, &login_session::LoginSession),
    (Kind::Process, &process::Process),
    (Kind::ConfigKeys, &static_keys::InConfigFile),
];

/// The values of `credential_source`, by the letter, with the source of each.
static CREDENTIAL_SOURCES: &[(&str, &dyn Source)] = &[
    ("Environment", &environment::Environment),
    ("EcsContainer", &container::Container),
    ("Ec2InstanceMetadata", &instance::Instance),
];

/// A way to obtain credentials.
pub trait Source: Sync {
    /// Returns what the profile comes down to. Errors: a key is missing or wrong.
    fn select<'a>(&self, query: &Query<'a>) -> Result<Box<dyn Selection + 'a>>;
}

/// What a source made of a profile.
pub trait Selection {
    /// Returns what there is to say without asking anyone.
    fn facts(&self) -> &Facts;

    /// Fetches new credentials, from the network where they come from there.
    fn fetch(&self, ctx: &Context) -> Result<Fetched>;

    /// Returns the MFA device that the credentials rest on. Without its code, [`Selection::fetch`] may be refused with
    /// [`crate::failure::Kind::LoginNeeded`].
    fn device(&self) -> Option<&Device> {
        None
    }

    /// [`Selection::fetch`] with a code of [`Selection::device`]. A wrong one is an error of kind
    /// [`crate::failure::Kind::WrongCode`].
    fn fetch_with_code(&self, ctx: &Context, _code: &Secret) -> Result<Fetched> {
        self.fetch(ctx)
    }

    /// Returns the id of the keys if they are an IAM user's long-lived ones, which can open a session with MFA.
    fn long_lived_key(&self) -> Option<&str> {
        None
    }
}

/// What a profile comes down to, as far as the files tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// How the credentials are obtained.
    pub kind: Kind,
    /// The 12-digit account, if the profile says it.
    pub account: Option<String>,
    /// The SSO role name, or the last part of the role's ARN.
    pub role: Option<String>,
    /// The login to Identity Center that everything rests on, at the end of however long a chain.
    pub login: Option<SsoLogin>,
    /// Where the credentials are without asking anyone.
    pub store: Store,
}

/// A login to IAM Identity Center.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoLogin {
    /// The `sso-session`; `None` for a legacy profile.
    pub session: Option<String>,
    /// The start URL as configured.
    pub start_url: String,
    /// The region of Identity Center.
    pub region: String,
    /// The name of the token in `~/.aws/sso/cache`.
    pub token: String,
}

impl SsoLogin {
    /// Returns the session as the files describe it now.
    pub fn session(&self, config: &SharedConfig) -> Result<SsoSession> {
        match &self.session {
            Some(name) => SsoSession::named(name, config),
            None => Ok(SsoSession {
                name: None,
                start_url: self.start_url.clone(),
                region: self.region.clone(),
                registration_scopes: None,
            }),
        }
    }

    /// Returns what people call it: the session's name, or the start URL.
    pub fn name(&self) -> &str {
        self.session.as_deref().unwrap_or(&self.start_url)
    }
}

/// Where credentials are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// In one of the user's files, as they stand: byte ranges of the values.
    File {
        /// The file.
        path: PathBuf,
        /// Where `aws_access_key_id` is.
        access_key_id: Range<usize>,
        /// Where `aws_secret_access_key` is.
        secret_access_key: Range<usize>,
        /// Where the session token is, if there is one.
        session_token: Option<Range<usize>>,
    },
    /// In `~/.aws/cli/cache`, under this name.
    RoleCache(String),
    /// In awsenv's own cache under this name, if they lapse: what the AWS CLI fetches each time, and the session of an MFA
    /// device.
    OwnCache(String),
    /// In the cache of `aws login`, under the name of this `login_session`.
    Login(String),
    /// Nowhere: they must be fetched each time.
    Nowhere,
}

impl Store {
    /// Returns the file of the cache entry, if it is one.
    pub fn path(&self, ctx: &Context) -> Option<PathBuf> {
        match self {
            Self::RoleCache(key) => role_cache::path(ctx, key).ok(),
            Self::OwnCache(key) => role_cache::own_path(ctx, key).ok(),
            Self::Login(session) => signin_cache::path(ctx, session).ok(),
            Self::File { .. } | Self::Nowhere => None,
        }
    }

    /// Returns the credentials of the cache entry, lapsed or not; `None` if it is no cache, or has none.
    pub fn kept(&self, ctx: &Context) -> Option<Credentials> {
        match self {
            Self::RoleCache(key) => role_cache::read(ctx, key),
            Self::OwnCache(key) => role_cache::read_own(ctx, key),
            Self::Login(session) => Some(signin_cache::read(ctx, session)?.credentials),
            Self::File { .. } | Self::Nowhere => None,
        }
    }

    /// Returns the lock that is held while the entry is fetched, if it is one.
    pub fn lock_name(&self) -> Option<String> {
        match self {
            Self::RoleCache(key) | Self::OwnCache(key) => Some(lock_name(key)),
            Self::Login(session) => Some(format!("login-{}", cache_key::login_session(session))),
            Self::File { .. } | Self::Nowhere => None,
        }
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

/// A profile, offered to the sources.
pub struct Query<'a> {
    /// The world, its environment without awsenv's own exports.
    pub ctx: &'a Context,
    /// Both files.
    pub config: &'a SharedConfig,
    /// The profile in question.
    pub profile: Profile<'a>,
    /// The profile that the user chose: its region and endpoints count for the whole chain.
    pub active: Profile<'a>,
    /// The region to work in, if something else than the profile said one: calls to STS go there too.
    pub region: Option<String>,
    /// A role to assume with the profile's credentials.
    pub role: Option<GivenRole>,
    /// The names on the way from the chosen profile to this one, this one included.
    visited: Vec<&'a str>,
}

impl<'a> Query<'a> {
    /// Asks about a profile that the user chose.
    pub fn new(ctx: &'a Context, config: &'a SharedConfig, profile: Profile<'a>) -> Self {
        Self { ctx, config, profile, active: profile, region: None, role: None, visited: vec![profile.name] }
    }

    /// Sets the region that was chosen for the work.
    pub fn in_region(self, region: Option<&str>) -> Self {
        Self { region: region.map(str::to_owned), ..self }
    }

    /// Sets a role to assume with the profile's credentials.
    pub fn with_role(self, role: Option<&GivenRole>) -> Self {
        Self { role: role.cloned(), ..self }
    }

    /// Returns what the profile comes down to.
    pub fn select(&self) -> Result<Box<dyn Selection + 'a>> {
        match &self.role {
            Some(role) => assume_role::over(self, role),
            None => self.select_as(self.profile.kind()),
        }
    }

    /// Selects the profile that this one names as its `source_profile`. It may name itself only if it has keys of
    /// its own, and no profile may come twice in a chain.
    pub fn source_profile(&self, name: &str) -> Result<Box<dyn Selection + 'a>> {
        let profile = self.config.profile(name).ok_or_else(|| self.no_source(name))?;
        let kind = profile.kind_as_source();
        if kind == Kind::Other {
            return Err(self.unusable_source(name, "has no credentials"));
        }
        let has_keys = matches!(kind, Kind::CredentialsKeys | Kind::ConfigKeys);
        if !has_keys && self.visited.contains(&profile.name) {
            return Err(self.circle(profile.name));
        }
        self.beneath(profile).select_as(kind)
    }

    /// Selects the profile itself as the source of a role that a person named.
    pub fn as_source(&self) -> Result<Box<dyn Selection + 'a>> {
        self.beneath(self.profile).select_as(self.profile.kind())
    }

    fn beneath(&self, profile: Profile<'a>) -> Self {
        let mut visited = self.visited.clone();
        visited.push(profile.name);
        let (active, region) = (self.active, self.region.clone());
        Self { ctx: self.ctx, config: self.config, profile, active, region, role: None, visited }
    }

    /// Returns whether another profile names this one as its source.
    pub fn is_source(&self) -> bool {
        self.visited.len() > 1
    }

    fn select_as(&self, kind: Kind) -> Result<Box<dyn Selection + 'a>> {
        if let Some((_, source)) = SOURCES.iter().find(|(of, _)| *of == kind) {
            return source.select(self);
        }
        // What is left is a profile without credentials of any kind. The AWS CLI looks at the machine for it, last of all, and
        // not for one that another profile names as its source (2.36).
        if container::is_offered(&self.ctx.env) {
            return container::Container.select(self);
        }
        if instance::is_enabled(&self.ctx.env) {
            return instance::Instance.select(self);
        }
        Err(no_credentials(&self.profile, "").into())
    }

    /// Selects what the profile names as its `credential_source`.
    pub fn credential_source(&self, name: &str) -> Result<Box<dyn Selection + 'a>> {
        if let Some((_, source)) = CREDENTIAL_SOURCES.iter().find(|(known, _)| *known == name) {
            return source.select(self);
        }
        let (profile, place) = (text::shown(self.profile.name), self.credential_source_place());
        let names: Vec<_> = CREDENTIAL_SOURCES.iter().map(|(known, _)| *known).collect();
        Err(Failure::new(format!(
            "could not use the profile `{profile}`: its `credential_source` `{}` ({place}) does not exist",
            text::shown(name)
        ))
        .hint(format!("write one of `{}`", names.join("`, `")))
        .into())
    }

    /// Returns `path:line` of `credential_source`, for messages.
    fn credential_source_place(&self) -> String {
        self.profile.get("credential_source").map(|property| property.place()).unwrap_or_default()
    }

    fn no_source(&self, name: &str) -> anyhow::Error {
        let near = text::nearest(name, self.config.profiles().map(|profile| profile.name));
        let hint = near.map_or_else(
            || {
                format!(
                    "add `[profile {}]` to {}",
                    text::shown(name),
                    text::path(self.config.config().path())
                )
            },
            |near| format!("did you mean `source_profile = {}`?", text::shown(near)),
        );
        self.wrong_source(name, "does not exist").hint(hint).into()
    }

    fn unusable_source(&self, name: &str, why: &str) -> anyhow::Error {
        let hint =
            "add `sso_session`, `role_arn` or `aws_access_key_id` to it, with the keys that go with each";
        self.wrong_source(name, why).hint(hint).into()
    }

    fn wrong_source(&self, name: &str, why: &str) -> Failure {
        let place = self.profile.get("source_profile").map(|property| property.place()).unwrap_or_default();
        let (this, name) = (text::shown(self.profile.name), text::shown(name));
        Failure::new(format!(
            "could not use the profile `{this}`: its `source_profile` `{name}` ({place}) {why}"
        ))
    }

    fn circle(&self, again: &str) -> anyhow::Error {
        let names: Vec<_> = self.visited.iter().copied().chain([again]).map(text::shown).collect();
        let why = format!("leads round in a circle: {}", names.join(" -> "));
        self.wrong_source(again, &why)
            .hint("let one of them name a profile with credentials of its own")
            .into()
    }
}

/// Says that a profile has no credentials of any kind. `more` goes on after it.
fn no_credentials(profile: &Profile<'_>, more: &str) -> Failure {
    let (name, place) = (text::shown(profile.name), profile.place());
    Failure::new(format!("could not find credentials in the profile `{name}` ({place}){more}"))
        .hint("add `sso_session`, `role_arn` or `aws_access_key_id` to it, with the keys that go with each")
}

/// Returns credentials with at least `least` left if they are cached, else fetches them: under the entry's lock, and
/// after another look, so that many processes make one call. What can be kept is kept; a cache that cannot be
/// written costs a warning.
pub fn obtain(ctx: &Context, selection: &dyn Selection, least: TimeDelta) -> Result<Credentials> {
    let store = &selection.facts().store;
    let (Store::RoleCache(key) | Store::OwnCache(key)) = store else {
        return Ok(selection.fetch(ctx)?.credentials().clone());
    };
    let kept = || store.kept(ctx).filter(|credentials| credentials.lasts(ctx.now(), least));
    if let Some(credentials) = kept() {
        return Ok(credentials);
    }
    let _lock = locked(ctx, key);
    if let Some(credentials) = kept() {
        return Ok(credentials);
    }
    keep(ctx, selection, &selection.fetch(ctx)?)
}

/// Locks a cache entry. Where no lock can be made, others may make the same call: no reason to make none. A chain that comes to the
/// same entry again goes on without, since it would wait for itself.
fn locked(ctx: &Context, key: &str) -> Option<lock::Guard> {
    let name = lock_name(key);
    let wait = || {
        let is_ours = lock::holder(ctx, &name) == Some(std::process::id());
        if is_ours { Ok(None) } else { lock::lock(ctx, &name).map(Some) }
    };
    lock::try_lock(ctx, &name)
        .and_then(|guard| guard.map_or_else(wait, |guard| Ok(Some(guard))))
        .inspect_err(|error| message::debug(ctx, || text::shown(&format!("{error:#}"))))
        .ok()
        .flatten()
}

/// Fetches credentials with a code of the MFA device that they rest on, and keeps what can be kept. Who finds the session that
/// the code opened waits for the entry, instead of making the same call.
pub fn obtain_with_code(ctx: &Context, selection: &dyn Selection, code: &Secret) -> Result<Credentials> {
    let _lock = match &selection.facts().store {
        Store::RoleCache(key) | Store::OwnCache(key) => locked(ctx, key),
        Store::File { .. } | Store::Login(_) | Store::Nowhere => None,
    };
    keep(ctx, selection, &selection.fetch_with_code(ctx, code)?)
}

/// Keeps what was fetched, if it lasts. That it cannot be written costs a warning.
fn keep(ctx: &Context, selection: &dyn Selection, fetched: &Fetched) -> Result<Credentials> {
    if !fetched.credentials().lasts(ctx.now(), TimeDelta::seconds(1)) {
        let failure = Failure::new("could not use the credentials from AWS: they have expired already");
        return Err(failure.hint("check this computer's clock").into());
    }
    let store = &selection.facts().store;
    let written = match (store, fetched) {
        (Store::RoleCache(key), Fetched::Sso(credentials)) => role_cache::write_sso(ctx, key, credentials),
        (Store::RoleCache(key), Fetched::Role(role)) => role_cache::write_assumed(ctx, key, role),
        (store, Fetched::Keys(credentials)) => write_own(ctx, store, credentials),
        _ => Ok(()),
    };
    if let Err(error) = written {
        message::warning(ctx, &text::shown(&format!("{error:#}")));
    }
    Ok(fetched.credentials().clone())
}

/// Keeps what a source without a cache of the AWS CLI's fetched, if it lapses: keys that last for ever stay where they
/// came from.
fn write_own(ctx: &Context, store: &Store, credentials: &Credentials) -> Result<()> {
    match store {
        Store::OwnCache(key) if credentials.expiration.is_some() && credentials.session_token.is_some() => {
            role_cache::write_own(ctx, key, credentials)
        }
        _ => Ok(()),
    }
}

/// Returns the name of the lock of a cache entry.
pub fn lock_name(key: &str) -> String {
    format!("role-{key}")
}

/// [`obtain`] for credentials that a role is assumed with. The AWS CLI keeps those of a role, and those of Identity
/// Center and of a web identity only in memory (2.36).
pub fn obtain_source(ctx: &Context, selection: &dyn Selection, least: TimeDelta) -> Result<Credentials> {
    match (&selection.facts().store, selection.facts().kind) {
        (Store::RoleCache(key), Kind::Sso | Kind::WebIdentity) => {
            let enough = |credentials: &Credentials| credentials.lasts(ctx.now(), least);
            match role_cache::read(ctx, key).filter(enough) {
                Some(credentials) => Ok(credentials),
                None => Ok(selection.fetch(ctx)?.credentials().clone()),
            }
        }
        _ => obtain(ctx, selection, least),
    }
}
