//! Forwards connections from 127.0.0.1 to one address, byte by byte.
//!
//! A connection on which a side is silent for too long is closed, and so is the oldest one when there are too
//! many. So no program that connects and sends nothing delays others.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::system::local_port::RECOVERY;

/// How many connections are forwarded at the same time.
const MOST: usize = 128;

/// How long a connection to the address may take, and how long a side may be silent.
const PATIENCE: Duration = Duration::from_secs(10);

/// The stack of a thread in bytes. It only copies.
const STACK: usize = 128 * 1024;

/// An open port, and the address to which its connections go.
#[derive(Debug)]
pub struct Relay {
    listener: TcpListener,
    target: SocketAddr,
}

/// The open connections with their numbers, the oldest first.
type Open = Arc<Mutex<Vec<(u64, TcpStream)>>>;

impl Relay {
    /// Listens on 127.0.0.1, on the port of the address: so a client's `Host` header is the same as without a
    /// relay.
    pub fn open(target: SocketAddr) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind((Ipv4Addr::LOCALHOST, target.port()))?, target })
    }

    /// Forwards until the process ends.
    pub fn run(&self) {
        let open = Open::default();
        for number in 0.. {
            let Ok((client, _)) = self.listener.accept() else {
                thread::sleep(RECOVERY);
                continue;
            };
            let Ok(known) = client.try_clone() else { continue };
            let mut all = lock(&open);
            all.push((number, known));
            if all.len() > MOST {
                let _ = all.remove(0).1.shutdown(Shutdown::Both);
            }
            drop(all);
            let (target, own) = (self.target, Arc::clone(&open));
            let started = thread::Builder::new().stack_size(STACK).spawn(move || {
                let _ = pass(&client, target);
                let _ = client.shutdown(Shutdown::Both);
                lock(&own).retain(|(other, _)| *other != number);
            });
            if started.is_err() {
                lock(&open).retain(|(other, _)| *other != number);
                thread::sleep(RECOVERY);
            }
        }
    }
}

fn lock(open: &Open) -> MutexGuard<'_, Vec<(u64, TcpStream)>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Copies both ways until the server closes the connection.
fn pass(client: &TcpStream, target: SocketAddr) -> io::Result<()> {
    let server = TcpStream::connect_timeout(&target, PATIENCE)?;
    for stream in [client, &server] {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
    }
    thread::scope(|scope| {
        thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || {
            let _ = io::copy(&mut &*client, &mut &server);
            let _ = server.shutdown(Shutdown::Write);
        })?;
        let _ = io::copy(&mut &server, &mut &*client);
        // Ends the other direction.
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    /// Starts a relay to a server that answers each connection with what it said, and returns its address.
    fn relay() -> SocketAddr {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let target = server.local_addr().unwrap();
        thread::spawn(move || {
            for stream in server.incoming() {
                thread::spawn(move || {
                    let (mut stream, mut said) = (stream.unwrap(), [0; 4]);
                    if stream.read_exact(&mut said).is_ok() {
                        stream.write_all(&said).unwrap();
                    }
                });
            }
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || Relay { listener, target }.run());
        address
    }

    fn ask(address: SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"ping").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn what_is_said_goes_through_and_a_silent_crowd_stops_nobody() {
        let address = relay();
        assert_eq!(ask(address), "ping");
        let crowd: Vec<_> = (0..MOST * 2).map(|_| TcpStream::connect(address).unwrap()).collect();
        assert_eq!(ask(address), "ping");
        drop(crowd);
        assert_eq!(ask(address), "ping");
    }
}
