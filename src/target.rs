//! What a folder or a command line comes to: one profile in one account, with its region, and where its keys are.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::TimeDelta;

use crate::change::Wanted;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::env_file::Export;
use crate::environment::Environment;
use crate::failure::{Failure, Kind};
use crate::folder::Says;
use crate::login::{self, How, Login};
use crate::profile::Profile;
use crate::recipe::{Marks, Recipe};
use crate::region::{self, Region};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::shared_config::SharedConfig;
use crate::sources::{self, Query, SsoLogin, Store};
use crate::{account, confirmation, fingerprint, message, shared_config, text, timestamp, token_cache};

/// What is to be loaded.
#[derive(Clone, Debug)]
pub struct Target {
    /// What the profile comes down to.
    pub recipe: Recipe,
    /// The region, and what named it.
    pub region: Option<Region>,
    /// The only account that may be loaded.
    pub expected_account: Option<String>,
    /// What is exported.
    pub mode: Export,
}

/// Where a target's keys are.
#[derive(Clone, Debug)]
pub enum Keys {
    /// Here.
    Ready(Credentials),
    /// The mode exports none, and the login is alive.
    NotExported,
    /// At AWS, to be had without a person.
    AtAws,
    /// Behind a login.
    BehindLogin(SsoLogin),
}

impl Target {
    /// Resolves what a folder's files say. `ctx` must not contain awsenv's own exports.
    pub fn of_folder(ctx: &Context, settings: &Settings, says: &Says, marks: &Marks) -> Result<Self> {
        let region = says.region.as_ref().map(|(region, _)| region.as_str());
        let mode = settings.export_mode(says.export);
        Self::resolve(ctx, &says.profile, (None, region), mode, says.account.clone(), marks)
    }

    /// Resolves a profile that was named on the command line, and a region if one was. A `.awsenv` has no part in it.
    pub fn of_profile(
        ctx: &Context,
        settings: &Settings,
        profile: &str,
        region: Option<&str>,
        marks: &Marks,
    ) -> Result<Self> {
        Self::resolve(ctx, profile, (region, None), settings.export_mode(None), None, marks)
    }

    fn resolve(
        ctx: &Context,
        profile: &str,
        (flag, file): (Option<&str>, Option<&str>),
        mode: Export,
        expected_account: Option<String>,
        marks: &Marks,
    ) -> Result<Self> {
        let recipe = Recipe::of(ctx, profile, marks)?;
        let region = region::choose(flag, file, recipe.region.as_deref(), &ctx.env)?;
        Ok(Self { recipe, region, expected_account, mode })
    }

    /// Puts a region from the command line before the one it has.
    pub fn with_region(mut self, flag: Option<&str>) -> Result<Self> {
        if let Some(region) = region::choose(flag, None, None, &Environment::default())? {
            self.region = Some(region);
        }
        Ok(self)
    }

    /// Returns the profile's name.
    pub fn profile(&self) -> &str {
        &self.recipe.profile
    }

    /// Returns the account, from the profile, or from what AWS said of these keys before.
    pub fn account(&self, ctx: &Context) -> Option<String> {
        self.recipe.facts.account.clone().or_else(|| {
            let kept = self.recipe.kept_credentials(ctx).ok()??;
            account_of(ctx, &kept)
        })
    }

    /// Says in words what it is: profile, account, role, region.
    pub fn described(&self, ctx: &Context) -> String {
        self.with_account(self.account(ctx))
    }

    /// [`Self::described`] with the keys at hand; `None` if the mode exports none.
    pub fn described_with(&self, ctx: &Context, credentials: Option<&Credentials>) -> String {
        let Some(credentials) = credentials else { return self.described(ctx) };
        self.with_account(self.recipe.facts.account.clone().or_else(|| account_of(ctx, credentials)))
    }

    fn with_account(&self, account: Option<String>) -> String {
        let mut words = text::shown(self.profile());
        if let Some(account) = account {
            words += &format!(", account {}", text::shown(&account));
        }
        if let Some(role) = &self.recipe.facts.role {
            words += &format!(", role {}", text::shown(role));
        }
        if let Some(region) = &self.region {
            words += &format!(", {}", region.name);
        }
        words
    }

    /// Finds out where the keys are, without the network.
    pub fn keys(&self, ctx: &Context) -> Result<Keys> {
        let login = self.recipe.facts.login.as_ref();
        let here = if self.mode == Export::Profile {
            // The tools fetch their own; what they need is a login that is alive.
            login.is_none_or(|login| is_alive(ctx, login)).then_some(Keys::NotExported)
        } else {
            let unexpired = |credentials: &Credentials| credentials.lasts(ctx.now(), TimeDelta::seconds(1));
            self.recipe.kept_credentials(ctx)?.filter(unexpired).map(Keys::Ready)
        };
        Ok(match (here, login) {
            (Some(keys), _) => keys,
            (None, Some(login)) if !is_alive(ctx, login) && !is_refreshable(ctx, login) => {
                Keys::BehindLogin(login.clone())
            }
            (None, _) => Keys::AtAws,
        })
    }

    /// Returns whether new keys can be had without a person.
    pub fn renews_silently(&self, ctx: &Context) -> bool {
        self.recipe
            .facts
            .login
            .as_ref()
            .is_none_or(|login| is_alive(ctx, login) || is_refreshable(ctx, login))
    }

    /// Gets the keys, from AWS if they are not here with at least `least` left; `None` if the mode exports none. A login
    /// that is needed is asked for as `how` says, and once more if AWS refuses the token; without `how` it is an error
    /// of kind [`Kind::LoginNeeded`].
    pub fn obtain(&self, ctx: &Context, least: TimeDelta, how: Option<&How>) -> Result<Option<Credentials>> {
        let config = shared_config::load(ctx)?;
        let profile = config.find(self.profile())?;
        let attempt = || self.attempt(ctx, &config, profile, least);
        let error = match attempt() {
            Err(error) if matches!(Failure::kind_of(&error), Kind::LoginNeeded | Kind::TokenRejected) => {
                error
            }
            answer => return answer,
        };
        let rejected = Failure::kind_of(&error) == Kind::TokenRejected;
        let Some(login) = self.recipe.facts.login.as_ref().filter(|_| rejected || how.is_some()) else {
            return Err(error);
        };
        let session = Login::new(ctx, login.session(&config)?, Some(&profile), &config)?;
        let token = match how {
            Some(how) => {
                if rejected {
                    message::status(ctx, &text::shown(&format!("{error:#}")));
                }
                session.ensure(how)
            }
            // Another process may have logged in since.
            None => session.token(),
        };
        match token {
            Ok(_) => attempt().inspect_err(|error| {
                // Another login would be refused as well: no prompt shall try by itself.
                if Failure::kind_of(error) == Kind::TokenRejected {
                    login::marker::decline(ctx, &login.token);
                }
            }),
            Err(asked) if Failure::kind_of(&asked) != Kind::LoginNeeded => Err(asked),
            // There was nobody to ask, and what was said of a refused token need not be said again.
            Err(_) if rejected && how.is_some() => Err(login_needed(ctx, self.profile(), login).into()),
            Err(_) => Err(error),
        }
    }

    fn attempt(
        &self,
        ctx: &Context,
        config: &SharedConfig,
        profile: Profile<'_>,
        least: TimeDelta,
    ) -> Result<Option<Credentials>> {
        match self.keys(ctx)? {
            Keys::NotExported => return Ok(None),
            Keys::BehindLogin(login) => return Err(login_needed(ctx, self.profile(), &login).into()),
            Keys::Ready(credentials) if credentials.lasts(ctx.now(), least) => return Ok(Some(credentials)),
            Keys::Ready(_) | Keys::AtAws => {}
        }
        if self.mode == Export::Profile {
            if let Some(login) = &self.recipe.facts.login {
                Login::new(ctx, login.session(config)?, Some(&profile), config)?.token()?;
            }
            return Ok(None);
        }
        let region = self.region.as_ref().map(|region| region.name.as_str());
        let selection = Query::new(ctx, config, profile).in_region(region).select()?;
        self.recipe.check_same(selection.facts())?;
        sources::obtain(ctx, selection.as_ref(), least).map(Some)
    }

    /// Refuses to go on if the keys belong to another account than the `.awsenv` demands. `ask` allows to ask AWS
    /// whose static keys they are; without it, `Ok(false)` means that AWS must be asked.
    pub fn check_account(&self, ctx: &Context, credentials: Option<&Credentials>, ask: bool) -> Result<bool> {
        let Some(expected) = &self.expected_account else { return Ok(true) };
        let mut actual = self.account(ctx);
        if actual.is_none() && matches!(self.recipe.facts.store, Store::File { .. } | Store::Nowhere) {
            if !ask {
                return Ok(false);
            }
            let kept = self.recipe.kept_credentials(ctx)?;
            if let Some(credentials) = credentials.or(kept.as_ref()) {
                let region = self.region.as_ref().map(|region| region.name.as_str());
                actual = Some(account::ask(ctx, self.profile(), credentials, region)?);
            }
        }
        let profile = text::shown(self.profile());
        match actual {
            Some(actual) if &actual == expected => Ok(true),
            Some(actual) => Err(Failure::new(format!(
                "could not load profile `{profile}`: it belongs to account {}, and .awsenv demands account {expected}",
                text::shown(&actual)
            ))
            .hint("name the right profile, or correct `account` in .awsenv")
            .into()),
            None => Err(Failure::new(format!(
                "could not load profile `{profile}`: its account is not known, and .awsenv demands account {expected}"
            ))
            .hint("delete `account` from .awsenv if this profile is meant")
            .into()),
        }
    }

    /// Returns the values to export, with digests of what they come from: `origin` of the files' places,
    /// `content` of what they say.
    pub fn wanted(&self, credentials: Option<&Credentials>, origin: &str, content: &str) -> Wanted {
        let mut values = BTreeMap::new();
        let mut put = |code: char, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                values.insert(code, Secret::new(value));
            }
        };
        let region = self.region.as_ref().map(|region| region.name.as_str());
        put('R', region);
        put('D', region);
        put('A', Some(self.profile()));
        put('P', Some(self.profile()).filter(|_| self.mode != Export::Keys));
        if let Some(keys) = credentials.filter(|_| self.mode != Export::Profile) {
            put('K', Some(&keys.access_key_id));
            put('S', Some(keys.secret_access_key.reveal()));
            put('T', keys.session_token.as_ref().map(Secret::reveal));
            put('E', keys.expiration.map(timestamp::utc).as_deref());
        }
        let parts = [origin, content].into_iter().chain(values.values().map(Secret::reveal));
        let plan = fingerprint::of(parts.map(str::as_bytes), 16);
        Wanted { origin: origin.to_owned(), plan, whose: confirmation::about(self), values }
    }
}

fn account_of(ctx: &Context, credentials: &Credentials) -> Option<String> {
    credentials.account.clone().or_else(|| account::known(ctx, &credentials.access_key_id))
}

fn is_alive(ctx: &Context, login: &SsoLogin) -> bool {
    token_cache::read(ctx, &login.token).is_some_and(|token| token.is_alive(ctx.now()))
}

/// Legacy tokens are never refreshed.
fn is_refreshable(ctx: &Context, login: &SsoLogin) -> bool {
    login.session.is_some()
        && token_cache::read(ctx, &login.token).is_some_and(|token| token.is_refreshable(ctx.now()))
}

/// Says that a person must log in first.
pub fn login_needed(ctx: &Context, profile: &str, login: &SsoLogin) -> Failure {
    let command = format!("awsenv login --profile {}", crate::shell_words::quote(profile));
    let state = login::state(ctx, &login.token, login.name(), &login.start_url);
    Failure::new(format!("could not load profile `{}`: {state}", text::shown(profile)))
        .hint(format!("run `{}`", text::shown(&command)))
        .kind(Kind::LoginNeeded)
}
