//! Which variables are exported besides the regions: `export` in a `.awsenv` or in the settings, or
//! `AWSENV_EXPORT`.

use std::fmt;
use std::str::FromStr;

use anyhow::Result;

use crate::failure::Failure;
use crate::text::sanitize;

/// What is exported besides the regions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Export {
    /// `AWS_PROFILE` and session credentials.
    #[default]
    Both,
    /// Session credentials; `AWS_PROFILE` stays unset.
    Keys,
    /// `AWS_PROFILE`; the login is kept alive, and tools fetch credentials themselves.
    Profile,
}

impl FromStr for Export {
    type Err = Failure;

    fn from_str(word: &str) -> Result<Self, Failure> {
        match word {
            "both" => Ok(Self::Both),
            "keys" => Ok(Self::Keys),
            "profile" => Ok(Self::Profile),
            _ => Err(Failure::new(format!("invalid export mode: `{}`", sanitize::shown(word)))
                .hint("write `export = both`, `export = keys` or `export = profile`")),
        }
    }
}

impl fmt::Display for Export {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Both => "both",
            Self::Keys => "keys",
            Self::Profile => "profile",
        })
    }
}
