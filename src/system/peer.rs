//! The user at the other end of a connection within this machine.

use std::net::{SocketAddr, SocketAddrV4, TcpStream};
use std::path::Path;

use crate::system::files;

/// In bytes: the table of about 50,000 connections.
const LARGEST: u64 = 8 * 1024 * 1024;

/// Returns whether the process at the other end belongs to another user who is not root. `false` if that is
/// not known: only Linux tells.
pub fn is_another_user(stream: &TcpStream) -> bool {
    let (Ok(SocketAddr::V4(here)), Ok(SocketAddr::V4(there))) = (stream.local_addr(), stream.peer_addr())
    else {
        return false;
    };
    // An IPv6 socket that is connected to an IPv4 address is in the second table.
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| table(Path::new(path)).unwrap_or_default());
    let owner = tables.iter().find_map(|table| owner(table, there, here));
    owner.is_some_and(|owner| owner != 0 && owner != rustix::process::geteuid().as_raw())
}

fn table(path: &Path) -> Option<String> {
    String::from_utf8(files::read(path, LARGEST).ok()?).ok()
}

/// Returns the user of the socket `from` that is connected `to`, by a table as proc(5) describes it: the
/// second and third column are the addresses, the eighth is the user.
fn owner(table: &str, from: SocketAddrV4, to: SocketAddrV4) -> Option<u32> {
    let end = |address: SocketAddrV4| {
        format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port())
    };
    let (from, to) = (end(from), end(to));
    table.lines().find_map(|line| {
        let mut columns = line.split_ascii_whitespace().skip(1);
        let is_it = columns.next()?.ends_with(&from) && columns.next()?.ends_with(&to);
        columns.nth(4).filter(|_| is_it)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_connection_of_this_process_is_its_users() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, from) = listener.accept().unwrap();
        assert!(!is_another_user(&stream));
        let (SocketAddr::V4(from), SocketAddr::V4(to)) = (from, stream.local_addr().unwrap()) else {
            panic!("{from}")
        };
        let table = table(Path::new("/proc/net/tcp")).unwrap();
        assert_eq!(owner(&table, from, to), Some(rustix::process::geteuid().as_raw()));
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn the_user_is_that_of_the_row_with_both_ends() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                     0: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 1 1\n   \
                     1: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000 65534        0 2 1\n   \
                     2: 0000000000000000FFFF00000100007F:9C41 0000000000000000FFFF00000100007F:1F90 01 0:0 0:0 0  1001 0 3 1\n";
        let at = |port| SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        assert_eq!(owner(table, at(40000), at(8080)), Some(65534));
        assert_eq!(owner(table, at(40001), at(8080)), Some(1001));
        assert_eq!(owner(table, at(40002), at(8080)), None);
    }
}
