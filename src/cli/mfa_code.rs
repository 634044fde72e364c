//! `--mfa-code`, for every command that may need a code.

use clap::Args;

#[derive(Debug, Args)]
pub(super) struct MfaCode {
    /// MFA code, for scripts (otherwise asked)
    #[arg(long, value_name = "CODE")]
    pub(super) mfa_code: Option<String>,
}
