//! Whose turn it is: one process per session logs in, the others wait for it or pass by.

use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use notify::{RecursiveMode, Watcher as _};

use super::marker::{self, Marker};
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::lock::{self, Guard};
use crate::token_cache::{self, Token};
use crate::{files, message, text};

/// The outcome of waiting.
pub enum Turn {
    /// Nobody else is at it: it is for this process to log in.
    Ours(Guard),
    /// There is a token now.
    Done(Token),
}

/// How often the token's file is looked at where nothing tells of changes, as on a network file system.
const LOOK: Duration = Duration::from_secs(2);

/// Returns the name of the lock that is held for as long as a person is asked.
fn lock_name(key: &str) -> String {
    format!("login-{key}")
}

/// Returns whether a process asks a person for the token of that name at this moment.
pub fn is_under_way(ctx: &Context, key: &str) -> bool {
    lock::is_held(ctx, &lock_name(key)).is_ok_and(|held| held)
}

/// Waits until there is a live token, or until it is this process's turn. With `pass_by` it does
/// not wait: that another process is at it is an error of kind [`Kind::UnderWay`]. Whoever waited gets the turn only
/// if the process before died; an error of kind [`Kind::Declined`] tells of any other end without a token.
///
/// Two things are waited for: the lock, which the kernel hands over within microseconds, also when its holder died; and
/// the token's file, since `aws sso login` takes no lock.
pub fn take(ctx: &Context, key: &str, name: &str, pass_by: bool) -> Result<Turn> {
    if let Some(guard) = lock::try_lock(ctx, &lock_name(key))? {
        return Ok(done(ctx, key).map_or(Turn::Ours(guard), Turn::Done));
    }
    if pass_by {
        return Err(under_way(ctx, key, name).into());
    }
    wait(ctx, key, name)
}

fn wait(ctx: &Context, key: &str, name: &str) -> Result<Turn> {
    let (shown, holder) = (text::shown(name), holder(ctx, key));
    message::status(
        ctx,
        &format!(
            "waiting for the login to {shown} that is under way in another shell{holder}, Ctrl-C stops waiting"
        ),
    );
    let (events, received) = mpsc::channel();
    let _watch = watch(&token_cache::path(ctx, key)?, events.clone());
    let (thread_ctx, lock_name) = (ctx.clone(), lock_name(key));
    thread::spawn(move || {
        // If nobody receives it any more, the lock is dropped with the message.
        let _ = events.send(lock::lock(&thread_ctx, &lock_name).map(Some));
    });
    loop {
        let event = received.recv_timeout(LOOK);
        if let Some(token) = done(ctx, key) {
            return Ok(Turn::Done(token));
        }
        match event {
            Ok(event) => {
                if let Some(guard) = event? {
                    return its_turn(ctx, key, name, guard);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(without_token(name, "did not finish").into()),
        }
    }
}

/// The process before has let go and there is no token. Nobody takes over what a person has ended: of fifty that wait,
/// fifty would ask again.
fn its_turn(ctx: &Context, key: &str, name: &str, guard: Guard) -> Result<Turn> {
    match marker::read(ctx, key) {
        Marker::Pending { .. } => Ok(Turn::Ours(guard)),
        Marker::Declined => Err(without_token(name, "was cancelled").into()),
        Marker::None => Err(without_token(name, "failed").into()),
    }
}

fn done(ctx: &Context, key: &str) -> Option<Token> {
    token_cache::read(ctx, key).filter(|token| token.is_alive(ctx.now()))
}

fn without_token(name: &str, how: &str) -> Failure {
    Failure::new(format!("could not log in to {}: the login in the other shell {how}", text::shown(name)))
        .hint("run `awsenv login` to try again")
        .kind(Kind::Declined)
}

/// Says that another process is logging in, and that this one does not wait for it.
pub fn under_way(ctx: &Context, key: &str, name: &str) -> Failure {
    let (name, holder) = (text::shown(name), holder(ctx, key));
    Failure::new(format!(
        "a login to {name} is under way in another shell{holder}: the account comes with the first prompt after it"
    ))
    .kind(Kind::UnderWay)
}

fn holder(ctx: &Context, key: &str) -> String {
    lock::holder(ctx, &lock_name(key)).map_or(String::new(), |pid| format!(" (process {pid})"))
}

/// Watches the folder of the file, since a file that is replaced cannot be watched itself. Where that is not possible the
/// lock and [`LOOK`] must do.
fn watch(file: &Path, events: Sender<Result<Option<Guard>>>) -> Option<notify::RecommendedWatcher> {
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
