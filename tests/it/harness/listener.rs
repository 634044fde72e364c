//! A server on 127.0.0.1 that records requests and always gives the same answer: for tests of what the
//! emulator ignores.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The server. It serves until the test process ends.
pub struct Listener {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    /// Starts a server that answers everything with this status, type and body.
    pub fn start(status: u16, content_type: &'static str, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let Some(request) = read(&stream) else { continue };
                noted.lock().expect("no test has failed in here").push(request);
                let length = body.len();
                let mut stream = stream;
                // The client may be gone already.
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
                     Content-Length: {length}\r\n\r\n{body}"
                );
            }
        });
        Self { url, requests }
    }

    /// Returns the requests so far, head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no test has failed in here").clone()
    }
}

fn read(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(head + "\n" + &String::from_utf8(body).ok()?)
}
