//! A proxy in front of the emulator that answers for every host: it terminates TLS with a certificate of a
//! private authority, records each request, and forwards it to the emulator.

use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::harness::world::World;

/// The front. It serves until the test process ends.
pub struct Front {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// The file with the authority's certificate.
    pub authority: PathBuf,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Front {
    /// Starts a front of the world's emulator. It needs `openssl`.
    pub fn start(world: &World) -> Self {
        let folder = world.dir("front");
        certify(&folder);
        let config = Arc::new(tls(&folder));
        let behind = world.emulator().url().trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&lines);
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let (config, behind, noted) = (Arc::clone(&config), behind.clone(), Arc::clone(&noted));
                // An error means that the client left early.
                thread::spawn(move || drop(serve(stream, config, &behind, &noted)));
            }
        });
        Self { url, authority: folder.join("ca.pem"), lines }
    }

    /// Returns the requests since the last call: the first line of each, without the HTTP version.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().expect("no thread has failed in here"))
    }
}

/// Makes an authority, and a certificate of it for every host name in the tests.
fn certify(folder: &Path) {
    let regions = ["eu-central-1", "eu-north-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"];
    let suffixes = ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws"];
    let names = regions.iter().flat_map(|region| {
        suffixes.iter().flat_map(move |suffix| {
            ["", "sso.", "sso-fips."].map(|label| match label {
                "" => format!("DNS:*.{region}.{suffix}"),
                label => format!("DNS:portal.{label}{region}.{suffix}"),
            })
        })
    });
    let own = std::iter::once("DNS:login.acme.example".to_owned());
    let names = names.chain(own).collect::<Vec<_>>().join(",");
    let script = format!(
        "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=private -days 2 -keyout ca.key -out ca.pem
         openssl req -newkey rsa:2048 -nodes -subj /CN=front -keyout key.pem -out request.pem
         printf 'subjectAltName=%s' '{names}' >names
         openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert.pem"
    );
    let output = Command::new("/bin/sh").args(["-ec", &script]).current_dir(folder).output();
    let output = output.expect("there is a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn tls(folder: &Path) -> ServerConfig {
    let certificate = CertificateDer::from_pem_file(folder.join("cert.pem")).expect("openssl made it");
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).expect("openssl made it");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    config
        .expect("the versions fit")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("the two fit")
}

fn serve(
    mut client: TcpStream,
    config: Arc<ServerConfig>,
    behind: &str,
    noted: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let (first, head) = head(&mut client)?;
    let (request, _) = first.rsplit_once(" HTTP/").unwrap_or((&first, ""));
    noted.lock().expect("no thread has failed in here").push(request.to_owned());
    if first.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        let connection = ServerConnection::new(config).map_err(io::Error::other)?;
        return pass_on(StreamOwned::new(connection, client), behind);
    }
    // A proxy gets the whole URL, a server only its path.
    let path = request.splitn(4, '/').nth(3).unwrap_or_default();
    let method = request.split(' ').next().unwrap_or_default();
    let mut server = TcpStream::connect(behind)?;
    server.write_all(format!("{method} /{path} HTTP/1.1\r\n{head}").as_bytes())?;
    let mut to_server = server.try_clone()?;
    let mut from_client = client.try_clone()?;
    thread::spawn(move || drop(io::copy(&mut from_client, &mut to_server)));
    io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Both)
}

/// Reads the first line and the rest of a head, byte by byte, so that nothing after it is read.
fn head(client: &mut TcpStream) -> io::Result<(String, String)> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        text.push(byte[0]);
    }
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    let (first, rest) = text.split_once("\r\n").unwrap_or((&text, ""));
    Ok((first.to_owned(), rest.to_owned()))
}

/// Forwards requests and answers in turn, on one connection of HTTP/1.1.
fn pass_on(mut client: impl io::Read + Write, behind: &str) -> io::Result<()> {
    loop {
        let mut server = TcpStream::connect(behind)?;
        let Some(asked) = one_message(&mut client, &mut server, true)? else { return Ok(()) };
        // An answer to HEAD has no body, whatever its length says.
        one_message(&mut server, &mut client, !asked.starts_with(b"HEAD "))?;
    }
}

/// Copies a head and, `with_body`, its body by `Content-Length`. Returns both; `None` if the connection
/// ended.
fn one_message(
    from: &mut impl io::Read,
    to: &mut impl Write,
    with_body: bool,
) -> io::Result<Option<Vec<u8>>> {
    let mut reader = BufReader::with_capacity(1, from);
    let (mut message, mut length) = (Vec::new(), 0);
    loop {
        let start = message.len();
        if reader.read_until(b'\n', &mut message)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&message[start..]).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; if with_body { length } else { 0 }];
    reader.read_exact(&mut body)?;
    message.extend(body);
    to.write_all(&message)?;
    to.flush()?;
    Ok(Some(message))
}
