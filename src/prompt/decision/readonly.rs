//! Variables that are readonly in the shell. They stay as they are, so a target that needs other values is
//! not loaded.

use anyhow::Result;

use crate::exports::change::{Change, DesiredExports};
use crate::exports::mode::Export;
use crate::exports::variable::{MANAGED, STATE, Variable};
use crate::failure::Failure;
use crate::load::plan::LoadPlan;
use crate::prompt::decision::{Decider, Decision, names};
use crate::terminal::notice::Notice;

/// The codes of the variables of keys, whose values are not known before the keys are fetched.
const KEYS: &str = "KSTE";

impl Decider<'_> {
    /// Fails if a readonly variable would have to change. Without `has_keys`, `wanted` lacks the keys, and
    /// their variables count as changed.
    pub(super) fn check_settable(
        &self,
        target: &LoadPlan,
        wanted: &DesiredExports,
        has_keys: bool,
    ) -> Result<()> {
        let exports_keys = target.mode != Export::Profile;
        let is_same = |variable: &&Variable| {
            let (env, present) = (&self.ctx.env, self.ctx.env.get(variable.name));
            let loaded = self.loaded.as_ref();
            if loaded.is_some_and(|loaded| loaded.stays(env, self.asking.is_new(), variable)) {
                return true;
            }
            if !has_keys && exports_keys && KEYS.contains(variable.code) {
                return loaded.is_some_and(|loaded| loaded.owns(env, variable));
            }
            let value = wanted.values.get(&variable.code);
            present.map(std::ffi::OsStr::as_encoded_bytes)
                == value.map(|value| value.text.reveal().as_bytes())
        };
        let is_readonly = |name: &str| self.asking.readonly.iter().any(|known| known == name);
        let stuck = MANAGED.iter().filter(|variable| is_readonly(variable.name) && !is_same(variable));
        let mut stuck: Vec<_> = stuck.map(|variable| variable.name).collect();
        stuck.extend(Some(STATE).filter(|name| is_readonly(name)));
        if stuck.is_empty() {
            return Ok(());
        }
        let (are, stuck) = (if stuck.len() == 1 { "is" } else { "are" }, stuck.join(", "));
        Err(Failure::new(format!(
            "could not load {}: {stuck} {are} readonly in this shell; take out `readonly` where it is set, and open a new shell",
            target.resolved_profile.shown()
        ))
        .into())
    }
}

/// Removes readonly variables from the changes, with a warning.
pub(super) fn leave_alone(decision: &mut Decision, readonly: &[String]) {
    let Some(transition) = decision.transition.as_mut().filter(|_| !readonly.is_empty()) else { return };
    let mut stays = Vec::new();
    transition.changes.retain(|(variable, change)| {
        let is_stuck = *change != Change::Forget && readonly.iter().any(|name| name == variable.name);
        if is_stuck && !matches!(change, Change::Hold | Change::Cover) {
            stays.push(*variable);
        }
        !is_stuck
    });
    transition.keeps_state = readonly.iter().any(|name| name == STATE);
    if decision.failed {
        return;
    }
    let line = match &*stays {
        [] => return,
        [one] => format!("{} is readonly in this shell and stays as it is", one.name),
        several => format!("{} are readonly in this shell and stay as they are", names(several)),
    };
    decision.notices.push(Notice::Warning(line));
}
