//! What the listener answers: the credentials, or a refusal.

use serde_json::json;
use zeroize::Zeroizing;

use crate::values::secret::Secret;

/// An HTTP answer, after which the connection is closed.
#[derive(Debug)]
pub struct Answer {
    /// The status code and its reason: `200 OK`.
    pub status: &'static str,
    /// JSON. It may hold keys.
    pub body: Secret,
}

impl Answer {
    /// Returns an error of the container protocol: an object with `code` and `message`.
    pub fn refusal(status: &'static str, code: &str, message: &str) -> Self {
        Self { status, body: Secret::new(json!({"code": code, "message": message}).to_string()) }
    }

    /// Returns the answer as it is sent.
    pub fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let (status, body) = (self.status, self.body.reveal());
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        );
        let mut bytes = Zeroizing::new(Vec::with_capacity(head.len() + length));
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(body.as_bytes());
        bytes
    }
}
