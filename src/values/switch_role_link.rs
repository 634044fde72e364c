//! The console's link to switch to a role, as people send it to each other.
//!
//! `https://signin.aws.amazon.com/switchrole?account=111122223333&roleName=Deploy&displayName=prod`

use crate::values::{account_id, role_arn, url};

/// The hosts of the console's sign-in, with the partition of each. A region may stand before them.
const HOSTS: [(&str, &str); 3] = [
    ("signin.aws.amazon.com", "aws"),
    ("signin.amazonaws.cn", "aws-cn"),
    ("signin.amazonaws-us-gov.com", "aws-us-gov"),
];

/// Returns whether the text looks like such a link, valid or not.
pub fn is_one(text: &str) -> bool {
    text.starts_with("https://") && text.contains("/switchrole?")
}

/// Returns the ARN of the role that the link leads to. `None` if it lacks the account's number or the role:
/// it may have the account's alias, which only the account itself can look up.
pub fn role_arn(link: &str) -> Option<String> {
    let host = url::authority(link);
    let is_it =
        |known: &str| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let (_, partition) = HOSTS.iter().find(|(known, _)| is_it(known))?;
    let query = link.split_once('?')?.1.split('#').next()?;
    let field = |name: &str| {
        let mut fields = form_urlencoded::parse(query.as_bytes());
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.into_owned())
    };
    let account = field("account").filter(|account| account_id::is_valid(account))?;
    let role = field("roleName")?;
    Some(format!("arn:{partition}:iam::{account}:role/{role}")).filter(|arn| role_arn::is_role(arn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_account_and_role() {
        for (link, arn) in [
            (
                "https://signin.aws.amazon.com/switchrole?roleName=Deploy&account=111122223333&displayName=a%20b",
                Some("arn:aws:iam::111122223333:role/Deploy"),
            ),
            (
                "https://eu-west-1.signin.aws.amazon.com/switchrole?account=111122223333&roleName=team%2FOps#x",
                Some("arn:aws:iam::111122223333:role/team/Ops"),
            ),
            (
                "https://signin.amazonaws-us-gov.com/switchrole?account=111122223333&roleName=Ops",
                Some("arn:aws-us-gov:iam::111122223333:role/Ops"),
            ),
            ("https://signin.aws.amazon.com/switchrole?account=acme&roleName=Ops", None),
            ("https://signin.aws.amazon.com/switchrole?account=111122223333", None),
            ("https://signin.aws.amazon.com/switchrole?account=111122223333&roleName=a%0Ab", None),
            ("https://evilsignin.aws.amazon.com/switchrole?account=111122223333&roleName=Ops", None),
            ("https://signin.aws.amazon.com.evil.example/switchrole?account=111122223333&roleName=Ops", None),
        ] {
            assert!(is_one(link));
            assert_eq!(role_arn(link).as_deref(), arn, "{link}");
        }
        assert!(!is_one("arn:aws:iam::111122223333:role/switchrole?"));
    }
}
