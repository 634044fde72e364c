//! What a folder or a command line loads: one profile in one account, with its region, and where its keys
//! are.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, TimeDelta};

use crate::cache::key_account;
use crate::env_file::folder::{Demands, FolderConfig};
use crate::exports::change::{DesiredExports, Value};
use crate::exports::holding::Holding;
use crate::exports::mode::Export;
use crate::exports::variable;
use crate::failure::{Failure, FailureKind};
use crate::load::profile_colour;
use crate::load::resolved_profile::ResolvedProfile;
use crate::login;
use crate::login::console_session::ConsoleSession;
use crate::login::mfa_device::MfaDevice;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::region::{self, Region};
use crate::sources::resolution::{SsoLogin, Store};
use crate::sources::static_keys;
use crate::system::context::Context;
use crate::terminal::colour::Colour;
use crate::text::{digest, sanitize, timestamp};
use crate::values::credentials::Credentials;
use crate::values::role_arn::RoleArgument;
use crate::values::secret::Secret;
use crate::values::session_policy::RoleSession;
use crate::values::target_name::TargetName;

/// What is to be loaded.
#[derive(Clone, Debug)]
pub struct LoadPlan {
    /// The profile, resolved.
    pub resolved_profile: ResolvedProfile,
    /// The region, and what named it.
    pub region: Option<Region>,
    /// The account, role and SSO session that it must have.
    pub demands: Demands,
    /// What is exported.
    pub mode: Export,
    /// A code of the MFA device that was given beforehand.
    pub code: Option<Secret>,
    /// A role that is assumed with the profile's credentials.
    pub role: Option<RoleArgument>,
    /// The policy and the name of the role's session.
    pub session: RoleSession,
}

/// Where the keys of a plan are.
#[derive(Clone, Debug)]
pub enum KeyLocation {
    /// Here.
    Ready(Credentials),
    /// None are exported, and the login is alive.
    NotExported,
    /// At AWS, which hands them out without a person.
    AtAws,
    /// At AWS, after a login to Identity Center.
    BehindLogin(SsoLogin),
    /// At AWS, after a login as `aws login` makes it.
    BehindSignIn(ConsoleSession),
    /// At AWS, with a code of an MFA device.
    BehindCode(MfaDevice),
}

impl LoadPlan {
    /// Resolves what a folder's `.awsenv` files configure.
    pub fn of_folder(ctx: &CleanContext, settings: &Settings, says: &FolderConfig) -> Result<Self> {
        Self::of_folder_in(ctx, settings, says, None)
    }

    /// [`LoadPlan::of_folder`] with a region from the command line, which overrides any other.
    pub fn of_folder_in(
        ctx: &CleanContext,
        settings: &Settings,
        says: &FolderConfig,
        flag: Option<&str>,
    ) -> Result<Self> {
        let region = says.region.as_ref().map(|said| said.value.as_str());
        if let Some(said) = &says.region {
            region::check(&said.value, &said.at)?;
        }
        let mode = settings.export_mode(says.export);
        let demands = says.demands.clone();
        let account = demands.account.first().map(|account| account.value.as_str());
        let plan = Self::resolve(ctx, settings, &says.target, (flag, region), mode)
            .map_err(|error| missing(ctx, &says.target, account, error))
            .map_err(|error| says.locate(error))?;
        Ok(Self { demands, ..plan })
    }

    /// Resolves the target that was named on the command line, with a region if one was. `.awsenv` files do
    /// not count.
    pub fn of_name(
        ctx: &CleanContext,
        settings: &Settings,
        name: &TargetName,
        region: Option<&str>,
    ) -> Result<Self> {
        Self::resolve(ctx, settings, name, (region, None), settings.export_mode(None))
            .map_err(|error| missing(ctx, name, None, error))
    }

    fn resolve(
        ctx: &CleanContext,
        settings: &Settings,
        name: &TargetName,
        (flag, file): (Option<&str>, Option<&str>),
        mode: Export,
    ) -> Result<Self> {
        let resolved_profile = ResolvedProfile::of(ctx, settings, name, file.or(flag))?;
        let region = region::choose(flag, file, resolved_profile.region.as_deref(), &ctx.env)
            .or_else(|error| Err(region_place(ctx, &resolved_profile, flag.or(file))?.unwrap_or(error)))?;
        // There is no profile to export beside the keys.
        let mode =
            if resolved_profile.unwritten().is_some() && mode == Export::Both { Export::Keys } else { mode };
        Ok(Self { region, mode, ..Self::new(resolved_profile) })
    }

    fn new(resolved_profile: ResolvedProfile) -> Self {
        let (demands, session) = (Demands::default(), RoleSession::default());
        Self { resolved_profile, region: None, demands, mode: Export::Both, code: None, role: None, session }
    }

    /// Resolves the target that was named, for its keys alone: the region, which is not needed, may be
    /// invalid, as with the AWS CLI (2.36).
    pub fn for_keys(ctx: &CleanContext, settings: &Settings, name: &TargetName) -> Result<Self> {
        let resolved_profile = ResolvedProfile::of(ctx, settings, name, None);
        resolved_profile.map(Self::new).map_err(|error| missing(ctx, name, None, error))
    }

    /// Returns the profile's name, or `ACCOUNT/ROLE` of a role that has none.
    pub fn profile(&self) -> &str {
        &self.resolved_profile.profile
    }

    /// Returns the name of the region.
    pub fn region_name(&self) -> Option<&str> {
        self.region.as_ref().map(|region| region.name.as_str())
    }

    /// Returns the digest of what a person confirms: the profile, and its account and role.
    pub fn digest(&self) -> String {
        let resolution = &self.resolved_profile.resolution;
        let parts = [Some(self.profile()), resolution.account.as_deref(), resolution.role.as_deref()];
        digest::of(parts.map(|part| part.unwrap_or_default().as_bytes()), 16)
    }

    /// Returns the account, from the profile or from an earlier answer of AWS about these keys.
    pub fn account(&self, ctx: &Context) -> Option<String> {
        self.resolved_profile.resolution.account.clone().or_else(|| {
            let kept = self.resolved_profile.kept_credentials(ctx).ok()??;
            key_account::of(ctx, &kept)
        })
    }

    /// Returns whether the setting `confirm` guards it: a pattern fits its profile, its `ACCOUNT/ROLE`, or
    /// any profile of the same account, as far as accounts are known from the files, these credentials, or
    /// earlier answers of AWS.
    pub fn is_guarded(&self, ctx: &Context, credentials: Option<&Credentials>) -> bool {
        self.resolved_profile
            .confirm
            .guards(ctx, &self.resolved_profile.resolution, || self.account_with(ctx, credentials))
    }

    /// Returns the colour that it is shown in.
    pub fn colour(&self, ctx: &Context, settings: &Settings, is_guarded: bool) -> Option<Colour> {
        if settings.colors.is_empty() {
            return is_guarded.then_some(Colour::Red);
        }
        let role = self.resolved_profile.resolution.role.as_deref();
        profile_colour::of(settings, self.profile(), self.account(ctx).as_deref(), role, is_guarded)
    }

    /// Returns it in words: profile, account, role, region.
    pub fn described(&self, ctx: &Context) -> String {
        self.with_account(self.account(ctx))
    }

    /// [`Self::described`] for these keys; `None` if the mode exports none.
    pub fn described_with(&self, ctx: &Context, credentials: Option<&Credentials>) -> String {
        self.with_account(self.account_with(ctx, credentials))
    }

    fn account_with(&self, ctx: &Context, credentials: Option<&Credentials>) -> Option<String> {
        let Some(credentials) = credentials else { return self.account(ctx) };
        self.resolved_profile.resolution.account.clone().or_else(|| key_account::of(ctx, credentials))
    }

    fn with_account(&self, account: Option<String>) -> String {
        let mut words = sanitize::shown(self.profile());
        // A role without a profile has both in its name, unless another role is assumed from there.
        let is_said = self.resolved_profile.unwritten().is_some() && self.role.is_none();
        if let Some(account) = account.filter(|_| !is_said) {
            words += &format!(", account {}", sanitize::shown(&account));
        }
        if let Some(role) = self.resolved_profile.resolution.role.as_ref().filter(|_| !is_said) {
            words += &format!(", role {}", sanitize::shown(role));
        }
        if let Some(region) = &self.region {
            words += &format!(", {}", region.name);
        }
        words
    }

    /// Returns where the keys are, without the network.
    pub fn keys(&self, ctx: &Context) -> Result<KeyLocation> {
        let login = self.resolved_profile.resolution.login.as_ref();
        if let Store::File { expires: Some(seconds), .. } = &self.resolved_profile.resolution.store
            && let Some(end) = DateTime::from_timestamp(*seconds, 0).filter(|end| *end <= ctx.now())
        {
            return Err(static_keys::ended(self.profile(), end).into());
        }
        let device = self.resolved_profile.device.as_ref();
        let signed_out = self.resolved_profile.signed_out(ctx);
        let here = if self.mode == Export::Profile && device.is_none() {
            // The tools fetch their own; what they need is a login that is alive.
            let is_in = login.is_none_or(|login| is_alive(ctx, login)) && signed_out.is_none();
            is_in.then_some(KeyLocation::NotExported)
        } else {
            let unexpired = |credentials: &Credentials| credentials.lasts(ctx.now(), TimeDelta::seconds(1));
            let kept = self.resolved_profile.kept_credentials(ctx)?.filter(unexpired);
            // Credentials that needed an MFA code are in the AWS CLI's cache, or tools ask for a code.
            let is_for_tools = self.mode == Export::Profile;
            kept.map(|kept| if is_for_tools { KeyLocation::NotExported } else { KeyLocation::Ready(kept) })
        };
        Ok(match (here, login, signed_out) {
            (Some(keys), ..) => keys,
            (None, Some(login), _) if !is_alive(ctx, login) && !is_refreshable(ctx, login) => {
                KeyLocation::BehindLogin(login.clone())
            }
            (None, _, Some(session)) => KeyLocation::BehindSignIn(session.clone()),
            (None, ..) => match device.filter(|device| device.session(ctx).is_none()) {
                Some(device) => KeyLocation::BehindCode(device.clone()),
                None => KeyLocation::AtAws,
            },
        })
    }

    /// Returns the key of the login that is needed next, which names its lock and marker: the MFA device if
    /// the SSO login is alive or can be refreshed, else the SSO or console login. `None` if the target needs
    /// no login.
    pub fn login_key(&self, ctx: &Context) -> Option<&str> {
        let login = self.resolved_profile.resolution.login.as_ref();
        let dead = |login: &&SsoLogin| !is_alive(ctx, login) && !is_refreshable(ctx, login);
        let console = self.resolved_profile.console.as_ref();
        match (login.filter(dead), &self.resolved_profile.device) {
            (None, Some(device)) if self.resolved_profile.signed_out(ctx).is_none() => Some(&device.key),
            _ => login.map(|login| &login.token).or(console.map(|session| &session.key)).map(String::as_str),
        }
    }

    /// Returns whether AWS hands out new keys without a person.
    pub fn renews_silently(&self, ctx: &Context) -> bool {
        // The session of the MFA device itself cannot be renewed.
        let by_code = |device: &MfaDevice| {
            device.session(ctx).is_some()
                && !matches!(self.resolved_profile.resolution.store, Store::OwnCache(_))
        };
        let by_login = |login: &SsoLogin| is_alive(ctx, login) || is_refreshable(ctx, login);
        let ResolvedProfile { device, resolution, .. } = &self.resolved_profile;
        device.as_ref().is_none_or(by_code)
            && resolution.login.as_ref().is_none_or(by_login)
            && self.resolved_profile.signed_out(ctx).is_none()
    }

    /// Returns the values to export. `origin` is the digest of the paths of the `.awsenv` files, `content`
    /// that of their contents.
    pub fn wanted(&self, credentials: Option<&Credentials>, origin: &str, content: &str) -> DesiredExports {
        let mut values = BTreeMap::new();
        let mut put = |code: char, text: Option<&str>| {
            let text = text.filter(|text| !text.is_empty());
            if let (Some(variable), Some(text)) = (variable::by_code(code), text) {
                values.insert(code, Value::new(variable, text));
            }
        };
        put('R', self.region_name());
        put('D', self.region_name());
        put('A', Some(self.profile()));
        put('P', Some(self.profile()).filter(|_| self.mode != Export::Keys));
        if let Some(keys) = credentials.filter(|_| self.mode != Export::Profile) {
            put('K', Some(&keys.access_key_id));
            put('S', Some(keys.secret_access_key.reveal()));
            put('T', keys.session_token.as_ref().map(Secret::reveal));
            put('E', keys.expiration.map(timestamp::utc).as_deref());
        }
        // The source counts even if the keys are the same: it decides how they are renewed.
        let source = match &self.resolved_profile.resolution.store {
            Store::OwnCache(key) => key.as_str(),
            _ => self.resolved_profile.resolution.kind.name(),
        };
        let fingerprints = values.values().map(|value: &Value| value.fingerprint.as_str());
        let parts = [origin, content, source].into_iter().chain(fingerprints);
        let plan = digest::of(parts.map(str::as_bytes), 16);
        let holding = Holding::default();
        DesiredExports { origin: origin.to_owned(), plan, whose: self.digest(), holding, values }
    }

    /// Adds the variables that are only displayed: account and role, and whether they are guarded.
    /// `otherwise` is the account if it is not known from anything else.
    pub fn displaying(
        &self,
        ctx: &Context,
        mut wanted: DesiredExports,
        credentials: Option<&Credentials>,
        otherwise: Option<String>,
    ) -> DesiredExports {
        let known = credentials
            .filter(|keys| keys.account.is_none() && otherwise.is_some())
            .map(|keys| Credentials { account: otherwise.clone(), ..keys.clone() });
        let credentials = known.as_ref().or(credentials);
        let account = self.account_with(ctx, credentials).or(otherwise);
        let role = self.resolved_profile.resolution.role.as_deref();
        let guarded = self.is_guarded(ctx, credentials).then_some("1");
        for (code, text) in [('i', account.as_deref()), ('l', role), ('g', guarded)] {
            let text = text.filter(|text| !text.is_empty());
            if let (Some(variable), Some(text)) = (variable::by_code(code), text) {
                wanted.values.insert(code, Value::new(variable, text));
            }
        }
        wanted.holding = Holding::new(self.profile(), account.as_deref(), role, self.region_name());
        wanted
    }
}

/// Rewrites the error that a profile does not exist: if its account is known, the suggestion must be a
/// profile of the same account.
fn missing(
    ctx: &CleanContext,
    name: &TargetName,
    account: Option<&str>,
    error: anyhow::Error,
) -> anyhow::Error {
    let TargetName::Profile(profile) = name else { return error };
    if Failure::kind_of(&error) != FailureKind::NoProfile {
        return error;
    }
    let before = ResolvedProfile::account_before(ctx, name);
    let known = account.or(before.as_deref());
    match ctx.config() {
        Ok(config) => config.find_in(profile, known).err().unwrap_or(error),
        Err(_) => error,
    }
}

/// Returns the error about the profile's own region, with file and line, if no other region counts.
fn region_place(
    ctx: &CleanContext,
    resolved_profile: &ResolvedProfile,
    other: Option<&str>,
) -> Result<Option<anyhow::Error>> {
    if other.is_some_and(|name| !name.is_empty()) {
        return Ok(None);
    }
    Ok(region::of_profile(&resolved_profile.section(ctx.config()?)?).err())
}

/// Returns whether the login has a token that can be used now.
pub fn is_alive(ctx: &Context, login: &SsoLogin) -> bool {
    login.kept(ctx).is_some_and(|token| token.is_alive(ctx.now()))
}

/// Returns whether the login can be refreshed without a person. Legacy tokens never are.
pub fn is_refreshable(ctx: &Context, login: &SsoLogin) -> bool {
    login.session.is_some() && login.kept(ctx).is_some_and(|token| token.is_refreshable(ctx.now()))
}

/// Returns the command that logs in for a profile.
pub fn login_command(resolved_profile: &ResolvedProfile, login: &SsoLogin) -> String {
    match resolved_profile.unwritten() {
        Some(_) => login::command(login.session.as_deref(), None),
        None => login::command(None, Some(&resolved_profile.profile)),
    }
}

/// Returns the error that a person must log in first.
pub fn login_needed(ctx: &Context, resolved_profile: &ResolvedProfile, login: &SsoLogin) -> Failure {
    let command = login_command(resolved_profile, login);
    let state = login::state(ctx, &login.token, &login.described());
    Failure::new(format!("could not load {}: {state}", resolved_profile.shown()))
        .hint(format!("run `{command}`"))
        .kind(FailureKind::LoginNeeded)
}
