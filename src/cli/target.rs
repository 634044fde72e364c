//! The options that name a profile, a role or a session.

use clap::Args;

use crate::failure::Failure;
use crate::load::session_argument::SessionArgument;
use crate::values::target_name::{self, AccountRole, TargetName};

/// A profile, or an account and role; without either, this folder's target.
#[derive(Debug, Args)]
pub(super) struct TargetArgs {
    /// The profile [default: this folder's .awsenv]
    #[arg(short, long, conflicts_with = "account")]
    profile: Option<String>,
    #[command(flatten)]
    role: RoleArgs,
}

/// An account and role, in place of a profile.
#[derive(Debug, Args)]
pub(super) struct RoleArgs {
    /// The account (12 digits), with --role instead of a profile
    #[arg(long, value_name = "ID", requires = "role", value_parser = account)]
    account: Option<String>,
    /// The permission set, or the last part of the role's ARN
    #[arg(long, requires = "account", value_parser = role)]
    role: Option<String>,
    /// The `[sso-session]` for the account and role
    #[arg(long, value_name = "NAME", requires = "account")]
    sso_session: Option<String>,
}

/// A login: of a profile, or a session; without either, this folder's.
#[derive(Debug, Args)]
pub(super) struct SessionArgs {
    /// The profile to log in or out for
    #[arg(short, long)]
    profile: Option<String>,
    /// The `[sso-session]` to log in to or out of
    #[arg(long, value_name = "NAME", conflicts_with = "profile")]
    sso_session: Option<String>,
}

impl SessionArgs {
    /// Returns the session or profile that is named, or this folder's.
    pub(super) fn argument(self) -> SessionArgument {
        SessionArgument::new(self.profile, self.sso_session)
    }
}

impl TargetArgs {
    /// Returns the target that is named; `None` for this folder's.
    pub(super) fn name(self) -> Option<TargetName> {
        let Self { profile, role } = self;
        profile.map(TargetName::Profile).or_else(|| role.name().map(TargetName::Role))
    }
}

impl RoleArgs {
    /// Returns the account and role; `None` if they are not named.
    pub(super) fn name(self) -> Option<AccountRole> {
        let Self { account, role, sso_session } = self;
        Some(AccountRole { account: account?, role: role?, session: sso_session })
    }
}

fn account(text: &str) -> Result<String, String> {
    checked(text, target_name::check_account)
}

fn role(text: &str) -> Result<String, String> {
    checked(text, target_name::check_role)
}

fn checked(text: &str, check: fn(&str) -> Result<(), Failure>) -> Result<String, String> {
    check(text).map(|()| text.to_owned()).map_err(|failure| failure.hint.unwrap_or_default())
}
