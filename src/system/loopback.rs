//! A listener on 127.0.0.1, and where containers reach this machine, that answers one path to whoever knows
//! the token: the container protocol of the AWS SDKs.
//!
//! One thread serves everybody and waits for nobody, so that a program that connects and says nothing, or
//! reads nothing, keeps no other waiting.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::system::local_port::{LocalPort, RECOVERY};
use crate::text::hex;
use crate::values::secret::Secret;

/// The only path that is answered.
const PATH: &str = "/credentials";

/// In bytes. The SDKs send a few hundred.
const LARGEST: usize = 8 * 1024;

/// How long a request, and the reading of its answer, may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many connections may be open. Of more than these, the oldest that has not shown the token is closed.
const MOST: usize = 512;

/// How many connections the kernel keeps until they are accepted. Whoever finds no room tries again a second
/// later.
const BACKLOG: i32 = 4096;

/// How often a port is looked for that is free on both addresses.
const ATTEMPTS: usize = 20;

/// How often an answer that is not there yet is asked for.
const LOOK: Duration = Duration::from_millis(100);

/// What is sent.
#[derive(Debug)]
pub struct Answer {
    /// The code and its words: `200 OK`.
    pub status: &'static str,
    /// JSON.
    pub body: Secret,
}

impl Answer {
    /// Returns a refusal in the form that the protocol has for it.
    pub fn refusal(status: &'static str, code: &str, message: &str) -> Self {
        Self { status, body: Secret::new(json!({"code": code, "message": message}).to_string()) }
    }

    fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let (status, body) = (self.status, self.body.reveal());
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        );
        let mut bytes = Zeroizing::new(Vec::with_capacity(head.len() + length));
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(body.as_bytes());
        bytes
    }
}

/// An open port with its token, and who came there and is not done yet.
#[derive(Debug)]
pub struct Loopback {
    ports: Vec<LocalPort>,
    host: String,
    port: u16,
    token: Secret,
    wakeful: UnixStream,
    waker: UnixStream,
    visitors: Vec<Visitor>,
}

/// Tells the listener that an answer may be there now.
#[derive(Debug)]
pub struct Waker(UnixStream);

impl Waker {
    /// Wakes it. If the pipe is full, it is about to wake up anyway.
    pub fn wake(&self) {
        let _ = (&self.0).write(&[1]);
    }
}

#[derive(Debug)]
struct Visitor {
    stream: TcpStream,
    /// When it came, or last got on to something else.
    since: Instant,
    /// Whether something may be read from it or written to it.
    is_ready: bool,
    stage: VisitorStage,
}

#[derive(Debug)]
enum VisitorStage {
    /// Has said this so far.
    Asking(Zeroizing<Vec<u8>>),
    /// Waits for the credentials.
    Waiting,
    /// Reads the answer, of which this many bytes are sent.
    Reading(Zeroizing<Vec<u8>>, usize),
    Done,
}

impl Loopback {
    /// Opens a free port, for this machine alone or for those too who reach it at the address of a `bridge`,
    /// and makes a token of 32 random bytes.
    pub fn open(bridge: Option<IpAddr>) -> Result<Self> {
        let cannot = "could not listen on 127.0.0.1";
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).context("could not get random numbers")?;
        let opened = ports(bridge)?.into_iter().map(|port| port.with_backlog(BACKLOG));
        let ports = opened.collect::<Result<Vec<_>, _>>().context(cannot)?;
        let address = ports[0].address();
        let (host, port) = (address.to_string(), address.port());
        let (wakeful, waker) = UnixStream::pair().context(cannot)?;
        wakeful.set_nonblocking(true).context(cannot)?;
        waker.set_nonblocking(true).context(cannot)?;
        let token = Secret::new(hex::of(&*bytes));
        Ok(Self { ports, host, port, token, wakeful, waker, visitors: Vec::new() })
    }

    /// Returns the address that the SDKs are given.
    pub fn uri(&self) -> String {
        format!("http://{}{PATH}", self.host)
    }

    /// Returns the port, which is the same on all addresses.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns what the SDKs must send as `Authorization`.
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// Returns a way to wake it.
    pub fn waker(&self) -> Result<Waker> {
        Ok(Waker(self.waker.try_clone().context("could not listen on 127.0.0.1")?))
    }

    /// Answers until the process ends. `answer` is told how long the one who asks has waited already; it must
    /// not wait itself, and returns `None` if the answer is not there yet.
    pub fn serve(mut self, mut answer: impl FnMut(Duration) -> Option<Answer>) {
        loop {
            self.sleep();
            self.accept();
            let (host, token) = (&self.host, &self.token);
            self.visitors.retain_mut(|visitor| visitor.attend(host, token, &mut answer));
            while self.visitors.len() > MOST && self.turn_away() {}
        }
    }

    fn sleep(&mut self) {
        let now = Instant::now();
        let ports: Vec<_> = self.ports.iter().map(LocalPort::to_poll).collect();
        let closed: Vec<_> = ports.iter().filter_map(|port| port.as_ref().err().copied()).collect();
        let waits = self.visitors.iter().map(|visitor| match visitor.stage {
            VisitorStage::Waiting => LOOK,
            _ => PATIENCE.saturating_sub(now.saturating_duration_since(visitor.since)),
        });
        let timeout = waits.chain(closed).min().and_then(|wait| Timespec::try_from(wait).ok());
        let visitors = self.visitors.iter().map(|visitor| {
            let flags = match visitor.stage {
                VisitorStage::Reading(..) => PollFlags::OUT,
                VisitorStage::Asking(_) => PollFlags::IN,
                VisitorStage::Waiting | VisitorStage::Done => PollFlags::empty(),
            };
            PollFd::new(&visitor.stream, flags)
        });
        let mut fds: Vec<_> = [PollFd::new(&self.wakeful, PollFlags::IN)]
            .into_iter()
            .chain(ports.into_iter().flatten())
            .chain(visitors)
            .collect();
        if poll(&mut fds, timeout.as_ref()).is_err_and(|error| error != rustix::io::Errno::INTR) {
            // There was no memory for it.
            std::thread::sleep(RECOVERY);
        }
        let first = fds.len() - self.visitors.len();
        let ready: Vec<_> = fds[first..].iter().map(|fd| !fd.revents().is_empty()).collect();
        for (visitor, is_ready) in self.visitors.iter_mut().zip(ready) {
            visitor.is_ready = is_ready;
        }
        let mut wakes = [0; 64];
        while matches!((&self.wakeful).read(&mut wakes), Ok(count) if count > 0) {}
    }

    fn accept(&mut self) {
        let Self { ports, visitors, .. } = self;
        let mut is_out_of_descriptors = false;
        for port in ports {
            is_out_of_descriptors |= port.accept(|stream| {
                let stage = VisitorStage::Asking(Zeroizing::default());
                visitors.push(Visitor { stream, since: Instant::now(), is_ready: true, stage });
            });
        }
        if is_out_of_descriptors {
            self.turn_away();
        }
    }

    /// Closes the oldest connection that has not shown the token, and returns whether there was one.
    fn turn_away(&mut self) -> bool {
        let oldest = self.visitors.iter().position(|visitor| !matches!(visitor.stage, VisitorStage::Waiting));
        oldest.map(|index| self.visitors.remove(index)).is_some()
    }
}

impl Visitor {
    /// Gets as far as it can without waiting. Returns whether it goes on.
    fn attend(
        &mut self,
        host: &str,
        token: &Secret,
        answer: &mut impl FnMut(Duration) -> Option<Answer>,
    ) -> bool {
        if self.is_ready && matches!(self.stage, VisitorStage::Asking(_)) {
            self.hear(host, token);
        }
        if matches!(self.stage, VisitorStage::Waiting)
            && let Some(answer) = answer(self.since.elapsed())
        {
            self.go_on(VisitorStage::Reading(answer.bytes(), 0));
        }
        if self.is_ready
            && let VisitorStage::Reading(bytes, sent) = &mut self.stage
        {
            let is_sent = tell(&mut self.stream, bytes, sent);
            if is_sent {
                self.stage = VisitorStage::Done;
            }
        }
        match self.stage {
            VisitorStage::Done => false,
            VisitorStage::Waiting => true,
            VisitorStage::Asking(_) | VisitorStage::Reading(..) => self.since.elapsed() < PATIENCE,
        }
    }

    fn go_on(&mut self, stage: VisitorStage) {
        (self.since, self.is_ready, self.stage) = (Instant::now(), true, stage);
    }

    fn hear(&mut self, host: &str, token: &Secret) {
        let VisitorStage::Asking(said) = &mut self.stage else { return };
        let mut chunk = Zeroizing::new([0; 4096]);
        let next = loop {
            match self.stream.read(&mut *chunk) {
                Ok(0) => break Some(VisitorStage::Done),
                Ok(length) => said.extend_from_slice(&chunk[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break None,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => break Some(VisitorStage::Done),
            }
            match understood(said, host, token) {
                LoopbackRequest::Part => {}
                LoopbackRequest::Allowed => break Some(VisitorStage::Waiting),
                LoopbackRequest::Refused(refusal) => break Some(VisitorStage::Reading(refusal.bytes(), 0)),
            }
        };
        if let Some(next) = next {
            self.go_on(next);
        }
    }
}

/// Listens on a port of 127.0.0.1, and on the same one of the bridge: who asks by way of it asks for the same
/// host.
fn ports(bridge: Option<IpAddr>) -> Result<Vec<LocalPort>> {
    for attempt in 1.. {
        let own = LocalPort::open(0).context("could not listen on 127.0.0.1")?;
        let Some(bridge) = bridge else { return Ok(vec![own]) };
        match LocalPort::open_at(bridge, own.address().port()) {
            Ok(other) => return Ok(vec![own, other]),
            Err(error) if error.kind() == ErrorKind::AddrInUse && attempt < ATTEMPTS => {}
            Err(error) => {
                let failure = Failure::new(format!("could not listen on {bridge}: {}", error.kind()));
                return Err(failure
                    .hint("name this machine's address on the bridge: `--docker=ADDRESS`")
                    .into());
            }
        }
    }
    Ok(Vec::new())
}

/// Sends what the other side takes. Returns whether nothing is left to be done.
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

/// How far a request has come, and whether it is one for the credentials.
#[derive(Debug)]
enum LoopbackRequest {
    Part,
    Allowed,
    Refused(Answer),
}

/// Looks at the name of the host first: a page in a browser that reaches this port by another name learns
/// nothing else.
fn understood(said: &[u8], host: &str, token: &Secret) -> LoopbackRequest {
    let refused = |status, code, message| LoopbackRequest::Refused(Answer::refusal(status, code, message));
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(said) {
        Ok(status) if status.is_complete() => {}
        Ok(_) if said.len() <= LARGEST => return LoopbackRequest::Part,
        Ok(_) | Err(httparse::Error::TooManyHeaders) => {
            return refused("431 Request Header Fields Too Large", "TooLarge", "the request is too large");
        }
        Err(_) => return refused("400 Bad Request", "BadRequest", "this is not HTTP"),
    }
    if said.len() > LARGEST {
        return refused("431 Request Header Fields Too Large", "TooLarge", "the request is too large");
    }
    // A header that comes twice is none.
    let header = |name: &str| {
        let mut values = parsed.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        values.next().map(|header| header.value).filter(|_| values.next().is_none())
    };
    if header("Host") != Some(host.as_bytes()) {
        return refused("403 Forbidden", "WrongHost", "the `Host` header names another host");
    }
    if !header("Authorization").is_some_and(|shown| is_same(shown, token.reveal().as_bytes())) {
        let message = "the `Authorization` header is not AWS_CONTAINER_AUTHORIZATION_TOKEN";
        return refused("401 Unauthorized", "WrongToken", message);
    }
    match (parsed.method, parsed.path) {
        (Some("GET"), Some(PATH)) => LoopbackRequest::Allowed,
        (_, Some(PATH)) => refused("405 Method Not Allowed", "WrongMethod", "only GET is answered"),
        _ => refused("404 Not Found", "NotFound", "there is nothing here"),
    }
}

/// Compares in a time that says nothing about where the two differ.
fn is_same(shown: &[u8], token: &[u8]) -> bool {
    let (shown, token) = (Sha256::digest(shown), Sha256::digest(token));
    let difference = shown.iter().zip(token.iter()).fold(0, |difference, (a, b)| difference | (a ^ b));
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "127.0.0.1:4000";

    fn heard(said: &[u8]) -> String {
        match understood(said, HOST, &Secret::new("t0ken")) {
            LoopbackRequest::Part => "part".to_owned(),
            LoopbackRequest::Allowed => "allowed".to_owned(),
            LoopbackRequest::Refused(answer) => answer.status[..3].to_owned(),
        }
    }

    #[test]
    fn one_path_is_answered_to_whoever_has_the_token() {
        let ask = |line: &str, host: &str, token: &str| {
            heard(format!("{line}\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n").as_bytes())
        };
        assert_eq!(ask("GET /credentials HTTP/1.1", HOST, "t0ken"), "allowed");
        for token in ["", "t0ke", "t0kenx", "Bearer t0ken", "T0KEN"] {
            assert_eq!(ask("GET /credentials HTTP/1.1", HOST, token), "401", "{token}");
        }
        for host in ["localhost:4000", "127.0.0.1", "127.0.0.1:4001", "evil.example:4000", ""] {
            assert_eq!(ask("GET /credentials HTTP/1.1", host, "t0ken"), "403", "{host}");
        }
        for path in
            ["/", "/credentials/", "/credentials?a=b", "/Credentials", "http://127.0.0.1:4000/credentials"]
        {
            assert_eq!(ask(&format!("GET {path} HTTP/1.1"), HOST, "t0ken"), "404", "{path}");
        }
        for method in ["POST", "PUT", "HEAD", "OPTIONS", "get"] {
            assert_eq!(ask(&format!("{method} /credentials HTTP/1.1"), HOST, "t0ken"), "405", "{method}");
        }
    }

    #[test]
    fn a_request_is_bounded_and_each_header_comes_once() {
        let good = format!("GET /credentials HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: t0ken\r\n");
        assert_eq!(heard(good.as_bytes()), "part");
        assert_eq!(heard(format!("{good}Host: {HOST}\r\n\r\n").as_bytes()), "403");
        assert_eq!(heard(format!("{good}authorization: t0ken\r\n\r\n").as_bytes()), "401");
        assert_eq!(heard(format!("{good}X: {}\r\n\r\n", "x".repeat(LARGEST)).as_bytes()), "431");
        assert_eq!(heard(format!("{good}X: {}", "x".repeat(LARGEST)).as_bytes()), "431");
        assert_eq!(heard(format!("{good}{}\r\n", "X: y\r\n".repeat(100)).as_bytes()), "431");
        assert_eq!(heard(b"\x16\x03\x01\x00"), "400");
    }

    #[test]
    fn fuzz_loopback() {
        let good = format!("GET /credentials HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: t0ken\r\n\r\n");
        let seeds = [good.as_str(), "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"];
        crate::fuzz::run("loopback", crate::fuzz::MANY, &seeds, |said| {
            let what = heard(said);
            let has_token = said.windows(5).any(|window| window == b"t0ken");
            assert!(what != "allowed" || has_token, "it came without the token");
            what
        });
    }
}
