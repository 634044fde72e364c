//! A command whose output is read while it runs.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
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

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// Runs the command without input, hands over what it prints, and returns how it ended. What it leaves
/// running in the background is not waited for. `begun` is called once it runs. An error if it could not be
/// started; [`ErrorKind::Interrupted`] if a signal ended all before.
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
    let (ended, ends) = UnixStream::pair()?;
    let pid = Pid::from_child(child);
    thread::Builder::new().spawn(move || {
        wait(pid);
        drop(ends);
    })?;
    let mut output = child.stdout.take();
    let mut error = child.stderr.take();
    let mut chunk = vec![0; CHUNK];
    while output.is_some() || error.is_some() {
        let streams = [output.as_ref().map(AsFd::as_fd), error.as_ref().map(AsFd::as_fd)];
        let mut fds = vec![PollFd::new(&ended, PollFlags::IN)];
        fds.extend(streams.iter().flatten().map(|stream| PollFd::from_borrowed_fd(*stream, PollFlags::IN)));
        match poll(&mut fds, None) {
            Err(Errno::INTR) => continue,
            polled => drop(polled?),
        }
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        let has_ended = ready[0];
        let mut ready = ready[1..].iter().copied();
        let mut is_ready = |stream: bool| stream && ready.next() == Some(true);
        let (from_output, from_error) = (is_ready(output.is_some()), is_ready(error.is_some()));
        if has_ended {
            // All that it wrote itself is in the pipes by now. Others may hold them open for ever.
            rest(output.take(), &mut chunk, &mut |bytes| take(Stream::Output, bytes));
            rest(error.take(), &mut chunk, &mut |bytes| take(Stream::Error, bytes));
            break;
        }
        if from_output && part(output.as_mut(), &mut chunk, &mut |bytes| take(Stream::Output, bytes)) == 0 {
            output = None;
        }
        if from_error && part(error.as_mut(), &mut chunk, &mut |bytes| take(Stream::Error, bytes)) == 0 {
            error = None;
        }
    }
    Ok(())
}

/// Reads once, and returns how much; nothing at the end, and where it cannot be read.
fn part(stream: Option<&mut impl Read>, chunk: &mut [u8], take: &mut impl FnMut(&[u8])) -> usize {
    let Some(stream) = stream else { return 0 };
    loop {
        match stream.read(chunk) {
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
fn rest(stream: Option<impl Read + AsFd>, chunk: &mut [u8], take: &mut impl FnMut(&[u8])) {
    let Some(mut stream) = stream else { return };
    let mut left = ioctl_fionread(&stream).map_or(0, |length| usize::try_from(length).unwrap_or_default());
    while left > 0 {
        let most = left.min(chunk.len());
        match part(Some(&mut stream), &mut chunk[..most], take) {
            0 => break,
            length => left -= length,
        }
    }
}

/// Waits for the end of the process, whose number stays its own until somebody asks how it ended.
fn wait(pid: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while waitid(WaitId::Pid(pid), options).is_err_and(|error| error == Errno::INTR) {}
}
