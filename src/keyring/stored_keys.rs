//! What the keyring holds under one name: a pair of keys, and how far its rotation has come.
//!
//! ```json
//! {"Version": 1, "Keys": {"AccessKeyId": "…", "SecretAccessKey": "…"},
//!  "Rotation": {"Step": "made", "Keys": {"AccessKeyId": "…", "SecretAccessKey": "…"}}}
//! ```

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::text::timestamp;
use crate::values::credentials::{Credentials, is_plain};
use crate::values::secret::Secret;
use crate::values::secret_json::SecretJson;

/// Keys under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKeys {
    /// The pair that is used.
    pub keys: Credentials,
    /// A rotation that is not over.
    pub rotation: Option<Rotation>,
}

/// How far a rotation has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// A new key was about to be made at this time (UTC).
    Begun(DateTime<Utc>),
    /// This one was made, and is not used yet.
    Made(Credentials),
    /// The new one is used; this is the old one, which is to be deleted.
    Replaced(Credentials),
}

impl StoredKeys {
    /// Returns keys that nobody rotates.
    pub fn new(keys: Credentials) -> Self {
        Self { keys, rotation: None }
    }

    /// Returns the ids of all keys that AWS may still accept: those that are used first.
    pub fn ids(&self) -> Vec<&str> {
        let other = match &self.rotation {
            Some(Rotation::Made(keys) | Rotation::Replaced(keys)) => Some(keys),
            Some(Rotation::Begun(_)) | None => None,
        };
        std::iter::once(&self.keys).chain(other).map(|keys| keys.access_key_id.as_str()).collect()
    }

    /// Reads them. `None` if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let stored: SecretJson = serde_json::from_str(text).ok()?;
        (stored.get("Version")?.as_u64()? == 1).then_some(())?;
        let keys = pair(stored.get("Keys")?)?;
        let rotation = match stored.get("Rotation") {
            None | Some(Value::Null) => None,
            Some(rotation) => Some(match rotation.get("Step")?.as_str()? {
                "begun" => Rotation::Begun(timestamp::parse(rotation.get("Time")?.as_str()?)?),
                "made" => Rotation::Made(pair(rotation.get("Keys")?)?),
                "replaced" => Rotation::Replaced(pair(rotation.get("Keys")?)?),
                _ => return None,
            }),
        };
        Some(Self { keys, rotation })
    }

    /// Returns the text that [`StoredKeys::parse`] reads.
    pub fn text(&self) -> Secret {
        let mut stored = SecretJson(json!({ "Version": 1, "Keys": as_value(&self.keys) }));
        match &self.rotation {
            None => {}
            Some(Rotation::Begun(time)) => {
                stored["Rotation"] = json!({ "Step": "begun", "Time": timestamp::utc(*time) });
            }
            Some(Rotation::Made(keys)) => {
                stored["Rotation"] = json!({ "Step": "made", "Keys": as_value(keys) });
            }
            Some(Rotation::Replaced(keys)) => {
                stored["Rotation"] = json!({ "Step": "replaced", "Keys": as_value(keys) });
            }
        }
        Secret::new(stored.to_string())
    }
}

/// Returns long-lived keys of this pair; `None` if they can be none.
pub fn long_lived(id: &str, secret: &str) -> Option<Credentials> {
    let is_sound = |part: &str| !part.is_empty() && is_plain(part) && !part.contains(' ');
    (is_sound(id) && is_sound(secret)).then(|| Credentials {
        access_key_id: id.to_owned(),
        secret_access_key: Secret::new(secret),
        session_token: None,
        expiration: None,
        account: None,
    })
}

fn pair(value: &Value) -> Option<Credentials> {
    long_lived(value.get("AccessKeyId")?.as_str()?, value.get("SecretAccessKey")?.as_str()?)
}

fn as_value(keys: &Credentials) -> Value {
    json!({ "AccessKeyId": keys.access_key_id, "SecretAccessKey": keys.secret_access_key.reveal() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_of_a_rotation_is_read_back() {
        let keys = |id: &str| long_lived(id, "s/e+c=").unwrap();
        let time = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let steps = [
            None,
            Some(Rotation::Begun(time)),
            Some(Rotation::Made(keys("AKIANEW"))),
            Some(Rotation::Replaced(keys("AKIAOLD"))),
        ];
        for rotation in steps {
            let stored = StoredKeys { keys: keys("AKIA"), rotation };
            assert_eq!(StoredKeys::parse(stored.text().reveal()), Some(stored));
        }
    }

    #[test]
    fn what_awsenv_did_not_write_is_not_read() {
        let good = StoredKeys::new(long_lived("AKIA", "secret").unwrap()).text().reveal().to_owned();
        let bad = [
            "",
            "hunter2",
            "{}",
            &good.replace("\"Version\":1", "\"Version\":2"),
            &good.replace("secret", ""),
            &good.replace("AKIA", "A\\u0007"),
            &good.replace('}', ""),
        ];
        for text in bad {
            assert_eq!(StoredKeys::parse(text), None, "{text}");
        }
        let later = good.replace("\"Version\"", "\"Rotation\":{\"Step\":\"other\"},\"Version\"");
        assert_eq!(StoredKeys::parse(&later), None, "a later awsenv must finish it");
    }
}
