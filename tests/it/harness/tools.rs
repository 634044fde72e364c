//! Programs of the system that a test needs. A test without them is skipped, and fails in CI.

use std::io::Write;

/// Returns whether all programs are installed; if not, see [`lacking`].
pub fn have(programs: &[&str]) -> bool {
    let Some(missing) = programs.iter().find(|program| !is_installed(program)) else { return true };
    lacking(missing);
    false
}

/// Prints on standard error what is not installed, for a test that is skipped. Fails under `CI=true`, so that
/// CI never passes for want of a program.
pub fn lacking(missing: &str) {
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{missing} is not installed; `tests/setup` installs it"
    );
    // The test harness captures the print macros and shows their text for failures only.
    let _ = writeln!(std::io::stderr(), "skipped: {missing} is not installed; `tests/setup` installs it");
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).exists())
}
