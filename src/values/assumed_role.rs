//! What STS answers to a request for a role.

use std::collections::BTreeMap;

use crate::values::credentials::Credentials;

/// The credentials of a role, with the parts of the answer that a cache entry must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "they are called so by AWS")]
pub struct AssumedRole {
    /// The keys; always with a session token and an expiration.
    pub credentials: Credentials,
    /// The role's unique id, a colon, and the session name.
    pub assumed_role_id: String,
    /// `arn:aws:sts::111122223333:assumed-role/Role/session`.
    pub arn: String,
    /// What AWS support asks for.
    pub request_id: String,
    /// The answer's headers, their names in lower case.
    pub http_headers: BTreeMap<String, String>,
}
