//! Credentials from the cache, or fetched once for all who wait and kept.

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

/// More time than any credentials have left: none in a cache are good enough.
pub const ANEW: TimeDelta = TimeDelta::MAX;

/// Returns credentials with at least `least` left if they are cached, else fetches them: under the entry's
/// lock, and after another look, so that many processes make one call. What can be kept is kept; a cache that
/// cannot be written costs a warning.
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

/// How long a role in a chain waits for another process that fetches the same role. The two may hold what the
/// other one wants, one chain going up what the other goes down; who waits in vain makes the same call once
/// more.
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

/// Locks a cache entry, if it can be had within `patience`. Where no lock can be made, others may make the
/// same call: no reason to make none. A chain that comes to the same entry again goes on without, since it
/// would wait for itself. Without `patience` the only error is [`FailureKind::Busy`]: the context's own has
/// run out.
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

/// Fetches credentials with a code of the MFA device that they rest on, and keeps what can be kept. Who finds
/// the session that the code opened waits for the entry, instead of making the same call.
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

/// Keeps what was fetched, if it lasts. That it cannot be written costs a warning.
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

/// [`obtain`] for credentials that a role is assumed with. The AWS CLI keeps those of a role, and those of
/// Identity Center and of a web identity only in memory (2.36): so they are fetched, and the cache lends them
/// only where that takes a login.
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
        // Below a program's keys nothing waits, and a program may ask a person, who is to be asked once.
        _ => obtain(ctx, selection, least),
    }
}
