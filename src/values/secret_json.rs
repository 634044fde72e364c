//! JSON that holds secrets among other things: its `Debug` hides all of it, and its texts are overwritten
//! when it is dropped.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use zeroize::Zeroize as _;

/// A JSON value with secrets in it.
#[derive(Clone, PartialEq)]
pub struct SecretJson(pub Value);

impl Deref for SecretJson {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl DerefMut for SecretJson {
    fn deref_mut(&mut self) -> &mut Value {
        &mut self.0
    }
}

impl<'de> Deserialize<'de> for SecretJson {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(Self)
    }
}

impl fmt::Debug for SecretJson {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("(secret)")
    }
}

impl Drop for SecretJson {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(items) => items.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_text_is_wiped_and_none_is_shown() {
        let mut value = SecretJson(json!({"a": "canary", "b": [{"c": "canary"}, 1, null, "canary"]}));
        assert_eq!(format!("{value:?}"), "(secret)");
        wipe(&mut value);
        assert_eq!(*value, json!({"a": "", "b": [{"c": ""}, 1, null, ""]}));
    }
}
