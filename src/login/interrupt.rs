//! Ctrl-C while a person is asked: it means no, and ends the process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use signal_hook::low_level;

use super::marker;
use crate::system::context::Context;
use crate::system::files;
use crate::terminal::Terminal;

/// While it lives, Ctrl-C is a decline. Afterwards it only ends the process, as it would without.
pub struct Declining(Arc<AtomicBool>);

impl Drop for Declining {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Makes Ctrl-C a decline of the login with this token. The process still dies of the signal, so that the shell above
/// knows, and the kernel takes its lock and its listener with it.
///
/// `again` is the command that starts the login again.
pub fn declining(ctx: &Context, key: &str, terminal: &Terminal, again: &str) -> Declining {
    let on = Arc::new(AtomicBool::new(true));
    let (armed, ctx, terminal) = (Arc::clone(&on), ctx.clone(), terminal.again());
    let (key, again) = (key.to_owned(), again.to_owned());
    // Without the handler, Ctrl-C leaves the marker pending: the next shell tries once more.
    if let Ok(mut signals) = Signals::new([SIGINT]) {
        thread::spawn(move || {
            for signal in &mut signals {
                if armed.load(Ordering::Relaxed) {
                    marker::decline(&ctx, &key);
                    if let Some(terminal) = &terminal {
                        terminal.restore();
                        terminal.clear_line();
                        terminal.line(&format!("the login is cancelled, `{again}` starts it again"));
                    }
                }
                files::wait_for_writes();
                let _ = low_level::emulate_default_handler(signal);
            }
        });
    }
    Declining(on)
}
