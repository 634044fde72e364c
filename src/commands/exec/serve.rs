//! A command that awsenv waits for, because it has AWS files of its own: `awsenv exec --serve`, where it asks
//! a local endpoint for credentials whenever it needs some, `--read-only` and `--policy`.

use std::ffi::{OsStr, OsString};
use std::io;
use std::net::IpAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};
use std::thread;

use anyhow::Result;
use rustix::process::Pid;
use signal_hook::low_level;

use super::child;
use super::own_files::OwnFiles;
use crate::commands::exit::Exit;
use crate::load::plan::LoadPlan;
use crate::load::served_keys::ServedKeys;
use crate::shared_config::CleanContext;
use crate::system::environment::Environment;
use crate::system::forwarding::Forwarding;
use crate::system::loopback::Loopback;
use crate::system::{core_dump, files as system_files, interrupt};
use crate::values::credentials::Credentials;
use crate::values::secret::Secret;

/// The loopback endpoint that serves a target's credentials.
pub(super) struct ServedEndpoint {
    loopback: Loopback,
    keys: ServedKeys,
}

impl ServedEndpoint {
    /// Opens it on 127.0.0.1, and on this machine's address of a `bridge` to containers. `first` are the
    /// credentials that are served until they must be renewed.
    pub(super) fn open(
        ctx: &CleanContext,
        target: &LoadPlan,
        first: Option<&Credentials>,
        bridge: Option<IpAddr>,
    ) -> Result<Self> {
        let first = first.ok_or_else(|| target.no_keys())?;
        let loopback = Loopback::open(bridge)?;
        let keys = ServedKeys::new(ctx, target, first, loopback.waker()?)?;
        Ok(Self { loopback, keys })
    }

    /// Returns its port, which is the same on all addresses.
    pub(super) fn port(&self) -> u16 {
        self.loopback.port()
    }

    /// Returns the variables that lead the SDKs to it, by the codes of [`crate::exports::variable`].
    pub(super) fn variables(&self) -> [(char, Secret); 2] {
        [('f', Secret::new(self.loopback.uri())), ('c', self.loopback.token().clone())]
    }
}

/// Runs the command with these AWS files, answers it meanwhile, and ends as it ended. The inner error says
/// that the command could not be started.
pub(super) fn run(
    program: &OsStr,
    args: &[OsString],
    env: &Environment,
    endpoint: Option<ServedEndpoint>,
    files: OwnFiles,
) -> Result<io::Result<Exit>> {
    let forwarding = Forwarding::begin()?;
    if let Some(ServedEndpoint { loopback, keys }) = endpoint {
        thread::spawn(move || loopback.serve(|waited| keys.answer(waited)));
    }
    let mut command = Command::new(program);
    command.args(args).env_clear().envs(env.iter());
    let mut child = match core_dump::starting(|| command.spawn()) {
        Ok(child) => child,
        Err(error) => return Ok(Err(error)),
    };
    let pid = Pid::from_child(&child);
    forwarding.to(pid);
    child::wait(pid);
    forwarding.gone(pid);
    forwarding.end();
    let status = child.wait();
    drop(files);
    interrupt::wait_for_deferred();
    system_files::wait_for_writes();
    Ok(status.map(as_the_command))
}

/// Ends this process by the signal that ended the command, or returns the command's exit code.
fn as_the_command(status: ExitStatus) -> Exit {
    if let Some(signal) = status.signal() {
        let _ = low_level::emulate_default_handler(signal);
    }
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    Exit::Command(u8::try_from(code).unwrap_or(u8::MAX))
}
