//! The address at which containers reach this machine: its own on the bridge of Docker or Podman.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};

/// The names that Docker and Podman give to their first bridge.
const BRIDGES: [&str; 3] = ["docker0", "podman0", "cni-podman0"];

/// Returns the address; `None` if there is no such bridge, or the system has no `/proc/net/route`.
pub fn address() -> Option<Ipv4Addr> {
    let routes = fs::read_to_string("/proc/net/route").ok()?;
    let (network, mask) = network(&routes)?;
    // Nothing is sent. The kernel only chooses the address that it would send from, to any host of the
    // network.
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::from(u32::from(network) | 1), 9)).ok()?;
    match socket.local_addr().ok()?.ip() {
        IpAddr::V4(own) if u32::from(own) & mask == u32::from(network) => Some(own),
        _ => None,
    }
}

/// Returns network and mask of the first bridge in the text of `/proc/net/route`.
fn network(routes: &str) -> Option<(Ipv4Addr, u32)> {
    // In network byte order, printed as a number of the machine's byte order.
    let address = |text: &str| Some(Ipv4Addr::from(u32::from_str_radix(text, 16).ok()?.to_ne_bytes()));
    BRIDGES.iter().find_map(|bridge| {
        routes.lines().find_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [name, destination, _, _, _, _, _, mask, ..] = words[..] else { return None };
            let (destination, mask) = (address(destination)?, u32::from(address(mask)?));
            (name == *bridge && mask != 0).then_some((destination, mask))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_bridge_is_found_among_the_routes() {
        let routes = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                      eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
                      docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
        assert_eq!(network(routes), Some((Ipv4Addr::new(172, 17, 0, 0), 0xffff_0000)));
        assert_eq!(network(&routes.replace("docker0", "docker1")), None);
        assert_eq!(network("docker0\tx"), None);
    }
}
