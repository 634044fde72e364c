//! A TCP port of this machine, from which connections are accepted without blocking.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

/// How long nothing is accepted after there was no file descriptor for a connection.
pub const RECOVERY: Duration = Duration::from_millis(100);

/// How many connections are accepted in a row, before the open ones are served again.
const AT_ONCE: usize = 256;

/// An open port.
#[derive(Debug)]
pub struct LocalPort {
    listener: TcpListener,
    address: SocketAddr,
    /// Until when nothing is accepted.
    closed_until: Option<Instant>,
}

impl LocalPort {
    /// Opens a port of 127.0.0.1; any free one for 0.
    pub fn open(number: u16) -> io::Result<Self> {
        Self::open_at(Ipv4Addr::LOCALHOST.into(), number)
    }

    /// Opens a port of another address of this machine.
    pub fn open_at(address: IpAddr, number: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((address, number))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, closed_until: None })
    }

    /// Sets how many connections the kernel queues until they are accepted; std asks for 128.
    pub fn with_backlog(self, backlog: i32) -> io::Result<Self> {
        rustix::net::listen(&self.listener, backlog)?;
        Ok(self)
    }

    /// Returns its address and number, as in `127.0.0.1:4000`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns what to poll for a connection, or for how long nothing is accepted.
    pub fn to_poll(&self) -> Result<PollFd<'_>, Duration> {
        let closed = self.closed_until.map(|until| until.saturating_duration_since(Instant::now()));
        match closed.filter(|closed| !closed.is_zero()) {
            Some(closed) => Err(closed),
            None => Ok(PollFd::from_borrowed_fd(self.listener.as_fd(), PollFlags::IN)),
        }
    }

    /// Waits for a connection.
    pub fn wait(&self) {
        match self.to_poll() {
            Ok(port) => drop(poll(&mut [port], None)),
            Err(closed) => thread::sleep(closed),
        }
    }

    /// Hands the connections that wait to `take`. Returns whether there was no file descriptor for one: the
    /// caller then closes another connection, and nothing is accepted for [`RECOVERY`], since the port would
    /// be ready again at once, again and again.
    pub fn accept(&mut self, mut take: impl FnMut(TcpStream)) -> bool {
        if self.to_poll().is_err() {
            return false;
        }
        for _ in 0..AT_ONCE {
            match self.listener.accept() {
                Ok((stream, _)) if stream.set_nonblocking(true).is_ok() => take(stream),
                Ok(_) => {}
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => break,
                    ErrorKind::Interrupted | ErrorKind::ConnectionAborted => {}
                    _ => {
                        self.closed_until = Some(Instant::now() + RECOVERY);
                        return true;
                    }
                },
            }
        }
        false
    }
}
