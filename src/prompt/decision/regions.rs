//! The two variables of the region. Tools read one or the other, so if a person changes one, the other
//! follows.

use crate::exports::bookkeeping::Loaded;
use crate::exports::change::{Change, Diff};
use crate::exports::variable::{MANAGED, Part, Variable};
use crate::prompt::decision::Decision;
use crate::system::context::Context;
use crate::system::environment::Environment;
use crate::terminal::notice::Notice;
use crate::text::sanitize;
use crate::values::secret::Secret;

/// The variable that follows the other one.
pub(super) struct Follower {
    variable: &'static Variable,
    /// `None` if the other one was unset.
    value: Option<String>,
    leader: &'static Variable,
}

impl Follower {
    /// Returns the variable that was not changed by hand, if the other one was since the last prompt.
    pub(super) fn find(env: &Environment, loaded: &Loaded) -> Option<Self> {
        let mut regions = MANAGED.iter().filter(|variable| variable.part == Part::Region);
        let (first, second) = (regions.next()?, regions.next()?);
        let (leader, variable) = match (loaded.is_moved(env, first), loaded.is_moved(env, second)) {
            (true, false) => (first, second),
            (false, true) => (second, first),
            _ => return None,
        };
        // Where only one is set, no two tools see different regions.
        let own = env.get(variable.name)?;
        let value = match env.get(leader.name) {
            Some(value) => Some(value.to_str()?.to_owned()).filter(|value| !value.is_empty()),
            None => None,
        };
        (value.as_deref() != own.to_str()).then_some(Self { variable, value, leader })
    }

    /// Returns the context as if the person had changed both.
    pub(super) fn followed(&self, ctx: &Context) -> Context {
        let mut env = ctx.env.clone();
        match &self.value {
            Some(value) => env.set(self.variable.name, value),
            None => env.unset(self.variable.name),
        }
        ctx.with_env(env)
    }

    /// Adds the change to a decision that was made for [`Follower::followed`], with the environment `env`.
    pub(super) fn follow(self, decision: &mut Decision, env: &Environment, loaded: &Loaded) {
        let unchanged = || Diff { loaded: Some(loaded.clone()), ..Diff::default() };
        let transition = decision.transition.get_or_insert_with(unchanged);
        if transition.changes.iter().any(|(changed, _)| changed.code == self.variable.code) {
            return;
        }
        let (leader, name) = (self.leader.name, self.variable.name);
        let line = match &self.value {
            Some(value) => {
                let value = sanitize::shown_up_to(64, value);
                format!("you set {leader}={value}, so {name} is {value} too")
            }
            None => format!("you unset {leader}, so {name} was unset too"),
        };
        decision.notices.push(Notice::Status(line));
        let change = self.value.map_or(Change::Unset, |value| Change::Set(Secret::new(value)));
        transition.changes.push((self.variable, change));
        if let Some(next) = transition.loaded.as_mut().filter(|next| next.origin == loaded.origin)
            && let Some(noted) = next.noting_regions(env)
        {
            *next = noted;
        }
    }
}
