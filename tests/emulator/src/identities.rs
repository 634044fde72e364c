//! The IAM users and roles that STS knows.

use chrono::{DateTime, Utc};

use crate::issuer::AccessKey;

/// A second factor: a device's serial number and the codes it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mfa {
    /// The ARN of a virtual device, or a hardware serial number.
    pub serial: String,
    /// Six digits each. Every one is accepted once, in any order, as if the device had just shown it.
    pub codes: Vec<String>,
}

/// An access key of a user, which never expires.
#[derive(Clone, Debug)]
pub struct UserKey {
    /// The key; its session token is empty.
    pub key: AccessKey,
    /// Whether it may sign.
    pub is_active: bool,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// How many requests that it signs are refused before it is known everywhere.
    pub refusals: u32,
}

/// An IAM user.
#[derive(Clone, Debug)]
pub struct User {
    /// The account's id.
    pub account: String,
    /// The user's name.
    pub name: String,
    /// The access keys, two at most.
    pub keys: Vec<UserKey>,
    /// The second factor, if the user has one.
    pub mfa: Option<Mfa>,
}

impl User {
    /// Returns `arn:aws:iam::ACCOUNT:user/NAME`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:user/{}", self.account, self.name)
    }
}

/// A role that STS hands out.
#[derive(Clone, Debug)]
pub struct Role {
    /// The role's ARN, with its path.
    pub arn: String,
    /// The external id that a caller must name, if any.
    pub external_id: Option<String>,
    /// Whether a caller must have shown a second factor: in this call, or when its session began.
    pub needs_mfa: bool,
    /// The longest session in seconds; at least 3600 in AWS. Default 3600.
    pub max_duration: u32,
    /// The ARNs that may assume it: of a user, or of a role for every session of that role. Empty: anyone.
    pub principals: Vec<String>,
    /// The web identity token that opens it, if any; white space around a token does not count.
    pub web_identity_token: Option<String>,
}

impl Role {
    /// Returns a role that everyone may assume, for an hour at most.
    pub fn new(arn: &str) -> Self {
        Self {
            arn: arn.to_owned(),
            external_id: None,
            needs_mfa: false,
            max_duration: 3600,
            principals: Vec::new(),
            web_identity_token: None,
        }
    }
}

/// The users and roles that STS knows, besides the sessions that the emulator issues.
#[derive(Clone, Debug)]
pub struct Identities {
    /// The IAM users.
    pub users: Vec<User>,
    /// The roles that may be assumed.
    pub roles: Vec<Role>,
    /// How many requests that a new access key signs are refused: AWS takes its time to know a key.
    pub new_key_refusals: u32,
}

impl Identities {
    /// Returns the role with this ARN.
    pub fn role(&self, arn: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.arn == arn)
    }
}

impl Default for Identities {
    /// Returns the user `alice` of 111122223333 with the access key of AWS's documentation and a second
    /// factor (codes 123456, 234567 and 345678, each for one use), and four roles of 444455556666: `Deploy`
    /// for anyone (12 hours), `Partner` with the external id `acme-partner`, `Guarded` with a second factor,
    /// and `Web` with the web identity token `acme-web-identity-token`.
    fn default() -> Self {
        let mfa = Mfa {
            serial: "arn:aws:iam::111122223333:mfa/alice".to_owned(),
            codes: ["123456", "234567", "345678"].map(str::to_owned).into(),
        };
        let alice = User {
            account: "111122223333".to_owned(),
            name: "alice".to_owned(),
            keys: vec![UserKey {
                key: AccessKey {
                    id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
                    secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
                    session_token: String::new(),
                },
                is_active: true,
                created: DateTime::UNIX_EPOCH,
                refusals: 0,
            }],
            mfa: Some(mfa),
        };
        let role = |name: &str| Role::new(&format!("arn:aws:iam::444455556666:role/{name}"));
        Self {
            users: vec![alice],
            roles: vec![
                Role { max_duration: 12 * 3600, ..role("Deploy") },
                Role { external_id: Some("acme-partner".to_owned()), ..role("Partner") },
                Role { needs_mfa: true, ..role("Guarded") },
                Role { web_identity_token: Some("acme-web-identity-token".to_owned()), ..role("Web") },
            ],
            new_key_refusals: 0,
        }
    }
}
