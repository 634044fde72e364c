//! A server on 127.0.0.1 that gives the answers it was told to, one per connection, and keeps what it was
//! asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::system::context::Context;
use crate::system::environment::Environment;
use crate::values::endpoint::Endpoint;
use crate::values::secret::Secret;

pub(super) struct Server {
    pub host: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// One answer.
#[derive(Clone)]
pub(super) enum ScriptedAnswer {
    /// Status, header lines and body.
    Reply(u16, &'static str, String),
    /// Reads the request and never answers.
    Hang,
    /// Reads the request and closes the connection.
    Close,
    /// Reads the request and answers without an end.
    Endless,
}

impl ScriptedAnswer {
    pub fn json(status: u16, body: &str) -> Self {
        Self::Reply(status, "content-type: application/json\r\n", body.to_owned())
    }

    pub fn xml(status: u16, body: &str) -> Self {
        Self::Reply(status, "content-type: text/xml\r\nX-Amzn-RequestId: r-1\r\n", body.to_owned())
    }

    pub fn html(status: u16) -> Self {
        let page = "<!DOCTYPE html><html><body>Please sign in</body></html>";
        Self::Reply(status, "content-type: text/html\r\n", page.to_owned())
    }

    /// An error of a service that speaks JSON, named in the header as AWS does.
    pub fn error(status: u16, header: &'static str) -> Self {
        Self::Reply(status, header, r#"{"message": "said the server"}"#.to_owned())
    }
}

impl Server {
    /// Starts a server that gives `answers` in turn; after the last one it refuses connections.
    pub fn start(answers: impl IntoIterator<Item = ScriptedAnswer>) -> Self {
        let answers: Vec<ScriptedAnswer> = answers.into_iter().collect();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        thread::spawn({
            let requests = Arc::clone(&requests);
            move || {
                let mut hanging = Vec::new();
                for answer in answers {
                    let (mut stream, _) = listener.accept().unwrap();
                    requests.lock().unwrap().push(read(&stream));
                    match answer {
                        ScriptedAnswer::Reply(status, headers, body) => {
                            reply(&mut stream, status, headers, &body);
                        }
                        ScriptedAnswer::Hang => hanging.push(stream),
                        ScriptedAnswer::Close => {}
                        ScriptedAnswer::Endless => {
                            let head = "HTTP/1.1 200 X\r\ncontent-type: application/json\r\n\r\n";
                            let mut written = stream.write_all(head.as_bytes());
                            while written.is_ok() {
                                written = stream.write_all(&[b' '; 8 * 1024]);
                            }
                        }
                    }
                }
                // Until the client gives up.
                for mut stream in hanging {
                    let _ = stream.read(&mut [0]);
                }
            }
        });
        Self { host, requests }
    }

    /// Starts a server that gives every client the current value of `answer`.
    pub fn changing(answer: Arc<Mutex<ScriptedAnswer>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                read(&stream);
                if let ScriptedAnswer::Reply(status, headers, body) = answer.lock().unwrap().clone() {
                    reply(&mut stream, status, headers, &body);
                }
            }
        });
        Self { host, requests: Arc::default() }
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint { url: Some(format!("http://{}", self.host)), ..Endpoint::in_region("eu-central-1") }
    }

    /// Returns the requests so far, head and body, header names in lower case.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn reply(stream: &mut TcpStream, status: u16, headers: &str, body: &str) {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n");
    // The client may be gone already.
    let _ = stream.write_all((head + body).as_bytes());
}

fn read(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            let name = name.to_ascii_lowercase();
            if name == "content-length" {
                length = value.parse().unwrap();
            }
            head.extend([&name, ": ", value, "\n"]);
        } else {
            head.extend([line, "\n"]);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    head + "\n" + &String::from_utf8(body).unwrap()
}

/// Answers a call with mutations of `seeds`. No error may hold a secret or a control character.
pub(super) fn fuzz<T>(
    name: &str,
    seeds: &[&str],
    headers: &'static str,
    call: impl Fn(&Server) -> anyhow::Result<T>,
) {
    let answer = Arc::new(Mutex::new(ScriptedAnswer::Close));
    let server = Server::changing(Arc::clone(&answer));
    crate::fuzz::run(name, crate::fuzz::FEW, seeds, |content| {
        let status = [200, 200, 400, 403][content.len() % 4];
        let body = String::from_utf8_lossy(content).into_owned();
        *answer.lock().unwrap() = ScriptedAnswer::Reply(status, headers, body);
        match call(&server) {
            Ok(_) => "read".to_owned(),
            Err(error) => {
                let text = text(&error);
                assert!(!text.contains(crate::text::sanitize::is_hidden), "{text:?}");
                text
            }
        }
    });
}

/// Returns a context in which nothing is set.
pub(super) fn world() -> Context {
    let nowhere = std::path::Path::new("/nonexistent");
    Context::new(Environment::default(), nowhere, nowhere)
}

/// Returns a secret that no text may hold.
pub(super) fn secret() -> Secret {
    Secret::new("aoaAAAAAsecret/+==")
}

/// Returns the whole text of an error with its hint, and fails if a secret is in it.
pub(super) fn text(error: &anyhow::Error) -> String {
    let hint = crate::failure::Failure::hint_of(error).unwrap_or_default();
    let text = format!("{error:#} | {hint}");
    for shown in [&text, &format!("{error:?}")] {
        assert!(!shown.contains(secret().reveal()), "{shown}");
    }
    text
}
