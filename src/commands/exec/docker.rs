//! How a container gets the credentials of `awsenv exec --serve`: a side-car that shares its network relays
//! 127.0.0.1 there to this machine's address on Docker's bridge.

use std::net::IpAddr;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use crate::failure::Failure;
use crate::system::bridge;
use crate::text::sanitize;

/// The name by which Docker Desktop's containers reach 127.0.0.1 of this machine.
const DESKTOP: &str = "host.docker.internal";

/// The variable with the address that the side-car relays to.
pub(super) const RELAY: &str = "AWSENV_RELAY";

/// Where containers reach this machine.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// The address where the endpoint listens besides 127.0.0.1.
    pub(super) bridge: Option<IpAddr>,
    host: String,
}

impl Reach {
    /// Reads `--docker`: an address, `host.docker.internal`, or nothing for this machine's address on
    /// Docker's bridge. Errors: there is no such bridge; the address is not that of one network.
    pub(super) fn new(named: &str) -> Result<Self> {
        if named == DESKTOP || named.is_empty() && !cfg!(target_os = "linux") {
            return Ok(Self { bridge: None, host: DESKTOP.to_owned() });
        }
        let found = if named.is_empty() {
            bridge::address().map(IpAddr::V4).ok_or_else(|| {
                Failure::new("could not find Docker's bridge on this machine").hint(format!(
                    "name its address, see `docker network inspect bridge`: `--docker=172.17.0.1`; with Docker Desktop `--docker={DESKTOP}`"
                ))
            })?
        } else {
            named.parse().ok().filter(|address| is_of_one_network(*address)).ok_or_else(|| {
                Failure::new(format!("invalid `--docker`: `{}`", sanitize::shown(named)))
                    .hint("name this machine's address on one bridge: `--docker=172.17.0.1`")
            })?
        };
        Ok(Self {
            bridge: Some(found),
            host: if found.is_ipv6() { format!("[{found}]") } else { found.to_string() },
        })
    }

    /// Returns the HOST:PORT that the side-car relays to.
    pub(super) fn relay(&self, port: u16) -> String {
        format!("{}:{port}", self.host)
    }
}

/// Returns whether only one network can reach the address: nobody wants to serve credentials to all of them.
fn is_of_one_network(address: IpAddr) -> bool {
    !address.is_unspecified() && !address.is_multicast() && !address.is_loopback()
}

/// Returns the lines of a compose file.
pub(super) fn compose_lines(program: &Path) -> String {
    let source = json!(program.to_string_lossy().replace('$', "$$"));
    format!(
        "services:
  app:
    environment:
      - AWS_CONTAINER_CREDENTIALS_FULL_URI
      - AWS_CONTAINER_AUTHORIZATION_TOKEN
      - AWS_REGION
      - AWS_DEFAULT_REGION
  awsenv:
    image: busybox
    network_mode: service:app
    entrypoint: [/awsenv, relay, \"${{{RELAY}}}\"]
    volumes:
      - {{type: bind, source: {source}, target: /awsenv, read_only: true}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_one_network_is_listened_on() {
        for wrong in ["0.0.0.0", "::", "127.0.0.1", "224.0.0.1", "docker0", "172.17.0.1:80", "1"] {
            assert!(Reach::new(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Reach::new("172.17.0.1").unwrap().relay(4000), "172.17.0.1:4000");
        assert_eq!(Reach::new("fd00::1").unwrap().relay(4000), "[fd00::1]:4000");
        let desktop = Reach::new(DESKTOP).unwrap();
        assert_eq!((desktop.bridge, desktop.relay(4000)), (None, "host.docker.internal:4000".to_owned()));
    }

    #[test]
    fn a_path_of_any_name_is_one_value_of_the_compose_file() {
        let lines = compose_lines(Path::new("/a \"b\"/$c"));
        assert!(lines.contains(r#"source: "/a \"b\"/$$c", target"#), "{lines}");
        assert!(lines.contains("entrypoint: [/awsenv, relay, \"${AWSENV_RELAY}\"]\n"), "{lines}");
    }
}
