//! Text that must not be shown: it has no `Display`, its `Debug` hides it, and its memory is overwritten when
//! it is dropped.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A secret: a key, a token, a client secret.
///
/// The value leaves through [`Secret::reveal`] alone, so that a search for that name lists every place that
/// can leak one.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// Returns the secret itself: for the environment of a child, a cache file, or a request to AWS.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::new)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("(secret)")
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt as _;

    use super::*;

    #[test]
    fn a_secret_that_goes_leaves_nothing_in_memory() {
        let memory = File::open("/proc/self/mem").unwrap();
        let secret = Secret::new("canary".repeat(700));
        let (place, length) = (secret.reveal().as_ptr().addr() as u64, secret.reveal().len());
        let read = || {
            let mut bytes = vec![0; length];
            memory.read_exact_at(&mut bytes, place).unwrap();
            bytes.windows(6).filter(|window| window == b"canary").count()
        };
        assert_eq!(read(), 700);
        drop(secret);
        assert_eq!(read(), 0);
    }
}
