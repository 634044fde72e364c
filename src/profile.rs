//! A profile: what the two files say under one name.

use crate::shared_config::{Property, Section};

/// A profile, as a view of the files that were read.
#[derive(Clone, Copy, Debug)]
pub struct Profile<'a> {
    /// Its name, unquoted; case counts.
    pub name: &'a str,
    /// Its section in the config file.
    pub config: Option<Section<'a>>,
    /// Its section in the credentials file.
    pub credentials: Option<Section<'a>>,
}

impl<'a> Profile<'a> {
    /// Returns the value of `key` (lower case), from the credentials file if it has the key, else from the
    /// config file. Set-but-empty is `Some`.
    ///
    /// Not for `aws_access_key_id` and the keys that go with it: those must come from one file, so ask the
    /// sections for them.
    pub fn get(&self, key: &str) -> Option<Property<'a>> {
        let from = |section: Option<Section<'a>>| section.and_then(|section| section.get(key));
        from(self.credentials).or_else(|| from(self.config))
    }

    /// Returns every key once, in no particular order.
    pub fn properties(&self) -> impl Iterator<Item = Property<'a>> + use<'a> {
        let credentials = self.credentials;
        let overridden = move |key: &str| credentials.is_some_and(|section| section.get(key).is_some());
        let config = self.config.into_iter().flat_map(|section| section.properties());
        let config = config.filter(move |property| !overridden(property.name()));
        config.chain(credentials.into_iter().flat_map(|section| section.properties()))
    }
}
