//! `--mfa-code`, of every command that may need one.

use clap::Args;

/// The option.
#[derive(Debug, Args)]
pub(super) struct MfaCode {
    /// MFA code, for scripts (otherwise asked)
    #[arg(long, value_name = "CODE")]
    pub(super) mfa_code: Option<String>,
}
