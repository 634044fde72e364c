//! Keys that stand in the files themselves.
//!
//! ```ini
//! [acme]
//! aws_access_key_id = AKIA...
//! aws_secret_access_key = ...
//! ```
//!
//! They must stand together in one file: the credentials file goes first, the config file last of all sources
//! (AWS CLI 2.36). A key id decides that the profile is of this kind; a secret alone does not.

use anyhow::Result;

use super::{Facts, Fetched, Query, Selection, Source, Store};
use crate::context::Context;
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::secret::Secret;
use crate::shared_config::Section;
use crate::text;

/// Keys in `~/.aws/credentials`.
pub struct InCredentialsFile;

/// Keys in `~/.aws/config`.
pub struct InConfigFile;

impl Source for InCredentialsFile {
    fn select<'a>(&self, query: &Query<'a>) -> Option<Result<Box<dyn Selection + 'a>>> {
        select(query, query.profile.credentials?)
    }
}

impl Source for InConfigFile {
    fn select<'a>(&self, query: &Query<'a>) -> Option<Result<Box<dyn Selection + 'a>>> {
        select(query, query.profile.config?)
    }
}

struct Keys {
    facts: Facts,
    credentials: Credentials,
}

impl Selection for Keys {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn fetch(&self, _: &Context) -> Result<Fetched> {
        Ok(Fetched::Keys(self.credentials.clone()))
    }
}

fn select<'a>(query: &Query<'a>, section: Section<'a>) -> Option<Result<Box<dyn Selection + 'a>>> {
    let id = section.get("aws_access_key_id")?;
    let Some(secret) = section.get("aws_secret_access_key") else {
        let name = text::shown(query.profile.name);
        return Some(Err(Failure::new(format!("could not use the profile `{name}`: `aws_secret_access_key` is missing beside {}", id.place()))
            .hint("write both keys into the same section of the same file")
            .into()));
    };
    // The older spelling goes first (botocore 1.43).
    let token = section.get("aws_security_token").or_else(|| section.get("aws_session_token"));
    let token = token.filter(|token| !token.text().is_empty());
    let store = match (id.range(), secret.range(), token.as_ref().map(|token| token.range())) {
        (Some(access_key_id), Some(secret_access_key), None) => {
            Store::File { path: section.path().to_owned(), access_key_id, secret_access_key, session_token: None }
        }
        (Some(access_key_id), Some(secret_access_key), Some(Some(token))) => {
            Store::File { path: section.path().to_owned(), access_key_id, secret_access_key, session_token: Some(token) }
        }
        // A value that goes on over several lines has no one place.
        _ => Store::Nowhere,
    };
    let credentials = Credentials {
        access_key_id: id.text().to_owned(),
        secret_access_key: Secret::new(secret.text()),
        session_token: token.map(|token| Secret::new(token.text())),
        expiration: None,
        account: None,
    };
    let facts = Facts { kind: "static", account: None, role: None, login: None, store };
    Some(Ok(Box::new(Keys { facts, credentials })))
}
