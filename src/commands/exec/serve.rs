//! A command with AWS files of its own, which awsenv waits for: `awsenv exec --serve`, where it asks awsenv
//! for credentials as often as it needs some, and `--read-only`.

use std::ffi::{OsStr, OsString};
use std::io;
use std::net::IpAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};
use std::thread;

use anyhow::Result;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use signal_hook::low_level;

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

/// The AWS files of the command, and an endpoint if it is to ask one.
pub(super) struct Attended {
    served: Option<(Loopback, ServedKeys)>,
    files: OwnFiles,
}

impl Attended {
    /// Takes the files.
    pub(super) fn new(files: OwnFiles) -> Self {
        Self { served: None, files }
    }

    /// Returns the files.
    pub(super) fn files(&self) -> &OwnFiles {
        &self.files
    }

    /// Opens the endpoint for these credentials.
    pub(super) fn serving(
        self,
        ctx: &CleanContext,
        target: &LoadPlan,
        first: &Credentials,
        bridge: Option<IpAddr>,
    ) -> Result<Self> {
        let loopback = Loopback::open(bridge)?;
        let keys = ServedKeys::new(ctx, target, first, loopback.waker()?)?;
        Ok(Self { served: Some((loopback, keys)), ..self })
    }

    /// Returns the port of the endpoint, if there is one.
    pub(super) fn port(&self) -> Option<u16> {
        self.served.as_ref().map(|(loopback, _)| loopback.port())
    }

    /// Returns what the SDKs find the endpoint by, by the letters of the variables; `None` if there is none.
    pub(super) fn values(&self) -> Option<[(char, Secret); 2]> {
        let (loopback, _) = self.served.as_ref()?;
        Some([('f', Secret::new(loopback.uri())), ('c', loopback.token().clone())])
    }

    /// Runs the command, answers it meanwhile, and ends as it ended. An error if it could not be started.
    pub(super) fn run(
        self,
        program: &OsStr,
        args: &[OsString],
        env: &Environment,
    ) -> Result<io::Result<Exit>> {
        let forwarding = Forwarding::begin()?;
        let Self { served, files } = self;
        if let Some((loopback, keys)) = served {
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
        while waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
            .is_err_and(|error| error == rustix::io::Errno::INTR)
        {}
        forwarding.gone(pid);
        forwarding.end();
        let status = child.wait();
        drop(files);
        interrupt::wait_for_deferred();
        system_files::wait_for_writes();
        Ok(status.map(as_the_command))
    }
}

/// Ends this process by the signal that ended the command, if one did.
fn as_the_command(status: ExitStatus) -> Exit {
    if let Some(signal) = status.signal() {
        let _ = low_level::emulate_default_handler(signal);
    }
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    Exit::Command(u8::try_from(code).unwrap_or(u8::MAX))
}
