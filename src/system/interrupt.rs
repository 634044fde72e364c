//! Ctrl-C: what a process still does before it ends of it.
//!
//! The process dies of the signal, so that the shell above knows, and the kernel takes its locks and its
//! listener with it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;

use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use signal_hook::low_level;

use crate::system::files;

type Action = Box<dyn FnOnce() + Send>;

static ACTIONS: Mutex<Vec<(u64, Action)>> = Mutex::new(Vec::new());
static LISTENING: Once = Once::new();
static RETIRED: AtomicBool = AtomicBool::new(false);

/// While it lives, Ctrl-C runs its action. Afterwards it ends the process without.
#[derive(Debug)]
#[must_use]
pub struct AtInterrupt(u64);

impl Drop for AtInterrupt {
    fn drop(&mut self) {
        actions().retain(|(id, _)| *id != self.0);
    }
}

/// Makes Ctrl-C run `action` before it ends the process. Of several that are alive the last one is run, and
/// no other.
pub fn at_interrupt(action: impl FnOnce() + Send + 'static) -> AtInterrupt {
    let mut actions = actions();
    let id = actions.last().map_or(0, |(id, _)| id + 1);
    actions.push((id, Box::new(action)));
    drop(actions);
    LISTENING.call_once(listen);
    AtInterrupt(id)
}

/// Without the handler, Ctrl-C ends the process all the same.
fn listen() {
    if let Ok(mut signals) = Signals::new([SIGINT]) {
        thread::spawn(move || {
            for signal in &mut signals {
                if RETIRED.load(Ordering::Relaxed) {
                    continue;
                }
                let last = actions().pop();
                if let Some((_, action)) = last {
                    action();
                }
                files::wait_for_writes();
                let _ = low_level::emulate_default_handler(signal);
            }
        });
    }
}

/// Leaves Ctrl-C to others from now on: it no longer ends the process.
pub fn retire() {
    RETIRED.store(true, Ordering::Relaxed);
}

fn actions() -> MutexGuard<'static, Vec<(u64, Action)>> {
    ACTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}
