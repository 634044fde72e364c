//! Whose turn it is: one process per session logs in, the others wait for it or pass by.

use std::path::Path;
use std::sync::mpsc::{self, Sender};
use std::thread;

use anyhow::Result;
use notify::{RecursiveMode, Watcher as _};

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

/// Returns the name of the lock of a token.
pub fn lock_name(key: &str) -> String {
    format!("token-{key}")
}

/// Waits until there is a live token, or until it is this process's turn. With `pass_by` it does
/// not wait: that another process is at it is an error of kind [`Kind::UnderWay`].
///
/// Two things are waited for: the lock, which the kernel hands over within microseconds, also when its holder died; and
/// the token's file, since `aws sso login` takes no lock.
pub fn take(ctx: &Context, key: &str, name: &str, pass_by: bool) -> Result<Turn> {
    let done = || token_cache::read(ctx, key).filter(|token| token.is_alive(ctx.now()));
    if let Some(guard) = lock::try_lock(ctx, &lock_name(key))? {
        return Ok(done().map_or(Turn::Ours(guard), Turn::Done));
    }
    if pass_by {
        return Err(under_way(ctx, key, name).into());
    }
    let holder = holder(ctx, key);
    let name = text::shown(name);
    message::status(
        ctx,
        &format!(
            "waiting for the login to {name} that is under way in another shell{holder}, Ctrl-C stops waiting"
        ),
    );
    let (events, received) = mpsc::channel();
    let file = token_cache::path(ctx, key)?;
    let _watch = watch(&file, events.clone());
    let (thread_ctx, lock_name) = (ctx.clone(), lock_name(key));
    thread::spawn(move || {
        // If nobody receives it any more, the lock is dropped with the message.
        let _ = events.send(lock::lock(&thread_ctx, &lock_name).map(Some));
    });
    for event in received {
        if let Some(token) = done() {
            return Ok(Turn::Done(token));
        }
        if let Some(guard) = event? {
            return Ok(Turn::Ours(guard));
        }
    }
    Err(Failure::new(format!("could not wait for the login to {name}")).into())
}

/// Says that another process is logging in, and that this one does not wait for it.
pub fn under_way(ctx: &Context, key: &str, name: &str) -> Failure {
    let (name, holder) = (text::shown(name), holder(ctx, key));
    Failure::new(format!("a login to {name} is under way in another shell{holder}: credentials come with the next prompt after it"))
        .kind(Kind::UnderWay)
}

fn holder(ctx: &Context, key: &str) -> String {
    lock::holder(ctx, &lock_name(key)).map_or(String::new(), |pid| format!(" (process {pid})"))
}

/// Watches the folder of the file, since a file that is replaced cannot be watched itself. Where that is not possible the
/// lock alone must do.
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
