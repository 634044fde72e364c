//! Signals that are meant for the command that this process waits for.

use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};

use crate::system::interrupt;

/// What would end this process, or what the command may wait for.
const FORWARDED: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// Passes signals on from now on, instead of ending of them.
#[derive(Clone, Debug)]
pub struct Forwarding(Arc<Mutex<Receiver>>);

#[derive(Debug)]
enum Receiver {
    /// It is not there yet, and these have come for it.
    Expected(Vec<i32>),
    Running(Pid),
    Ended,
}

impl Forwarding {
    /// Begins to collect signals. One that was ignored when this process started (`nohup`) stays so, in the
    /// command as well.
    pub fn begin() -> Result<Self> {
        let forwarding = Self(Arc::new(Mutex::new(Receiver::Expected(Vec::new()))));
        let ignored = ignored();
        let wanted = FORWARDED.iter().filter(|signal| ignored & (1 << (**signal - 1)) == 0);
        let mut signals = SignalsInfo::<WithOrigin>::new(wanted).context("could not listen for signals")?;
        interrupt::retire();
        let own = forwarding.clone();
        thread::spawn(move || {
            for origin in &mut signals {
                if !has_gone_to_all(&origin) {
                    own.pass_on(origin.signal);
                }
            }
        });
        Ok(forwarding)
    }

    /// Says which process gets them.
    pub fn to(&self, child: Pid) {
        let before = std::mem::replace(&mut *self.receiver(), Receiver::Running(child));
        if let Receiver::Expected(signals) = before {
            signals.iter().for_each(|signal| send(child, *signal));
        }
    }

    /// Stops before the process is gone for good: its number may be another's then.
    pub fn end(&self) {
        *self.receiver() = Receiver::Ended;
    }

    fn pass_on(&self, signal: i32) {
        match &mut *self.receiver() {
            Receiver::Expected(signals) => signals.push(signal),
            Receiver::Running(child) => send(*child, signal),
            Receiver::Ended => {}
        }
    }

    fn receiver(&self) -> MutexGuard<'_, Receiver> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn send(child: Pid, signal: i32) {
    if let Some(signal) = Signal::from_named_raw(signal) {
        let _ = kill_process(child, signal);
    }
}

/// Returns whether the terminal sent it, to each process in the foreground: the command has it already, and
/// would take a second Ctrl-C for another wish.
fn has_gone_to_all(origin: &Origin) -> bool {
    matches!(origin.signal, SIGINT | SIGQUIT) && !matches!(origin.cause, Cause::Sent(_))
}

/// Returns the signals that are ignored, as far as the system tells: bit 0 is signal 1.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
