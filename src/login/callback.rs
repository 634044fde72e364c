//! The listener on 127.0.0.1 that the browser brings the authorization code to (RFC 8252, section 7.3).

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Login;
use crate::failure::{Failure, Kind};
use crate::secret::Secret;
use crate::text;

/// The longest request that is read; a browser's has a few hundred bytes besides the cookies of other local pages.
const LARGEST: usize = 64 * 1024;

/// How long a browser may take to send its request.
const REQUEST: Duration = Duration::from_secs(5);

/// An open port.
pub struct Callback {
    listener: TcpListener,
    port: u16,
}

/// What a request turned out to be.
enum Answer {
    Code(Secret),
    Refused(String),
    Unrelated,
}

impl Callback {
    /// Opens a port, the given one or any that is free, for this machine alone.
    pub fn listen(port: Option<u16>) -> Result<Self> {
        let wanted = port.unwrap_or(0);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).map_err(|error| {
            let why = match error.kind() {
                ErrorKind::AddrInUse => "it is taken by another program".to_owned(),
                ErrorKind::PermissionDenied => "ports below 1024 are the system's".to_owned(),
                _ => error.to_string(),
            };
            let failure = Failure::new(format!("could not listen on port {wanted} of 127.0.0.1: {why}"));
            failure.hint("name another port with `--port`, or use `--device-code`")
        })?;
        listener.set_nonblocking(true).context("could not listen on 127.0.0.1")?;
        let port = listener.local_addr().context("could not listen on 127.0.0.1")?.port();
        Ok(Self { listener, port })
    }

    /// Returns where the browser is sent.
    pub fn uri(&self) -> String {
        format!("http://127.0.0.1:{}/oauth/callback", self.port)
    }

    /// Waits for the code that comes with `state`. Any other request is answered and passed over, so that no page on
    /// this machine can end the login. An error of kind [`Kind::Declined`] if the person says no, or nothing in time.
    pub fn wait(&self, login: &Login<'_>, state: &Secret, patience: TimeDelta) -> Result<Secret> {
        let end = Instant::now() + patience.to_std().unwrap_or_default();
        loop {
            let rest = end.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return Err(declined(login, "nobody allowed it in time"));
            }
            self.sleep(rest)?;
            let Ok((stream, _)) = self.listener.accept() else { continue };
            match serve(stream, state) {
                Some(Answer::Code(code)) => return Ok(code),
                Some(Answer::Refused(why)) => {
                    return Err(declined(login, &format!("it was not allowed ({})", text::shown(&why))));
                }
                Some(Answer::Unrelated) | None => {}
            }
        }
    }

    fn sleep(&self, rest: Duration) -> Result<()> {
        let timeout = Timespec { tv_sec: rest.as_secs().try_into()?, tv_nsec: rest.subsec_nanos().into() };
        match poll(&mut [PollFd::new(&self.listener, PollFlags::IN)], Some(&timeout)) {
            Err(error) if error != rustix::io::Errno::INTR => {
                Err(error).context("could not wait for the browser")
            }
            _ => Ok(()),
        }
    }
}

fn declined(login: &Login<'_>, why: &str) -> anyhow::Error {
    Failure::new(format!("could not log in to {}: {why}", text::shown(login.name())))
        .hint("run `awsenv login` to try again")
        .kind(Kind::Declined)
        .into()
}

/// Answers one request; `None` if it is none.
fn serve(mut stream: TcpStream, state: &Secret) -> Option<Answer> {
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(REQUEST)).ok()?;
    stream.set_write_timeout(Some(REQUEST)).ok()?;
    let answer = read(&mut stream, state)?;
    let (status, words) = match &answer {
        Answer::Code(_) => {
            ("200 OK", "You are logged in. You can close this window and go back to the terminal.")
        }
        Answer::Refused(_) => ("200 OK", "The login was not allowed. You can close this window."),
        Answer::Unrelated => ("404 Not Found", "There is nothing here."),
    };
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>awsenv</title>\
         <body style=\"font:1.1rem system-ui,sans-serif;margin:20vh auto;max-width:32rem;text-align:center\"><h1>awsenv</h1><p>{words}</p></body></html>"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\r\n",
        page.len()
    );
    // The browser may have left; the code is good all the same.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(page.as_bytes()));
    Some(answer)
}

fn read(stream: &mut TcpStream, state: &Secret) -> Option<Answer> {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 100];
        let mut parsed = httparse::Request::new(&mut headers);
        if parsed.parse(&request).ok()?.is_complete() {
            return Some(answer(parsed.method?, parsed.path?, state));
        }
        let length = stream.read(&mut chunk).ok().filter(|length| *length > 0)?;
        request.extend_from_slice(&chunk[..length]);
        if request.len() > LARGEST {
            return None;
        }
    }
}

fn answer(method: &str, path: &str, state: &Secret) -> Answer {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let value = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    if method != "GET" || value("state").as_deref() != Some(state.reveal()) {
        return Answer::Unrelated;
    }
    match (value("error"), value("code")) {
        (Some(error), _) => Answer::Refused(error),
        (None, Some(code)) => Answer::Code(Secret::new(code)),
        (None, None) => Answer::Unrelated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_get_with_the_right_state_counts() {
        let state = Secret::new("s1");
        let kind = |method, path| match answer(method, path, &state) {
            Answer::Code(code) => code.reveal().to_owned(),
            Answer::Refused(error) => format!("refused: {error}"),
            Answer::Unrelated => "unrelated".to_owned(),
        };
        assert_eq!(kind("GET", "/oauth/callback?code=a%2Bb&state=s1"), "a+b");
        assert_eq!(kind("GET", "/?state=s1&error=access_denied"), "refused: access_denied");
        for path in ["/favicon.ico", "/?code=x", "/?code=x&state=s2", "/?state=s1", "/?error=access_denied"] {
            assert_eq!(kind("GET", path), "unrelated", "{path}");
        }
        assert_eq!(kind("POST", "/?code=x&state=s1"), "unrelated");
    }
}
