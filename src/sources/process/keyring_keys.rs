//! Keys in the system's keyring, for a `credential_process` that is `awsenv keys get NAME`. awsenv reads the
//! keyring itself, whatever the path of the program in the line.

use anyhow::Result;

use super::{ConfiguredSource, Fetched, Resolution};
use crate::cache::key_account;
use crate::keyring;
use crate::shared_config::CleanContext;
use crate::terminal::message;
use crate::values::credentials::Credentials;

/// Keys that the keyring has under a name.
pub(super) struct KeyringKeys {
    pub resolution: Resolution,
    name: String,
    /// Takes the place of the access key id, which only the keyring knows.
    id: String,
}

impl KeyringKeys {
    pub(super) fn new(resolution: Resolution, name: &str) -> Self {
        Self { resolution, name: name.to_owned(), id: id(name) }
    }
}

/// Returns what takes the place of the access key id for the keys under a name. It stays the same when the
/// key is rotated, since the user does.
pub fn id(name: &str) -> String {
    format!("keyring {name}")
}

impl ConfiguredSource for KeyringKeys {
    fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    fn fetch(&self, ctx: &CleanContext) -> Result<Fetched> {
        message::debug(ctx, || "the keys are read from the keyring".to_owned());
        let keys = keyring::read(ctx, &self.name)?.ok_or_else(|| keyring::missing(&self.name))?.keys;
        let account = key_account::known(ctx, &keys.access_key_id);
        Ok(Fetched::Keys(Credentials { account, ..keys }))
    }

    fn long_lived_key(&self) -> Option<&str> {
        Some(&self.id)
    }
}
