//! A request as the handlers see it: read whole, with its parts at hand.

use form_urlencoded::parse;
use hyper::HeaderMap;
use serde_json::Value;

/// An HTTP request.
#[derive(Debug)]
pub(crate) struct Request {
    pub method: String,
    /// The path as it was sent, still percent-encoded.
    pub path: String,
    /// The query as it was sent, still percent-encoded, empty if none.
    pub query: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Request {
    /// Returns the header's value, if there is one in visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the first query parameter of this name, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        first(self.query.as_bytes(), name)
    }

    /// Returns the first field of this name of a form body, decoded.
    pub fn field(&self, name: &str) -> Option<String> {
        first(&self.body, name)
    }

    /// Returns the JSON body, or null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn first(pairs: &[u8], name: &str) -> Option<String> {
    parse(pairs).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Returns the text at `key` of a JSON object; none if it is absent, empty, or no text.
pub(crate) fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// Returns the texts of the array at `key` of a JSON object; none if it is absent.
pub(crate) fn texts(object: &Value, key: &str) -> Option<Vec<String>> {
    Some(object.get(key)?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}
