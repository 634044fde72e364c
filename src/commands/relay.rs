//! `awsenv relay ADDRESS`: passes 127.0.0.1 of a container's network on to the endpoint of
//! `awsenv exec --serve --docker`. The SDKs take credentials over plain http from loopback alone.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::commands::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;
use crate::system::relay::Relay;
use crate::terminal::message;
use crate::text::sanitize;

/// Relays until a signal ends it. Errors: the address is invalid; its port is in use here.
pub fn run(ctx: &Context, address: &str) -> Result<Exit> {
    let target = resolve(address)?;
    // The kernel ends the first process of a container by no signal that it does not handle.
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 0, Arc::new(AtomicBool::new(true)))
            .context("could not listen for signals")?;
    }
    let port = target.port();
    let relay = Relay::open(target).map_err(|error| {
        Failure::new(format!("could not listen on 127.0.0.1:{port}: {}", error.kind()))
            .hint("run one relay in each network")
    })?;
    message::status(ctx, &format!("relaying 127.0.0.1:{port} to {target}"));
    relay.run();
    Ok(Exit::Success)
}

fn resolve(address: &str) -> Result<SocketAddr> {
    let shown = sanitize::shown(address);
    let invalid = || {
        Failure::new(format!("invalid address: `{shown}`"))
            .hint("write host and port, as in the variable `AWSENV_RELAY`: 172.17.0.1:40000")
            .kind(FailureKind::Usage)
    };
    let (host, port) = address.rsplit_once(':').ok_or_else(invalid)?;
    let port: u16 = port.parse().ok().filter(|port| *port != 0).ok_or_else(invalid)?;
    let found = (host.trim_start_matches('[').trim_end_matches(']'), port).to_socket_addrs();
    let mut found: Vec<_> =
        found.with_context(|| format!("could not find the address of `{shown}`"))?.collect();
    // Bridges speak IPv4.
    found.sort_by_key(SocketAddr::is_ipv6);
    let first = found.first().copied().filter(|address| !address.ip().is_unspecified());
    first.ok_or_else(|| invalid().into())
}
