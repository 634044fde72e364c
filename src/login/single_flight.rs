//! One login at a time: of the processes that need the same one, the first asks for it, and the others wait
//! for it or give up.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use notify::{RecursiveMode, Watcher as _};

use crate::cache::{console_login, role, sso_token};
use crate::failure::{Failure, FailureKind};
use crate::login::command::command;
use crate::login::console_session::ConsoleSession;
use crate::login::marker::{self, Marker};
use crate::login::mfa_device::MfaDevice;
use crate::system::context::Context;
use crate::system::files;
use crate::system::lock::{self, LockGuard};
use crate::terminal::message;
use crate::text::sanitize;

/// What is logged in to, and how its processes find each other.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Names the lock and the marker.
    key: String,
    /// `to acme`, `with the MFA device 123`: what follows "a login".
    phrase: String,
    /// The file that a login leaves behind.
    file: Option<PathBuf>,
    /// The command that logs in.
    command: String,
}

impl Subject {
    /// Returns a session of Identity Center. `key` is the name of its token, `command` the one that logs in
    /// to it.
    pub fn session(ctx: &Context, key: &str, name: &str, command: String) -> Self {
        Self {
            key: key.to_owned(),
            phrase: format!("to {}", sanitize::shown(name)),
            file: sso_token::path(ctx, key).ok(),
            command,
        }
    }

    /// Returns an MFA device whose code this profile needs.
    pub fn device(ctx: &Context, device: &MfaDevice, profile: &str) -> Self {
        Self {
            key: device.key.clone(),
            phrase: format!("with the MFA device {}", sanitize::shown(&device.serial)),
            file: role::own_path(ctx, &device.key).ok(),
            command: command(None, Some(profile)),
        }
    }

    /// Returns a session of `aws login`.
    pub fn console(ctx: &Context, session: &ConsoleSession) -> Self {
        Self {
            key: session.key.clone(),
            phrase: format!("to {}", session.shown()),
            file: console_login::path(ctx, &session.arn).ok(),
            command: session.command(),
        }
    }

    /// Returns the name of the lock and the marker.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the command that logs in.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Returns the error that another process is logging in, and that this one does not wait for it.
    pub fn under_way(&self, ctx: &Context) -> Failure {
        let (phrase, holder) = (&self.phrase, holder(ctx, &self.key));
        Failure::new(format!(
            "a login {phrase} is under way in another shell{holder}: the account comes with the first prompt after it"
        ))
        .kind(FailureKind::UnderWay)
    }

    fn without_it(&self, how: &str) -> Failure {
        Failure::new(format!("could not log in {}: the login in the other shell {how}", self.phrase))
            .hint(format!("run `{}` to try again", self.command))
            .kind(FailureKind::Declined)
    }
}

/// The outcome of waiting.
pub enum Turn<T> {
    /// No other process is asking: this one may, for as long as it holds the lock.
    Ours(LockGuard),
    /// The result of another process's login.
    Done(T),
}

/// How often the file is read where changes are not notified, as on a network file system.
const LOOK: Duration = Duration::from_secs(2);

/// Returns the name of the lock that is held for as long as a person is asked.
fn lock_name(key: &str) -> String {
    format!("login-{key}")
}

/// Returns whether a process is asking a person for the login `key` now.
pub fn is_under_way(ctx: &Context, key: &str) -> bool {
    lock::is_held(ctx, &lock_name(key)).is_ok_and(|held| held)
}

/// Waits until `done` finds the result of a login, or until this process may ask. With `pass_by` it does not
/// wait: if another process is asking, the error is [`FailureKind::UnderWay`]. A process that has waited may
/// ask only if the one before died; if that ended without a login in any other way, the error is
/// [`FailureKind::Declined`].
///
/// It waits for two things: the lock, which the kernel hands over within microseconds, also if its holder
/// died; and the file, since `aws sso login` takes no lock.
pub fn take<T>(
    ctx: &Context,
    subject: &Subject,
    pass_by: bool,
    done: impl Fn() -> Option<T>,
) -> Result<Turn<T>> {
    if let Some(guard) = lock::try_lock(ctx, &lock_name(&subject.key))? {
        return Ok(done().map_or(Turn::Ours(guard), Turn::Done));
    }
    if pass_by {
        return Err(subject.under_way(ctx).into());
    }
    wait(ctx, subject, done)
}

fn wait<T>(ctx: &Context, subject: &Subject, done: impl Fn() -> Option<T>) -> Result<Turn<T>> {
    let (phrase, holder) = (&subject.phrase, holder(ctx, &subject.key));
    message::status(
        ctx,
        &format!(
            "waiting for the login {phrase} that is under way in another shell{holder}, Ctrl-C stops waiting"
        ),
    );
    let (events, received) = mpsc::channel();
    let _watch = subject.file.as_deref().and_then(|file| watch(file, events.clone()));
    let (thread_ctx, lock_name) = (ctx.clone(), lock_name(&subject.key));
    thread::spawn(move || {
        // If nobody waits any more, the lock is released with the message.
        let _ = events.send(lock::lock(&thread_ctx, &lock_name).map(Some));
    });
    loop {
        let event = received.recv_timeout(LOOK);
        if let Some(found) = done() {
            return Ok(Turn::Done(found));
        }
        match event {
            Ok(event) => {
                if let Some(guard) = event? {
                    return its_turn(ctx, subject, guard);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(subject.without_it("did not finish").into()),
        }
    }
}

/// Decides what to do after the process before has released the lock without a result. If a person ended the
/// login, this process does not ask again: of fifty processes that wait, fifty would.
fn its_turn<T>(ctx: &Context, subject: &Subject, guard: LockGuard) -> Result<Turn<T>> {
    match marker::read(ctx, &subject.key) {
        Marker::Pending { .. } => Ok(Turn::Ours(guard)),
        Marker::Declined => Err(subject.without_it("was cancelled").into()),
        Marker::None => Err(subject.without_it("failed").into()),
    }
}

fn holder(ctx: &Context, key: &str) -> String {
    lock::holder(ctx, &lock_name(key)).map_or(String::new(), |pid| format!(" (process {pid})"))
}

/// Watches the folder of the file, since a file that is replaced cannot be watched itself. `None` if that is
/// not possible: then there are still the lock and [`LOOK`].
fn watch(file: &Path, events: Sender<Result<Option<LockGuard>>>) -> Option<notify::RecommendedWatcher> {
    let folder = file.parent()?;
    files::make_private_dir(folder).ok()?;
    let name = file.file_name()?.to_owned();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let ours = |event: notify::Event| event.paths.iter().any(|path| path.file_name() == Some(&name));
        if event.is_ok_and(ours) {
            let _ = events.send(Ok(None));
        }
    })
    .ok()?;
    watcher.watch(folder, RecursiveMode::NonRecursive).ok()?;
    Some(watcher)
}
