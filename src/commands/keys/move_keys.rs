//! `awsenv keys move PROFILE…`: pairs from `~/.aws/credentials` to the keyring.
//!
//! The order is: write, read back, ask AWS whose they are, make the profile read the keyring, and only then
//! delete the lines in the file. So nothing is lost if the process dies, and another run completes it.

use anyhow::Result;

use super::{Files, command, forget_sessions, identity, locked, store, tell_shells, unlocked};
use crate::commands::exit::Exit;
use crate::configure::key_profile;
use crate::configure::writer::{self, AwsFile};
use crate::failure::{Failure, FailureKind};
use crate::keyring;
use crate::keyring::stored_keys::StoredKeys;
use crate::shared_config;
use crate::shared_config::profile::Profile;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::sanitize;

/// Moves the pairs of these profiles, or of all profiles with a pair. A pair that cannot be moved is
/// reported; with `is_all`, a profile that cannot have its keys in a keyring is only a warning.
pub fn run(ctx: &Context, names: &[String], is_all: bool, replace: bool) -> Result<Exit> {
    let files = Files::to_write(ctx)?;
    let ctx = &files.ctx;
    writer::writable_file(ctx, AwsFile::Credentials, &files.config)?;
    let names: Vec<String> = if is_all {
        let with_keys = files.config.profiles().filter(Profile::has_static_keys);
        with_keys.map(|profile| profile.name.to_owned()).collect()
    } else {
        names.to_vec()
    };
    if names.is_empty() {
        message::status(ctx, "no profile has keys in a file");
        return Ok(Exit::Success);
    }
    let program = key_profile::program(ctx)?;
    unlocked(ctx)?;
    let mut has_failed = false;
    for name in &names {
        if let Err(error) = move_one(ctx, name, &program, replace) {
            let is_skipped = is_all && Failure::kind_of(&error) == FailureKind::NoProfile;
            has_failed |= !is_skipped;
            if is_skipped {
                message::warning_of(ctx, "left where they are", &error);
            } else {
                message::error(ctx, &error);
            }
        }
    }
    tell_shells(ctx);
    Ok(if has_failed { Exit::Failure } else { Exit::Success })
}

fn move_one(ctx: &Context, name: &str, program: &str, replace: bool) -> Result<()> {
    let _lock = locked(ctx, name)?;
    // Read under the lock: another process may just have moved them.
    let config = shared_config::load(ctx)?;
    let pair = key_profile::pair(&config.find(name)?)?;
    let shown = sanitize::shown(name);
    let before = keyring::read(ctx, name)?;
    let is_same = before.as_ref().is_some_and(|before| before.keys == pair);
    if before.is_some() && !is_same && !replace {
        let what =
            format!("could not move the keys of the profile `{shown}`: the keyring has others of that name");
        return Err(Failure::new(what).hint(format!("run `{} --replace`", command("move", name))).into());
    }
    if !is_same {
        store(ctx, name, &StoredKeys::new(pair.clone()))?;
    }
    let whose = match identity(ctx, &config, name, &pair) {
        Ok(identity) => identity.arn,
        Err(error) => {
            // Nothing points there yet.
            match &before {
                Some(before) => store(ctx, name, before)?,
                None => drop(keyring::remove(ctx, name)?),
            }
            return Err(error.context(format!("could not move the keys of the profile `{shown}`")));
        }
    };
    if before.is_some() && !is_same {
        forget_sessions(ctx, &config, name);
    }
    key_profile::point(ctx, name, program)?;
    key_profile::take_out(ctx, name, &pair)?;
    let whose = sanitize::shown(&whose);
    message::status(ctx, &format!("moved the keys of profile `{shown}` into the keyring ({whose})"));
    Ok(())
}
