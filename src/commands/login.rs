//! `awsenv login`: a login to IAM Identity Center, if one is needed.

use anyhow::Result;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::login::{How, Login};
use crate::login_choice::Named;
use crate::settings::{Flow, Settings};
use crate::{change, duration, message, shared_config, text};

/// Logs in unless the login is alive, and says until when it is. Whoever types this is asked, whatever the setting
/// `login` says of prompts.
pub fn run(
    ctx: &Context,
    named: &Named,
    force: bool,
    device_code: bool,
    no_browser: bool,
    port: Option<u16>,
) -> Result<Exit> {
    let settings = Settings::load(ctx)?;
    let ctx = &ctx.with_env(change::undone(&ctx.env));
    let config = shared_config::load(ctx)?;
    let (session, profile) = named.find(ctx, &settings, &config)?;
    let login = Login::new(ctx, session, profile.as_ref(), &config)?;
    let flow = if device_code { Flow::Device } else { settings.flow };
    if force {
        login.check_terminal()?;
        login.log_out(profile.as_ref(), &config)?;
    }
    let how = How { flow, no_browser, port, ..How::default() };
    let name = text::shown(login.name());
    let before = login.kept();
    let (token, what) = match login.token() {
        Err(error) if Failure::kind_of(&error) == Kind::LoginNeeded => {
            (login.log_in(&how)?, format!("logged in to {name}"))
        }
        Ok(token) if before.as_ref() == Some(&token) => (token, format!("the login to {name} is alive")),
        renewed => (renewed?, format!("the login to {name} is renewed")),
    };
    let left = duration::left(token.expires_at - ctx.now());
    message::status(ctx, &format!("{what}, {left}"));
    Ok(Exit::Success)
}
