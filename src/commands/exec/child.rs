//! A command whose output is read while it runs.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, ioctl_fionread};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::system::core_dump;
use crate::system::environment::Environment;
use crate::system::forwarding::Forwarding;

/// Which of its two streams a command wrote to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Output,
    Error,
}

/// How many bytes are read at once.
const CHUNK: usize = 64 * 1024;

/// Runs the command without input, passes what it prints to `take`, and returns how it ended. Processes that
/// it leaves in the background are not waited for. `begun` is called once it runs. Errors: it could not be
/// started; [`ErrorKind::Interrupted`] if a signal had already ended all commands.
pub(super) fn run(
    program: &OsStr,
    args: &[OsString],
    env: &Environment,
    forwarding: &Forwarding,
    begun: impl FnOnce(),
    mut take: impl FnMut(Stream, &[u8]),
) -> io::Result<ExitStatus> {
    let mut command = Command::new(program);
    command.args(args).env_clear().envs(env.iter());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = forwarding.start(|| core_dump::starting(|| command.spawn()))?;
    let pid = Pid::from_child(&child);
    begun();
    let read = read_all(&mut child, &mut take);
    wait(pid);
    forwarding.gone(pid);
    let status = child.wait()?;
    read.map(|()| status)
}

fn read_all(child: &mut Child, take: &mut impl FnMut(Stream, &[u8])) -> io::Result<()> {
    let output = child.stdout.take().map(|pipe| (Stream::Output, OwnedFd::from(pipe)));
    let error = child.stderr.take().map(|pipe| (Stream::Error, OwnedFd::from(pipe)));
    let pipes = output.into_iter().chain(error);
    let mut pipes: Vec<_> = pipes.map(|(stream, pipe)| (stream, File::from(pipe))).collect();
    let (ended, ends) = UnixStream::pair()?;
    let pid = Pid::from_child(child);
    thread::Builder::new().spawn(move || {
        wait(pid);
        drop(ends);
    })?;
    let mut chunk = vec![0; CHUNK];
    while !pipes.is_empty() {
        let mut fds = vec![PollFd::new(&ended, PollFlags::IN)];
        fds.extend(pipes.iter().map(|(_, pipe)| PollFd::new(pipe, PollFlags::IN)));
        match poll(&mut fds, None) {
            Err(Errno::INTR) => continue,
            polled => drop(polled?),
        }
        let mut ready = fds.iter().map(|fd| !fd.revents().is_empty()).collect::<Vec<_>>().into_iter();
        if ready.next() == Some(true) {
            // All that it wrote itself is in the pipes by now. Others may hold them open for ever.
            for (stream, pipe) in &mut pipes {
                rest(pipe, &mut chunk, &mut |bytes| take(*stream, bytes));
            }
            break;
        }
        pipes.retain_mut(|(stream, pipe)| {
            ready.next() != Some(true) || part(pipe, &mut chunk, &mut |bytes| take(*stream, bytes)) > 0
        });
    }
    Ok(())
}

/// Reads once, and returns how many bytes: 0 at the end, and where the pipe cannot be read.
fn part(pipe: &mut File, chunk: &mut [u8], take: &mut impl FnMut(&[u8])) -> usize {
    loop {
        match pipe.read(chunk) {
            Ok(length) => {
                take(&chunk[..length]);
                return length;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return 0,
        }
    }
}

/// Reads what is in the pipe at this moment.
fn rest(pipe: &mut File, chunk: &mut [u8], take: &mut impl FnMut(&[u8])) {
    let mut left = ioctl_fionread(&*pipe).map_or(0, |length| usize::try_from(length).unwrap_or_default());
    while left > 0 {
        let most = left.min(chunk.len());
        match part(pipe, &mut chunk[..most], take) {
            0 => break,
            length => left -= length,
        }
    }
}

/// Waits for the end of the process and leaves it to be reaped, so that its number cannot become another's.
pub(super) fn wait(pid: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while waitid(WaitId::Pid(pid), options).is_err_and(|error| error == Errno::INTR) {}
}
