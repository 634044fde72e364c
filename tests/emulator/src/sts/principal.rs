//! The caller of a request: an IAM user, or a session of a user or role.

use chrono::{DateTime, Utc};

use crate::{
    identities::{Mfa, User},
    issuer::{AccessKey, permission_set_suffix, unique_id},
};

/// The owner of an access key.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    pub arn: String,
    pub user_id: String,
    pub account: String,
    /// The ARN of the role whose session this is, if it is one.
    pub role: Option<String>,
    /// Whether one role's session assumed the other, which limits it to an hour.
    pub chained: bool,
    /// The second factor of the user whose key or session this is.
    pub device: Option<Mfa>,
    /// Whether the second factor was shown when the session began.
    pub mfa_present: bool,
}

/// A temporary key.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub key: AccessKey,
    pub principal: Principal,
    pub expires: DateTime<Utc>,
}

impl Principal {
    /// Returns the principal of a user's own key.
    pub fn user(user: &User) -> Self {
        Self {
            user_id: unique_id("AIDA", &user.arn()),
            arn: user.arn(),
            account: user.account.clone(),
            role: None,
            chained: false,
            device: user.mfa.clone(),
            mfa_present: false,
        }
    }

    /// Returns the principal of a session of `role`, an ARN; `None` if it is no role's ARN.
    pub fn role_session(role: &str, session: &str) -> Option<Self> {
        let mut parts = role.splitn(6, ':');
        let ("arn", partition, "iam", "", account, resource) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?)
        else {
            return None;
        };
        // The path of a role is left out of the ARN of its sessions.
        let name = resource.strip_prefix("role/")?.rsplit('/').next()?;
        let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        (digits && !name.is_empty()).then(|| Self {
            arn: format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"),
            user_id: format!("{}:{session}", unique_id("AROA", role)),
            account: account.to_owned(),
            role: Some(role.to_owned()),
            chained: false,
            device: None,
            mfa_present: false,
        })
    }

    /// Returns the principal of somebody at the console, by the ARN of the user or of the role's session;
    /// `None` if it is no such ARN.
    pub fn at_console(arn: &str) -> Option<Self> {
        let account = arn.split(':').nth(4).filter(|account| account.len() == 12)?.to_owned();
        let prefix = if arn.contains(":assumed-role/") { "AROA" } else { "AIDA" };
        let user_id = unique_id(prefix, arn);
        let arn = arn.to_owned();
        Some(Self { arn, user_id, account, role: None, chained: false, device: None, mfa_present: false })
    }

    /// Returns the principal of role credentials from the portal.
    pub fn permission_set(account: &str, role: &str, username: &str) -> Self {
        let name = format!("AWSReservedSSO_{role}_{}", permission_set_suffix(account, role));
        let path = "aws-reserved/sso.amazonaws.com";
        let arn = format!("arn:aws:iam::{account}:role/{path}/{name}");
        Self {
            arn: format!("arn:aws:sts::{account}:assumed-role/{name}/{username}"),
            user_id: format!("{}:{username}", unique_id("AROA", &arn)),
            account: account.to_owned(),
            role: Some(arn),
            chained: false,
            device: None,
            mfa_present: false,
        }
    }

    /// Returns whether one of `principals` (ARNs of users or roles) is this one; an empty list is everyone.
    pub fn is_among(&self, principals: &[String]) -> bool {
        let same = |arn: &String| *arn == self.arn || Some(arn) == self.role.as_ref();
        principals.is_empty() || principals.iter().any(same)
    }
}

#[cfg(test)]
mod tests {
    use super::Principal;

    #[test]
    fn the_arn_of_a_role_session_leaves_out_the_roles_path() {
        let principal = Principal::role_session("arn:aws:iam::111122223333:role/team/Dev", "alice").unwrap();
        assert_eq!(principal.arn, "arn:aws:sts::111122223333:assumed-role/Dev/alice");
        assert!(principal.user_id.starts_with("AROA") && principal.user_id.ends_with(":alice"));
        assert_eq!(principal.user_id.len(), 21 + ":alice".len());
    }

    #[test]
    fn only_a_roles_arn_makes_a_role_session() {
        for arn in ["", "Dev", "arn:aws:iam::111122223333:user/Dev", "arn:aws:iam::1:role/Dev"] {
            assert!(Principal::role_session(arn, "alice").is_none(), "{arn}");
        }
    }
}
