//! Text that must not be shown: it has no `Display`, and its `Debug` hides it.

use std::fmt;

/// A secret: a key, a token, a client secret.
///
/// The value leaves through [`Secret::reveal`] alone, so that a search for that name lists every place that
/// can leak one.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Returns the secret itself: for the environment of a child, a cache file, or a request to AWS.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("(secret)")
    }
}
