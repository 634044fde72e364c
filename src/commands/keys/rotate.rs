//! `awsenv keys rotate NAME`: a new access key in place of the old one.
//!
//! The keyring holds the state of the rotation beside the keys, so that another run goes on where one died:
//!
//! 1. `begun`: a new key is about to be made. If that run died before it could keep the key, the next one
//!    deletes what it made, since nobody has its secret.
//! 2. `made`: the new key is kept, and the old one still used. AWS takes its time to know a new key, so it is
//!    tried for up to 30 seconds.
//! 3. `replaced`: the new key is used. The old one is deactivated, deleted, and forgotten.

use std::time::{Duration, Instant};

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::{command, identity, locked, store, tell_shells, unlocked};
use crate::aws::iam::{Iam, ListedKey};
use crate::aws::sts::Identity;
use crate::commands::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::keyring;
use crate::keyring::stored_keys::{Rotation, StoredKeys};
use crate::shared_config::CleanContext;
use crate::shared_config::endpoint_settings::{EndpointSettings, Service};
use crate::shared_config::{self, SharedConfig};
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::{sanitize, timestamp};
use crate::values::credentials::Credentials;

/// How long AWS may take to know a new key everywhere.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(500);
/// How far the time at which AWS made a key may be from the time noted before.
const ORPHAN_WINDOW: TimeDelta = TimeDelta::minutes(2);

/// Rotates the keys of a name, or goes on with a rotation that was interrupted. `delete` is another access
/// key of the same user that may go.
pub fn run(ctx: &Context, name: &str, delete: Option<&str>) -> Result<Exit> {
    let ctx = &CleanContext::new(ctx);
    let config = ctx.config()?;
    let _lock = locked(ctx, name)?;
    unlocked(ctx)?;
    let mut stored = keyring::read(ctx, name)?.ok_or_else(|| keyring::missing(name))?;
    let rotator = Rotator { ctx, config, name };
    let old = loop {
        stored = match stored.rotation {
            None => rotator.make(&stored.keys, delete, None)?,
            Some(Rotation::Begun(time)) => rotator.make(&stored.keys, delete, Some(time))?,
            Some(Rotation::Made(new)) => rotator.replace(&stored.keys, &new)?,
            Some(Rotation::Replaced(old)) => {
                rotator.finish(&stored.keys, &old)?;
                break old;
            }
        };
    };
    tell_shells(ctx);
    let (new, old) = (sanitize::shown(&stored.keys.access_key_id), sanitize::shown(&old.access_key_id));
    let name = sanitize::shown(name);
    message::status(ctx, &format!("rotated the keys `{name}`: {new} replaces {old}, which is deleted"));
    message::hint(ctx, "run `awsenv reload` in shells that have the old key loaded");
    Ok(Exit::Success)
}

struct Rotator<'a> {
    ctx: &'a Context,
    config: &'a SharedConfig,
    name: &'a str,
}

impl Rotator<'_> {
    /// Makes a new key and keeps it. `begun` is when an interrupted run was about to make one (UTC).
    fn make(
        &self,
        old: &Credentials,
        delete: Option<&str>,
        begun: Option<DateTime<Utc>>,
    ) -> Result<StoredKeys> {
        self.check_files(old)?;
        let whose = self.identity(old)?;
        if !whose.arn.contains(":user/") {
            let failure = self.failure(&format!("they belong to {}", sanitize::shown(&whose.arn)));
            return Err(failure.hint("only keys of an IAM user can be rotated").into());
        }
        let iam = self.iam(&whose, old)?;
        let mut others = iam.list()?;
        others.retain(|key| key.id != old.access_key_id);
        if let Some(id) = delete {
            if !others.iter().any(|key| key.id == id) {
                let failure =
                    self.failure(&format!("the user has no other access key {}", sanitize::shown(id)));
                return Err(failure.hint("name the one that the error names, and not the one in use").into());
            }
            iam.delete(id)?;
            others.retain(|key| key.id != id);
        }
        if let Some(orphan) = begun.and_then(|begun| orphan(&others, begun)) {
            let id = sanitize::shown(&orphan);
            message::status(
                self.ctx,
                &format!("deleting the access key {id} of a rotation that was interrupted"),
            );
            iam.delete(&orphan)?;
            others.retain(|key| key.id != orphan);
        }
        if let Some(other) = others.first() {
            return Err(self.two_keys(other).into());
        }
        let step = |rotation| StoredKeys { keys: old.clone(), rotation };
        // The keyring holds seconds.
        let now = DateTime::from_timestamp(self.ctx.now().timestamp(), 0).unwrap_or_default();
        store(self.ctx, self.name, &step(Some(Rotation::Begun(now))))?;
        let new = match iam.create() {
            Ok(new) => new,
            Err(error) => {
                if Failure::kind_of(&error) != FailureKind::Unreachable {
                    store(self.ctx, self.name, &step(None))?;
                }
                return Err(error);
            }
        };
        let made = step(Some(Rotation::Made(new.clone())));
        if let Err(error) = store(self.ctx, self.name, &made) {
            // Its secret is lost, so nobody can use it.
            iam.delete(&new.access_key_id)?;
            return Err(error);
        }
        Ok(made)
    }

    /// Waits until AWS knows the new key, then makes it the one in use.
    fn replace(&self, old: &Credentials, new: &Credentials) -> Result<StoredKeys> {
        let whose = self.identity(old)?;
        let is_of = patiently(self.ctx, || self.identity(new))?;
        if is_of != whose {
            return Err(self.failure("AWS says that the new key is somebody else's").into());
        }
        let replaced = StoredKeys { keys: new.clone(), rotation: Some(Rotation::Replaced(old.clone())) };
        store(self.ctx, self.name, &replaced)?;
        Ok(replaced)
    }

    /// Deletes the old key at AWS and in the keyring. Other names in the keyring with the same key get the
    /// new one first.
    fn finish(&self, new: &Credentials, old: &Credentials) -> Result<()> {
        let is_old = |keys: &StoredKeys| keys.keys == *old;
        for entry in keyring::list(self.ctx, &[])? {
            if entry.name != self.name && entry.keys.as_ref().is_some_and(is_old) {
                store(self.ctx, &entry.name, &StoredKeys::new(new.clone()))?;
            }
        }
        let whose = patiently(self.ctx, || self.identity(new))?;
        let iam = self.iam(&whose, new)?;
        patiently(self.ctx, || or_gone(iam.deactivate(&old.access_key_id)))?;
        patiently(self.ctx, || or_gone(iam.delete(&old.access_key_id)))?;
        store(self.ctx, self.name, &StoredKeys::new(new.clone()))
    }

    fn identity(&self, keys: &Credentials) -> Result<Identity> {
        identity(self.ctx, self.config, self.name, keys)
    }

    fn iam<'k>(&'k self, whose: &Identity, keys: &'k Credentials) -> Result<Iam<'k>> {
        let profile = self.config.profile(self.name);
        let settings = EndpointSettings::new(self.ctx, Service::Iam, profile.as_ref(), self.config)?;
        Iam::new(self.ctx, settings.endpoint(None), &whose.arn, keys)
    }

    /// Fails if a file has the same key, which would stop working there.
    fn check_files(&self, old: &Credentials) -> Result<()> {
        let has_it = |profile: &shared_config::profile::Profile<'_>| {
            let sections = [profile.config, profile.credentials].into_iter().flatten();
            sections
                .filter_map(|section| section.get("aws_access_key_id"))
                .any(|id| id.text() == old.access_key_id)
        };
        let Some(profile) = self.config.profiles().find(has_it) else { return Ok(()) };
        let failure = self.failure(&format!("{} has the same key in a file", profile.shown()));
        Err(failure.hint(format!("run `{}`", command("move", profile.name))).into())
    }

    fn two_keys(&self, other: &ListedKey) -> Failure {
        let id = sanitize::shown(&other.id);
        let state = if other.is_active { "active" } else { "inactive" };
        let made = other.created.map_or(String::new(), |time| format!(", made {}", timestamp::utc(time)));
        self.failure(&format!(
            "the user has a second access key already, {id} ({state}{made}), and AWS allows two"
        ))
        .hint(format!("if nobody uses it, run `{} --delete {id}`", command("rotate", self.name)))
    }

    fn failure(&self, why: &str) -> Failure {
        Failure::new(format!("could not rotate the keys `{}`: {why}", sanitize::shown(self.name)))
    }
}

/// Returns the key that an interrupted run made and did not keep: the only other key, made when it began.
fn orphan(others: &[ListedKey], begun: DateTime<Utc>) -> Option<String> {
    let [other] = others else { return None };
    let distance = (other.created? - begun).abs();
    (distance <= ORPHAN_WINDOW).then(|| other.id.clone())
}

/// Repeats the attempt for up to [`PATIENCE`] while AWS rejects the keys, which may be too new.
fn patiently<T>(ctx: &Context, attempt: impl Fn() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    let mut is_told = false;
    loop {
        match attempt() {
            Err(error)
                if Failure::kind_of(&error) == FailureKind::KeysRejected && begun.elapsed() < PATIENCE =>
            {
                if !is_told {
                    message::status(
                        ctx,
                        "waiting until AWS knows the new key, up to 30 seconds; Ctrl-C stops",
                    );
                    is_told = true;
                }
                std::thread::sleep(PAUSE);
            }
            Err(error) if is_told => {
                let words = format!("{error:#}");
                return Err(Failure::new(words).hint("run it again later: it goes on from here").into());
            }
            done => return done,
        }
    }
}

/// Takes a key that does not exist for one that an earlier run has deleted.
fn or_gone(done: Result<()>) -> Result<()> {
    match done {
        Err(error) if Failure::kind_of(&error) == FailureKind::NoProfile => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_key_that_was_made_at_that_moment_is_one_of_ours() {
        let begun = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let key = |seconds: Option<i64>| ListedKey {
            id: "AKIA".to_owned(),
            is_active: true,
            created: seconds.map(|seconds| begun + TimeDelta::seconds(seconds)),
        };
        for seconds in [-100, 0, 5, 120] {
            assert!(orphan(&[key(Some(seconds))], begun).is_some(), "{seconds}");
        }
        for keys in
            [vec![key(Some(121))], vec![key(Some(-86400))], vec![key(None)], vec![], vec![key(Some(0)); 2]]
        {
            assert_eq!(orphan(&keys, begun), None);
        }
    }
}
