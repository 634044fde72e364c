//! A login with a device code: the person opens a page anywhere and types a short code. For machines without
//! a browser, and for legacy sessions.

use std::thread;
use std::time::Duration;

use super::{Login, LoginOptions, browser};
use crate::aws::Client;
use crate::aws::oidc::{self, Grant, Reason, Refused};
use crate::cache::client_registration::Registration;
use crate::cache::sso_token::Token;
use crate::failure::{Failure, FailureKind};
use crate::terminal::Terminal;
use crate::terminal::message;
use crate::text::sanitize;

/// What each `slow_down` adds to the pause between two polls (RFC 8628, section 3.5).
const SLOWER: Duration = Duration::from_secs(5);

/// How many polls in a row may get no answer: a change of network must not end a login whose code was typed
/// already.
const MISSES: u32 = 3;

/// Shows the code and polls until the person has decided, or the server says that the code has expired.
pub fn ask(
    login: &Login<'_>,
    client: &Client<'_>,
    registration: &Registration,
    portal: &str,
    how: &LoginOptions,
    terminal: &Terminal,
    remote: bool,
) -> Result<Token, Refused> {
    let authorization = oidc::start_device_authorization(client, registration, portal)?;
    let url = authorization.verification_uri_complete.as_ref().unwrap_or(&authorization.verification_uri);
    terminal.line(&format!(
        "open {} anywhere and enter the code",
        sanitize::shown(&authorization.verification_uri)
    ));
    terminal.bold(&sanitize::shown(&authorization.user_code));
    terminal.line("or open the page with the code filled in");
    browser::offer(login.ctx, url, how, terminal, remote);
    let left = (authorization.expires_at - login.ctx.now()).to_std().unwrap_or_default();
    let spinner = terminal.spinner("waiting for you to allow it", left);
    let (mut pause, mut missed) = (authorization.interval, 0);
    let issued = loop {
        let grant = Grant::DeviceCode(&authorization.device_code);
        match oidc::create_token(client, &registration.client_id, &registration.client_secret, grant) {
            Err(Refused { reason: Reason::Pending, .. }) => missed = 0,
            Err(Refused { reason: Reason::SlowDown, .. }) => (pause, missed) = (pause + SLOWER, 0),
            Err(Refused { error, .. })
                if Failure::kind_of(&error) == FailureKind::Unreachable && missed < MISSES =>
            {
                message::debug(login.ctx, || sanitize::shown(&format!("{error:#}")));
                missed += 1;
            }
            answer => break answer,
        }
        thread::sleep(pause);
    };
    drop(spinner);
    Ok(login.token_of(issued?, registration))
}
