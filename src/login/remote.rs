//! Whether a browser that is opened here would be on the person's own screen.

use std::path::Path;

use super::browser;
use crate::system::context::Context;

/// Variables that are set in sessions over SSH, in Codespaces, in remote containers and in CloudShell.
const VARIABLES: [&str; 6] =
    ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "CODESPACES", "REMOTE_CONTAINERS", "AWS_EXECUTION_ENV"];

/// Files that Docker and Podman put into every container.
const FILES: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

/// Returns whether the person uses this machine through a terminal alone: over SSH, in a container, or
/// without a display or a browser. `browser` is the command line of the setting.
pub fn is_remote(ctx: &Context, browser: Option<&str>) -> bool {
    FILES.iter().any(|file| Path::new(file).exists()) || says_so(ctx, browser)
}

/// Returns whether the environment says that the machine is remote. Windows Subsystem for Linux counts as one
/// with a display, that of Windows.
fn says_so(ctx: &Context, browser: Option<&str>) -> bool {
    let display = || {
        let names = ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"];
        browser.is_some() || names.iter().any(|name| ctx.env.has(name))
    };
    VARIABLES.iter().any(|name| ctx.env.has(name))
        || (cfg!(target_os = "linux") && (!display() || !browser::is_there(ctx, browser)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::environment::Environment;

    fn remote(variables: &[(&str, &str)]) -> bool {
        let mut env = Environment::default();
        for (name, value) in variables {
            env.set(name, *value);
        }
        says_so(&Context::new(env, Path::new("/nonexistent"), Path::new("/")), None)
    }

    #[test]
    fn a_browser_on_this_machine_is_used_only_where_the_person_sees_it() {
        let here = [("PATH", "/usr/bin:/bin"), ("DISPLAY", ":0"), ("BROWSER", "true")];
        assert!(!remote(&here));
        for name in VARIABLES {
            assert!(remote(&[&here[..], &[(name, "x")]].concat()), "{name}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn without_a_display_or_a_program_to_open_pages_a_code_is_shown() {
        let path = ("PATH", "/usr/bin:/bin");
        assert!(remote(&[path]));
        for display in ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"] {
            assert!(!remote(&[path, (display, "x"), ("BROWSER", "true")]), "{display}");
            assert!(remote(&[path, (display, "x"), ("BROWSER", "no-such-program")]), "{display}");
            assert!(remote(&[("PATH", "/nonexistent"), (display, "x")]), "{display}");
        }
    }
}
