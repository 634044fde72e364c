//! The credentials that `awsenv exec --serve` hands out, renewed before they expire.
//!
//! No request waits for a person. New credentials are fetched in a thread of their own, and until they are
//! here the old ones are handed out, if they have not expired.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::failure::{Failure, FailureKind};
use crate::load::plan::LoadPlan;
use crate::load::renewal;
use crate::shared_config::CleanContext;
use crate::system::file_stamp;
use crate::system::loopback::{Answer, Waker};
use crate::terminal::message;
use crate::text::{sanitize, timestamp};
use crate::values::credentials::Credentials;
use crate::values::secret::Secret;

/// How long the thread waits for another process that fetches the same credentials.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long an error is the answer before there is another attempt.
const PAUSE: Duration = Duration::from_secs(1);

/// If the credentials have less left than this, a request waits for new ones, for [`SHORT_WAIT`].
const SHORT: TimeDelta = TimeDelta::seconds(60);
const SHORT_WAIT: Duration = Duration::from_millis(500);

/// How long a request waits for new credentials if the old ones have expired. The SDKs give up after a second
/// or two, and ask again.
const WAIT: Duration = Duration::from_secs(4);

/// The lifetime of credentials with a session token whose expiration is not known.
const UNKNOWN: TimeDelta = TimeDelta::minutes(20);

/// Credentials as they are handed out. In the container protocol all have a token and an expiration.
#[derive(Debug)]
struct HeldKeys {
    /// The body of the answer, made once: a thousand requests may come at the same moment.
    body: Secret,
    expiration: DateTime<Utc>,
    due: DateTime<Utc>,
}

/// The credentials, shared between threads.
#[derive(Clone, Debug)]
pub struct ServedKeys(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    ctx: CleanContext,
    target: LoadPlan,
    account: Option<String>,
    waker: Waker,
    state: Mutex<ServingState>,
}

#[derive(Debug)]
struct ServingState {
    held: HeldKeys,
    is_renewing: bool,
    /// The error of the last attempt, and when it was.
    failure: Option<(Instant, ServeError)>,
    /// The error that was printed last.
    told: Option<String>,
}

#[derive(Clone, Debug)]
struct ServeError {
    code: &'static str,
    text: String,
}

impl ServedKeys {
    /// Begins with these credentials. An error if they are long-lived, which the protocol does not have, and
    /// which need no renewal.
    pub fn new(
        ctx: &CleanContext,
        target: &LoadPlan,
        credentials: &Credentials,
        waker: Waker,
    ) -> Result<Self> {
        if credentials.session_token.is_none() {
            let profile = target.resolved_profile.shown();
            let failure =
                Failure::new(format!("could not serve the credentials of {profile}: they are long-lived"));
            return Err(failure
                .hint("run the command without `--serve`, or with a role of these keys: `--role-arn`")
                .into());
        }
        let account = credentials.account.clone().or_else(|| target.account(ctx));
        let held = HeldKeys::new(ctx, target, credentials, account.as_deref());
        let state = ServingState { held, is_renewing: false, failure: None, told: None };
        let (ctx, target) = (ctx.unread(), target.clone());
        Ok(Self(Arc::new(Shared { ctx, target, account, waker, state: Mutex::new(state) })))
    }

    /// Returns the answer to a request that has waited this long; `None` if it should wait for new
    /// credentials.
    pub fn answer(&self, waited: Duration) -> Option<Answer> {
        let shared = &self.0;
        let now = shared.ctx.now();
        let mut state = shared.state();
        if state.held.due > now {
            return Some(state.held.answer());
        }
        let left = state.held.expiration - now;
        let is_good = left > TimeDelta::seconds(1);
        if !state.is_renewing {
            let recent = state.failure.as_ref().filter(|(at, _)| at.elapsed() < PAUSE);
            match recent {
                Some(_) if is_good => return Some(state.held.answer()),
                Some((_, error)) => return Some(error.answer()),
                None => self.renew(&mut state, left),
            }
        }
        match is_good {
            true if left >= SHORT || waited >= SHORT_WAIT => Some(state.held.answer()),
            false if waited >= WAIT => {
                let text = "the credentials are being renewed, which takes long".to_owned();
                Some(ServeError { code: "Renewing", text }.answer())
            }
            _ => None,
        }
    }

    fn renew(&self, state: &mut ServingState, left: TimeDelta) {
        let shared = Arc::clone(&self.0);
        let started = thread::Builder::new().spawn(move || {
            let renewed = shared.fetch(left);
            shared.finish(renewed);
            shared.waker.wake();
        });
        state.is_renewing = started.is_ok();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, ServingState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns credentials that last longer than the present ones, which have `left`: from the cache, if
    /// another process has fetched them, or from AWS.
    fn fetch(&self, left: TimeDelta) -> Result<Credentials> {
        let ctx = self.ctx.unread().with_patience(PATIENCE);
        let least = left.max(TimeDelta::zero()) + TimeDelta::seconds(1);
        let credentials = self.target.obtain_keys(&ctx, least, None)?;
        let shown = self.target.resolved_profile.shown();
        match (&self.account, &credentials.account) {
            (Some(before), Some(now)) if before != now => {
                let (before, now) = (sanitize::shown(before), sanitize::shown(now));
                Err(Failure::new(format!("{shown} has become another account: {now}, not {before}")).into())
            }
            _ if credentials.session_token.is_none()
                || !credentials.lasts(ctx.now(), TimeDelta::seconds(1)) =>
            {
                Err(Failure::new(format!("could not get new credentials of {shown}")).into())
            }
            _ => Ok(credentials),
        }
    }

    fn finish(&self, renewed: Result<Credentials>) {
        let mut state = self.state();
        state.is_renewing = false;
        match renewed {
            Ok(credentials) => {
                state.held = HeldKeys::new(&self.ctx, &self.target, &credentials, self.account.as_deref());
                (state.failure, state.told) = (None, None);
            }
            Err(error) => {
                let error = ServeError::new(&error);
                // Printed once, not for each request.
                if state.told.as_ref() != Some(&error.text) {
                    message::failure(&self.ctx, &error.text);
                    state.told = Some(error.text.clone());
                }
                state.failure = Some((Instant::now(), error));
            }
        }
    }
}

impl HeldKeys {
    fn new(ctx: &CleanContext, target: &LoadPlan, keys: &Credentials, account: Option<&str>) -> Self {
        let now = ctx.now();
        let kept = target.resolved_profile.kept_in(ctx).and_then(|path| file_stamp::mark(&path));
        let since = kept.and_then(|mark| DateTime::from_timestamp(mark.modified.0, 0)).unwrap_or(now);
        let expiration = keys.expiration.unwrap_or(now + UNKNOWN);
        let mut body = Map::new();
        body.insert("AccessKeyId".into(), json!(keys.access_key_id));
        body.insert("SecretAccessKey".into(), json!(keys.secret_access_key.reveal()));
        body.insert("Token".into(), json!(keys.session_token.as_ref().map(Secret::reveal)));
        body.insert("Expiration".into(), json!(timestamp::utc(expiration)));
        if let Some(account) = account {
            body.insert("AccountId".into(), json!(account));
        }
        let body = Secret::new(Value::from(body).to_string());
        Self { due: renewal::due(expiration, Some(since.min(now))), expiration, body }
    }

    fn answer(&self) -> Answer {
        Answer { status: "200 OK", body: self.body.clone() }
    }
}

impl ServeError {
    fn new(error: &anyhow::Error) -> Self {
        let code = match Failure::kind_of(error) {
            FailureKind::LoginNeeded | FailureKind::TokenRejected => "LoginNeeded",
            FailureKind::Unreachable | FailureKind::Busy => "Unreachable",
            _ => "CredentialsUnavailable",
        };
        let fix = Failure::hint_of(error).map_or(String::new(), |hint| format!("; {hint}"));
        Self { code, text: sanitize::shown_up_to(1000, &format!("{error:#}{fix}")) }
    }

    fn answer(&self) -> Answer {
        Answer::refusal("503 Service Unavailable", self.code, &self.text)
    }
}
