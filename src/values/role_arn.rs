//! A role that a person names on the command line, to be assumed with a profile's credentials.

use anyhow::Result;

use crate::failure::Failure;
use crate::text::sanitize;
use crate::values::account_id;
use crate::values::arn::Arn;

/// The origin, in the bookkeeping of `exec`, of an environment with such a role's keys: they are not the keys
/// of the profile named in it.
pub const ORIGIN: &str = "exec-role";

/// The hint for text that is no role's ARN.
pub const EXAMPLE: &str = "write it as `arn:aws:iam::111122223333:role/Name`";

/// The role, and what its session is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleArgument {
    /// `arn:aws:iam::111122223333:role/Path/Name`.
    pub arn: String,
    /// The name in the account's logs; a made-up one by default.
    pub session_name: Option<String>,
    /// What a profile of the role says about assuming it; without one, the source profile's MFA device
    /// counts.
    pub terms: Option<RoleTerms>,
}

/// The keys of a profile that say how to assume its role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleTerms {
    /// `external_id`.
    pub external_id: Option<String>,
    /// `mfa_serial`.
    pub mfa_serial: Option<String>,
    /// `duration_seconds`.
    pub duration_seconds: Option<i64>,
}

impl RoleArgument {
    /// Checks what was typed. An error if `arn` is no role's ARN, or `session_name` not what STS accepts (2
    /// to 64 letters, digits and `_+=,.@-`).
    pub fn new(arn: &str, session_name: Option<&str>) -> Result<Self> {
        if !is_role(arn) {
            return Err(Failure::new(format!("invalid `--role-arn`: `{}`", sanitize::shown(arn)))
                .hint(EXAMPLE)
                .into());
        }
        session_name.map_or(Ok(()), check_session_name)?;
        Ok(Self { arn: arn.to_owned(), session_name: session_name.map(str::to_owned), terms: None })
    }
}

/// Fails if STS would not accept this session name.
pub fn check_session_name(name: &str) -> Result<(), Failure> {
    if (2..=64).contains(&name.len()) && name.bytes().all(is_name_byte) {
        return Ok(());
    }
    Err(Failure::new(format!("invalid `--session-name`: `{}`", sanitize::shown(name)))
        .hint("use 2 to 64 letters, digits and `_+=,.@-`"))
}

/// Returns whether this is the ARN of a role.
pub fn is_role(arn: &str) -> bool {
    let Some(arn) = Arn::parse(arn).filter(Arn::is_iam) else { return false };
    // IAM allows any printable ASCII in a path, and a small set in a name of up to 64 letters.
    let Some(rest) = arn.resource.strip_prefix("role/") else { return false };
    let (path, name) = rest.rsplit_once('/').unwrap_or(("", rest));
    let is_path = path.len() <= 512 && path.bytes().all(|byte| byte.is_ascii_graphic());
    account_id::is_valid(arn.account) && is_role_name(name) && is_path
}

/// Returns whether this is the name of a role as IAM takes it, without a path.
pub fn is_role_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(is_name_byte)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_arn_of_a_role_will_do() {
        for arn in [
            "arn:aws:iam::111122223333:role/Dev",
            "arn:aws-us-gov:iam::111122223333:role/team/a/Dev_1",
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0",
        ] {
            assert!(RoleArgument::new(arn, None).is_ok(), "{arn}");
        }
        for arn in [
            "",
            "Dev",
            "role/Dev",
            "arn:aws:iam::1111:role/Dev",
            "arn:aws:iam::111122223333:user/alice",
            "arn:aws:sts::111122223333:assumed-role/Dev/me",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role/team/",
            "arn:aws:iam:eu-west-1:111122223333:role/Dev",
            "arn:AWS:iam::111122223333:role/Dev",
            "arn:aws:iam::111122223333:role/De v",
            "arn:aws:iam::111122223333:role/Dev\n",
        ] {
            assert!(RoleArgument::new(arn, None).is_err(), "{arn}");
        }
    }

    #[test]
    fn a_session_name_is_what_sts_takes() {
        let arn = "arn:aws:iam::111122223333:role/Dev";
        for (name, good) in
            [("me", true), ("a@b.c,d=e+f_g-1", true), ("m", false), ("a b", false), ("", false)]
        {
            assert_eq!(RoleArgument::new(arn, Some(name)).is_ok(), good, "{name}");
        }
        assert!(RoleArgument::new(arn, Some(&"x".repeat(65))).is_err());
    }
}
