//! Programs of the system that a test needs: absent ones are named, and are a failure where the gate runs.

use std::io::Write;

/// Returns whether all programs are installed. If not, a line on standard error names the missing one, and under
/// `CI=true` the test fails: the gate must not pass because it could not look.
pub fn have(programs: &[&str]) -> bool {
    let Some(missing) = programs.iter().find(|program| !is_installed(program)) else { return true };
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{missing} is not installed; `tests/setup` installs it"
    );
    // The test harness captures the print macros and shows their text for failures only.
    let _ = writeln!(std::io::stderr(), "skipped: {missing} is not installed; `tests/setup` installs it");
    false
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).exists())
}
