//! The environment that a command runs in.

use crate::exports::bookkeeping;
use crate::exports::change::{self, Side, Value};
use crate::exports::variable::{self, STATE};
use crate::load::plan::LoadPlan;
use crate::shared_config::CleanContext;
use crate::system::environment::Environment;
use crate::text::digest;
use crate::values::credentials::Credentials;
use crate::values::role_arn;
use crate::values::secret::Secret;

/// Returns the environment for the command: the user's, with what the profile exports, or with the `served`
/// variables in place of the keys. It is marked as pinned, so that hooks in shells below leave it alone.
pub(super) fn environment(
    clean: &CleanContext,
    target: &LoadPlan,
    credentials: Option<&Credentials>,
    served: Option<&[(char, Secret)]>,
) -> Environment {
    let origin = if target.role.is_some() { role_arn::ORIGIN } else { bookkeeping::EXEC };
    let mut wanted = target.wanted(credentials.filter(|_| served.is_none()), origin, "");
    for (code, text) in served.into_iter().flatten() {
        if let Some(variable) = variable::by_code(*code) {
            wanted.values.insert(*code, Value::new(variable, text.reveal()));
        }
    }
    let wanted = target.displaying(clean, wanted, credentials, None);
    let id = digest::of([wanted.plan.as_bytes()], 8);
    let mut transition =
        change::between(&clean.env, None, Side { id: &id, ..Side::default() }, Some(&wanted));
    let mut env = transition.applied_to(&clean.env);
    if let Some(loaded) = &mut transition.loaded {
        loaded.pinned = true;
        target.region.as_ref().map_or("", |region| region.from.name()).clone_into(&mut loaded.region_from);
        // Nobody holds them: the command starts from here.
        loaded.held.clear();
        env.set(STATE, loaded.encode());
    }
    env
}
