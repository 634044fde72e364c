//! Signature Version 4 as a caller makes it, for `POST /` without a query.

use awsenv_emulator::{AccessKey, Emulator};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::client::{Answer, send};

/// What a caller can get wrong.
#[derive(Clone)]
pub struct Signer {
    pub key: AccessKey,
    pub time: DateTime<Utc>,
    pub service: &'static str,
    pub region: &'static str,
}

/// The access key of alice, whom the emulator knows from the start.
pub fn alice() -> AccessKey {
    AccessKey {
        id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        session_token: String::new(),
    }
}

impl Signer {
    pub fn new(key: AccessKey) -> Self {
        Self { key, time: Utc::now(), service: "sts", region: "eu-west-1" }
    }

    /// Calls an action of STS.
    pub fn call(&self, emulator: &Emulator, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .append_pair("Version", "2011-06-15")
            .finish();
        let headers = self.headers(emulator.url().trim_start_matches("http://"), &body);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        send(&format!("{}/", emulator.url()), &headers, &body).unwrap()
    }

    /// Returns the headers of a signed request; more may be added that are not signed.
    pub fn headers(&self, host: &str, body: &str) -> Vec<(&'static str, String)> {
        let time = self.time.format("%Y%m%dT%H%M%SZ").to_string();
        let mut headers = vec![
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned()),
            ("host", host.to_owned()),
            ("x-amz-date", time.clone()),
        ];
        if !self.key.session_token.is_empty() {
            headers.push(("x-amz-security-token", self.key.session_token.clone()));
        }
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines =
            headers.iter().map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>().join("\n");
        let canonical = format!("POST\n/\n\n{lines}\n\n{names}\n{}", hex(&Sha256::digest(body)));
        let scope = [&time[..8], self.region, self.service, "aws4_request"];
        let credential = scope.join("/");
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{credential}\n{}", hex(&Sha256::digest(canonical)));
        let secret = format!("AWS4{}", self.key.secret).into_bytes();
        let key = scope.iter().fold(secret, |key, part| hmac(&key, part));
        headers.push((
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential={}/{credential}, SignedHeaders={names}, Signature={}",
                self.key.id,
                hex(&hmac(&key, &text))
            ),
        ));
        headers
    }
}

/// Returns the credentials in an answer of STS.
pub fn credentials(answer: &Answer) -> AccessKey {
    assert_eq!(answer.status, 200, "{}", answer.body);
    AccessKey {
        id: answer.element("AccessKeyId"),
        secret: answer.element("SecretAccessKey"),
        session_token: answer.element("SessionToken"),
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}
