//! Whether a browser that opens here would open where the person sits.

use std::path::Path;

use super::browser;
use crate::context::Context;

/// Variables that are set in sessions over SSH, in Codespaces, in remote containers and in CloudShell.
const VARIABLES: [&str; 6] =
    ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "CODESPACES", "REMOTE_CONTAINERS", "AWS_EXECUTION_ENV"];

/// Files that Docker and Podman put into every container.
const FILES: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

/// Returns whether this is a machine that the person only sees through a terminal: over SSH, in a container, or without
/// a display or a browser.
pub fn is_remote(ctx: &Context) -> bool {
    let display =
        || ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"].iter().any(|name| ctx.env.has(name));
    VARIABLES.iter().any(|name| ctx.env.has(name))
        || FILES.iter().any(|file| Path::new(file).exists())
        || (cfg!(target_os = "linux") && (!display() || !browser::is_there(ctx)))
}
