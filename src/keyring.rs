//! Long-lived access keys in the system's keyring: the Secret Service of the desktop, over D-Bus
//! (gnome-keyring, `KWallet`, `KeePassXC`).
//!
//! Nothing here waits longer than [`PATIENCE`], except for a person who is asked for a password. Only
//! [`unlock`] and [`write()`] may make the keyring ask; for every other function a locked keyring is an
//! error.
//!
//! The wire format and the few calls are written here. The libraries for it are either larger than all that
//! is gained by them, or C that would be compiled for the static build against the headers of another libc;
//! and none of them lets a caller limit the time of each step.

mod bus_address;
mod bus_error;
mod connection;
mod message;
mod secret_service;
pub mod stored_keys;
#[cfg(test)]
mod tests;
mod wire;

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::failure::Failure;
use crate::keyring::bus_error::BusError;
use crate::keyring::secret_service::SecretService;
use crate::keyring::stored_keys::StoredKeys;
use crate::system::context::Context;
use crate::text::{python_words, sanitize, shell_words};

/// How long all calls that one function here makes to the keyring may take together.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many names a locked keyring is asked about.
const MOST_KNOWN: usize = 100;
/// Stands for the name of keys in a locked keyring that no profile uses.
const UNKNOWN: &str = "?";

/// An entry of the keyring.
#[derive(Debug)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// The keys; `None` where the keyring is locked.
    pub keys: Option<StoredKeys>,
}

/// Returns the keys of `name`; `None` if the keyring has none. Errors: `FailureKind::Unreachable` if the
/// keyring does not answer; a locked keyring, with the command that unlocks it.
pub fn read(ctx: &Context, name: &str) -> Result<Option<StoredKeys>> {
    let what = format!("read the keys `{}`", sanitize::shown(name));
    let read = || -> Result<_, BusError> {
        let mut service = SecretService::open(ctx, PATIENCE)?;
        let found = service.search(Some(name))?;
        match (found.unlocked.first(), found.locked.is_empty()) {
            (Some(item), _) => service.secret(item).map(Some),
            (None, true) => Ok(None),
            (None, false) => Err(BusError::Locked),
        }
    };
    let Some(secret) = read().map_err(|error| error.failure(&what))? else { return Ok(None) };
    let keys = StoredKeys::parse(secret.reveal()).ok_or_else(|| {
        Failure::new(format!("could not {what}: the keyring has something else under that name"))
            .hint(format!("run `{} --replace`", add_command(name)))
    })?;
    Ok(Some(keys))
}

/// Keeps keys under a name, in place of what is there. A locked keyring asks the person for its password;
/// `announce` is called before.
pub fn write(ctx: &Context, name: &str, keys: &StoredKeys, announce: &dyn Fn()) -> Result<()> {
    let what = format!("keep the keys `{}`", sanitize::shown(name));
    let write = || SecretService::open(ctx, PATIENCE)?.store(name, &keys.text(), announce);
    write().map_err(|error| error.failure(&what))
}

/// Returns all entries that awsenv keeps in the keyring, in the order of their names. A locked keyring does
/// not list names, but says whether it has one: `known` are the names to ask about.
pub fn list(ctx: &Context, known: &[String]) -> Result<Vec<Entry>> {
    let list = || -> Result<_, BusError> {
        let mut service = SecretService::open(ctx, PATIENCE)?;
        let found = service.search(None)?;
        let mut entries = Vec::new();
        for item in &found.unlocked {
            let Some(name) = service.name(item)? else { continue };
            let keys = StoredKeys::parse(service.secret(item)?.reveal());
            entries.extend(keys.map(|keys| Entry { name, keys: Some(keys) }));
        }
        let mut locked = found.locked.len();
        for name in known.iter().take(if locked == 0 { 0 } else { MOST_KNOWN }) {
            if !service.search(Some(name))?.locked.is_empty() {
                entries.push(Entry { name: name.clone(), keys: None });
                locked = locked.saturating_sub(1);
            }
        }
        entries.extend((0..locked).map(|_| Entry { name: UNKNOWN.to_owned(), keys: None }));
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    };
    list().map_err(|error| error.failure("list the keys in the keyring"))
}

/// Removes the keys of `name`. Returns whether there were any. A locked keyring is an error.
pub fn remove(ctx: &Context, name: &str) -> Result<bool> {
    let remove = || -> Result<_, BusError> {
        let mut service = SecretService::open(ctx, PATIENCE)?;
        let found = service.search(Some(name))?;
        if !found.locked.is_empty() {
            return Err(BusError::Locked);
        }
        found.unlocked.iter().try_for_each(|item| service.delete(item))?;
        Ok(!found.unlocked.is_empty())
    };
    remove().map_err(|error| error.failure(&format!("remove the keys `{}`", sanitize::shown(name))))
}

/// Unlocks the collections that hold awsenv's keys: the keyring asks the person for its password, and
/// `announce` is called before. Returns false if nothing was locked.
pub fn unlock(ctx: &Context, announce: &dyn Fn()) -> Result<bool> {
    let unlock = || {
        let mut service = SecretService::open(ctx, PATIENCE)?;
        match service.unlock_ours(announce) {
            // It may have been unlocked in another way meanwhile.
            Err(BusError::Dismissed) if service.locked()?.is_empty() => Ok(true),
            done => done,
        }
    };
    unlock().map_err(|error| error.failure("unlock the keyring"))
}

/// Returns the error for a name that the keyring has no keys of.
pub fn missing(name: &str) -> Failure {
    let failure = Failure::new(format!("could not find the keys `{}` in the keyring", sanitize::shown(name)));
    failure.hint(format!("run `{}`", add_command(name)))
}

/// Returns the name in a `credential_process` that reads the keyring; `None` if the line is not awsenv's own.
/// Any path of the program will do: it may have moved since the line was written.
pub fn name_in(line: &str) -> Option<String> {
    let words = python_words::split(line)?;
    let [program, keys, get, name] = &words[..] else { return None };
    let is_own =
        Path::new(program).file_name() == Some(OsStr::new("awsenv")) && keys == "keys" && get == "get";
    is_own.then(|| name.clone())
}

/// Returns the line that [`name_in`] reads, with the path of the program.
pub fn line(program: &str, name: &str) -> String {
    format!("{} keys get {}", shell_words::quote(program), shell_words::quote(name))
}

fn add_command(name: &str) -> String {
    format!("awsenv keys add {}", sanitize::shown(&shell_words::quote(name)))
}
