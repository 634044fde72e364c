//! Where the session bus listens: `DBUS_SESSION_BUS_ADDRESS`, else the socket in `XDG_RUNTIME_DIR`.
//!
//! The form is that of the D-Bus specification, "Server Addresses": `unix:path=/run/user/1000/bus`, several
//! of them with `;` between. Only sockets of this machine count.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

use crate::keyring::bus_error::BusError;
use crate::system::context::Context;

/// A socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Socket {
    /// A file.
    Path(PathBuf),
    /// A name of Linux's own, without a file.
    Abstract(Vec<u8>),
}

/// Returns the sockets to try, in order. An error if there is none.
pub(super) fn sockets(ctx: &Context) -> Result<Vec<Socket>, BusError> {
    let runtime = ctx.env.get("XDG_RUNTIME_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let bus = runtime.filter(|dir| dir.is_absolute()).map(|dir| dir.join("bus"));
    let Some(addresses) = ctx.env.get("DBUS_SESSION_BUS_ADDRESS").filter(|text| !text.is_empty()) else {
        return bus.filter(|bus| bus.exists()).map(|bus| vec![Socket::Path(bus)]).ok_or(BusError::NoBus);
    };
    let all =
        addresses.as_bytes().split(|byte| *byte == b';').filter_map(|address| socket(address, bus.as_ref()));
    let all: Vec<_> = all.collect();
    if all.is_empty() {
        return Err(BusError::Unusable(
            "`DBUS_SESSION_BUS_ADDRESS` names no socket of this machine".to_owned(),
        ));
    }
    Ok(all)
}

fn socket(address: &[u8], bus: Option<&PathBuf>) -> Option<Socket> {
    let pairs = address.strip_prefix(b"unix:")?.split(|byte| *byte == b',');
    let pair = |pair: &[u8]| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        Some((pair[..at].to_vec(), unescaped(&pair[at + 1..])?))
    };
    for (key, value) in pairs.filter_map(pair) {
        match key.as_slice() {
            b"path" if value.starts_with(b"/") => {
                return Some(Socket::Path(PathBuf::from(OsString::from_vec(value))));
            }
            b"abstract" if !value.is_empty() => return Some(Socket::Abstract(value)),
            b"runtime" if value == b"yes" => return bus.cloned().map(Socket::Path),
            _ => {}
        }
    }
    None
}

/// Reads `%20` and the like.
fn unescaped(value: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let mut rest = value;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            plain.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(after.get(..2)?).ok()?;
        plain.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &after[2..];
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::system::environment::Environment;

    #[test]
    fn an_address_names_sockets_of_this_machine_alone() {
        let path = |path: &str| Socket::Path(PathBuf::from(path));
        let cases = [
            ("unix:path=/run/user/1000/bus", vec![path("/run/user/1000/bus")]),
            ("unix:path=/a%20b,guid=12", vec![path("/a b")]),
            ("unix:abstract=/tmp/dbus-x,guid=1", vec![Socket::Abstract(b"/tmp/dbus-x".to_vec())]),
            ("unix:runtime=yes", vec![path("/run/me/bus")]),
            ("tcp:host=evil.example,port=1;unix:path=/b", vec![path("/b")]),
            ("tcp:host=evil.example,port=1", vec![]),
            ("unix:path=relative", vec![]),
            ("unix:path=/a%2", vec![]),
            ("unixexec:path=/bin/sh", vec![]),
            ("autolaunch:", vec![]),
        ];
        for (address, expected) in cases {
            let mut env = Environment::default();
            env.set("DBUS_SESSION_BUS_ADDRESS", address);
            env.set("XDG_RUNTIME_DIR", "/run/me");
            let ctx = Context::new(env, Path::new("/home/me"), Path::new("/"));
            assert_eq!(sockets(&ctx).unwrap_or_default(), expected, "{address}");
        }
        let ctx = Context::new(Environment::default(), Path::new("/home/me"), Path::new("/"));
        assert_eq!(sockets(&ctx), Err(BusError::NoBus));
    }
}
