//! Whether something that expires can still be used.

/// The state of a login or of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It can be used.
    Alive,
    /// It is there, and has expired.
    Expired,
    /// It is not there.
    Missing,
}

impl Validity {
    /// Returns the state of something that is alive or not; `None` if it is not there.
    pub fn new(is_alive: Option<bool>) -> Self {
        match is_alive {
            Some(true) => Self::Alive,
            Some(false) => Self::Expired,
            None => Self::Missing,
        }
    }

    /// Returns it as commands show it: `alive`, `expired` or `none`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Expired => "expired",
            Self::Missing => "none",
        }
    }
}
