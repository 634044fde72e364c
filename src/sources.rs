//! Ways to obtain credentials, one file each, and the order in which a profile is offered to them.
//!
//! A source looks at a profile and answers `None` (not mine), an error (mine, and it cannot work), or a
//! selection: what the profile comes down to, as data that can be shown and kept, and the way to fetch the
//! credentials. Nothing is fetched before [`obtain`]. A new source is one file here and one line in
//! [`SOURCES`]; sources do not know each other, and reach the profile that another names through
//! [`Query::source_profile`].

use std::ops::Range;
use std::path::PathBuf;

use anyhow::Result;
use chrono::TimeDelta;

use crate::assumed_role::AssumedRole;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::profile::Profile;
use crate::shared_config::SharedConfig;
use crate::{lock, message, role_cache, text};

mod assume_role;
mod sso;
mod static_keys;

/// The sources in the AWS CLI's order (2.36): the first that a profile belongs to has it, even if it then fails.
static SOURCES: &[&dyn Source] =
    &[&assume_role::AssumeRole, &sso::Sso, &static_keys::InCredentialsFile, &static_keys::InConfigFile];

/// What [`Facts::kind`] can be.
const KINDS: [&str; 3] = ["static", "sso", "role"];

/// A way to obtain credentials.
pub trait Source: Sync {
    /// Returns what the profile comes down to; `None` if it is not of this kind.
    fn select<'a>(&self, query: &Query<'a>) -> Option<Result<Box<dyn Selection + 'a>>>;

    /// Returns whether the credentials come from another profile's.
    fn rests_on_another(&self) -> bool {
        false
    }
}

/// What a source made of a profile.
pub trait Selection {
    /// Returns what there is to say without asking anyone.
    fn facts(&self) -> &Facts;

    /// Fetches new credentials, from the network where they come from there.
    fn fetch(&self, ctx: &Context) -> Result<Fetched>;
}

/// What a profile comes down to, as far as the files tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// `static`, `sso`, `role`.
    pub kind: &'static str,
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
    /// Nowhere: they must be fetched each time.
    Nowhere,
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
    /// The names on the way from the chosen profile to this one, this one included.
    visited: Vec<&'a str>,
}

impl<'a> Query<'a> {
    /// Asks about a profile that the user chose.
    pub fn new(ctx: &'a Context, config: &'a SharedConfig, profile: Profile<'a>) -> Self {
        Self { ctx, config, profile, active: profile, visited: vec![profile.name] }
    }

    /// Offers the profile to each source in turn. If none has it, the error says what they look for.
    pub fn select(&self) -> Result<Box<dyn Selection + 'a>> {
        self.offer(|_| true)?.ok_or_else(|| {
            Failure::new(format!("could not find credentials in the profile `{}`", text::shown(self.profile.name)))
                .hint("add `sso_session`, `role_arn` or `aws_access_key_id` to it, with the keys that go with it")
                .into()
        })
    }

    /// Selects the profile that this one names as its `source_profile`, as the AWS CLI does: one that has static
    /// keys, or no role of its own, is asked for its own credentials; any other is the next link of a chain. It may
    /// name itself only if it has static keys.
    pub fn source_profile(&self, name: &str) -> Result<Box<dyn Selection + 'a>> {
        let this = text::shown(self.profile.name);
        let shown = text::shown(name);
        let Some(profile) = self.config.profile(name) else {
            let failure = Failure::new(format!("could not use the profile `{this}`: its `source_profile` `{shown}` does not exist"));
            let near = text::nearest(name, self.config.profiles().map(|profile| profile.name));
            return Err(failure.hint(near.map_or_else(
                || format!("add `[profile {shown}]` to ~/.aws/config"),
                |near| format!("did you mean `source_profile = {}`?", text::shown(near)),
            )).into());
        };
        let has_keys = ["aws_access_key_id", "aws_secret_access_key"].iter().any(|key| profile.get(key).is_some());
        if !has_keys && self.visited.contains(&profile.name) {
            let mut names: Vec<_> = self.visited.iter().map(|name| text::shown(name)).collect();
            names.push(shown);
            return Err(Failure::new(format!("could not use the profile `{this}`: its `source_profile` leads round in a circle: {}", names.join(" -> ")))
                .hint("let one of them name a profile with credentials of its own")
                .into());
        }
        let mut visited = self.visited.clone();
        visited.push(profile.name);
        let query = Query { ctx: self.ctx, config: self.config, profile, active: self.active, visited };
        query.offer(|source| !has_keys || !source.rests_on_another())?.ok_or_else(|| {
            Failure::new(format!("could not use the profile `{this}`: its `source_profile` `{shown}` has no credentials"))
                .hint("add `sso_session`, `role_arn` or `aws_access_key_id` to it, with the keys that go with it")
                .into()
        })
    }

    fn offer(&self, to: impl Fn(&dyn Source) -> bool) -> Result<Option<Box<dyn Selection + 'a>>> {
        SOURCES.iter().filter(|source| to(**source)).find_map(|source| source.select(self)).transpose()
    }
}

/// Returns credentials with at least `least` left if they are cached, else fetches them: under the entry's lock, and
/// after another look, so that many processes make one call. What can be kept is kept; a cache that cannot be
/// written costs a warning.
pub fn obtain(ctx: &Context, selection: &dyn Selection, least: TimeDelta) -> Result<Credentials> {
    let Store::RoleCache(key) = &selection.facts().store else {
        return Ok(selection.fetch(ctx)?.credentials().clone());
    };
    let enough = |credentials: &Credentials| credentials.lasts(ctx.now(), least);
    if let Some(credentials) = role_cache::read(ctx, key).filter(enough) {
        return Ok(credentials);
    }
    let _lock = lock::lock(ctx, &format!("role-{key}"))?;
    if let Some(credentials) = role_cache::read(ctx, key).filter(enough) {
        return Ok(credentials);
    }
    let fetched = selection.fetch(ctx)?;
    let written = match &fetched {
        Fetched::Keys(_) => Ok(()),
        Fetched::Sso(credentials) => role_cache::write_sso(ctx, key, credentials),
        Fetched::Role(role) => role_cache::write_assumed(ctx, key, role),
    };
    if let Err(error) = written {
        message::warning(ctx, &text::shown(&format!("{error:#}")));
    }
    Ok(fetched.credentials().clone())
}

/// Returns the one spelling of a kind, for a recipe that was kept.
pub fn kind(name: &str) -> Option<&'static str> {
    KINDS.iter().copied().find(|kind| *kind == name)
}
