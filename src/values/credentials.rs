//! Keys that sign AWS requests, and when they expire.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::text::timestamp;
use crate::values::secret::Secret;
use crate::values::secret_json::SecretJson;

/// A set of AWS keys, as every source hands them out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Identifies the keys; not secret by itself, but never printed either.
    pub access_key_id: String,
    /// Signs requests.
    pub secret_access_key: Secret,
    /// The session token of temporary keys; `None` for an IAM user's long-lived ones.
    pub session_token: Option<Secret>,
    /// When the keys expire (UTC); `None` if they do not, or if the source does not say.
    pub expiration: Option<DateTime<Utc>>,
    /// The 12-digit account, where the source tells.
    pub account: Option<String>,
}

impl Credentials {
    /// Returns long-lived keys of this pair; `None` if one of the two cannot be a key.
    pub fn long_lived(id: &str, secret: &str) -> Option<Self> {
        let is_sound = |part: &str| !part.is_empty() && is_plain(part) && !part.contains(' ');
        (is_sound(id) && is_sound(secret)).then(|| Self {
            access_key_id: id.to_owned(),
            secret_access_key: Secret::new(secret),
            session_token: None,
            expiration: None,
            account: None,
        })
    }

    /// Returns whether the keys can be part of a request, a variable and a file. The key id and the token
    /// stand in a request's headers, and the AWS SDK panics over one that is not printable ASCII.
    pub fn can_be_sent(&self) -> bool {
        let token = self.session_token.as_ref().map_or("", Secret::reveal);
        [&self.access_key_id, self.secret_access_key.reveal(), token].into_iter().all(is_plain)
    }

    /// Returns the line of JSON that the AWS CLI and the SDKs expect from a `credential_process`, with a line
    /// feed. What is not known is left out; keys without an expiration count as long-lived there.
    pub fn process_json(&self) -> Secret {
        let mut answer = SecretJson(json!({
            "Version": 1,
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key.reveal(),
        }));
        let optional = [
            ("SessionToken", self.session_token.as_ref().map(|token| token.reveal().to_owned())),
            ("Expiration", self.expiration.map(timestamp::utc)),
            ("AccountId", self.account.clone()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                answer[name] = value.into();
            }
        }
        Secret::new(format!("{}\n", *answer))
    }

    /// Returns whether the keys are valid for at least `least` after `now`. Keys without an expiration are.
    pub fn lasts(&self, now: DateTime<Utc>, least: TimeDelta) -> bool {
        self.expiration.is_none_or(|expiration| expiration - now >= least)
    }
}

/// Returns whether `text` is printable ASCII, blanks included: what AWS's keys and tokens are made of.
pub fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_header_cannot_carry_is_no_key() {
        let keys = |id: &str, secret: &str, token: Option<&str>| Credentials {
            access_key_id: id.to_owned(),
            secret_access_key: Secret::new(secret),
            session_token: token.map(Secret::new),
            expiration: None,
            account: None,
        };
        assert!(keys("AKIA", "a/b+c=", None).can_be_sent());
        assert!(keys("AKIA # mine", "a b", Some("t==")).can_be_sent(), "wrong, but AWS can say so");
        for bad in ["a\nb", "a\tb", "a\0", "\u{e9}", "a\u{200b}", "\u{7f}"] {
            assert!(!keys(bad, "s", None).can_be_sent(), "{bad:?}");
            assert!(!keys("AKIA", bad, None).can_be_sent(), "{bad:?}");
            assert!(!keys("AKIA", "s", Some(bad)).can_be_sent(), "{bad:?}");
        }
    }
}
