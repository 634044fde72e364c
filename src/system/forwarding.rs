//! Forwards signals to the commands that this process waits for.

use std::io::{self, ErrorKind};
use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};
use signal_hook::{flag, low_level};

use crate::system::interrupt;

/// Signals that would end this process, or that the command may wait for.
const FORWARDED: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// Signals that end a command.
const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Of many commands, this many of them kill all, and this process.
const ENOUGH: u32 = 3;

/// Forwards signals, which no longer end this process.
#[derive(Clone, Debug)]
pub struct Forwarding {
    receivers: Arc<Mutex<Receivers>>,
    /// Of many commands: the signal that ends them, or 0. Set by the signal handler, since a command may be
    /// seen to die of the signal before the forwarding thread runs.
    ended_by: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct Receivers {
    running: Vec<Pid>,
    /// Signals that came before the one command was started.
    early: Vec<i32>,
    /// Whether there are many commands, all of which end at one signal.
    are_many: bool,
    /// Of many: how many ending signals came.
    endings: u32,
    /// Whether nothing is forwarded any more.
    is_over: bool,
}

impl Forwarding {
    /// Begins to collect signals for one command. A signal that was ignored when this process started
    /// (`nohup`) stays ignored, in the command as well.
    pub fn begin() -> Result<Self> {
        Self::for_receivers(Receivers::default())
    }

    /// [`Forwarding::begin`] for many commands: an ending signal ends all of them, and no more are started.
    /// The third one kills them, and this process.
    pub fn begin_for_many() -> Result<Self> {
        Self::for_receivers(Receivers { are_many: true, ..Receivers::default() })
    }

    fn for_receivers(receivers: Receivers) -> Result<Self> {
        const CANNOT: &str = "could not listen for signals";
        let are_many = receivers.are_many;
        let forwarding = Self { receivers: Arc::new(Mutex::new(receivers)), ended_by: Arc::default() };
        let ignored = interrupt::signals_in("SigIgn:");
        let wanted = || FORWARDED.into_iter().filter(|signal| ignored & bit(*signal) == 0);
        let mut signals = SignalsInfo::<WithOrigin>::new(wanted()).context(CANNOT)?;
        for signal in wanted().filter(|signal| are_many && ENDING.contains(signal)) {
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_usize(signal, Arc::clone(&forwarding.ended_by), number).context(CANNOT)?;
        }
        interrupt::retire();
        let own = forwarding.clone();
        thread::spawn(move || {
            for origin in &mut signals {
                own.receivers().take(origin.signal, has_gone_to_all(&origin));
            }
        });
        Ok(forwarding)
    }

    /// Adds the one command, and sends it the signals that came before.
    pub fn to(&self, child: Pid) {
        let mut receivers = self.receivers();
        let early = std::mem::take(&mut receivers.early);
        early.iter().for_each(|signal| send(child, *signal));
        receivers.running.push(child);
    }

    /// Starts one of many commands. An error of kind [`ErrorKind::Interrupted`] once a signal has ended them.
    pub fn start(&self, start: impl FnOnce() -> io::Result<Child>) -> io::Result<Child> {
        // Locked until it is added, so that a signal comes before the start or reaches the command.
        let mut receivers = self.receivers();
        if receivers.is_over || self.ending().is_some() {
            return Err(ErrorKind::Interrupted.into());
        }
        let child = start()?;
        let pid = Pid::from_child(&child);
        receivers.running.push(pid);
        // A signal that the terminal sent meanwhile reached only the commands that ran by then.
        self.ending().iter().for_each(|signal| send(pid, *signal));
        Ok(child)
    }

    /// Returns whether no command runs.
    pub fn is_idle(&self) -> bool {
        self.receivers().running.is_empty()
    }

    /// Removes a process, before it is waited for: then its id may become another's.
    pub fn gone(&self, child: Pid) {
        self.receivers().running.retain(|running| *running != child);
    }

    /// Stops forwarding.
    pub fn end(&self) {
        let mut receivers = self.receivers();
        receivers.running.clear();
        receivers.is_over = true;
    }

    /// Returns the signal that ended many commands; `None` if none came. After it, no more may be started.
    pub fn ending(&self) -> Option<i32> {
        let waiting = interrupt::signals_in("ShdPnd:");
        let ended_by = i32::try_from(self.ended_by.load(Ordering::SeqCst)).ok().filter(|signal| *signal != 0);
        ended_by.or_else(|| ENDING.into_iter().find(|signal| waiting & bit(*signal) != 0))
    }

    fn receivers(&self) -> MutexGuard<'_, Receivers> {
        self.receivers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Receivers {
    fn take(&mut self, signal: i32, has_gone_to_all: bool) {
        if self.is_over {
            return;
        }
        if self.are_many && ENDING.contains(&signal) {
            self.endings += 1;
            if self.endings >= ENOUGH {
                self.running.iter().for_each(|child| send(*child, SIGKILL));
                let _ = low_level::emulate_default_handler(signal);
            }
        }
        if has_gone_to_all {
            return;
        }
        if self.running.is_empty() && !self.are_many {
            self.early.push(signal);
        }
        self.running.iter().for_each(|child| send(*child, signal));
    }
}

fn send(child: Pid, signal: i32) {
    if let Some(signal) = Signal::from_named_raw(signal) {
        let _ = kill_process(child, signal);
    }
}

/// Returns whether the terminal sent the signal, to every process in the foreground: the command has it
/// already, and would take it for a second Ctrl-C.
fn has_gone_to_all(origin: &Origin) -> bool {
    matches!(origin.signal, SIGINT | SIGQUIT) && !matches!(origin.cause, Cause::Sent(_))
}

fn bit(signal: i32) -> u64 {
    1 << (signal - 1)
}
