//! What the person at the browser does with a page that asks for consent.

use serde::Deserialize;

/// The person's habit; a change takes effect for the next page or poll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// Pages offer allow and deny and wait for a click or a library call.
    #[default]
    Waits,
    /// Pages allow as soon as they are opened. A device code is allowed right after its first poll was
    /// answered with `authorization_pending`, whether or not its page was opened, so that a program shows its
    /// prompt once and needs no browser.
    Approves,
    /// As [`Person::Approves`], but denies.
    Denies,
}

impl Person {
    /// Returns whether the person allows, without a click; `None` if they have not answered yet.
    pub(crate) fn answer(self) -> Option<bool> {
        match self {
            Self::Waits => None,
            Self::Approves => Some(true),
            Self::Denies => Some(false),
        }
    }
}
