//! A reply as the handlers make it.

use serde_json::Value;

use crate::fault::{Answer, End};

/// An HTTP reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    pub end: End,
}

impl Reply {
    /// Returns a 200 with a JSON body.
    pub fn json(body: &Value) -> Self {
        Self::of(200, "application/json", body.to_string())
    }

    /// Returns a 200 with plain text.
    pub fn text(body: String) -> Self {
        Self::of(200, "text/plain", body)
    }

    /// Returns a 200 with an XML body.
    pub fn xml(body: String) -> Self {
        Self::of(200, "text/xml", body)
    }

    /// Returns a 200 with an HTML body.
    pub fn html(body: String) -> Self {
        Self::of(200, "text/html; charset=utf-8", body)
    }

    /// Returns a 303 to `location`.
    pub fn redirect(location: String) -> Self {
        Self { status: 303, headers: vec![("location", location)], body: String::new(), end: End::Whole }
    }

    /// Returns what a fault answers.
    pub fn wrong(answer: Answer) -> Self {
        let Answer { status, mut headers, body, end } = answer;
        if matches!(end, End::CutOff | End::Silent) {
            headers.push(("content-length", (body.len() + 1000).to_string()));
        }
        Self { status, headers, body, end }
    }

    /// Returns the reply with another status.
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Returns the reply with one more header.
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    fn of(status: u16, content_type: &str, body: String) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body, end: End::Whole }
    }
}
