//! A small HTTP client: no redirects, no errors for a status, a deadline for everything.

use std::time::Duration;

use serde_json::Value;
use ureq::{Agent, http};

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: String,
}

impl Answer {
    /// Returns the JSON body; a test that asks for one wants a 200.
    pub fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }

    /// Returns the status, and the error as the AWS CLI reads it: from the header, or from the XML.
    pub fn error(&self) -> (u16, String) {
        let header = self.header("x-amzn-errortype").split(':').next().unwrap_or_default().to_owned();
        let name = if header.is_empty() { self.element("Code") } else { header };
        (self.status, name)
    }

    /// Returns a header, empty if it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns the text of the first XML element of this name, empty if there is none.
    pub fn element(&self, name: &str) -> String {
        let after = self.body.split_once(&format!("<{name}>")).map_or("", |(_, after)| after);
        after.split_once("</").map_or("", |(text, _)| text).to_owned()
    }

    /// Returns a query parameter of the address that the answer redirects to.
    pub fn redirected(&self, name: &str) -> Option<String> {
        assert_eq!(self.status, 303, "{}", self.body);
        let query = self.header("location").split_once('?')?.1;
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// Sends a GET.
pub fn get(url: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = agent().get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request.call()).unwrap()
}

/// Sends a POST with a JSON body.
pub fn post(url: &str, body: &Value) -> Answer {
    send(url, &[("content-type", "application/json")], &body.to_string()).unwrap()
}

/// Sends a POST with a form.
pub fn submit(url: &str, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    send(url, &[("content-type", "application/x-www-form-urlencoded")], &body).unwrap()
}

/// Sends a POST; the error is that of a connection.
pub fn send(url: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer, ureq::Error> {
    let mut request = agent().post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request.send(body))
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(20)));
    config.build().into()
}

fn answer(response: Result<http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, ureq::Error> {
    let (parts, mut body) = response?.into_parts();
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.read_to_string()? })
}
