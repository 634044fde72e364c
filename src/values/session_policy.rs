//! Session policies, which limit the session of a role to less than the role may do.

use crate::failure::Failure;
use crate::text::sanitize;
use crate::values::account_id;
use crate::values::arn::Arn;

/// In characters; STS refuses a longer policy.
const LONGEST: usize = 2048;

/// STS refuses more managed policies.
const MOST: usize = 10;

/// The policies of a session. It may do what one of them allows, and the role allows as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionPolicy {
    /// AWS's managed policy `ReadOnlyAccess`.
    ReadOnly,
    /// What the command line gave: the ARNs of managed policies, and the text of an inline one.
    Given(Vec<String>, Option<String>),
}

/// What the command line says about the session of an assumed role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleSession {
    /// Its limits; `None` for all that the role may do.
    pub policy: Option<SessionPolicy>,
    /// Its name in the account's logs, in place of the profile's.
    pub name: Option<String>,
}

impl SessionPolicy {
    /// Checks the ARNs of managed policies, and the text of one, from which blanks are taken. `None` if
    /// neither is given.
    pub fn given(arns: &[String], document: Option<&str>) -> Result<Option<Self>, Failure> {
        if let Some(wrong) = arns.iter().find(|arn| parts(arn).is_none()) {
            return Err(Failure::new(format!("invalid `--policy-arn`: `{}`", sanitize::shown(wrong)))
                .hint("write it as `arn:aws:iam::aws:policy/ReadOnlyAccess`, or with an account in place of the second `aws`"));
        }
        if arns.len() > MOST {
            return Err(Failure::new(format!("could not use {} policies: AWS takes {MOST}", arns.len())));
        }
        let document = document.map(compact).transpose()?;
        let is_given = !arns.is_empty() || document.is_some();
        Ok(is_given.then(|| Self::Given(arns.to_vec(), document)))
    }

    /// Returns the ARNs for a session of this role. An error if one is of another partition, or of another
    /// account: AWS would refuse it.
    pub fn arns_for(&self, role_arn: &str) -> Result<Vec<String>, Failure> {
        let mut role = role_arn.split(':').skip(1);
        let partition = role.next().filter(|partition| !partition.is_empty()).unwrap_or("aws");
        let account = role.nth(2).unwrap_or_default();
        let Self::Given(arns, _) = self else {
            return Ok(vec![format!("arn:{partition}:iam::aws:policy/ReadOnlyAccess")]);
        };
        for arn in arns {
            let (its_partition, its_account) = parts(arn).unwrap_or_default();
            let refused = |what: &str, is: &str, needed: &str| {
                let (arn, is, needed) = (sanitize::shown(arn), sanitize::shown(is), sanitize::shown(needed));
                Failure::new(format!(
                    "could not bound the role with the policy `{arn}`: it is of the {what} {is}, and the role of {needed}"
                ))
            };
            if its_partition != partition {
                return Err(refused("partition", its_partition, partition));
            }
            if its_account != "aws" && its_account != account {
                return Err(refused("account", its_account, account));
            }
        }
        Ok(arns.clone())
    }

    /// Returns the text of the inline policy.
    pub fn document(&self) -> Option<&str> {
        match self {
            Self::ReadOnly => None,
            Self::Given(_, document) => document.as_deref(),
        }
    }
}

/// Returns partition and account of the ARN of a managed policy.
fn parts(arn: &str) -> Option<(&str, &str)> {
    let Arn { partition, account, resource, .. } = Arn::parse(arn).filter(Arn::is_iam)?;
    let name = resource.strip_prefix("policy/")?;
    let is_name = !name.is_empty() && name.len() <= 640 && name.bytes().all(|byte| byte.is_ascii_graphic());
    (is_name && (account == "aws" || account_id::is_valid(account))).then_some((partition, account))
}

/// Returns the policy without the blanks between its parts.
fn compact(text: &str) -> Result<String, Failure> {
    let failure = |why: String| Failure::new(format!("could not use the policy: {why}"));
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| failure(format!("it is not JSON: {error}")))?;
    if !value.get("Statement").is_some_and(|statement| statement.is_object() || statement.is_array()) {
        return Err(failure("it has no `Statement`".to_owned())
            .hint("write a policy of IAM: `{\"Version\": \"2012-10-17\", \"Statement\": […]}`"));
    }
    let mut compact = String::with_capacity(text.len());
    let (mut is_text, mut is_escaped) = (false, false);
    for character in text.chars() {
        if is_text || !matches!(character, ' ' | '\t' | '\r' | '\n') {
            compact.push(character);
        }
        is_text ^= character == '"' && !is_escaped;
        is_escaped = is_text && character == '\\' && !is_escaped;
    }
    let length = compact.chars().count();
    if length > LONGEST {
        return Err(failure(format!("it has {length} characters without blanks, and AWS takes {LONGEST}"))
            .hint("make a managed policy of it, and name that with `--policy-arn`"));
    }
    Ok(compact)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/Dev";

    fn given(arn: &str) -> Result<Option<SessionPolicy>, Failure> {
        SessionPolicy::given(&[arn.to_owned()], None)
    }

    #[test]
    fn a_policy_is_of_the_role_s_partition_and_account() {
        for (arn, role, good) in [
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", ROLE, true),
            ("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", ROLE, true),
            ("arn:aws:iam::111122223333:policy/team/Own", ROLE, true),
            ("arn:aws:iam::444455556666:policy/Other", ROLE, false),
            ("arn:aws-cn:iam::aws:policy/ReadOnlyAccess", ROLE, false),
            ("arn:aws-cn:iam::aws:policy/ReadOnlyAccess", "arn:aws-cn:iam::111122223333:role/Dev", true),
        ] {
            let policy = given(arn).unwrap().unwrap();
            assert_eq!(policy.arns_for(role).is_ok(), good, "{arn}");
        }
        for arn in [
            "",
            "ReadOnlyAccess",
            ROLE,
            "arn:aws:iam::aws:policy/",
            "arn:aws:iam::1:policy/a",
            "arn:aws:iam::aws:policy/a b",
        ] {
            assert!(given(arn).is_err(), "{arn}");
        }
        let own = SessionPolicy::ReadOnly.arns_for("arn:aws-us-gov:iam::111122223333:role/Dev").unwrap();
        assert_eq!(own, ["arn:aws-us-gov:iam::aws:policy/ReadOnlyAccess"]);
        assert_eq!(SessionPolicy::given(&[], None).unwrap(), None);
        let many = vec!["arn:aws:iam::aws:policy/A".to_owned(); MOST + 1];
        assert!(SessionPolicy::given(&many, None).is_err());
    }

    #[test]
    fn a_document_is_sent_without_blanks_and_within_the_bound() {
        let document = |text: &str| {
            SessionPolicy::given(&[], Some(text)).map(|policy| policy.unwrap().document().unwrap().to_owned())
        };
        let text = " { \"Statement\" : [\n\t{ \"Sid\": \"a \\\" b\\\\\", \"Effect\": \"Deny\" } ] }\r\n";
        assert_eq!(document(text).unwrap(), r#"{"Statement":[{"Sid":"a \" b\\","Effect":"Deny"}]}"#);
        for wrong in ["", "{", "[]", "{}", "{\"Statement\": 1}"] {
            assert!(document(wrong).is_err(), "{wrong}");
        }
        let long = |length: usize| format!("{{\"Statement\": [], \"Id\": \"{}\"}}", "x".repeat(length));
        assert!(document(&long(2000)).is_ok() && document(&long(2048)).is_err());
    }
}
