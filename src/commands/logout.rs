//! `awsenv logout`: revokes a login, and deletes the cached credentials that came from it.

use std::time::Duration;

use anyhow::Result;

use crate::commands::exit::Exit;
use crate::load::forget;
use crate::load::session_argument::{self, NonSsoLogin, Purpose, SessionArgument};
use crate::login::{self, Login};
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::system::context::Context;
use crate::system::{change_signal, own_folders, remnant};
use crate::terminal::message;
use crate::text::sanitize;

/// Logs out of one session, and leaves other logins alone; or out of all sessions, including those that no
/// file names any more. After that, no prompt starts a login by itself.
pub fn run(ctx: &Context, named: &SessionArgument, all: bool) -> Result<Exit> {
    let settings = Settings::load(ctx)?;
    if !all && let Some((chosen, login)) = named.other_login(ctx) {
        let config = chosen.ctx.config()?;
        match login {
            NonSsoLogin::Device(device) => forget::mfa_device(&chosen.ctx, config, &device)?,
            NonSsoLogin::Console(session) => {
                let was_there = forget::console_session(&chosen.ctx, config, &session)?;
                tell(ctx, was_there, &session.shown());
                if was_there {
                    message::status(
                        ctx,
                        "keys that programs have already work until they expire, 15 minutes at most",
                    );
                }
            }
        }
        change_signal::advance(ctx)?;
        return Ok(Exit::Success);
    }
    let ctx = &CleanContext::new(ctx);
    let config = ctx.config()?;
    let sessions = if all {
        session_argument::all(config).into_iter().flatten().collect()
    } else {
        vec![named.find_to(Purpose::LogOut, ctx, &settings, config)?]
    };
    let is_none = sessions.is_empty();
    for (session, profile) in sessions {
        let login = Login::new(ctx, session.clone(), profile.as_ref(), config)?;
        let (was_alive, token) = (login.log_out(profile.as_ref(), config)?, login::token_key(&session));
        forget::roles_of(ctx, config, &token)?;
        login::marker::log_out(ctx, &token);
        tell(ctx, was_alive, &sanitize::shown(login.name()));
    }
    if all {
        let left = login::leftover::log_out(ctx, config)?;
        for name in &left {
            message::status(ctx, &format!("logged out of {}", sanitize::shown(name)));
        }
        let console_logins = forget::console_logins(ctx, config)?;
        if console_logins > 0 {
            let logins = if console_logins == 1 { "login" } else { "logins" };
            message::status(ctx, &format!("removed {console_logins} {logins} of `aws login`"));
        }
        let folders = own_folders::with_secrets(ctx);
        let swept: usize = folders.iter().map(|folder| remnant::sweep(folder, Duration::ZERO)).sum();
        if swept > 0 {
            let files = if swept == 1 { "file" } else { "files" };
            message::status(ctx, &format!("removed {swept} temporary {files} of writes that were killed"));
        }
        let has_more = forget::rest(ctx, config)? || console_logins > 0;
        if !has_more && is_none && left.is_empty() {
            message::status(ctx, "there was no login: no profile needs one");
        }
    }
    change_signal::advance(ctx)?;
    Ok(Exit::Success)
}

fn tell(ctx: &Context, was_there: bool, name: &str) {
    let what = if was_there { "logged out of" } else { "there was no login to" };
    message::status(ctx, &format!("{what} {name}"));
}
