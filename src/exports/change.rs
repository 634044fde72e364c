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
    /// Keep the value that the shell has without exporting it, if it has one, for [`Change::Unset`]. Comes
    /// before the variable's next change.
    Cover,
    /// Export this value.
    Set(Secret),
    /// Remove the variable, or give it back what was covered.
    Unset,
    /// Export the held value again, and drop it.
    Restore,
    /// Drop the held value.
    Forget,
}

/// What a folder wants to be set.
#[derive(Clone, Debug, Default)]
pub struct DesiredExports {
    /// Digest of the files it comes from, see [`Loaded::origin`].
    pub origin: String,
    /// Digest of everything wanted, see [`Loaded::plan`].
    pub plan: String,
    /// Digest of whose environment it is, see [`Loaded::whose`].
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
    /// Its fingerprint in the bookkeeping, which is the longer to make the longer the value.
    pub fingerprint: String,
}

impl Value {
    /// Makes the value of a variable.
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
    /// Whether the bookkeeping cannot be changed in the shell.
    pub keeps_state: bool,
}

/// The shell that a change is for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Side<'a> {
    /// Whether it keeps the previous values that the bookkeeping says are held.
    pub holds: bool,
    /// Whether it read its start-up files since it looked last: what is not as awsenv left it then comes from
    /// them.
    pub is_new: bool,
    /// Becomes the identity of new bookkeeping.
    pub id: &'a str,
}

/// Returns how to get from `env`, in which `loaded` is loaded, to what is wanted (`None`: to what was
/// before).
pub fn between(
    env: &Environment,
    loaded: Option<&Loaded>,
    side: Side<'_>,
    wanted: Option<&DesiredExports>,
) -> Diff {
    let Side { holds, id, .. } = side;
    let mut transition = Diff::default();
    let mut next = wanted.map(|wanted| Loaded {
        id: loaded.filter(|_| holds).map_or(id, |loaded| &loaded.id).to_owned(),
        origin: wanted.origin.clone(),
        plan: wanted.plan.clone(),
        whose: wanted.whose.clone(),
        holding: wanted.holding.clone(),
        ..Loaded::default()
    });
    for variable in MANAGED {
        let is_same_place = loaded.zip(wanted).is_some_and(|(loaded, wanted)| loaded.origin == wanted.origin);
        let stays = is_same_place && loaded.is_some_and(|loaded| loaded.stays(env, side.is_new, variable));
        let before = before(env, loaded, holds, variable);
        if before == ValueBefore::Lost {
            match &mut next {
                // It is a loss when the folder is left.
                Some(next) if is_same_place => next.lost.push(variable.code),
                _ => transition.lost.push(variable),
            }
        }
        match (&mut next, wanted) {
            (Some(next), _) if stays => {
                next.given_up.push(variable.code);
                next.by_hand.extend(fingerprint_in(env, variable).map(|value| (variable.code, value)));
            }
            (Some(next), Some(wanted)) => transition.load(env, variable, &before, next, wanted),
            _ => transition.leave(env, loaded, variable, &before),
        }
        let held = |loaded: &Loaded| loaded.held.contains(variable.code);
        if holds
            && loaded.is_some_and(held)
            && before != ValueBefore::Held
            && !next.as_ref().is_some_and(held)
        {
            transition.changes.push((variable, Change::Forget));
        }
    }
    transition.loaded = next;
    transition
}

/// Returns `env` as it would be without awsenv: its own exports must not decide how a profile is resolved.
/// Previous values that a shell holds are not in it.
pub fn undone(env: &Environment) -> Environment {
    match Loaded::of(env) {
        Some(loaded) => between(env, Some(&loaded), Side::default(), None).applied_to(env),
        None => env.clone(),
    }
}

/// Returns how to withdraw after the user changed `changed`: every other identity variable that awsenv set
/// goes, so that there is never a mixture, and the way back is kept.
pub fn withdrawal(env: &Environment, loaded: &Loaded, changed: &[&'static Variable]) -> Diff {
    let mut next = loaded.clone();
    next.overridden = true;
    next.given_up.extend(changed.iter().map(|variable| variable.code));
    for variable in changed {
        next.by_hand.extend(fingerprint_in(env, variable).map(|value| (variable.code, value)));
    }
    let mut transition = Diff::default();
    for variable in MANAGED {
        let ours = match variable.part {
            Part::Identity => loaded.owns(env, variable),
            Part::Display => env.get(variable.name).is_some(),
            Part::Region => false,
        };
        if ours && next.set.remove(&variable.code).is_some() {
            transition.changes.push((variable, Change::Unset));
        }
    }
    transition.loaded = Some(next);
    transition
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
            // A hook took it out, and gave nothing back.
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIDE: Side<'_> = Side { holds: true, is_new: false, id: "id" };

    /// A shell: what it exports, and what it holds.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct Shell {
        env: Environment,
        held: BTreeMap<&'static str, std::ffi::OsString>,
        unexported: BTreeMap<&'static str, String>,
        covered: BTreeMap<&'static str, String>,
        loaded: Option<Loaded>,
    }

    impl Shell {
        fn go(&mut self, wanted: Option<&DesiredExports>) {
            let transition = between(&self.env, self.loaded.as_ref(), SIDE, wanted);
            for (variable, change) in &transition.changes {
                match change {
                    Change::Hold => {
                        self.held.insert(variable.name, self.env.get(variable.name).unwrap().to_owned());
                    }
                    Change::Cover => self.covered.extend(self.unexported.remove_entry(variable.name)),
                    Change::Set(value) => self.env.set(variable.name, value.reveal()),
                    Change::Unset => {
                        self.env.unset(variable.name);
                        self.unexported.extend(self.covered.remove_entry(variable.name));
                    }
                    Change::Restore => {
                        let value = self.held.remove(variable.name).expect("the value is held");
                        self.env.set(variable.name, value);
                    }
                    Change::Forget => {
                        self.held.remove(variable.name);
                    }
                }
            }
            self.loaded = transition.loaded;
        }
    }

    fn values() -> impl Strategy<Value = BTreeMap<char, String>> {
        let code = prop::sample::select(MANAGED.iter().map(|variable| variable.code).collect::<Vec<_>>());
        prop::collection::btree_map(code, "[a-z]{0,3}|[A-Z\"\\\\é]{200}", 0..8)
    }

    fn environment(values: &BTreeMap<char, String>) -> Environment {
        let mut env = Environment::default();
        for (code, value) in values {
            env.set(crate::exports::variable::by_code(*code).unwrap().name, value);
        }
        env
    }

    fn wanted(origin: &str, values: &BTreeMap<char, String>) -> DesiredExports {
        let value = |code: &char, text| Value::new(crate::exports::variable::by_code(*code).unwrap(), text);
        let values = values.iter().map(|(code, text)| (*code, value(code, text))).collect();
        DesiredExports { origin: origin.into(), values, ..DesiredExports::default() }
    }

    proptest! {
        #[test]
        fn loading_gives_what_is_wanted_and_leaving_gives_what_was(
            before in values(), own in values(), first in values(), second in values()
        ) {
            let mut start = Shell { env: environment(&before), ..Shell::default() };
            let own = own.into_iter().filter(|(code, _)| !before.contains_key(code));
            start.unexported.extend(own.map(|(code, text)| (crate::exports::variable::by_code(code).unwrap().name, text)));
            let mut shell = start.clone();
            shell.go(Some(&wanted("a", &first)));
            prop_assert_eq!(&shell.env, &environment(&first));
            shell.go(Some(&wanted("b", &second)));
            prop_assert_eq!(&shell.env, &environment(&second), "one step, no mixture");
            prop_assert!(shell.loaded.as_ref().unwrap().encode().len() < 1024);
            shell.go(None);
            prop_assert_eq!(shell, start);
        }

        #[test]
        fn what_the_user_changed_inside_stays(before in values(), first in values(), inside in values()) {
            let mut shell = Shell { env: environment(&before), ..Shell::default() };
            shell.go(Some(&wanted("a", &first)));
            for (code, value) in &inside {
                shell.env.set(crate::exports::variable::by_code(*code).unwrap().name, value);
            }
            shell.go(None);
            let mut expected = environment(&before);
            for (code, value) in inside.iter().filter(|(code, value)| first.get(code) != Some(value)) {
                expected.set(crate::exports::variable::by_code(*code).unwrap().name, value);
            }
            prop_assert_eq!(&shell.env, &expected);
            prop_assert!(shell.held.is_empty());
        }

        #[test]
        fn a_shell_that_did_not_load_restores_all_but_what_is_held(before in values(), first in values()) {
            let mut shell = Shell { env: environment(&before), ..Shell::default() };
            shell.go(Some(&wanted("a", &first)));
            let loaded = shell.loaded.clone().unwrap();
            let transition = between(&shell.env, Some(&loaded), Side::default(), None);
            let mut expected = environment(&before);
            for variable in &transition.lost {
                prop_assert!(loaded.held.contains(variable.code));
                expected.unset(variable.name);
            }
            prop_assert_eq!(transition.applied_to(&shell.env), expected);
        }
    }

    #[test]
    fn what_start_up_files_set_is_what_was_before() {
        let first =
            wanted("a", &[('P', "dev".into()), ('R', "eu-west-1".into()), ('D', "eu-west-1".into())].into());
        let mut outer = Shell { env: environment(&[('T', "mine".into())].into()), ..Shell::default() };
        outer.go(Some(&first));
        outer.env.set("AWS_DEFAULT_REGION", "us-east-1");
        outer.loaded = outer.loaded.as_ref().and_then(|loaded| loaded.noting_regions(&outer.env));
        let rc = [
            ('P', "static".into()),
            ('R', "ap-south-1".into()),
            ('D', "us-east-1".into()),
            ('r', "arn".into()),
        ];
        let inner = environment(&rc.clone().into());
        let transition =
            between(&inner, outer.loaded.as_ref(), Side { is_new: true, ..Side::default() }, Some(&first));
        assert!(transition.lost.is_empty(), "nothing is lost before the folder is left");
        let loaded = transition.loaded.clone().expect("it is loaded");
        assert_eq!(
            (loaded.lost.as_str(), loaded.given_up.as_str()),
            ("T", "D"),
            "that was the user's own hand"
        );
        let env = transition.applied_to(&inner);
        let expected = [('P', "dev".into()), ('R', "eu-west-1".into()), ('D', "us-east-1".into())];
        assert_eq!(env, environment(&expected.into()));
        let left = between(&env, Some(&loaded), SIDE, None);
        assert_eq!(left.lost.iter().map(|variable| variable.code).collect::<String>(), "T");
        assert_eq!(left.applied_to(&env), environment(&rc.into()));
    }

    #[test]
    fn a_region_that_the_user_changed_survives_a_renewal_of_the_same_folder() {
        let first = wanted("a", &[('P', "dev".into()), ('R', "eu-west-1".into())].into());
        let mut shell = Shell::default();
        shell.go(Some(&first));
        shell.env.set("AWS_REGION", "us-east-1");
        shell.go(Some(&wanted(
            "a",
            &[('P', "dev".into()), ('R', "eu-west-1".into()), ('K', "new".into())].into(),
        )));
        assert_eq!(shell.env.text("AWS_REGION"), Some("us-east-1"));
        assert_eq!(shell.env.text("AWS_ACCESS_KEY_ID"), Some("new"));
        shell.go(None);
        assert_eq!(shell.env.text("AWS_REGION"), Some("us-east-1"), "and leaving");
    }

    #[test]
    fn withdrawal_takes_every_other_identity_variable_and_no_region() {
        let mut shell = Shell { env: environment(&[('P', "mine".into())].into()), ..Shell::default() };
        let all = [('P', "dev"), ('K', "id"), ('S', "secret"), ('R', "eu-west-1")];
        shell.go(Some(&wanted("a", &all.map(|(code, value)| (code, value.to_owned())).into())));
        shell.env.set("AWS_ACCESS_KEY_ID", "pasted");
        let loaded = shell.loaded.clone().unwrap();
        let changed = loaded.identity_changes(&shell.env);
        assert_eq!(changed.iter().map(|variable| variable.name).collect::<Vec<_>>(), ["AWS_ACCESS_KEY_ID"]);
        let withdrawn = withdrawal(&shell.env, &loaded, &changed);
        shell.env = withdrawn.applied_to(&shell.env);
        shell.loaded = withdrawn.loaded;
        assert_eq!(shell.env, environment(&[('K', "pasted".into()), ('R', "eu-west-1".into())].into()));
        shell.go(None);
        assert_eq!(shell.env, environment(&[('K', "pasted".into()), ('P', "mine".into())].into()));
    }
}
