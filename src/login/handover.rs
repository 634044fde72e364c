//! Hands a secret address to the browser. On a command line every user of the machine could read it, so the
//! browser gets the address of a page on 127.0.0.1, which redirects to the secret one, once. Another user's
//! program, which could be faster than the browser, is told nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::failure::Failure;
use crate::login::browser;
use crate::system::context::Context;
use crate::system::local_port::LocalPort;
use crate::system::peer;
use crate::text::hex;
use crate::values::secret::Secret;

/// How long the browser may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long one connection may take to send its request.
const VISIT: Duration = Duration::from_secs(2);

/// How many connections are answered.
const MOST: usize = 64;

/// The longest request, in bytes.
const LARGEST: usize = 4096;

/// Opens `address` as [`browser::open_and_wait`] does, and waits until the browser has taken it. Errors:
/// those of the browser; nobody came for the address within half a minute.
pub fn open(ctx: &Context, address: &Secret, browser: Option<&str>) -> Result<()> {
    let mut port = LocalPort::open(0).context("could not listen on 127.0.0.1")?;
    let mut name = [0; 32];
    getrandom::fill(&mut name).context("could not get random numbers from the system")?;
    let path = format!("/{}", hex::of(&name));
    let url = format!("http://{}{path}", port.address());
    let (tell, told) = mpsc::channel();
    let address = address.clone();
    thread::spawn(move || serve(&mut port, &path, &address, &tell));
    browser::open_and_wait(ctx, &url, browser)?;
    told.recv_timeout(PATIENCE).map_err(|_| {
        Failure::new("could not open the page: the browser did not come for its address")
            .hint("run the same with `--print` and open the address yourself")
            .into()
    })
}

/// Redirects the first request for `path` to the address. All others are answered with 404.
fn serve(port: &mut LocalPort, path: &str, address: &Secret, tell: &Sender<()>) {
    let mut visits = 0;
    while visits < MOST {
        port.wait();
        let mut came = Vec::new();
        port.accept(|stream| came.push(stream));
        visits += came.len();
        for mut stream in came {
            let is_meant = asks_for(&mut stream, path).unwrap_or(false) && !peer::is_another_user(&stream);
            let head = if is_meant {
                format!("302 Found\r\nLocation: {}\r\nReferrer-Policy: no-referrer", address.reveal())
            } else {
                "404 Not Found".to_owned()
            };
            let answer = Secret::new(format!(
                "HTTP/1.1 {head}\r\nCache-Control: no-store\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            ));
            let is_sent = stream.write_all(answer.reveal().as_bytes()).is_ok();
            if is_meant && is_sent {
                // An error means that the command has given up waiting.
                let _ = tell.send(());
                return;
            }
        }
    }
}

fn asks_for(stream: &mut TcpStream, path: &str) -> std::io::Result<bool> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(VISIT))?;
    stream.set_write_timeout(Some(VISIT))?;
    let mut request = Vec::new();
    let mut part = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < LARGEST {
        match stream.read(&mut part)? {
            0 => break,
            length => request.extend_from_slice(&part[..length]),
        }
    }
    Ok(request.starts_with(format!("GET {path} HTTP/1.").as_bytes()))
}
