//! The profile or keys that a person set in a shell by hand, after awsenv had loaded others.

use crate::exports::bookkeeping::Loaded;
use crate::system::environment::Environment;
use crate::text::timestamp;
use crate::values::credentials::{Credentials, is_plain};
use crate::values::secret::Secret;

/// What tools use in such a shell, in their order.
#[derive(Clone, Debug)]
pub enum ByHand {
    /// Keys in the environment.
    Keys(Credentials),
    /// A profile that `AWS_PROFILE` names.
    Profile(String),
    /// Neither.
    Nothing,
}

impl ByHand {
    /// Returns what tools use, and the names of the variables that the person changed; `None` if nothing is
    /// loaded, or the person changed none of its identity variables.
    pub fn of(env: &Environment) -> Option<(Self, Vec<&'static str>)> {
        let loaded = Loaded::of(env)?;
        let changed: Vec<_> =
            loaded.identity_changes(env).into_iter().map(|variable| variable.name).collect();
        if changed.is_empty() {
            return None;
        }
        let key = |name: &str| env.text(name).filter(|value| is_plain(value)).map(str::to_owned);
        let held = match (key("AWS_ACCESS_KEY_ID"), key("AWS_SECRET_ACCESS_KEY"), key("AWS_PROFILE")) {
            (Some(access_key_id), Some(secret), _) => Self::Keys(Credentials {
                access_key_id,
                secret_access_key: Secret::new(secret),
                session_token: key("AWS_SESSION_TOKEN").map(Secret::new),
                expiration: env.text("AWS_CREDENTIAL_EXPIRATION").and_then(timestamp::parse),
                account: None,
            }),
            (_, _, Some(profile)) => Self::Profile(profile),
            _ => Self::Nothing,
        };
        Some((held, changed))
    }
}
