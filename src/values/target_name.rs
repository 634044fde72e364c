//! What a folder or a command line names: a profile, or an account and a role in it.
//!
//! Profile names are personal, accounts and roles are not: a team can commit the latter.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::text::{sanitize, shell_words};
use crate::values::{account_id, role_arn};

/// A profile, or a role in an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TargetName {
    /// A profile of the AWS files.
    Profile(String),
    /// A role in an account, whatever profile it has.
    Role(AccountRole),
}

/// A role in an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRole {
    /// The account: 12 digits.
    pub account: String,
    /// The permission set's name, or the last part of the role's ARN.
    pub role: String,
    /// The name of the `[sso-session]` to use; `None` for any.
    pub session: Option<String>,
}

impl TargetName {
    /// Returns the name for messages: ``profile `dev` ``, or `111122223333/Developer`.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Profile(name) => format!("profile `{}`", sanitize::shown(name)),
            Self::Role(role) => role.to_string(),
        }
    }
}

impl AccountRole {
    /// Returns the command that writes a profile for it.
    pub(crate) fn configure_command(&self) -> String {
        let session =
            self.session.as_ref().map(|name| format!(" --sso-session {}", shell_words::quote(name)));
        let (account, role) = (&self.account, shell_words::quote(&self.role));
        let session = session.unwrap_or_default();
        sanitize::shown(&format!("awsenv configure sso{session} --account {account} --role {role}"))
    }
}

impl fmt::Display for AccountRole {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", sanitize::shown(&self.account), sanitize::shown(&self.role))
    }
}

/// Checks an account that a person wrote.
pub(crate) fn check_account(text: &str) -> Result<(), Failure> {
    if account_id::is_valid(text) {
        return Ok(());
    }
    Err(Failure::new(format!("invalid account: `{}`", sanitize::shown(text)))
        .hint("write the account's 12 digits, without dashes"))
}

/// Checks the name of a role that a person wrote: what IAM and Identity Center take.
pub(crate) fn check_role(text: &str) -> Result<(), Failure> {
    if role_arn::is_role_name(text) {
        return Ok(());
    }
    Err(Failure::new(format!("invalid role: `{}`", sanitize::shown(text))).hint(
        "write the name of the permission set, or the last part of the role's ARN, such as `Developer`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_aws_takes_are_accounts_and_roles() {
        assert!(check_account("000011112222").is_ok() && check_account("0000-1111-2222").is_err());
        for role in ["Developer", "a+b=c,d.e@f_g-h", &"x".repeat(64)] {
            assert!(check_role(role).is_ok(), "{role}");
        }
        for role in ["", "a/b", "arn:aws:iam::111122223333:role/A", "a b", "é", "a\n", &"x".repeat(65)] {
            assert!(check_role(role).is_err(), "{role}");
        }
    }

    #[test]
    fn the_command_that_writes_a_profile_can_be_typed_as_it_stands() {
        let role = |session: Option<&str>| AccountRole {
            account: "111122223333".into(),
            role: "Dev".into(),
            session: session.map(str::to_owned),
        };
        assert_eq!(role(None).configure_command(), "awsenv configure sso --account 111122223333 --role Dev");
        assert_eq!(
            role(Some("my sso")).configure_command(),
            "awsenv configure sso --sso-session 'my sso' --account 111122223333 --role Dev"
        );
    }
}
