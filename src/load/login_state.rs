//! Whether the login that a profile needs is alive, as far as files tell.

use std::collections::HashMap;

use crate::shared_config::profile::ProfileKind;
use crate::sources::ConfiguredSource;
use crate::sources::resolution::Store;
use crate::system::context::Context;
use crate::values::validity::Validity;

/// The states that were read already: thousands of profiles share a few logins, and each is read from disk
/// once.
#[derive(Debug, Default)]
pub struct LoginStates(HashMap<String, Validity>);

impl LoginStates {
    /// Returns the state of the login at the end of the profile's chain: one to Identity Center, one of
    /// `aws login`, the keys that a program printed last, or the session of an MFA device. `None` if the
    /// profile needs no login.
    pub fn of(&mut self, ctx: &Context, selection: &dyn ConfiguredSource) -> Option<Validity> {
        let origin = selection.origin();
        if let Some(login) = &origin.login {
            let state = || login.state(ctx);
            return Some(*self.0.entry(login.token.clone()).or_insert_with(state));
        }
        match (&origin.store, origin.kind) {
            (Store::Login(_), _) => Some(origin.store.state(ctx)),
            // Before a program has run, nothing is known of its login.
            (Store::OwnCache(_), ProfileKind::Process) => {
                Some(origin.store.state(ctx)).filter(|state| *state != Validity::Missing)
            }
            _ => {
                let device = selection.device().filter(|device| device.opens_session)?;
                Some(device.state(ctx))
            }
        }
    }
}
