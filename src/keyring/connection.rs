//! A connection to the session bus, with a time by which everything must be over.

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};
use zeroize::Zeroizing;

use crate::keyring::bus_address::{self, Socket};
use crate::keyring::bus_error::BusError;
use crate::keyring::message::{Call, Meaning, Message};
use crate::keyring::wire::{WireValue, Writer};
use crate::system::context::Context;
use crate::text::hex;

/// The bus itself.
const BUS: &str = "org.freedesktop.DBus";

/// More messages than this are not kept for later.
const MOST_OTHERS: usize = 100;

/// An authenticated connection.
pub(super) struct Connection {
    stream: UnixStream,
    deadline: Instant,
    serial: u32,
    /// Received bytes that are not parsed yet.
    received: Zeroizing<Vec<u8>>,
    /// Messages that were received while waiting for the answer to a call.
    others: Vec<Message>,
}

impl Connection {
    /// Connects to the first socket of the session bus that takes a connection, within `patience`.
    pub(super) fn open(ctx: &Context, patience: Duration) -> Result<Self, BusError> {
        let deadline = Instant::now() + patience;
        let mut trouble = BusError::NoBus;
        for socket in bus_address::sockets(ctx)? {
            match connected(&socket, deadline) {
                Ok(stream) => {
                    check_peer(&stream)?;
                    let received = Zeroizing::default();
                    let others = Vec::new();
                    let mut connection = Self { stream, deadline, serial: 0, received, others };
                    connection.authenticate()?;
                    connection.call_bus("Hello", "", &Writer::default())?;
                    return Ok(connection);
                }
                Err(error) => trouble = error,
            }
        }
        Err(trouble)
    }

    /// Restarts the time limit: everything from now on must be over within `patience`.
    pub(super) fn extend(&mut self, patience: Duration) {
        self.deadline = Instant::now() + patience;
    }

    /// Logs in to the bus with the user id that the kernel vouches for (`EXTERNAL`).
    fn authenticate(&mut self) -> Result<(), BusError> {
        let uid = rustix::process::geteuid().as_raw().to_string();
        self.send(format!("\0AUTH EXTERNAL {}\r\n", hex::of(uid.as_bytes())).as_bytes())?;
        loop {
            if let Some(end) = self.received.windows(2).position(|two| two == b"\r\n") {
                let is_ok = self.received.starts_with(b"OK ");
                self.received.drain(..end + 2);
                if !is_ok {
                    return Err(of_another_user());
                }
                return self.send(b"BEGIN\r\n");
            }
            if self.received.len() > 4096 {
                return Err(BusError::Garbled);
            }
            self.receive()?;
        }
    }

    /// Calls a method and waits for its answer.
    pub(super) fn call(&mut self, call: &Call<'_>, arguments: &Writer) -> Result<Vec<WireValue>, BusError> {
        self.serial += 1;
        let serial = self.serial;
        let message = call.message(serial, arguments);
        self.send(message.bytes())?;
        loop {
            match self.next()?.about(serial) {
                Meaning::Answer(body) => return Ok(body),
                Meaning::Error(name, words) => return Err(BusError::Remote(name, words)),
                // It may be the signal that is waited for next.
                Meaning::Other(message) if self.others.len() < MOST_OTHERS => self.others.push(message),
                Meaning::Other(_) => {}
            }
        }
    }

    /// Waits for a signal of an object that [`Connection::subscribe`] asked for.
    pub(super) fn signal(&mut self, path: &str, member: &str) -> Result<Vec<WireValue>, BusError> {
        for message in std::mem::take(&mut self.others) {
            if let Some(body) = message.signal(path, member) {
                return Ok(body);
            }
        }
        loop {
            if let Some(body) = self.next()?.signal(path, member) {
                return Ok(body);
            }
        }
    }

    /// Asks the bus for the signals of an object.
    pub(super) fn subscribe(&mut self, interface: &str, path: &str) -> Result<(), BusError> {
        let mut rule = Writer::default();
        rule.text(&format!("type='signal',interface='{interface}',path='{path}'"));
        self.call_bus("AddMatch", "s", &rule).map(drop)
    }

    /// Calls a method of the bus itself.
    fn call_bus(
        &mut self,
        member: &str,
        signature: &str,
        arguments: &Writer,
    ) -> Result<Vec<WireValue>, BusError> {
        let path = "/org/freedesktop/DBus";
        self.call(&Call { destination: BUS, path, interface: BUS, member, signature }, arguments)
    }

    fn next(&mut self) -> Result<Message, BusError> {
        loop {
            let length = Message::length(&self.received).map_err(|()| BusError::Garbled)?;
            if let Some(length) = length.filter(|length| *length <= self.received.len()) {
                let bytes = Zeroizing::new(self.received[..length].to_vec());
                self.received.drain(..length);
                return Message::parse(&bytes).ok_or(BusError::Garbled);
            }
            self.receive()?;
        }
    }

    fn send(&mut self, mut bytes: &[u8]) -> Result<(), BusError> {
        while !bytes.is_empty() {
            self.wait(PollFlags::OUT)?;
            match self.stream.write(bytes) {
                Ok(0) => return Err(lost()),
                Ok(count) => bytes = &bytes[count..],
                Err(error) if is_passing(&error) => {}
                Err(_) => return Err(lost()),
            }
        }
        Ok(())
    }

    fn receive(&mut self) -> Result<(), BusError> {
        let mut chunk = Zeroizing::new([0; 16 * 1024]);
        loop {
            self.wait(PollFlags::IN)?;
            match self.stream.read(&mut *chunk) {
                Ok(0) => return Err(lost()),
                Ok(count) => {
                    self.received.extend_from_slice(&chunk[..count]);
                    return Ok(());
                }
                Err(error) if is_passing(&error) => {}
                Err(_) => return Err(lost()),
            }
        }
    }

    fn wait(&self, flags: PollFlags) -> Result<(), BusError> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).map_err(|_| BusError::Late)?;
            match poll(&mut [PollFd::new(&self.stream, flags)], Some(&timeout)) {
                Ok(0) => return Err(BusError::Late),
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(_) => return Err(lost()),
            }
        }
    }
}

fn lost() -> BusError {
    BusError::Unusable("the session bus closed the connection".to_owned())
}

fn is_passing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}

fn of_another_user() -> BusError {
    BusError::Unusable("the session bus belongs to another user".to_owned())
}

/// Connects without blocking: a bus that is stopped accepts no more connections once its queue is full.
fn connected(socket: &Socket, deadline: Instant) -> Result<UnixStream, BusError> {
    const PAUSE: Duration = Duration::from_millis(20);
    let unusable = || BusError::Unusable("the session bus cannot be reached".to_owned());
    let address = match socket {
        Socket::Path(path) => SocketAddrUnix::new(path.as_path()).map_err(|_| unusable())?,
        #[cfg(target_os = "linux")]
        Socket::Abstract(name) => SocketAddrUnix::new_abstract_name(name).map_err(|_| unusable())?,
        #[cfg(not(target_os = "linux"))]
        Socket::Abstract(_) => return Err(unusable()),
    };
    let made = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None);
    let fd: OwnedFd = made.map_err(|_| unusable())?;
    let _ = rustix::io::fcntl_setfd(fd.as_fd(), rustix::io::FdFlags::CLOEXEC);
    rustix::io::ioctl_fionbio(fd.as_fd(), true).map_err(|_| unusable())?;
    loop {
        match rustix::net::connect(fd.as_fd(), &address) {
            Ok(()) => return Ok(UnixStream::from(fd)),
            Err(Errno::AGAIN | Errno::INTR) if Instant::now() < deadline => std::thread::sleep(PAUSE),
            Err(Errno::AGAIN | Errno::INTR) => return Err(BusError::Late),
            Err(_) => return Err(unusable()),
        }
    }
}

/// Fails if the bus is another user's, which root could reach: it is sent secrets.
#[cfg(target_os = "linux")]
fn check_peer(stream: &UnixStream) -> Result<(), BusError> {
    match rustix::net::sockopt::socket_peercred(stream) {
        Ok(peer) if peer.uid == rustix::process::geteuid() => Ok(()),
        _ => Err(of_another_user()),
    }
}

#[cfg(not(target_os = "linux"))]
fn check_peer(_: &UnixStream) -> Result<(), BusError> {
    Ok(())
}
