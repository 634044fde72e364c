//! An error of the service, and its form on the wire of each service.
//!
//! The AWS CLI recognises errors of the JSON services by the header `x-amzn-ErrorType` alone, up to its first
//! colon (AWS CLI 2.36, `botocore/parsers.py`); the bodies follow traces of the real services.

use serde_json::{Value, json};

use crate::{issuer, operation::Service, page, reply::Reply, sts};

/// Why a request was not answered.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub status: u16,
    /// The name of the exception, as `SlowDownException` or `AccessDenied`; empty to leave it out.
    pub name: String,
    pub message: String,
}

impl Refusal {
    /// Makes a refusal.
    pub fn new(status: u16, name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, name: name.into(), message: message.into() }
    }

    /// Returns the error in the form of `service`.
    pub fn reply(&self, service: Service) -> Reply {
        match service {
            Service::Oidc => self.json(
                "com.amazonaws.sso.oidc",
                &json!({ "error": oauth_code(&self.name), "error_description": self.message }),
            ),
            Service::Portal => {
                let mut body = json!({ "message": self.message });
                if !self.name.is_empty() {
                    body["__type"] = json!(format!("com.amazonaws.switchboard.portal#{}", self.name));
                }
                self.json("com.amazonaws.switchboard.portal", &body)
            }
            Service::Sts | Service::Iam => {
                Reply::xml(sts::error(self, service == Service::Iam)).status(self.status)
            }
            Service::Ecr => {
                let body = json!({ "__type": self.name, "message": self.message });
                Reply { headers: Vec::new(), ..Reply::json(&body).status(self.status) }
                    .header("content-type", "application/x-amz-json-1.1".to_owned())
            }
            Service::Machine => {
                Reply::json(&json!({ "code": self.name, "message": self.message })).status(self.status)
            }
            Service::Signin => {
                let kind =
                    if self.status < 500 { "AccessDeniedException" } else { "InternalServerException" };
                Reply::json(&json!({ "error": self.name, "message": self.message }))
                    .status(self.status)
                    .header("x-amzn-errortype", kind.to_owned())
            }
            Service::Page => Reply::html(page::notice(&self.message)).status(self.status),
        }
    }

    fn json(&self, namespace: &str, body: &Value) -> Reply {
        let reply = Reply::json(body).status(self.status).header("x-amzn-requestid", issuer::uuid());
        if self.name.is_empty() {
            return reply;
        }
        let kind = format!("{}:http://internal.amazon.com/coral/{namespace}/", self.name);
        reply.header("x-amzn-errortype", kind)
    }
}

/// Returns the OAuth code of an exception: `SlowDownException` is `slow_down`.
fn oauth_code(name: &str) -> String {
    if name == "InternalServerException" {
        return "server_error".to_owned();
    }
    let mut code = String::new();
    for letter in name.trim_end_matches("Exception").chars() {
        if letter.is_ascii_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.push(letter.to_ascii_lowercase());
    }
    code
}

#[cfg(test)]
mod tests {
    use super::oauth_code;

    #[test]
    fn exceptions_have_their_oauth_codes() {
        for (name, code) in [
            ("AuthorizationPendingException", "authorization_pending"),
            ("SlowDownException", "slow_down"),
            ("InvalidGrantException", "invalid_grant"),
            ("InvalidRedirectUriException", "invalid_redirect_uri"),
            ("InternalServerException", "server_error"),
        ] {
            assert_eq!(oauth_code(name), code, "{name}");
        }
    }
}
