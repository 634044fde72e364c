//! Logins to IAM Identity Center: a live token, else a silent refresh, else a person. Beside them, under the
//! same rules, those of `aws login` ([`sign_in`]) and with MFA devices ([`mfa_code`]).
//!
//! Of all processes of this user one at a time asks a person to log in to a session: it holds the session's
//! lock ([`crate::system::lock`]), which the kernel releases however the process ends. The others wait for
//! it, or say that a login is under way and give up. A second lock is for changes of the token's file, and is
//! held for one request at most. The token has the AWS CLI's place and form, so a login by `aws` counts as
//! well.

use std::time::Duration;

use anyhow::Result;

use crate::aws;
use crate::aws::Client;
use crate::aws::oidc::Issued;
use crate::cache::client_registration::Registration;
use crate::cache::key;
use crate::cache::sso_token::{self, Token};
use crate::failure::{Failure, FailureKind};
use crate::login::person_login::{PersonLogin, StandIn, Told};
use crate::settings::FlowPolicy;
use crate::shared_config::SharedConfig;
use crate::shared_config::endpoint_settings::{EndpointSettings, Service};
use crate::shared_config::profile::Profile;
use crate::shared_config::sso_session::SsoSession;
use crate::system::context::Context;
use crate::terminal::Terminal;
use crate::terminal::{lock_wait, message};
use crate::text::sanitize;
use crate::values::endpoint::Endpoint;

pub mod browser;
mod callback;
mod command;
pub mod console_session;
mod device_code;
pub mod handover;
mod interrupt;
pub mod leftover;
pub mod marker;
pub mod mfa_code;
pub mod mfa_device;
pub mod mfa_program;
mod options;
mod person_login;
mod pkce;
mod refresh;
mod registration;
mod remote;
pub mod sign_in;
mod single_flight;
pub mod start_url;

pub use command::command;
pub use options::LoginOptions;
pub use single_flight::{Subject, is_under_way};

/// What the holder of a token's lock does, for those who wait.
const CHANGING: &str = "refreshing the same login";

/// How long a login waits for a person.
const PATIENCE: Duration = Duration::from_mins(10);

/// A session that can be logged in to.
#[derive(Debug)]
pub struct Login<'a> {
    ctx: &'a Context,
    session: SsoSession,
    key: String,
    endpoint: Endpoint,
    /// The profile that the login is for, for hints.
    profile: Option<String>,
}

impl<'a> Login<'a> {
    /// Prepares a login to a session. Endpoints come from `profile`, if there is one, and the environment.
    pub fn new(
        ctx: &'a Context,
        session: SsoSession,
        profile: Option<&Profile<'_>>,
        config: &SharedConfig,
    ) -> Result<Self> {
        let key = token_key(&session);
        let settings = EndpointSettings::new(ctx, Service::SsoOidc, profile, config)?;
        let endpoint = settings.session_endpoint(&session.start_url, &session.region);
        let profile = profile.map(|profile| profile.name.to_owned());
        Ok(Self { ctx, session, key, endpoint, profile })
    }

    /// Returns the session's name, or its start URL if it is a legacy one.
    pub fn name(&self) -> &str {
        self.session.name.as_deref().unwrap_or(&self.session.start_url)
    }

    /// Returns the token in the cache, alive or expired. A token that was issued for another start URL or
    /// region, which the session had before, does not count.
    pub fn kept(&self) -> Option<Token> {
        sso_token::read_for(self.ctx, &self.key, &self.session.start_url, &self.session.region)
    }

    /// Returns a token that can be used now, refreshed if it is due. Asks nobody:
    /// [`FailureKind::LoginNeeded`] if there is none.
    ///
    /// As in the AWS CLI (2.36) a session's token is refreshed with less than 15 minutes left, and if that
    /// fails the old one is used until it expires; a legacy token is never refreshed.
    pub fn token(&self) -> Result<Token> {
        let now = self.ctx.now();
        match self.kept() {
            Some(token) if token.is_alive(now) && (self.is_legacy() || !token.is_due(now)) => Ok(token),
            Some(token) if !self.is_legacy() && token.is_refreshable(now) => self.refreshed(token),
            Some(token) if token.is_alive(now) => Ok(token),
            _ => Err(self.needed().into()),
        }
    }

    /// Returns a token, and asks a person to log in if there is no other way. Errors besides those of
    /// [`Login::token`]:
    ///
    /// - [`FailureKind::UnderWay`]: another process is asking, and this one does not wait;
    /// - [`FailureKind::Declined`]: the person said no, or nothing for ten minutes.
    pub fn ensure(&self, how: &LoginOptions) -> Result<Token> {
        match self.token() {
            Err(error) if Failure::kind_of(&error) == FailureKind::LoginNeeded => self.log_in(how),
            done => done,
        }
    }

    /// Asks a person to log in, and returns the token. Errors: see [`Login::ensure`].
    pub fn log_in(&self, how: &LoginOptions) -> Result<Token> {
        let login = PersonLogin {
            ctx: self.ctx,
            subject: Subject::session(self.ctx, &self.key, self.name(), self.command()),
            told: self,
            pass_by: how.passes_by(),
            terminal: how.terminal(),
        };
        let done = || self.kept().filter(|token| token.is_alive(self.ctx.now()));
        login.run(
            done,
            StandIn::Unknown,
            |terminal| self.converse(how, terminal),
            |token| {
                let _lock = lock_wait::take(self.ctx, &token_lock(&self.key), CHANGING);
                self.keep(token);
            },
        )
    }

    /// Revokes the token at Identity Center, and removes it here. Returns whether there was one. It is
    /// revoked where it was issued, whatever the session's start URL and region are now. If AWS cannot be
    /// reached, there is a warning, and the token is removed all the same.
    pub fn log_out(&self, profile: Option<&Profile<'_>>, config: &SharedConfig) -> Result<bool> {
        let _lock = lock_wait::take(self.ctx, &token_lock(&self.key), CHANGING)?;
        let Some(token) = sso_token::read(self.ctx, &self.key) else { return Ok(false) };
        let settings = EndpointSettings::new(self.ctx, Service::Sso, profile, config)?;
        let is_ours = token.is_for(&self.session.start_url, &self.session.region);
        // A custom endpoint belongs to the session as it is configured now.
        let is_sent = token.is_alive(self.ctx.now()) && (is_ours || settings.url.is_none());
        let start_url = token.start_url.as_deref().unwrap_or(&self.session.start_url);
        let region = token.region.as_deref().unwrap_or(&self.session.region);
        let client = Client::new(self.ctx, settings.session_endpoint(start_url, region));
        let session = aws::sso::PortalSession { name: self.name(), token: &token.access_token };
        if is_sent && let Err(error) = aws::sso::logout(&client, session) {
            let error = sanitize::shown(&format!("{error:#}"));
            let rest = "the login is forgotten here, and AWS ends it when it expires";
            message::warning(self.ctx, &format!("{error}; {rest}"));
        }
        sso_token::remove(self.ctx, &self.key)?;
        Ok(true)
    }

    /// Leads a person through the login. The session and the address are printed before a page is opened, so
    /// that an unexpected page is recognised.
    fn converse(&self, how: &LoginOptions, terminal: &Terminal) -> Result<Token> {
        let session = named(self.name(), &self.session.start_url);
        if !how.is_wanted(terminal, &session)? {
            return Err(Failure::new(format!("could not log in to {session}: nobody pressed Enter"))
                .hint(format!("run `{}` when you want to", self.command()))
                .kind(FailureKind::Declined)
                .into());
        }
        terminal.line(&format!("logging in to {session}"));
        let how = &how.for_session(self.session.name.as_deref());
        let remote = remote::is_remote(self.ctx, how.browser.as_deref());
        let portal = start_url::resolve(self.ctx, &self.session, &self.endpoint)?;
        if portal != self.session.start_url {
            terminal.line(&format!("its page is at {portal}"));
        }
        let client = Client::new(self.ctx, self.endpoint.clone());
        // Identity Center gives legacy sessions nothing but a device code (AWS CLI 2.36).
        let flow = if self.is_legacy() { FlowPolicy::Device } else { how.flow_here(remote) };
        registration::with(self, &client, &portal, flow, |flow, registration| match flow {
            FlowPolicy::Device => {
                device_code::ask(self, &client, registration, &portal, how, terminal, remote)
            }
            _ => pkce::ask(self, &client, registration, how, terminal, remote),
        })
        .inspect_err(|error| start_url::forget_after(self.ctx, &self.session.start_url, error))
    }

    fn is_legacy(&self) -> bool {
        self.session.name.is_none()
    }

    fn token_of(&self, issued: Issued, registration: &Registration) -> Token {
        Token {
            access_token: issued.access_token,
            expires_at: issued.expires_at,
            start_url: Some(self.session.start_url.clone()),
            region: Some(self.session.region.clone()),
            client_id: Some(registration.client_id.clone()),
            client_secret: Some(registration.client_secret.clone()),
            registration_expires_at: Some(registration.expires_at),
            refresh_token: issued.refresh_token,
        }
    }

    /// Writes the token to the cache. If that fails, there is a warning, and this process can still use it.
    fn keep(&self, token: &Token) {
        if let Err(error) = sso_token::write(self.ctx, &self.key, token) {
            message::unkept(self.ctx, &error);
        }
    }

    /// Returns in words why the session cannot be used.
    fn state(&self) -> String {
        state(self.ctx, &self.key, &self.session)
    }

    fn ended(&self, error: &anyhow::Error) -> Failure {
        let session = named(self.name(), &self.session.start_url);
        self.failure(format!("the login to {session} is over: {}", sanitize::shown(&format!("{error:#}"))))
    }

    fn failure(&self, message: String) -> Failure {
        Failure::new(message).hint(format!("run `{}`", self.command())).kind(FailureKind::LoginNeeded)
    }

    /// Returns the command that logs in to this session, see [`command()`].
    fn command(&self) -> String {
        command(self.session.name.as_deref(), self.profile.as_deref())
    }
}

impl Told for Login<'_> {
    fn needed(&self) -> Failure {
        self.failure(format!("could not get credentials: {}", self.state()))
    }

    /// The error of the lock file alone would not say that a login is needed.
    fn unlocked(&self, error: anyhow::Error) -> anyhow::Error {
        match (Failure::kind_of(&error), Failure::hint_of(&error)) {
            (FailureKind::Other, Some(hint)) => {
                let why = sanitize::shown(&format!("{error:#}"));
                Failure::new(format!("{}, and no login can begin here: {why}", self.state()))
                    .hint(hint)
                    .into()
            }
            _ => error,
        }
    }

    fn without_terminal(&self) -> Failure {
        let session = named(self.name(), &self.session.start_url);
        let failure = self.failure(format!("could not log in to {session}: there is no terminal to ask on"));
        failure.hint(format!("run `{}` in a terminal", self.command()))
    }
}

/// Returns a session's name and start URL, for messages.
fn named(name: &str, start_url: &str) -> String {
    if name == start_url {
        sanitize::shown(name)
    } else {
        format!("{} ({})", sanitize::shown(name), sanitize::shown(start_url))
    }
}

/// Returns in words why a session cannot be used: `the login to acme (https://…) has expired`. `key` is the
/// name of its token.
pub fn state(ctx: &Context, key: &str, session: &SsoSession) -> String {
    let SsoSession { name, start_url, region, .. } = session;
    let name = name.as_deref().unwrap_or(start_url);
    let session = named(name, start_url);
    match sso_token::read(ctx, key) {
        Some(token) if token.is_for(start_url, region) => format!("the login to {session} has expired"),
        Some(Token { start_url: was, region: was_in, .. }) => {
            let name = sanitize::shown(name);
            let now_other = |key: &str, was: Option<String>, now: &str| {
                let was = was.filter(|was| was != now)?;
                Some(sanitize::shown(&format!("`{key}` was {was}, and is now {now}")))
            };
            let changes =
                [now_other("sso_start_url", was, start_url), now_other("sso_region", was_in, region)];
            let changes: Vec<_> = changes.into_iter().flatten().collect();
            format!("the login to {name} is one to another place: {}", changes.join("; "))
        }
        None if marker::is_logged_out(ctx, key) => format!("you logged out of {session}"),
        None => format!("you are not logged in to {session}"),
    }
}

/// Returns the name of a session's token in the cache.
pub fn token_key(session: &SsoSession) -> String {
    key::token(match &session.name {
        Some(name) => key::LoginKey::Session(name),
        None => key::LoginKey::StartUrl(&session.start_url),
    })
}

/// Removes a token that the server refuses, unless another process has replaced it with a new one.
pub fn forget(ctx: &Context, key: &str, refused: &Token) -> Result<()> {
    let _lock = lock_wait::take(ctx, &token_lock(key), CHANGING)?;
    if sso_token::read(ctx, key).is_some_and(|token| token.access_token == refused.access_token) {
        sso_token::remove(ctx, key)?;
    }
    Ok(())
}

/// Returns the name of the lock that is held while the file of a token, or of a login of `aws login`,
/// changes.
pub fn token_lock(key: &str) -> String {
    format!("token-{key}")
}
