//! The profile, or the loaded keys, with which a container registry is opened.
//!
//! That is the profile of the setting `ecr.ACCOUNT`; else what is loaded, if it is of the registry's account;
//! else the only unguarded profile of that account; else what is loaded, whatever its account, since a
//! central registry may be in another one. A guarded profile counts only if its keys are loaded.

use anyhow::Result;
use chrono::TimeDelta;

use crate::cache::{key_account, role};
use crate::exports::bookkeeping::Loaded;
use crate::exports::mode::Export;
use crate::exports::variable::{self, Variable};
use crate::failure::Failure;
use crate::load::confirm_match::Guards;
use crate::load::confirmation;
use crate::load::for_command::CommandProfile;
use crate::load::plan::LoadPlan;
use crate::login::LoginOptions;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::endpoint_settings::{EndpointSettings, Service};
use crate::sources::Resolver;
use crate::sources::resolution::Store;
use crate::system::context::Context;
use crate::text::timestamp;
use crate::values::credentials::Credentials;
use crate::values::endpoint::Endpoint;
use crate::values::registry::Registry;
use crate::values::secret::Secret;
use crate::values::target_name::TargetName;

/// Loaded keys with less left than this do not count.
const LEAST: TimeDelta = TimeDelta::seconds(60);

/// The identity that asks for a registry's token.
#[derive(Debug)]
pub struct RegistryCaller {
    /// The process's environment, without awsenv's own exports.
    pub ctx: CleanContext,
    settings: Settings,
    who: Who,
}

#[derive(Debug)]
enum Who {
    /// The keys that the environment holds.
    Keys(LoadedKeys),
    /// A profile.
    Plan(Box<LoadPlan>),
}

/// Keys that awsenv loaded into the environment.
#[derive(Debug)]
struct LoadedKeys {
    credentials: Credentials,
    /// The profile in `AWS_PROFILE` beside them, if awsenv set it too.
    profile: Option<String>,
}

impl RegistryCaller {
    /// Chooses the profile or the loaded keys; `None` if there are none. Errors: the setting names a profile
    /// that does not exist or is guarded; the settings or the AWS files cannot be read.
    pub fn choose(outer: &Context, registry: &Registry) -> Result<Option<Self>> {
        let settings = Settings::load(outer)?;
        let ctx = CleanContext::new(outer);
        let found = if let Some(profile) = settings.ecr.get(registry.setting()) {
            Some(of_setting(outer, &ctx, &settings, registry, profile)?)
        } else {
            let loaded = loaded(outer, &ctx, &settings);
            let is_own = loaded.as_ref().is_some_and(|who| who.account(&ctx) == registry.account);
            match registry.account.as_deref().filter(|_| !is_own) {
                Some(account) => only_profile(&ctx, &settings, account)?.or(loaded),
                None => loaded,
            }
        };
        Ok(found.map(|who| Self { ctx, settings, who }))
    }

    /// Returns what identifies this caller, for the cache: a token is valid for the caller that asked for it.
    pub fn identity(&self) -> Vec<Vec<u8>> {
        match &self.who {
            Who::Keys(keys) => vec![b"keys".to_vec(), keys.credentials.access_key_id.clone().into_bytes()],
            Who::Plan(plan) => {
                let resolution = &plan.resolved_profile.resolution;
                // For keys in a file the resolution has only the place, so the key id is added.
                let id = matches!(resolution.store, Store::File { .. })
                    .then(|| plan.resolved_profile.kept_credentials(&self.ctx).ok()?)
                    .flatten()
                    .map(|keys| keys.access_key_id.into_bytes());
                let resolution = serde_json::to_vec(resolution).unwrap_or_default();
                vec![b"profile".to_vec(), plan.profile().into(), resolution, id.unwrap_or_default()]
            }
        }
    }

    /// Returns the endpoint that issues the registry's tokens, from the settings of the profile.
    pub fn endpoint(&self, registry: &Registry) -> Result<Endpoint> {
        let config = self.ctx.config()?;
        let service = if registry.account.is_some() { Service::Ecr } else { Service::EcrPublic };
        let profile = match &self.who {
            Who::Keys(keys) => keys.profile.as_deref().and_then(|name| config.profile(name)),
            Who::Plan(plan) => config.profile(plan.profile()),
        };
        let mut settings = EndpointSettings::new(&self.ctx, service, profile.as_ref(), config)?;
        if settings.url.is_none() && settings.dual_stack.is_none() {
            settings.dual_stack = Some(registry.dual_stack);
        }
        settings.fips |= registry.fips;
        Ok(settings.endpoint(Some(registry.region.clone())))
    }

    /// Returns the keys. A login begins under the same rules as in `credential-process`: never without a
    /// terminal. An error if only the keys tell that the profile is guarded.
    pub fn keys(&self) -> Result<Credentials> {
        let plan = match &self.who {
            Who::Keys(keys) => return Ok(keys.credentials.clone()),
            Who::Plan(plan) => plan,
        };
        let ctx = &self.ctx;
        let how = plan.login_key(ctx).and_then(|key| LoginOptions::for_tool(ctx, &self.settings, key));
        let keys = plan.obtain_keys(ctx, role::WINDOW, how.as_ref())?;
        // For some sources the account is known only now.
        if plan.is_guarded(ctx, Some(&keys)) {
            return Err(guarded(plan).into());
        }
        Ok(keys)
    }
}

impl Who {
    /// Returns the account, as far as it is known without asking AWS.
    fn account(&self, ctx: &Context) -> Option<String> {
        match self {
            Self::Keys(keys) => keys.credentials.account.clone(),
            Self::Plan(plan) => plan.account(ctx),
        }
    }
}

/// Returns the profile of the setting, or the loaded keys if they are that profile's.
fn of_setting(
    outer: &Context,
    ctx: &CleanContext,
    settings: &Settings,
    registry: &Registry,
    profile: &str,
) -> Result<Who> {
    let plan = plan(ctx, settings, profile)
        .map_err(|error| error.context(format!("could not use the setting `ecr.{}`", registry.setting())))?;
    if !plan.is_guarded(ctx, None) {
        return Ok(Who::Plan(Box::new(plan)));
    }
    let state = Loaded::of(&outer.env);
    let keys = loaded_keys(outer).filter(|_| confirmation::is_loaded(state.as_ref(), &plan));
    keys.map(Who::Keys).ok_or_else(|| guarded(&plan).into())
}

fn guarded(plan: &LoadPlan) -> Failure {
    let profile = plan.resolved_profile.shown();
    Failure::new(format!("could not use {profile}: it must be confirmed, and its keys are not loaded here"))
        .hint("load it in this shell, or name another one with `awsenv config set ecr.ACCOUNT PROFILE`")
}

/// Returns what awsenv has loaded: the keys in the environment; else the profile in it, if its keys are not
/// exported or have expired; if nothing is loaded, this folder's target. A guarded profile counts only by its
/// keys, since anybody can set the other variables.
fn loaded(outer: &Context, ctx: &CleanContext, settings: &Settings) -> Option<Who> {
    let Some(state) = Loaded::of(&outer.env) else {
        let folder = CommandProfile::new(outer, None, None).ok()?;
        return unguarded(ctx, folder.target);
    };
    if let Some(keys) = loaded_keys(outer) {
        return Some(Who::Keys(keys));
    }
    let name = outer.env.text("AWS_PROFILE").filter(|_| is_set(outer, &state, 'P'))?;
    let plan = plan(ctx, settings, name).ok()?;
    if confirmation::is_loaded(Some(&state), &plan) { unguarded(ctx, plan) } else { None }
}

fn unguarded(ctx: &Context, plan: LoadPlan) -> Option<Who> {
    let plan = LoadPlan { mode: Export::Both, ..plan };
    (!plan.is_guarded(ctx, None)).then(|| Who::Plan(Box::new(plan)))
}

/// Returns whether awsenv set this variable, and it has not changed since.
fn is_set(outer: &Context, state: &Loaded, code: char) -> bool {
    let owns = |variable: &Variable| state.owns(&outer.env, variable);
    state.set.contains_key(&code) && variable::by_code(code).is_some_and(owns)
}

/// Returns the keys that awsenv put into the environment, if they are unchanged and have at least [`LEAST`]
/// left.
fn loaded_keys(outer: &Context) -> Option<LoadedKeys> {
    let state = Loaded::of(&outer.env).filter(|state| {
        // Without an origin the bookkeeping could not be read, and does not tell what awsenv set.
        *state.origin != *"" && !state.overridden && state.identity_changes(&outer.env).is_empty()
    })?;
    let value = |code: char, name: &str| outer.env.text(name).filter(|_| is_set(outer, &state, code));
    let access_key_id = value('K', "AWS_ACCESS_KEY_ID")?.to_owned();
    let account = state.holding.account().map(str::to_owned);
    let credentials = Credentials {
        secret_access_key: Secret::new(value('S', "AWS_SECRET_ACCESS_KEY")?),
        session_token: value('T', "AWS_SESSION_TOKEN").map(Secret::new),
        expiration: value('E', "AWS_CREDENTIAL_EXPIRATION").and_then(timestamp::parse),
        account: account.or_else(|| key_account::known(outer, &access_key_id)),
        access_key_id,
    };
    let profile = value('P', "AWS_PROFILE").map(str::to_owned);
    let is_good = credentials.can_be_sent() && credentials.lasts(outer.now(), LEAST);
    is_good.then_some(LoadedKeys { credentials, profile })
}

/// Returns the profile of this account, if there is exactly one that is not guarded.
fn only_profile(ctx: &CleanContext, settings: &Settings, account: &str) -> Result<Option<Who>> {
    let config = ctx.config()?;
    let guards = Guards::new(config, &settings.confirm);
    let mut fitting = config.profiles().filter(|profile| {
        let Ok(selection) = Resolver::new(ctx, config, *profile).select() else { return false };
        let resolution = selection.resolution();
        let key = selection.long_lived_key();
        let own = resolution.account.clone().or_else(|| key_account::known(ctx, key?));
        own.as_deref() == Some(account)
            && !guards.guards(ctx, profile.name, Some(account), resolution.role.as_deref())
    });
    let Some(profile) = fitting.next().filter(|_| fitting.next().is_none()) else { return Ok(None) };
    let plan = plan(ctx, settings, profile.name)?;
    Ok(unguarded(ctx, plan))
}

fn plan(ctx: &CleanContext, settings: &Settings, profile: &str) -> Result<LoadPlan> {
    let name = TargetName::Profile(profile.to_owned());
    LoadPlan::for_keys(ctx, settings, &name)
}

/// Returns the command that chooses a profile for the registry.
pub fn setting_command(registry: &Registry) -> String {
    format!("awsenv config set ecr.{} PROFILE", registry.setting())
}
