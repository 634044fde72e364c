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
use crate::{lock, message, role_cache, text};

mod assume_role;
mod sso;
mod static_keys;

/// Every source, with the kind of profile that it is for.
static SOURCES: &[(Kind, &dyn Source)] = &[
    (Kind::Role, &assume_role::AssumeRole),
    (Kind::Sso, &sso::Sso),
    (Kind::CredentialsKeys, &static_keys::InCredentialsFile),
    (Kind::ConfigKeys, &static_keys::InConfigFile),
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
    /// In awsenv's own cache, under this name: the session of an MFA device.
    OwnCache(String),
    /// Nowhere: they must be fetched each time.
    Nowhere,
}

impl Store {
    /// Returns the file of the cache entry, if it is one.
    pub fn path(&self, ctx: &Context) -> Option<PathBuf> {
        match self {
            Self::RoleCache(key) => role_cache::path(ctx, key).ok(),
            Self::OwnCache(key) => role_cache::own_path(ctx, key).ok(),
            Self::File { .. } | Self::Nowhere => None,
        }
    }

    /// Returns the credentials of the cache entry, lapsed or not; `None` if it is no cache, or has none.
    pub fn kept(&self, ctx: &Context) -> Option<Credentials> {
        match self {
            Self::RoleCache(key) => role_cache::read(ctx, key),
            Self::OwnCache(key) => role_cache::read_own(ctx, key),
            Self::File { .. } | Self::Nowhere => None,
        }
    }

    /// Returns the lock that is held while the entry is fetched, if it is one.
    pub fn lock_name(&self) -> Option<String> {
        match self {
            Self::RoleCache(key) | Self::OwnCache(key) => Some(lock_name(key)),
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
    /// its own; else no profile may come twice in a chain, whatever keys it has (AWS CLI 2.36).
    pub fn source_profile(&self, name: &str) -> Result<Box<dyn Selection + 'a>> {
        let profile = self.config.profile(name).ok_or_else(|| self.no_source(name))?;
        let lends_itself_keys = profile.name == self.profile.name && profile.has_static_keys();
        if self.visited.contains(&profile.name) && !lends_itself_keys {
            return Err(self.circle(profile.name));
        }
        let kind = profile.kind_as_source();
        if kind == Kind::Other {
            return Err(self.unusable_source(name, "has no credentials"));
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
        let name = text::shown(self.profile.name);
        let place = self.profile.place();
        let failure = match kind {
            Kind::Other => Failure::new(format!("could not find credentials in the profile `{name}` ({place})"))
                .hint("add `sso_session`, `role_arn` or `aws_access_key_id` to it, with the keys that go with each"),
            _ => Failure::new(format!(
                "could not use the profile `{name}` ({place}): awsenv cannot obtain credentials of the kind `{}`",
                kind.name()
            ))
            .hint("name a profile with static keys, an SSO session or a role"),
        };
        Err(failure.into())
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
        Store::File { .. } | Store::Nowhere => None,
    };
    keep(ctx, selection, &selection.fetch_with_code(ctx, code)?)
}

/// Keeps what was fetched, if it lasts. That it cannot be written costs a warning.
fn keep(ctx: &Context, selection: &dyn Selection, fetched: &Fetched) -> Result<Credentials> {
    if !fetched.credentials().lasts(ctx.now(), TimeDelta::seconds(1)) {
        let failure = Failure::new("could not use the credentials from AWS: they have expired already");
        return Err(failure.hint("check this computer's clock").into());
    }
    let written = match (&selection.facts().store, fetched) {
        (Store::RoleCache(key), Fetched::Sso(credentials)) => role_cache::write_sso(ctx, key, credentials),
        (Store::RoleCache(key), Fetched::Role(role)) => role_cache::write_assumed(ctx, key, role),
        (Store::OwnCache(key), fetched) => role_cache::write_own(ctx, key, fetched.credentials()),
        _ => Ok(()),
    };
    if let Err(error) = written {
        message::warning(ctx, &text::shown(&format!("{error:#}")));
    }
    Ok(fetched.credentials().clone())
}

/// Returns the name of the lock of a cache entry.
pub fn lock_name(key: &str) -> String {
    format!("role-{key}")
}

/// [`obtain`] for credentials that a role is assumed with. The AWS CLI keeps those of a role, and those of Identity
/// Center only in memory (2.36).
pub fn obtain_source(ctx: &Context, selection: &dyn Selection, least: TimeDelta) -> Result<Credentials> {
    match (&selection.facts().store, selection.facts().kind) {
        (Store::RoleCache(key), Kind::Sso) => {
            let enough = |credentials: &Credentials| credentials.lasts(ctx.now(), least);
            match role_cache::read(ctx, key).filter(enough) {
                Some(credentials) => Ok(credentials),
                None => Ok(selection.fetch(ctx)?.credentials().clone()),
            }
        }
        _ => obtain(ctx, selection, least),
    }
}
