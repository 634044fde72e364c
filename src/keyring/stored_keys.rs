//! What the keyring holds under one name: a pair of keys, and the rotation under way.
//!
//! ```json
//! {"Version": 1, "Keys": {"AccessKeyId": "…", "SecretAccessKey": "…"},
//!  "Rotation": {"Step": "made", "Keys": {"AccessKeyId": "…", "SecretAccessKey": "…"}}}
//! ```

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::text::timestamp;
use crate::values::credentials::Credentials;
use crate::values::secret::Secret;
use crate::values::secret_json::SecretJson;

/// Keys under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKeys {
    /// The pair that is used.
    pub keys: Credentials,
    /// The rotation under way, if there is one.
    pub rotation: Option<Rotation>,
}

/// A rotation that was begun and is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// A new key was to be made at this time (UTC); it may exist.
    Begun(DateTime<Utc>),
    /// This key was made, and is not in use yet.
    Made(Credentials),
    /// The new key is in use; this is the old one, which is still to be deleted.
    Replaced(Credentials),
}

impl StoredKeys {
    /// Returns keys without a rotation.
    pub fn new(keys: Credentials) -> Self {
        Self { keys, rotation: None }
    }

    /// Returns the ids of all keys that AWS may still accept, that of the pair in use first.
    pub fn ids(&self) -> Vec<&str> {
        let other = match &self.rotation {
            Some(Rotation::Made(keys) | Rotation::Replaced(keys)) => Some(keys),
            Some(Rotation::Begun(_)) | None => None,
        };
        std::iter::once(&self.keys).chain(other).map(|keys| keys.access_key_id.as_str()).collect()
    }

    /// Reads what [`StoredKeys::text`] wrote; `None` for anything else.
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
        if let Some(rotation) = &self.rotation {
            stored["Rotation"] = match rotation {
                Rotation::Begun(time) => json!({ "Step": "begun", "Time": timestamp::utc(*time) }),
                Rotation::Made(keys) => json!({ "Step": "made", "Keys": as_value(keys) }),
                Rotation::Replaced(keys) => json!({ "Step": "replaced", "Keys": as_value(keys) }),
            };
        }
        Secret::new(stored.to_string())
    }
}

fn pair(value: &Value) -> Option<Credentials> {
    Credentials::long_lived(value.get("AccessKeyId")?.as_str()?, value.get("SecretAccessKey")?.as_str()?)
}

fn as_value(keys: &Credentials) -> Value {
    json!({ "AccessKeyId": keys.access_key_id, "SecretAccessKey": keys.secret_access_key.reveal() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_of_a_rotation_is_read_back() {
        let keys = |id: &str| Credentials::long_lived(id, "s/e+c=").unwrap();
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
        let good =
            StoredKeys::new(Credentials::long_lived("AKIA", "secret").unwrap()).text().reveal().to_owned();
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
