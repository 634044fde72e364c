//! `awsenv keys unlock`: the keyring asks for its password, and every shell looks again.

use anyhow::Result;

use super::{tell_shells, unlocked};
use crate::commands::exit::Exit;
use crate::system::context::Context;
use crate::terminal::message;

/// Unlocks the keyring, if it is locked.
pub fn run(ctx: &Context) -> Result<Exit> {
    let was_locked = unlocked(ctx)?;
    tell_shells(ctx);
    message::status(ctx, if was_locked { "the keyring is unlocked" } else { "the keyring was not locked" });
    Ok(Exit::Success)
}
