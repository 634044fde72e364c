//! `awsenv keys remove NAME`: removes keys from the keyring, and from the profiles that read them.

use anyhow::Result;

use super::{Files, command, forget_sessions, locked, still_accepted, tell_shells};
use crate::commands::exit::Exit;
use crate::configure::key_profile;
use crate::failure::{Failure, FailureKind};
use crate::keyring;
use crate::system::context::Context;
use crate::terminal::message;
use crate::terminal::text_input;
use crate::text::sanitize;

/// Removes the keys after a confirmation; with `is_sure` without one. AWS goes on accepting them.
pub fn run(ctx: &Context, name: &str, is_sure: bool) -> Result<Exit> {
    let Files { ctx, config } = &Files::to_write(ctx)?;
    let shown = sanitize::shown(name);
    let _lock = locked(ctx, name)?;
    let stored =
        keyring::read(ctx, name)?.ok_or_else(|| keyring::missing(name).hint("run `awsenv keys list`"))?;
    if !is_sure && !text_input::is_possible(ctx) {
        let what = format!("could not ask whether to remove the keys `{shown}`: there is no terminal");
        let hint = format!("run `{} --yes`", command("remove", name));
        return Err(Failure::new(what).hint(hint).kind(FailureKind::Usage).into());
    }
    if !is_sure
        && !text_input::yes(&format!("Remove the keys `{shown}` from the keyring, which has the only copy?"))?
    {
        message::status(ctx, "cancelled; nothing was removed");
        return Ok(Exit::Cancelled);
    }
    keyring::remove(ctx, name)?;
    forget_sessions(ctx, config, name);
    let profiles = key_profile::release(ctx, name)?;
    tell_shells(ctx);
    let profiles = match profiles.len() {
        0 => String::new(),
        _ => format!("; no longer used by profile {}", sanitize::shown(&profiles.join(", "))),
    };
    message::status(ctx, &format!("removed the keys `{shown}` from the keyring{profiles}"));
    message::hint(ctx, &still_accepted(&stored.ids()));
    Ok(Exit::Success)
}
