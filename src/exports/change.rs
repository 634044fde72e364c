//! The change from what a shell has to what it should have, and its reverse.

use std::collections::BTreeMap;

use crate::exports::bookkeeping::{Loaded, fingerprint_in};
use crate::exports::holding::Holding;
use crate::exports::variable::{MANAGED, Part, Variable};
use crate::system::environment::Environment;
use crate::text::digest;
use crate::values::secret::Secret;

/// What happens to one variable. A renderer needs to know nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Keep the present value in a shell variable that is not exported. Comes before the variable's next
    /// change.
    Hold,
    /// If the shell has a variable of this name that it does not export, keep its value for
    /// [`Change::Unset`]. Comes before the variable's next change.
    Cover,
    /// Export this value.
    Set(Secret),
    /// Remove the variable. A value that was covered comes back, unexported.
    Unset,
    /// Export the held value again, and drop it.
    Restore,
    /// Drop the held value.
    Forget,
}

/// What a folder, or a command line, wants to be set.
#[derive(Clone, Debug, Default)]
pub struct DesiredExports {
    /// Digest of the paths of the files it comes from, see [`Loaded::origin`].
    pub origin: String,
    /// Digest of everything wanted, see [`Loaded::plan`].
    pub plan: String,
    /// Digest of profile, account and role, see [`Loaded::whose`].
    pub whose: String,
    /// Account, role and region, see [`Loaded::holding`].
    pub holding: Holding,
    /// The values by variable code; every managed variable that is not here is to be unset.
    pub values: BTreeMap<char, Value>,
}

/// A value that is wanted.
#[derive(Clone, Debug)]
pub struct Value {
    /// The value itself.
    pub text: Secret,
    /// Its fingerprint in the bookkeeping, computed once: a session token is long.
    pub fingerprint: String,
}

impl Value {
    /// Returns the value `text` of a variable, with its fingerprint.
    pub fn new(variable: &Variable, text: &str) -> Self {
        Self { text: Secret::new(text), fingerprint: digest::of_value(variable.name, text.as_bytes()) }
    }
}

/// A list of changes, and the bookkeeping that undoes them.
#[derive(Debug, Default)]
pub struct Diff {
    /// The changes in the order of [`MANAGED`].
    pub changes: Vec<(&'static Variable, Change)>,
    /// The bookkeeping afterwards; `None` if nothing is loaded any more.
    pub loaded: Option<Loaded>,
    /// Variables whose previous value is lost, since another shell holds it.
    pub lost: Vec<&'static Variable>,
    /// Whether `AWSENV_STATE` is readonly in the shell, so that the bookkeeping stays as it is.
    pub keeps_state: bool,
}

/// What the shell that a change is for knows and keeps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Side<'a> {
    /// Whether it loaded the environment itself, and so holds the previous values that are held.
    pub holds: bool,
    /// Whether it has just read its start-up files, which then set whatever is not as awsenv left it.
    pub is_new: bool,
    /// The shell's own [`Loaded::id`].
    pub id: &'a str,
}

/// Returns the changes from `env`, in which `loaded` is loaded, to what is wanted; for `None`, to what was
/// there before.
pub fn between(
    env: &Environment,
    loaded: Option<&Loaded>,
    side: Side<'_>,
    wanted: Option<&DesiredExports>,
) -> Diff {
    let Side { holds, id, .. } = side;
    let mut diff = Diff::default();
    let mut next = wanted.map(|wanted| Loaded {
        id: loaded.filter(|_| holds).map_or(id, |loaded| &loaded.id).to_owned(),
        origin: wanted.origin.clone(),
        plan: wanted.plan.clone(),
        whose: wanted.whose.clone(),
        holding: wanted.holding.clone(),
        ..Loaded::default()
    });
    let is_same_place = loaded.zip(wanted).is_some_and(|(loaded, wanted)| loaded.origin == wanted.origin);
    for variable in MANAGED {
        let stays = is_same_place && loaded.is_some_and(|loaded| loaded.stays(env, side.is_new, variable));
        let before = before(env, loaded, holds, variable);
        if before == ValueBefore::Lost {
            match &mut next {
                // It is a loss when the folder is left.
                Some(next) if is_same_place => next.lost.push(variable.code),
                _ => diff.lost.push(variable),
            }
        }
        match (&mut next, wanted) {
            (Some(next), _) if stays => {
                next.given_up.push(variable.code);
                next.by_hand.extend(fingerprint_in(env, variable).map(|value| (variable.code, value)));
            }
            (Some(next), Some(wanted)) => diff.load(env, variable, &before, next, wanted),
            _ => diff.leave(env, loaded, variable, &before),
        }
        let held = |loaded: &Loaded| loaded.held.contains(variable.code);
        if holds
            && loaded.is_some_and(held)
            && before != ValueBefore::Held
            && !next.as_ref().is_some_and(held)
        {
            diff.changes.push((variable, Change::Forget));
        }
    }
    diff.loaded = next;
    diff
}

/// Returns `env` as it would be without awsenv, whose own exports must not decide how a profile is resolved.
/// Previous values that only a shell holds are not in it. `AWSENV_STATE` stays.
pub fn undone(env: &Environment) -> Environment {
    match Loaded::of(env) {
        Some(loaded) => between(env, Some(&loaded), Side::default(), None).applied_to(env),
        None => env.clone(),
    }
}

/// Returns the changes after the user changed the identity variables `changed`: every other one that awsenv
/// set is removed, so that there is never a mixture, and the previous values are kept for when the folder is
/// left.
pub fn withdrawal(env: &Environment, loaded: &Loaded, changed: &[&'static Variable]) -> Diff {
    let mut next = loaded.clone();
    next.overridden = true;
    next.given_up.extend(changed.iter().map(|variable| variable.code));
    for variable in changed {
        next.by_hand.extend(fingerprint_in(env, variable).map(|value| (variable.code, value)));
    }
    let mut diff = Diff::default();
    for variable in MANAGED {
        let ours = match variable.part {
            Part::Identity => loaded.owns(env, variable),
            Part::Display => env.get(variable.name).is_some(),
            Part::Region => false,
        };
        if ours && next.set.remove(&variable.code).is_some() {
            diff.changes.push((variable, Change::Unset));
        }
    }
    diff.loaded = Some(next);
    diff
}

impl Diff {
    /// Returns `env` after the changes, as a process started from it sees it. Held values are not in it.
    pub fn applied_to(&self, env: &Environment) -> Environment {
        let mut env = env.clone();
        for (variable, change) in &self.changes {
            match change {
                Change::Set(value) => env.set(variable.name, value.reveal()),
                Change::Unset => env.unset(variable.name),
                Change::Hold | Change::Cover | Change::Restore | Change::Forget => {}
            }
        }
        env
    }

    fn load(
        &mut self,
        env: &Environment,
        variable: &'static Variable,
        before: &ValueBefore,
        next: &mut Loaded,
        wanted: &DesiredExports,
    ) {
        match before {
            ValueBefore::Nothing | ValueBefore::Lost => {}
            ValueBefore::Recorded(value) => {
                next.was.insert(variable.code, value.clone());
            }
            ValueBefore::Held => next.held.push(variable.code),
            ValueBefore::Present => {
                if let Some(value) = env.get(variable.name) {
                    next.remember(variable, value);
                }
                if next.held.contains(variable.code) {
                    self.changes.push((variable, Change::Hold));
                }
            }
        }
        match wanted.values.get(&variable.code) {
            Some(value) => {
                next.set.insert(variable.code, value.fingerprint.clone());
                if env.get(variable.name).is_none() {
                    self.changes.push((variable, Change::Cover));
                }
                self.set(env, variable, value.text.clone());
            }
            None => self.unset(env, variable),
        }
    }

    fn leave(
        &mut self,
        env: &Environment,
        loaded: Option<&Loaded>,
        variable: &'static Variable,
        before: &ValueBefore,
    ) {
        match before {
            ValueBefore::Recorded(value) => self.set(env, variable, Secret::new(value)),
            ValueBefore::Held => self.changes.push((variable, Change::Restore)),
            // A hook has removed it, and what it covered has not come back.
            ValueBefore::Nothing
                if loaded.is_some_and(|loaded| loaded.withdrawn && loaded.owns(env, variable)) =>
            {
                self.changes.push((variable, Change::Unset));
            }
            // What the user set inside stays, and what the user unset stays unset.
            ValueBefore::Nothing | ValueBefore::Lost if loaded.is_some() => self.unset(env, variable),
            _ => {}
        }
    }

    fn set(&mut self, env: &Environment, variable: &'static Variable, value: Secret) {
        if env.get(variable.name).and_then(|present| present.to_str()) != Some(value.reveal()) {
            self.changes.push((variable, Change::Set(value)));
        }
    }

    fn unset(&mut self, env: &Environment, variable: &'static Variable) {
        if env.get(variable.name).is_some() {
            self.changes.push((variable, Change::Unset));
        }
    }
}

/// What a variable was before awsenv touched it.
#[derive(Debug, PartialEq, Eq)]
enum ValueBefore {
    /// It was unset, or the user unset it since.
    Nothing,
    /// It had this value.
    Recorded(String),
    /// It had a value that this shell holds.
    Held,
    /// It had a value that another shell holds.
    Lost,
    /// It has it still: nothing is loaded, or the user set it since.
    Present,
}

fn before(env: &Environment, loaded: Option<&Loaded>, holds: bool, variable: &Variable) -> ValueBefore {
    match loaded {
        Some(loaded) if loaded.owns(env, variable) => {
            if let Some(value) = loaded.was.get(&variable.code) {
                ValueBefore::Recorded(value.clone())
            } else if loaded.lost.contains(variable.code) {
                ValueBefore::Lost
            } else if !loaded.held.contains(variable.code) {
                ValueBefore::Nothing
            } else if holds {
                ValueBefore::Held
            } else {
                ValueBefore::Lost
            }
        }
        _ if env.get(variable.name).is_some() => ValueBefore::Present,
        _ => ValueBefore::Nothing,
    }
}

#[cfg(test)]
mod tests;
