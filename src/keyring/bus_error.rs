//! Why a call to the keyring failed, with a fix for each reason.

use crate::failure::{Failure, FailureKind};
use crate::text::sanitize;

/// Why the keyring did not do what it was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BusError {
    /// There is no session bus to be found.
    NoBus,
    /// The bus cannot be used; the text is the reason, for the message.
    Unusable(String),
    /// There was no answer in time.
    Late,
    /// The answer is not D-Bus, or not of the expected types.
    Garbled,
    /// The keyring is locked.
    Locked,
    /// The person dismissed the keyring's prompt.
    Dismissed,
    /// An error of the service: its name and its message.
    Remote(String, String),
}

impl BusError {
    /// Returns the failure "could not `what`", with a fix.
    pub(super) fn failure(self, what: &str) -> anyhow::Error {
        let (why, hint) = self.explain();
        let kind = match self {
            Self::Dismissed => FailureKind::Declined,
            // No prompt tries again by itself: `awsenv keys unlock` tells every shell.
            Self::Locked => FailureKind::Other,
            _ => FailureKind::Unreachable,
        };
        Failure::new(format!("could not {what}: {why}")).hint(hint).kind(kind).into()
    }

    fn explain(&self) -> (String, &'static str) {
        const RESTART: &str = "restart it, or log out of your desktop and in again";
        match self {
            Self::NoBus if cfg!(target_os = "macos") => (
                "the Keychain of macOS is not supported yet".to_owned(),
                "keep the keys in ~/.aws/credentials, or use IAM Identity Center",
            ),
            Self::NoBus => (
                "there is no keyring here: `DBUS_SESSION_BUS_ADDRESS` is not set".to_owned(),
                "run it in your desktop's session, or keep the keys in ~/.aws/credentials on this machine",
            ),
            Self::Unusable(why) => (why.clone(), "run it in your desktop's session"),
            Self::Late => ("the keyring did not answer within 2 seconds".to_owned(), RESTART),
            Self::Garbled => ("the answer of the keyring makes no sense".to_owned(), RESTART),
            Self::Locked => ("the keyring is locked".to_owned(), "run `awsenv keys unlock`"),
            Self::Dismissed => (
                "the keyring was not unlocked".to_owned(),
                "run `awsenv keys unlock` in your desktop's session, where it can ask for its password",
            ),
            Self::Remote(name, _) if is_missing_service(name) => (
                "there is no keyring on the session bus".to_owned(),
                "install and start gnome-keyring, KWallet or KeePassXC",
            ),
            Self::Remote(name, words) => {
                (format!("{} ({})", sanitize::shown(words), sanitize::shown(name)), RESTART)
            }
        }
    }
}

fn is_missing_service(name: &str) -> bool {
    ["ServiceUnknown", "NameHasNoOwner"]
        .iter()
        .any(|error| name.strip_prefix("org.freedesktop.DBus.Error.") == Some(error))
        || name.starts_with("org.freedesktop.DBus.Error.Spawn.")
}
