//! Credentials from the cache, or fetched and cached, once for all processes that wait for them.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::Result;
use chrono::TimeDelta;

use super::{ConfiguredSource, Fetched};
use crate::cache::role;
use crate::failure::{Failure, FailureKind};
use crate::shared_config::CleanContext;
use crate::shared_config::profile::ProfileKind;
use crate::sources::resolution::{Store, lock_name};
use crate::system::context::Context;
use crate::system::lock;
use crate::terminal::{lock_wait, message};
use crate::text::sanitize;
use crate::values::credentials::Credentials;
use crate::values::secret::Secret;

/// For `least`: more time than any credentials have left, so that none from a cache are good enough.
pub const ANEW: TimeDelta = TimeDelta::MAX;

/// Returns credentials with at least `least` left if they are cached, else fetches them: under the entry's
/// lock, and after another look, so that many processes make one call. They are cached if they expire; a
/// cache that cannot be written is a warning.
pub fn obtain(ctx: &CleanContext, selection: &dyn ConfiguredSource, least: TimeDelta) -> Result<Credentials> {
    obtain_within(ctx, selection, least, None)
}

fn obtain_within(
    ctx: &CleanContext,
    selection: &dyn ConfiguredSource,
    least: TimeDelta,
    patience: Option<Duration>,
) -> Result<Credentials> {
    let store = &selection.resolution().store;
    let (Store::RoleCache(key) | Store::OwnCache(key)) = store else {
        return Ok(selection.fetch(ctx)?.credentials().clone());
    };
    let kept = || store.kept(ctx).filter(|credentials| credentials.lasts(ctx.now(), least));
    if let Some(credentials) = kept() {
        return Ok(credentials);
    }
    let _lock = locked(ctx, key, patience)?;
    if let Some(credentials) = kept() {
        return Ok(credentials);
    }
    keep(ctx, selection, &selection.fetch(ctx)?)
}

/// How long a chained role waits for another process that fetches the same role. Two chains can hold each
/// other's entries; after this time the call is made without the lock instead of waiting for ever.
const PATIENCE_IN_A_CHAIN: Duration = Duration::from_secs(5);

thread_local! {
    /// The locks that this thread holds. Other threads of the process fetch for other profiles, and wait like
    /// other processes.
    static HELD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A lock of this thread.
struct HeldLock {
    name: String,
    _guard: lock::LockGuard,
}

impl HeldLock {
    fn new(name: &str, guard: lock::LockGuard) -> Self {
        HELD.with_borrow_mut(|held| held.push(name.to_owned()));
        Self { name: name.to_owned(), _guard: guard }
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        HELD.with_borrow_mut(|held| held.retain(|name| *name != self.name));
    }
}

/// Locks a cache entry. Returns `None` if the call is to be made without the lock: it was not free within
/// `patience`, no lock file can be made, or this thread holds it already, higher up in the same chain. The
/// only error is [`FailureKind::Busy`], without `patience`: the context's own patience has run out.
fn locked(ctx: &Context, key: &str, patience: Option<Duration>) -> Result<Option<HeldLock>> {
    let name = lock_name(key);
    let wait = || match patience {
        _ if HELD.with_borrow(|held| held.contains(&name)) => Ok(None),
        Some(patience) => {
            let patience = ctx.patience().map_or(patience, |own| own.min(patience));
            lock::lock_within(ctx, &name, patience)
        }
        None => lock_wait::take(ctx, &name, "fetching the same credentials").map(Some),
    };
    let locked =
        lock::try_lock(ctx, &name).and_then(|guard| guard.map_or_else(wait, |guard| Ok(Some(guard))));
    match locked {
        Err(error) if Failure::kind_of(&error) == FailureKind::Busy => Err(error),
        Err(error) => {
            message::debug(ctx, || sanitize::shown(&format!("{error:#}")));
            Ok(None)
        }
        locked => Ok(locked?.map(|guard| HeldLock::new(&name, guard))),
    }
}

/// Fetches credentials with a code of their MFA device, and caches them, under the entry's lock: a process
/// that finds the session which the code opened then waits for the entry instead of making the same call.
pub fn obtain_with_code(
    ctx: &CleanContext,
    selection: &dyn ConfiguredSource,
    code: &Secret,
) -> Result<Credentials> {
    obtain_with_code_within(ctx, selection, code, None)
}

/// [`obtain_with_code`] for credentials that a role is assumed with.
pub fn obtain_source_with_code(
    ctx: &CleanContext,
    selection: &dyn ConfiguredSource,
    code: &Secret,
) -> Result<Credentials> {
    obtain_with_code_within(ctx, selection, code, Some(PATIENCE_IN_A_CHAIN))
}

fn obtain_with_code_within(
    ctx: &CleanContext,
    selection: &dyn ConfiguredSource,
    code: &Secret,
    patience: Option<Duration>,
) -> Result<Credentials> {
    let _lock = match &selection.resolution().store {
        Store::RoleCache(key) | Store::OwnCache(key) => locked(ctx, key, patience)?,
        Store::File { .. } | Store::Login(_) | Store::Nowhere => None,
    };
    keep(ctx, selection, &selection.fetch_with_code(ctx, code)?)
}

/// Caches what was fetched, and returns it. An error if it has expired already; a cache that cannot be
/// written is a warning.
fn keep(ctx: &Context, selection: &dyn ConfiguredSource, fetched: &Fetched) -> Result<Credentials> {
    if !fetched.credentials().lasts(ctx.now(), TimeDelta::seconds(1)) {
        let failure = Failure::new("could not use the credentials from AWS: they have expired already");
        return Err(failure.hint("check this computer's clock").into());
    }
    let store = &selection.resolution().store;
    let written = match (store, fetched) {
        (Store::RoleCache(key), Fetched::Sso(credentials)) => role::write_sso(ctx, key, credentials),
        (Store::RoleCache(key), Fetched::Role(role)) => role::write_assumed(ctx, key, role),
        // Keys that never expire stay where they came from.
        (Store::OwnCache(key), Fetched::Keys(credentials))
            if credentials.expiration.is_some() && credentials.session_token.is_some() =>
        {
            role::write_own(ctx, key, credentials)
        }
        _ => Ok(()),
    };
    if let Err(error) = written {
        message::unkept(ctx, &error);
    }
    Ok(fetched.credentials().clone())
}

/// [`obtain`] for credentials that a role is assumed with. Of these the AWS CLI caches only a role's on disk
/// (2.36), not those of Identity Center and of a web identity: so the latter are fetched, and cached ones are
/// used only if that needs a login.
pub fn obtain_source(
    ctx: &CleanContext,
    selection: &dyn ConfiguredSource,
    least: TimeDelta,
) -> Result<Credentials> {
    match (&selection.resolution().store, selection.resolution().kind) {
        (Store::RoleCache(key), ProfileKind::Sso | ProfileKind::WebIdentity) => match selection.fetch(ctx) {
            Err(error) if Failure::kind_of(&error) == FailureKind::LoginNeeded => {
                role::read(ctx, key).filter(|kept| kept.lasts(ctx.now(), least)).ok_or(error)
            }
            fetched => Ok(fetched?.credentials().clone()),
        },
        (_, ProfileKind::Role) => obtain_within(ctx, selection, least, Some(PATIENCE_IN_A_CHAIN)),
        // With the lock, since a program may ask a person, who is to be asked once.
        _ => obtain(ctx, selection, least),
    }
}
