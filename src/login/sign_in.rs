//! Logins to the AWS console, as `aws login` makes them: keys that last for minutes and are renewed for as
//! long as AWS allows. The rules are those of a login to Identity Center.

mod pasted_code;
mod renewal;

use anyhow::Result;

use super::callback::{Callback, CallbackOwner};
use super::{CHANGING, LoginOptions, PATIENCE, Subject, pkce, remote, token_lock};
use crate::aws::signin::{self, ProofKey, SignInClient, SignInCode, SignedIn};
use crate::cache::console_login::{self, NewConsoleLogin};
use crate::failure::{Failure, FailureKind};
use crate::login::console_session::ConsoleSession;
use crate::login::person_login::{PersonLogin, StandIn, Told};
use crate::settings::FlowPolicy;
use crate::system::context::Context;
use crate::terminal::{Terminal, lock_wait, message};
use crate::text::sanitize;
use crate::values::arn;
use crate::values::credentials::Credentials;
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;
use crate::values::url;

/// A session of `aws login` that can be logged in to.
pub struct SignIn<'a> {
    /// The process's environment.
    pub ctx: &'a Context,
    /// The session.
    pub session: &'a ConsoleSession,
    /// The endpoint of the sign-in service.
    pub endpoint: &'a Endpoint,
}

/// A page on which a person logs in.
struct Page {
    state: String,
    verifier: Secret,
    redirect_uri: String,
    url: String,
}

impl Page {
    fn new(base: &str, client: SignInClient, redirect_uri: String) -> Result<Self> {
        let (state, verifier) = (signin::uuid()?, pkce::random()?);
        let url = signin::authorize_url(base, client, &redirect_uri, (&state, &verifier));
        Ok(Self { state, verifier, redirect_uri, url })
    }
}

impl SignIn<'_> {
    /// Asks a person to log in, and returns the keys. Errors:
    ///
    /// - [`FailureKind::UnderWay`]: another process is asking, and this one does not wait;
    /// - [`FailureKind::Declined`]: the person said no, or nothing for ten minutes, or AWS refused the
    ///   person.
    pub fn log_in(&self, how: &LoginOptions) -> Result<Credentials> {
        let login = PersonLogin {
            ctx: self.ctx,
            subject: Subject::console(self.ctx, self.session),
            told: self,
            pass_by: how.passes_by(),
            terminal: how.terminal(),
        };
        let done = || self.session.alive(self.ctx).map(|entry| entry.credentials);
        login.run(done, StandIn::Unknown, |terminal| self.converse(how, terminal), |_| ())
    }

    /// Forgets the login of this name, as `aws logout` does: AWS has no call to revoke it. Returns whether
    /// there was one.
    pub fn log_out(ctx: &Context, key: &str) -> Result<bool> {
        let _lock = lock_wait::take(ctx, &token_lock(key), CHANGING)?;
        let was_there = console_login::path_of_key(ctx, key)?.exists();
        console_login::remove(ctx, key)?;
        Ok(was_there)
    }

    /// Leads a person through the login. The session and the host are printed before a page is opened, so
    /// that an unexpected page is recognised.
    fn converse(&self, how: &LoginOptions, terminal: &Terminal) -> Result<Credentials> {
        // Fails before anybody logs in, if the login could not be kept.
        drop(console_login::prepare(self.ctx, &self.session.arn)?);
        let base = signin::base_url(self.endpoint)?;
        let session = format!("{} ({})", self.session.shown(), sanitize::shown(url::authority(&base)));
        if !how.is_wanted(terminal, &session)? {
            return Err(self.declined("nobody pressed Enter").into());
        }
        terminal.line(&format!(
            "logging in to {session} for profile `{}`",
            sanitize::shown(&self.session.profile)
        ));
        let how = &how.for_session(None);
        let is_remote = remote::is_remote(self.ctx, how.browser.as_deref());
        if how.flow_here(is_remote) == FlowPolicy::Device {
            let client = SignInClient::CrossDevice;
            let page = Page::new(&base, client, format!("{base}/v1/sessions/confirmation"))?;
            let code = self.paste(&page, how, terminal, is_remote)?;
            return self.redeem(client, &page, &code);
        }
        let mut callback = Callback::listen(how.port)?;
        let client = SignInClient::SameDevice;
        let page = Page::new(&base, client, callback.uri())?;
        pkce::show(self.ctx, &page.url, how, terminal, is_remote);
        let spinner = terminal.spinner("waiting for you to allow it in the browser", PATIENCE);
        let (name, command) = (self.session.shown(), self.session.command());
        let owner = CallbackOwner { name: &name, command: &command, advice: "" };
        let code = callback.wait(owner, &page.state, PATIENCE);
        drop(spinner);
        self.redeem(client, &page, &code?)
    }

    /// Exchanges the code of the page for keys, and keeps them. An error if they are not those of the session
    /// that the profile names.
    fn redeem(&self, client: SignInClient, page: &Page, code: &Secret) -> Result<Credentials> {
        let (key, pem) = ProofKey::generate()?;
        let Page { verifier, redirect_uri, .. } = page;
        let given = SignInCode { client, code, verifier, redirect_uri };
        let SignedIn { credentials, refresh_token, id_token, session } =
            signin::redeem(self.ctx, self.endpoint, &key, given).map_err(|error| self.refused(error))?;
        if session != self.session.arn {
            return Err(self.somebody_else(&session).into());
        }
        let credentials = Credentials { account: arn::account(&session), ..credentials };
        let new = NewConsoleLogin {
            credentials: &credentials,
            client_id: client.id(),
            refresh_token: &refresh_token,
            id_token: &id_token,
            key: &pem,
        };
        let _lock = lock_wait::take(self.ctx, &token_lock(&self.session.key), CHANGING);
        let kept = console_login::prepare(self.ctx, &self.session.arn).and_then(|place| new.write(place));
        if let Err(error) = kept {
            message::unkept(self.ctx, &error);
        }
        Ok(credentials)
    }

    /// Makes a refusal by AWS a decline: it would refuse the next login as well, so no prompt may try by
    /// itself.
    fn refused(&self, error: anyhow::Error) -> anyhow::Error {
        match Failure::kind_of(&error) {
            FailureKind::LoginNeeded | FailureKind::TokenRejected => {
                self.declined(&sanitize::shown(&format!("{error:#}"))).into()
            }
            _ => error,
        }
    }

    fn somebody_else(&self, session: &str) -> Failure {
        let (other, profile) = (sanitize::shown(session), sanitize::shown(&self.session.profile));
        let failure = self.declined(&format!("you logged in as {other} in the browser"));
        failure.hint(format!(
            "choose the other account in the browser and run `{}` again, or write `login_session = {other}` into \
             profile `{profile}`",
            self.session.command()
        ))
    }

    fn declined(&self, why: &str) -> Failure {
        Failure::new(format!("could not log in to {}: {why}", self.session.shown()))
            .hint(format!("run `{}` to try again", self.session.command()))
            .kind(FailureKind::Declined)
    }
}

impl Told for SignIn<'_> {
    fn needed(&self) -> Failure {
        self.session.missing(self.ctx)
    }

    fn without_terminal(&self) -> Failure {
        Failure::new(format!("could not log in to {}: there is no terminal to ask on", self.session.shown()))
            .hint(format!("run `{}` in a terminal", self.session.command()))
            .kind(FailureKind::LoginNeeded)
    }
}
