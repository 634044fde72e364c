//! Keys in the system's keyring, which `awsenv keys get NAME` prints for other tools. awsenv reads the
//! keyring itself, whatever the path of the program in the profile's line.

use anyhow::Result;

use super::{ConfiguredSource, Fetched, Resolution};
use crate::cache::key_account;
use crate::keyring;
use crate::shared_config::CleanContext;
use crate::terminal::message;
use crate::values::credentials::Credentials;

/// Keys that are kept under a name.
pub(super) struct KeyringKeys {
    pub resolution: Resolution,
    name: String,
    /// Stands for the key, whose id only the keyring knows.
    id: String,
}

impl KeyringKeys {
    pub(super) fn new(resolution: Resolution, name: &str) -> Self {
        Self { resolution, name: name.to_owned(), id: id(name) }
    }
}

/// Returns what stands for the id of the key that is kept under a name: rotated or not, it is the same
/// user's.
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
