//! `--mfa-code`, of every command that may need one.

use clap::Args;

/// The option.
#[derive(Debug, Args)]
pub(super) struct MfaCode {
    /// The six digits of the MFA device, for scripts: others can see them in the list of processes, but each code is
    /// good for one use and a minute or so. Without it the terminal asks, if a code is needed
    #[arg(long, value_name = "CODE")]
    pub(super) mfa_code: Option<String>,
}
