//! The listener on 127.0.0.1 that the browser brings the authorization code to (RFC 8252, section 7.3).

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::failure::{Failure, FailureKind};
use crate::system::local_port::LocalPort;
use crate::system::peer;
use crate::text::sanitize;
use crate::values::secret::Secret;

/// The longest request that is read, in bytes. A browser's has a few hundred, and the cookies of other pages
/// on 127.0.0.1.
const LARGEST: usize = 64 * 1024;

/// How long a browser may take to read the page.
const ANSWER: Duration = Duration::from_secs(1);

/// How many connections without a whole request may be open: browsers open some that they never use. Beyond
/// these the oldest is closed.
const MOST: usize = 64;

/// The page, in the colours of the system and at the size of a phone as well.
const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
    <meta name=\"color-scheme\" content=\"light dark\"><title>awsenv: TITLE</title>\
    <body style=\"font:1.1rem/1.5 system-ui,sans-serif;margin:20vh auto;padding:0 1.5rem;max-width:32rem;text-align:center;overflow-wrap:anywhere\">\
    <h1 style=\"font-size:1.6rem\">TITLE</h1><p>WORDS</p><p style=\"opacity:.6\">awsenv</p></body></html>";

/// The longest name on the page, in characters.
const LONGEST_NAME: usize = 200;

/// The login that a page belongs to.
#[derive(Clone, Copy, Debug)]
pub struct CallbackOwner<'a> {
    /// The session's name.
    pub name: &'a str,
    /// The command that starts it again.
    pub command: &'a str,
    /// What else to check if nobody allows the login in time, to follow the hint; empty for nothing.
    pub advice: &'a str,
}

/// An open port, and the connections that have not sent a whole request.
pub struct Callback {
    port: LocalPort,
    visitors: Vec<Browser>,
}

/// A connection, and what it has sent so far.
struct Browser {
    stream: TcpStream,
    said: Vec<u8>,
}

/// What a request turned out to be.
enum CallbackAnswer {
    Code(Secret),
    Refused(String),
    Unrelated,
}

impl Callback {
    /// Opens `port`, or any that is free, on 127.0.0.1.
    pub fn listen(port: Option<u16>) -> Result<Self> {
        let wanted = port.unwrap_or(0);
        let port = LocalPort::open(wanted).map_err(|error| {
            let why = match error.kind() {
                ErrorKind::AddrInUse => "it is taken by another program".to_owned(),
                ErrorKind::PermissionDenied => "ports below 1024 are the system's".to_owned(),
                _ => error.to_string(),
            };
            let failure = Failure::new(format!("could not listen on port {wanted} of 127.0.0.1: {why}"));
            failure.hint("name another port with `--port`, or use `--device-code`")
        })?;
        Ok(Self { port, visitors: Vec::new() })
    }

    /// Returns the redirect URI.
    pub fn uri(&self) -> String {
        format!("http://{}/oauth/callback", self.port.address())
    }

    /// Waits for the code that comes with `state`. Any other request is answered and ignored, so that no
    /// other page can end the login, and a connection that sends nothing does not delay the others. An error
    /// of kind [`FailureKind::Declined`] if the person says no, or nothing within `patience`.
    pub fn wait(&mut self, owner: CallbackOwner<'_>, state: &str, patience: Duration) -> Result<Secret> {
        let end = Instant::now() + patience;
        loop {
            let rest = end.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return Err(owner.declined("nobody allowed it in time", owner.advice));
            }
            self.sleep(rest)?;
            match self.look(owner, state) {
                CallbackAnswer::Code(code) => return Ok(code),
                CallbackAnswer::Refused(why) => {
                    let why = format!("it was not allowed ({})", sanitize::shown(&why));
                    return Err(owner.declined(&why, ""));
                }
                CallbackAnswer::Unrelated => {}
            }
        }
    }

    /// Waits until a connection is opened or sends something, or for `rest`.
    fn sleep(&self, rest: Duration) -> Result<()> {
        let port = self.port.to_poll();
        let rest = port.as_ref().err().map_or(rest, |closed| rest.min(*closed));
        let timeout = Timespec { tv_sec: rest.as_secs().try_into()?, tv_nsec: rest.subsec_nanos().into() };
        let visitors = self.visitors.iter().map(|visitor| PollFd::new(&visitor.stream, PollFlags::IN));
        let mut fds: Vec<_> = port.into_iter().chain(visitors).collect();
        match poll(&mut fds, Some(&timeout)) {
            Err(error) if error != rustix::io::Errno::INTR => {
                Err(error).context("could not wait for the browser")
            }
            _ => Ok(()),
        }
    }

    /// Accepts connections and answers whole requests. Returns the first answer that is not `Unrelated`, if
    /// there is one.
    fn look(&mut self, owner: CallbackOwner<'_>, state: &str) -> CallbackAnswer {
        let visitors = &mut self.visitors;
        if self.port.accept(|stream| visitors.push(Browser { stream, said: Vec::new() })) {
            visitors.drain(..visitors.len().min(1));
        }
        visitors.drain(..visitors.len().saturating_sub(MOST));
        let mut counts = CallbackAnswer::Unrelated;
        self.visitors.retain_mut(|visitor| match visitor.hear(state) {
            CallbackRequest::All(answer) => {
                // The state is in the page's address, which other users can read from a command line: the
                // code could be that of their own login.
                let is_theirs = peer::is_another_user(&visitor.stream);
                let answer = if is_theirs { CallbackAnswer::Unrelated } else { answer };
                visitor.tell(owner, &answer);
                if matches!(counts, CallbackAnswer::Unrelated) {
                    counts = answer;
                }
                false
            }
            CallbackRequest::Part => true,
            CallbackRequest::Nonsense => false,
        });
        counts
    }
}

/// How far a request has come.
enum CallbackRequest {
    All(CallbackAnswer),
    Part,
    Nonsense,
}

impl Browser {
    /// Reads what the browser has sent.
    fn hear(&mut self, state: &str) -> CallbackRequest {
        let mut chunk = [0; 4096];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return CallbackRequest::Nonsense,
                Ok(length) => self.said.extend_from_slice(&chunk[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return CallbackRequest::Part,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return CallbackRequest::Nonsense,
            }
            match understood(&self.said, state) {
                CallbackRequest::Part => {}
                heard => return heard,
            }
        }
    }

    /// Sends the page. It does not matter if the browser has left: the code counts.
    fn tell(&mut self, owner: CallbackOwner<'_>, answer: &CallbackAnswer) {
        let page = page(owner, answer);
        let stream = &mut self.stream;
        let _ = stream
            .set_nonblocking(false)
            .and_then(|()| stream.set_write_timeout(Some(ANSWER)))
            .and_then(|()| stream.write_all(page.as_bytes()));
    }
}

fn understood(said: &[u8], state: &str) -> CallbackRequest {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut headers);
    match (parsed.parse(said), parsed.method, parsed.path) {
        (Ok(status), Some(method), Some(path)) if status.is_complete() => {
            CallbackRequest::All(answer(method, path, state))
        }
        (Ok(_), ..) if said.len() <= LARGEST => CallbackRequest::Part,
        _ => CallbackRequest::Nonsense,
    }
}

impl CallbackOwner<'_> {
    fn declined(self, why: &str, more: &str) -> anyhow::Error {
        Failure::new(format!("could not log in to {}: {why}", sanitize::shown(self.name)))
            .hint(format!("run `{}` to try again{more}", self.command))
            .kind(FailureKind::Declined)
            .into()
    }

    /// Returns the name as a page shows it.
    fn on_page(self) -> String {
        let name: String = sanitize::shown(self.name).chars().take(LONGEST_NAME).collect();
        name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }
}

/// Returns the whole HTTP answer: a page that loads nothing and is not cached. Only an answer to a request
/// with the login's state has the session's name.
fn page(owner: CallbackOwner<'_>, answer: &CallbackAnswer) -> String {
    let (status, title, words) = match answer {
        CallbackAnswer::Code(_) => (
            "200 OK",
            "You allowed it",
            format!(
                "The login to {} goes on in your terminal.<br>You can close this window.",
                owner.on_page()
            ),
        ),
        CallbackAnswer::Refused(_) => (
            "200 OK",
            "It was not allowed",
            format!("You are not logged in to {}.<br>You can close this window.", owner.on_page()),
        ),
        CallbackAnswer::Unrelated => {
            ("404 Not Found", "There is nothing here", "Return to your terminal.".to_owned())
        }
    };
    let page = PAGE.replace("TITLE", title).replace("WORDS", &words);
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\r\n{page}",
        page.len()
    )
}

fn answer(method: &str, path: &str, state: &str) -> CallbackAnswer {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let value = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    if method != "GET" || value("state").as_deref() != Some(state) {
        return CallbackAnswer::Unrelated;
    }
    match (value("error"), value("code")) {
        (Some(error), _) => CallbackAnswer::Refused(error),
        (None, Some(code)) => CallbackAnswer::Code(Secret::new(code)),
        (None, None) => CallbackAnswer::Unrelated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_get_with_the_right_state_counts() {
        let kind = |method, path| match answer(method, path, "s1") {
            CallbackAnswer::Code(code) => code.reveal().to_owned(),
            CallbackAnswer::Refused(error) => format!("refused: {error}"),
            CallbackAnswer::Unrelated => "unrelated".to_owned(),
        };
        assert_eq!(kind("GET", "/oauth/callback?code=a%2Bb&state=s1"), "a+b");
        assert_eq!(kind("GET", "/?state=s1&error=access_denied"), "refused: access_denied");
        for path in ["/favicon.ico", "/?code=x", "/?code=x&state=s2", "/?state=s1", "/?error=access_denied"] {
            assert_eq!(kind("GET", path), "unrelated", "{path}");
        }
        assert_eq!(kind("POST", "/?code=x&state=s1"), "unrelated");
    }

    #[test]
    fn a_long_name_is_cut_and_wrapped() {
        let owner = CallbackOwner { name: &"x".repeat(300), command: "awsenv login", advice: "" };
        let page = page(owner, &CallbackAnswer::Refused("access_denied".into()));
        let longest = page.split(|c| c != 'x').map(str::len).max();
        assert_eq!(longest, Some(LONGEST_NAME), "{page}");
        assert!(page.contains("overflow-wrap:anywhere"), "{page}");
    }

    #[test]
    fn fuzz_callback() {
        let seeds = [
            "GET /oauth/callback?code=a%2Bb&state=s1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAccept: */*\r\n\r\n",
            "GET /?state=s1&error=access_denied HTTP/1.0\r\n\r\n",
            "POST /?code=x&state=s1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        ];
        let owner = CallbackOwner { name: "acme <script>", command: "awsenv login", advice: "" };
        crate::fuzz::run("callback", crate::fuzz::MANY, &seeds, |said| {
            let has_state = said.windows(2).any(|window| window == b"s1") || said.contains(&b'%');
            match understood(said, "s1") {
                CallbackRequest::All(counts) => {
                    let is_unrelated = matches!(counts, CallbackAnswer::Unrelated);
                    assert!(
                        is_unrelated || has_state && said.trim_ascii_start().starts_with(b"GET"),
                        "it came without the state"
                    );
                    let page = page(owner, &counts);
                    assert!(!page.contains("<script"), "{page}");
                    format!("all {is_unrelated} {}", page.len())
                }
                CallbackRequest::Part => "part".to_owned(),
                CallbackRequest::Nonsense => "nonsense".to_owned(),
            }
        });
    }
}
