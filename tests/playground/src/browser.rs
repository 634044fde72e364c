//! Whether the person answers the login page in their own browser, or the emulator allows each login by
//! itself.

use std::path::Path;

use anyhow::{Result, ensure};
use awsenv_emulator::Person;

/// The variables that the person's browser must have from the person's own environment.
const OWN: &[&str] = &[
    "HOME",
    "BROWSER",
    "XAUTHORITY",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "TMPDIR",
];

/// Returns how the login page is answered. Where the person cannot open a page of this machine (over SSH, in
/// a container), the emulator allows every login by itself.
pub fn person() -> Person {
    let has = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let display =
        cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].into_iter().any(has);
    let away = ["SSH_CONNECTION", "SSH_TTY", "CODESPACES", "REMOTE_CONTAINERS"].into_iter().any(has)
        || ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists());
    if display && !away { Person::default() } else { Person::Approves }
}

/// Returns a script that opens a page in the person's own browser, which must not live in the throw-away
/// home.
pub fn own() -> String {
    let mut script = "#!/bin/sh\n".to_owned();
    for name in OWN {
        match std::env::var(name) {
            Ok(value) => script += &format!("export {name}='{}'\n", value.replace('\'', r"'\''")),
            Err(_) => script += &format!("unset {name}\n"),
        }
    }
    let open = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    script + &format!("exec {open} \"$1\"\n")
}

/// Visits a page of this machine as a browser would, and follows where it leads.
pub fn visit(url: &str) -> Result<()> {
    ensure!(url.starts_with("http://127.0.0.1:"), "not a page of this machine: {url}");
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
    agent.get(url).call()?;
    Ok(())
}
