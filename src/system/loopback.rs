//! A listener on 127.0.0.1, and on the address at which containers reach this machine, that answers one path
//! to clients that know the token: the container protocol of the AWS SDKs.
//!
//! One thread serves all connections without blocking on any, so a client that sends nothing, or reads
//! nothing, does not delay the others.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use zeroize::Zeroizing;

use self::request::{LoopbackRequest, PATH};
use crate::failure::Failure;
use crate::system::local_port::{LocalPort, RECOVERY};
use crate::text::hex;
use crate::values::secret::Secret;

mod answer;
mod request;

pub use answer::Answer;

/// How long a client may take to send its request, and then to read the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many connections may be open. Above this, the oldest that does not wait for an answer is closed.
const MOST: usize = 512;

/// How many connections the kernel queues until they are accepted. A client that finds the queue full tries
/// again a second later.
const BACKLOG: i32 = 4096;

/// How many ports are tried until one is free on both addresses.
const ATTEMPTS: usize = 20;

/// How often the answer of a waiting client is asked for again.
const LOOK: Duration = Duration::from_millis(100);

/// An open port with its token, and its open connections.
#[derive(Debug)]
pub struct Loopback {
    ports: Vec<LocalPort>,
    token: Secret,
    wakeful: UnixStream,
    waker: UnixStream,
    clients: Vec<LoopbackClient>,
}

/// Tells the listener to ask for the answer again now.
#[derive(Debug)]
pub struct Waker(UnixStream);

impl Waker {
    /// Wakes it. If the pipe is full, it is about to wake up anyway.
    pub fn wake(&self) {
        let _ = (&self.0).write(&[1]);
    }
}

/// A connection.
#[derive(Debug)]
struct LoopbackClient {
    stream: TcpStream,
    /// When its stage began.
    since: Instant,
    /// Whether its stage may go on, as poll(2) said: there is something to read, or room to write.
    is_ready: bool,
    stage: ClientStage,
}

#[derive(Debug)]
enum ClientStage {
    /// Has sent this much of its request.
    Asking(Zeroizing<Vec<u8>>),
    /// Waits for the credentials.
    Waiting,
    /// Reads the answer, of which this many bytes are sent.
    Reading(Zeroizing<Vec<u8>>, usize),
    Done,
}

impl Loopback {
    /// Opens a free port on 127.0.0.1, and on the address of `bridge` if there is one, and makes a token of
    /// 32 random bytes in hex.
    pub fn open(bridge: Option<IpAddr>) -> Result<Self> {
        let cannot = "could not listen on 127.0.0.1";
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).context("could not get random numbers")?;
        let opened = ports(bridge)?.into_iter().map(|port| port.with_backlog(BACKLOG));
        let ports = opened.collect::<Result<Vec<_>, _>>().context(cannot)?;
        let (wakeful, waker) = UnixStream::pair().context(cannot)?;
        wakeful.set_nonblocking(true).context(cannot)?;
        waker.set_nonblocking(true).context(cannot)?;
        let token = Secret::new(hex::of(&*bytes));
        Ok(Self { ports, token, wakeful, waker, clients: Vec::new() })
    }

    /// Returns the value of `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    pub fn uri(&self) -> String {
        format!("http://{}{PATH}", self.ports[0].address())
    }

    /// Returns the port, which is the same on all addresses.
    pub fn port(&self) -> u16 {
        self.ports[0].address().port()
    }

    /// Returns the value of `AWS_CONTAINER_AUTHORIZATION_TOKEN`, which the SDKs send as `Authorization`.
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// Returns a way to wake it.
    pub fn waker(&self) -> Result<Waker> {
        Ok(Waker(self.waker.try_clone().context("could not listen on 127.0.0.1")?))
    }

    /// Answers until the process ends. `answer` gets how long the client has waited already; it must not
    /// block, and returns `None` if there is no answer yet.
    pub fn serve(mut self, mut answer: impl FnMut(Duration) -> Option<Answer>) {
        let host = self.ports[0].address().to_string();
        loop {
            self.turn(&host, &mut answer);
        }
    }

    /// Waits until there is something to do, and does it.
    fn turn(&mut self, host: &str, answer: &mut impl FnMut(Duration) -> Option<Answer>) {
        self.sleep();
        self.accept();
        self.clients.retain_mut(|client| client.attend(host, &self.token, answer));
        while self.clients.len() > MOST && self.turn_away() {}
    }

    fn sleep(&mut self) {
        let now = Instant::now();
        let ports: Vec<_> = self.ports.iter().map(LocalPort::to_poll).collect();
        let closed: Vec<_> = ports.iter().filter_map(|port| port.as_ref().err().copied()).collect();
        let waits = self.clients.iter().map(|client| match client.stage {
            ClientStage::Waiting => LOOK,
            _ => PATIENCE.saturating_sub(now.saturating_duration_since(client.since)),
        });
        let timeout = waits.chain(closed).min().and_then(|wait| Timespec::try_from(wait).ok());
        let clients = self.clients.iter().map(|client| {
            let flags = match client.stage {
                ClientStage::Reading(..) => PollFlags::OUT,
                ClientStage::Asking(_) => PollFlags::IN,
                // Polled all the same for a connection that is reset.
                ClientStage::Waiting | ClientStage::Done => PollFlags::empty(),
            };
            PollFd::new(&client.stream, flags)
        });
        let mut fds: Vec<_> = [PollFd::new(&self.wakeful, PollFlags::IN)]
            .into_iter()
            .chain(ports.into_iter().flatten())
            .chain(clients)
            .collect();
        if poll(&mut fds, timeout.as_ref()).is_err_and(|error| error != rustix::io::Errno::INTR) {
            // There was no memory for it.
            std::thread::sleep(RECOVERY);
        }
        let first = fds.len() - self.clients.len();
        let ready: Vec<_> = fds[first..].iter().map(|fd| !fd.revents().is_empty()).collect();
        for (client, is_ready) in self.clients.iter_mut().zip(ready) {
            client.is_ready = is_ready;
        }
        let mut wakes = [0; 64];
        while matches!((&self.wakeful).read(&mut wakes), Ok(count) if count > 0) {}
    }

    fn accept(&mut self) {
        let Self { ports, clients, .. } = self;
        let mut is_out_of_descriptors = false;
        for port in ports {
            is_out_of_descriptors |= port.accept(|stream| {
                let stage = ClientStage::Asking(Zeroizing::default());
                clients.push(LoopbackClient { stream, since: Instant::now(), is_ready: true, stage });
            });
        }
        if is_out_of_descriptors {
            self.turn_away();
        }
    }

    /// Closes the oldest connection that does not wait for an answer. Returns whether there was one.
    fn turn_away(&mut self) -> bool {
        let oldest = self.clients.iter().position(|client| !matches!(client.stage, ClientStage::Waiting));
        oldest.map(|index| self.clients.remove(index)).is_some()
    }
}

impl LoopbackClient {
    /// Gets as far as it can without blocking. Returns whether the connection stays open.
    fn attend(
        &mut self,
        host: &str,
        token: &Secret,
        answer: &mut impl FnMut(Duration) -> Option<Answer>,
    ) -> bool {
        if self.is_ready && matches!(self.stage, ClientStage::Waiting) {
            // Only a reset makes it ready, and would again at once, without any pause.
            return false;
        }
        if self.is_ready && matches!(self.stage, ClientStage::Asking(_)) {
            self.hear(host, token);
        }
        if matches!(self.stage, ClientStage::Waiting)
            && let Some(answer) = answer(self.since.elapsed())
        {
            self.go_on(ClientStage::Reading(answer.bytes(), 0));
        }
        if self.is_ready
            && let ClientStage::Reading(bytes, sent) = &mut self.stage
        {
            let is_sent = tell(&mut self.stream, bytes, sent);
            if is_sent {
                self.stage = ClientStage::Done;
            }
        }
        match self.stage {
            ClientStage::Done => false,
            ClientStage::Waiting => true,
            ClientStage::Asking(_) | ClientStage::Reading(..) => self.since.elapsed() < PATIENCE,
        }
    }

    fn go_on(&mut self, stage: ClientStage) {
        (self.since, self.is_ready, self.stage) = (Instant::now(), true, stage);
    }

    fn hear(&mut self, host: &str, token: &Secret) {
        let ClientStage::Asking(said) = &mut self.stage else { return };
        let mut chunk = Zeroizing::new([0; 4096]);
        let next = loop {
            match self.stream.read(&mut *chunk) {
                Ok(0) => break Some(ClientStage::Done),
                Ok(length) => said.extend_from_slice(&chunk[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break None,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => break Some(ClientStage::Done),
            }
            match request::parse(said, host, token) {
                LoopbackRequest::Part => {}
                LoopbackRequest::Allowed => break Some(ClientStage::Waiting),
                LoopbackRequest::Refused(refusal) => break Some(ClientStage::Reading(refusal.bytes(), 0)),
            }
        };
        if let Some(next) = next {
            self.go_on(next);
        }
    }
}

/// Opens a free port on 127.0.0.1, and the same one on the bridge. Containers reach it through
/// `awsenv relay`, whose clients name the host 127.0.0.1 and this port too.
fn ports(bridge: Option<IpAddr>) -> Result<Vec<LocalPort>> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let own = LocalPort::open(0).context("could not listen on 127.0.0.1")?;
        let Some(bridge) = bridge else { return Ok(vec![own]) };
        match LocalPort::open_at(bridge, own.address().port()) {
            Ok(other) => return Ok(vec![own, other]),
            Err(error) if error.kind() == ErrorKind::AddrInUse && attempts < ATTEMPTS => {}
            Err(error) => {
                let failure = Failure::new(format!("could not listen on {bridge}: {}", error.kind()));
                return Err(failure
                    .hint("name this machine's address on the bridge: `--docker=ADDRESS`")
                    .into());
            }
        }
    }
}

/// Sends what the client takes without blocking. Returns whether that was all, or the client is gone.
fn tell(stream: &mut TcpStream, bytes: &[u8], sent: &mut usize) -> bool {
    while *sent < bytes.len() {
        match stream.write(&bytes[*sent..]) {
            Ok(0) => return true,
            Ok(count) => *sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return true,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_resets_its_connection_while_it_waits_is_dropped() {
        let mut loopback = Loopback::open(None).unwrap();
        let host = loopback.ports[0].address().to_string();
        let mut stream = TcpStream::connect(&host).unwrap();
        let token = loopback.token().reveal();
        write!(stream, "GET {PATH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n").unwrap();
        let mut has_waited = false;
        while !has_waited {
            loopback.turn(&host, &mut |_| {
                has_waited = true;
                None
            });
        }
        rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
        drop(stream);
        loopback.turn(&host, &mut |_| None);
        assert_eq!(loopback.clients.len(), 0, "each further turn would be at once, without any pause");
    }
}
