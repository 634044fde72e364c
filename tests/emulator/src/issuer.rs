//! Random keys, tokens and codes in the form of AWS's.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};

const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CONSONANTS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
const HEX: &[u8] = b"0123456789abcdef";

/// An access key; the session token is empty for a user's own key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessKey {
    /// The access key id, 20 characters.
    pub id: String,
    /// The secret access key, 40 characters.
    pub secret: String,
    /// The session token, several hundred characters, or empty.
    pub session_token: String,
}

/// Issues access keys.
#[derive(Debug, Default)]
pub struct Issuer {
    planted: VecDeque<AccessKey>,
}

impl Issuer {
    /// Makes `key` the next one to be issued, by the portal or STS: for values that a caller must carry
    /// through unharmed. Planted keys are issued in the order of planting, each once.
    pub fn plant(&mut self, key: AccessKey) {
        self.planted.push_back(key);
    }

    /// Returns the next temporary key.
    pub(crate) fn key(&mut self) -> AccessKey {
        self.planted.pop_front().unwrap_or_else(|| AccessKey {
            id: format!("ASIA{}", random(BASE32, 16)),
            secret: random(BASE64, 40),
            session_token: format!("IQoJb3JpZ2luX2Vj{}==", random(BASE64, 362)),
        })
    }
}

/// Returns a new access key of a user.
pub(crate) fn user_key() -> AccessKey {
    let (id, secret) = (format!("AKIA{}", random(BASE32, 16)), random(BASE64, 40));
    AccessKey { id, secret, session_token: String::new() }
}

/// Returns the unique id of a role or user, as `AROA…`, from its ARN; the same for the same ARN.
pub(crate) fn unique_id(prefix: &str, arn: &str) -> String {
    let digest = Sha256::digest(arn.as_bytes());
    let tail: String =
        digest.iter().take(17).map(|byte| char::from(BASE32[usize::from(*byte) % BASE32.len()])).collect();
    format!("{prefix}{tail}")
}

/// Returns the 16 hexadecimal digits at the end of the name of a permission set's role; the same for the same
/// account and permission set.
pub(crate) fn permission_set_suffix(account: &str, role: &str) -> String {
    let digest = Sha256::digest(format!("{account}/{role}"));
    let digit = |byte: u8| char::from(HEX[usize::from(byte % 16)]);
    digest.iter().take(16).map(|&byte| digit(byte)).collect()
}

/// Returns an opaque token of the OIDC service.
pub(crate) fn token(prefix: &str) -> String {
    format!("{prefix}{}", random(URL_SAFE, 280))
}

/// Returns a password of a container registry. AWS's are far longer; bcrypt, with which a registry keeps
/// them, reads 72 bytes.
pub(crate) fn registry_password() -> String {
    random(BASE64, 60)
}

/// Returns a client id: 38 characters, the last of them the registration's region in AWS.
pub(crate) fn client_id() -> String {
    random(URL_SAFE, 38)
}

/// Returns a code that a person types, as `BCDF-GHJK`.
pub(crate) fn user_code() -> String {
    format!("{}-{}", random(CONSONANTS, 4), random(CONSONANTS, 4))
}

/// Returns a request id or the like: a version 4 UUID by its form.
pub(crate) fn uuid() -> String {
    format!(
        "{}-{}-4{}-a{}-{}",
        random(HEX, 8),
        random(HEX, 4),
        random(HEX, 3),
        random(HEX, 3),
        random(HEX, 12)
    )
}

fn random(alphabet: &[u8], length: usize) -> String {
    (0..length).filter_map(|_| fastrand::choice(alphabet)).map(|&byte| char::from(byte)).collect()
}
