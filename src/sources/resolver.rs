//! Finds the source of a profile, along its chain of `source_profile`s.

use anyhow::Result;

use crate::failure::Failure;
use crate::shared_config::CleanContext;
use crate::shared_config::endpoint_settings::{EndpointSettings, Service};
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::sso_session::SsoSession;
use crate::shared_config::{SharedConfig, region};
use crate::sources::no_credentials::{missing_keys, moved_source, no_credentials};
use crate::sources::{
    CREDENTIAL_SOURCES, ConfiguredSource, SOURCES, Source as _, assume_role, ecs, imds, sso,
};
use crate::text::sanitize;
use crate::values::endpoint::Endpoint;
use crate::values::role_arn::RoleArgument;
use crate::values::session_policy::RoleSession;
use crate::values::target_name::AccountRole;

/// A profile to be resolved, and how.
pub struct Resolver<'a> {
    /// The environment, without awsenv's own exports.
    pub ctx: &'a CleanContext,
    /// Both AWS files.
    pub config: &'a SharedConfig,
    /// The profile that is resolved.
    pub profile: Profile<'a>,
    /// The profile that the user chose: its region and endpoints count for the whole chain.
    pub active: Profile<'a>,
    /// The region, if the command line or a `.awsenv` sets one: calls to STS go there too.
    pub region: Option<String>,
    /// A role to assume with the profile's credentials.
    pub role: Option<RoleArgument>,
    /// A role that no profile has, in place of a profile.
    pub unwritten: Option<AccountRole>,
    /// Whether cached credentials of the source profiles do not count.
    pub is_anew: bool,
    /// The policy and the name that the role's session must have.
    pub session: RoleSession,
    /// The names from the chosen profile to this one, this one included.
    visited: Vec<&'a str>,
}

impl<'a> Resolver<'a> {
    /// Resolves a profile that the user chose.
    pub fn new(ctx: &'a CleanContext, config: &'a SharedConfig, profile: Profile<'a>) -> Self {
        Self {
            ctx,
            config,
            profile,
            active: profile,
            region: None,
            role: None,
            unwritten: None,
            is_anew: false,
            session: RoleSession::default(),
            visited: vec![profile.name],
        }
    }

    /// Sets the region that overrides the profile's.
    pub fn in_region(self, region: Option<&str>) -> Self {
        Self { region: region.map(str::to_owned), ..self }
    }

    /// Sets a role to assume with the profile's credentials.
    pub fn with_role(self, role: Option<&RoleArgument>) -> Self {
        Self { role: role.cloned(), ..self }
    }

    /// Sets a role of Identity Center that no profile has; the profile must then be an empty one.
    pub fn with_unwritten(self, role: Option<&AccountRole>) -> Self {
        Self { unwritten: role.cloned(), ..self }
    }

    /// Sets whether the credentials of source profiles are fetched even if they are cached.
    pub fn anew(self, is_anew: bool) -> Self {
        Self { is_anew, ..self }
    }

    /// Sets the policy and the name of the role's own session, not of those of its source profiles.
    pub fn with_session(self, session: &RoleSession) -> Self {
        Self { session: session.clone(), ..self }
    }

    /// Returns the source as the profile configures it. Errors: a key is missing or wrong, or the profile has
    /// no credentials.
    pub fn select(&self) -> Result<Box<dyn ConfiguredSource + 'a>> {
        match &self.role {
            Some(role) => assume_role::over(self, role),
            None => self.select_itself(),
        }
    }

    fn select_itself(&self) -> Result<Box<dyn ConfiguredSource + 'a>> {
        match &self.unwritten {
            Some(role) => sso::unwritten(self, role),
            None => self.select_as(self.profile.kind()),
        }
    }

    /// Selects the profile that this one names as its `source_profile`. It may name itself only if it has
    /// keys of its own; else no profile may come twice in a chain, whatever keys it has (AWS CLI 2.36).
    pub fn source_profile(&self, name: &str) -> Result<Box<dyn ConfiguredSource + 'a>> {
        let profile = self.config.profile(name).ok_or_else(|| self.no_source(name))?;
        let lends_itself_keys = profile.name == self.profile.name && profile.has_static_keys();
        if self.visited.contains(&profile.name) && !lends_itself_keys {
            return Err(self.circle(profile.name));
        }
        let kind = profile.kind_as_source();
        if kind == ProfileKind::Other {
            return Err(self.wrong_source(name, "has no credentials").hint(missing_keys(&profile)).into());
        }
        self.beneath(profile).select_as(kind).map_err(|error| self.of_source(error))
    }

    /// Adds the profile that the user chose to an error about one of its source profiles, unless the error
    /// names it already.
    fn of_source(&self, error: anyhow::Error) -> anyhow::Error {
        let name = format!("`{}`", sanitize::shown(self.profile.name));
        if self.is_source() || error.to_string().contains(&name) {
            return error;
        }
        error.context(format!("could not use the profile {name}"))
    }

    /// Selects the profile itself as the source of a role from the command line.
    pub fn as_source(&self) -> Result<Box<dyn ConfiguredSource + 'a>> {
        Self { unwritten: self.unwritten.clone(), ..self.beneath(self.profile) }.select_itself()
    }

    /// Returns the endpoint of a service, from the region and the settings of the profile that the user
    /// chose. A region that cannot be part of a host name is an error only when the service is called, as
    /// with the AWS CLI (2.36).
    pub fn endpoint(&self, service: Service) -> Result<Endpoint> {
        if service == Service::Sts {
            SsoSession::check(&self.active, self.config)?;
        }
        let own = self.active.text("region")?;
        let region = region::unchecked(self.region.as_deref(), own, &self.ctx.env);
        let settings = EndpointSettings::new(self.ctx, service, Some(&self.active), self.config)?;
        Ok(settings.endpoint(region))
    }

    fn beneath(&self, profile: Profile<'a>) -> Self {
        let mut visited = self.visited.clone();
        visited.push(profile.name);
        Self {
            profile,
            region: self.region.clone(),
            role: None,
            unwritten: None,
            session: RoleSession::default(),
            visited,
            ..*self
        }
    }

    /// Returns whether another profile names this one as its source.
    pub fn is_source(&self) -> bool {
        self.visited.len() > 1
    }

    fn select_as(&self, kind: ProfileKind) -> Result<Box<dyn ConfiguredSource + 'a>> {
        if let Some((_, source)) = SOURCES.iter().find(|(of, _)| *of == kind) {
            return source.select(self);
        }
        // The profile has no credentials of any kind. The AWS CLI then asks the machine's own services,
        // unless another profile names this one as its source (2.36).
        if ecs::is_offered(&self.ctx.env) {
            return ecs::Container.select(self);
        }
        if imds::is_enabled(&self.ctx.env) {
            return imds::Instance.select(self);
        }
        Err(no_credentials(&self.profile, "").into())
    }

    /// Selects what the profile names as its `credential_source`.
    pub fn credential_source(&self, name: &str) -> Result<Box<dyn ConfiguredSource + 'a>> {
        if let Some((_, source)) = CREDENTIAL_SOURCES.iter().find(|(known, _)| *known == name) {
            return source.select(self);
        }
        let (profile, place) = (sanitize::shown(self.profile.name), self.credential_source_place());
        let names: Vec<_> = CREDENTIAL_SOURCES.iter().map(|(known, _)| *known).collect();
        Err(Failure::new(format!(
            "could not use the profile `{profile}`: its `credential_source` `{}` ({place}) does not exist",
            sanitize::shown(name)
        ))
        .hint(format!("write one of `{}`", names.join("`, `")))
        .into())
    }

    /// Returns `path:line` of `credential_source`, for messages.
    pub(super) fn credential_source_place(&self) -> String {
        self.profile.get("credential_source").map(|property| property.place()).unwrap_or_default()
    }

    fn no_source(&self, name: &str) -> anyhow::Error {
        let near = self.config.nearest(name, None);
        let hint = near.map_or_else(
            || {
                format!(
                    "add `[profile {}]` to {}",
                    sanitize::shown(name),
                    sanitize::path(self.config.config().path())
                )
            },
            |near| {
                let (name, target) = (sanitize::shown(near.name), near.target_in_words());
                format!("did you mean `source_profile = {name}`{target}?")
            },
        );
        self.wrong_source(name, "does not exist").hint(hint).into()
    }

    fn wrong_source(&self, name: &str, why: &str) -> Failure {
        let place = self.profile.get("source_profile").map(|property| property.place()).unwrap_or_default();
        let (this, name) = (sanitize::shown(self.profile.name), sanitize::shown(name));
        Failure::new(format!(
            "could not use the profile `{this}`: its `source_profile` `{name}` ({place}) {why}"
        ))
    }

    fn circle(&self, again: &str) -> anyhow::Error {
        let names: Vec<_> = self.visited.iter().copied().chain([again]).map(sanitize::shown).collect();
        let why = format!("leads round in a circle: {}", names.join(" -> "));
        let is_own = again == self.profile.name;
        let moved = if is_own { moved_source(&self.profile) } else { None };
        let hint =
            moved.unwrap_or_else(|| "let one of them name a profile with credentials of its own".into());
        self.wrong_source(again, &why).hint(hint).into()
    }
}
