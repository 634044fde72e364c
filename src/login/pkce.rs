//! A login in a browser on this machine: an authorization code with PKCE (RFC 7636), which the browser brings
//! to a listener on 127.0.0.1.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::callback::{Callback, CallbackOwner};
use super::{Login, LoginOptions, PATIENCE, browser};
use crate::aws::Client;
use crate::aws::oidc::{self, Grant, Refused};
use crate::cache::client_registration::Registration;
use crate::cache::sso_token::Token;
use crate::system::context::Context;
use crate::terminal::Terminal;
use crate::values::secret::Secret;

/// Everything but `A-Za-z0-9-._~` (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Opens the page, waits for the code, and exchanges it for a token.
pub fn ask(
    login: &Login<'_>,
    client: &Client<'_>,
    registration: &Registration,
    how: &LoginOptions,
    terminal: &Terminal,
    remote: bool,
) -> Result<Token, Refused> {
    let mut callback = Callback::listen(how.port)?;
    let (verifier, state) = (random()?, random()?);
    let redirect_uri = callback.uri();
    let url = authorize_url(&oidc::base_url(client)?, registration, &redirect_uri, &verifier, &state);
    show(login.ctx, &url, how, terminal, remote);
    let spinner = terminal.spinner("waiting for you to allow it in the browser", PATIENCE);
    let owner = CallbackOwner {
        name: login.name(),
        command: &login.command(),
        advice: "; if the page shows an error, check `sso_start_url` and `sso_region`",
    };
    let code = callback.wait(owner, state.reveal(), PATIENCE);
    drop(spinner);
    let grant =
        Grant::AuthorizationCode { code: &code?, redirect_uri: &redirect_uri, code_verifier: &verifier };
    let issued = oidc::create_token(client, &registration.client_id, &registration.client_secret, grant)?;
    Ok(login.token_of(issued, registration))
}

/// Prints the address of a page that must be opened on this machine, since it redirects to 127.0.0.1, and
/// opens it.
pub(super) fn show(ctx: &Context, url: &str, how: &LoginOptions, terminal: &Terminal, remote: bool) {
    if how.no_browser {
        terminal.line("open this page in a browser on this machine");
    } else {
        terminal.line("opening your browser; if no page appears, open this one on this machine");
    }
    terminal.plain(url);
    if remote {
        terminal.copy(url);
    }
    if !how.no_browser {
        browser::open(ctx, url, how.browser.as_deref(), terminal);
    }
}

/// Returns the address of the page. As in the AWS CLI (2.36) the parameters are in this order, and one is
/// called `scopes`, not `scope`.
fn authorize_url(
    base: &str,
    registration: &Registration,
    redirect_uri: &str,
    verifier: &Secret,
    state: &Secret,
) -> String {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.reveal()));
    let scopes = registration
        .scopes
        .as_deref()
        .map_or_else(|| oidc::DEFAULT_SCOPE.to_owned(), |scopes| scopes.join(" "));
    let parameters = [
        ("response_type", "code"),
        ("client_id", &registration.client_id),
        ("redirect_uri", redirect_uri),
        ("state", state.reveal()),
        ("code_challenge_method", "S256"),
        ("scopes", &scopes),
        ("code_challenge", &challenge),
    ];
    let query: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, RESERVED)))
        .collect();
    format!("{base}/authorize?{}", query.join("&"))
}

/// Returns 43 characters of `A-Za-z0-9-_` from 256 random bits.
pub(super) fn random() -> Result<Secret> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("could not get random numbers")?;
    Ok(Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}
