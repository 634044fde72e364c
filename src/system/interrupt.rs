//! Ctrl-C and other signals that end the process: what is still done before.
//!
//! The process then dies of the signal, so that the shell above knows, and the kernel releases its locks and
//! closes its listener.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level;

use crate::system::files;

type Action = Box<dyn FnOnce() + Send>;

static ACTIONS: Mutex<Vec<(u64, Action)>> = Mutex::new(Vec::new());
static LISTENING: Once = Once::new();
static LISTENING_TO_OTHERS: Once = Once::new();
static LISTENING_TO_QUIT: Once = Once::new();
static BEFORE_END: Mutex<Option<fn()>> = Mutex::new(None);
static RETIRED: AtomicBool = AtomicBool::new(false);

/// How many [`Deferral`]s are alive.
static DEFERRALS: Mutex<usize> = Mutex::new(0);
static IS_OVER: Condvar = Condvar::new();
/// Whether the process is about to end.
static ENDS: AtomicBool = AtomicBool::new(false);

/// How long a signal waits for a [`Deferral`]. AWS usually answers within a second.
const LONGEST: Duration = Duration::from_secs(3);

/// How often it is checked meanwhile whether a second signal came.
const LOOK: Duration = Duration::from_millis(50);

/// While it lives, Ctrl-C runs its action before it ends the process.
#[derive(Debug)]
#[must_use]
pub struct AtInterrupt(u64);

impl Drop for AtInterrupt {
    fn drop(&mut self) {
        actions().retain(|(id, _)| *id != self.0);
    }
}

/// While it lives, signals that end the process wait: Ctrl-C, SIGTERM, and that of a closed terminal.
#[derive(Debug)]
#[must_use]
pub struct Deferral(());

impl Drop for Deferral {
    fn drop(&mut self) {
        let mut alive = DEFERRALS.lock().unwrap_or_else(PoisonError::into_inner);
        *alive = alive.saturating_sub(1);
        drop(alive);
        IS_OVER.notify_all();
        if ENDS.load(Ordering::Relaxed) {
            // The process is about to end: its next step is not wanted any more.
            thread::park_timeout(Duration::from_secs(1));
        }
    }
}

/// Makes Ctrl-C run `action` before it ends the process. Of several that are alive only the last one runs.
pub fn at_interrupt(action: impl FnOnce() + Send + 'static) -> AtInterrupt {
    let mut actions = actions();
    let id = actions.last().map_or(0, |(id, _)| id + 1);
    actions.push((id, Box::new(action)));
    drop(actions);
    LISTENING.call_once(|| listen(&[SIGINT]));
    AtInterrupt(id)
}

/// Makes signals that end the process wait while the returned value lives, three seconds at most: for a
/// request that uses something up, such as a refresh token, until its answer is on disk. A second signal does
/// not wait.
pub fn defer() -> Deferral {
    *DEFERRALS.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    LISTENING.call_once(|| listen(&heeded(&[SIGINT])));
    listen_to_others();
    Deferral(())
}

/// Makes every signal that ends the process run `action` first.
pub fn before_end(action: fn()) {
    *BEFORE_END.lock().unwrap_or_else(PoisonError::into_inner) = Some(action);
    listen_to_others();
    LISTENING_TO_QUIT.call_once(|| listen(&heeded(&[SIGQUIT])));
}

fn listen_to_others() {
    // SIGHUP must stay ignored under `nohup`, and only Linux tells whether it is.
    let others: &[i32] = if cfg!(target_os = "linux") { &[SIGTERM, SIGHUP] } else { &[SIGTERM] };
    LISTENING_TO_OTHERS.call_once(|| listen(&heeded(others)));
}

/// Returns those signals that were not ignored when the process started.
fn heeded(signals: &[i32]) -> Vec<i32> {
    let ignored = signals_in("SigIgn:");
    signals.iter().copied().filter(|signal| ignored & (1 << (signal - 1)) == 0).collect()
}

/// Returns whether an action of [`at_interrupt`] is alive.
pub fn is_armed() -> bool {
    !actions().is_empty()
}

/// Starts a thread that calls [`end`] for these signals. If that fails, they end the process at once.
fn listen(signals: &[i32]) {
    if let Ok(mut signals) = Signals::new(signals) {
        thread::spawn(move || {
            loop {
                let arrived: Vec<i32> = signals.wait().collect();
                for signal in arrived {
                    if !RETIRED.load(Ordering::Relaxed) {
                        end(signal, &mut signals);
                    }
                }
            }
        });
    }
}

fn end(signal: i32, signals: &mut Signals) {
    if let Some(action) = *BEFORE_END.lock().unwrap_or_else(PoisonError::into_inner) {
        action();
    }
    let last = if signal == SIGINT { actions().pop() } else { None };
    if let Some((_, action)) = last {
        action();
    }
    ENDS.store(true, Ordering::Relaxed);
    let limit = Instant::now() + LONGEST;
    let mut alive = DEFERRALS.lock().unwrap_or_else(PoisonError::into_inner);
    while *alive > 0 && Instant::now() < limit && signals.pending().next().is_none() {
        alive = IS_OVER.wait_timeout(alive, LOOK).unwrap_or_else(PoisonError::into_inner).0;
    }
    drop(alive);
    files::wait_for_writes();
    let _ = low_level::emulate_default_handler(signal);
}

/// Waits for each [`Deferral`], three seconds at most: for code that ends the process without a signal.
pub fn wait_for_deferred() {
    let alive = DEFERRALS.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = IS_OVER.wait_timeout_while(alive, LONGEST, |alive| *alive > 0);
}

/// Stops handling signals here: a [`crate::system::forwarding::Forwarding`] does.
pub fn retire() {
    RETIRED.store(true, Ordering::Relaxed);
}

/// Returns the signals in this line of `/proc/self/status` (bit 0 is signal 1), such as `SigIgn:`; none where
/// there is no such file.
pub(super) fn signals_in(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|text| text.strip_prefix(line));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

fn actions() -> MutexGuard<'static, Vec<(u64, Action)>> {
    ACTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}
