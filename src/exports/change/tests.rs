use proptest::prelude::*;

use super::*;
use crate::exports::variable::by_code;

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
        let diff = between(&self.env, self.loaded.as_ref(), SIDE, wanted);
        for (variable, change) in &diff.changes {
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
                    self.held.remove(variable.name).expect("a value that goes was held");
                }
            }
        }
        self.loaded = diff.loaded;
    }
}

fn values() -> impl Strategy<Value = BTreeMap<char, String>> {
    let code = prop::sample::select(MANAGED.iter().map(|variable| variable.code).collect::<Vec<_>>());
    prop::collection::btree_map(code, "[a-z]{0,3}|[A-Z\"\\\\é]{200}", 0..8)
}

fn environment(values: &BTreeMap<char, String>) -> Environment {
    let mut env = Environment::default();
    for (code, value) in values {
        env.set(by_code(*code).unwrap().name, value);
    }
    env
}

fn wanted(origin: &str, values: &BTreeMap<char, String>) -> DesiredExports {
    let value = |code: &char, text| Value::new(by_code(*code).unwrap(), text);
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
        start.unexported.extend(own.map(|(code, text)| (by_code(code).unwrap().name, text)));
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
            shell.env.set(by_code(*code).unwrap().name, value);
        }
        shell.go(None);
        let mut expected = environment(&before);
        for (code, value) in inside.iter().filter(|(code, value)| first.get(code) != Some(value)) {
            expected.set(by_code(*code).unwrap().name, value);
        }
        prop_assert_eq!(&shell.env, &expected);
        prop_assert!(shell.held.is_empty());
    }

    #[test]
    fn a_shell_that_did_not_load_restores_all_but_what_is_held(before in values(), first in values()) {
        let mut shell = Shell { env: environment(&before), ..Shell::default() };
        shell.go(Some(&wanted("a", &first)));
        let loaded = shell.loaded.clone().unwrap();
        let diff = between(&shell.env, Some(&loaded), Side::default(), None);
        let mut expected = environment(&before);
        for variable in &diff.lost {
            prop_assert!(loaded.held.contains(variable.code));
            expected.unset(variable.name);
        }
        prop_assert_eq!(diff.applied_to(&shell.env), expected);
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
    let rc =
        [('P', "static".into()), ('R', "ap-south-1".into()), ('D', "us-east-1".into()), ('r', "arn".into())];
    let inner = environment(&rc.clone().into());
    let diff = between(&inner, outer.loaded.as_ref(), Side { is_new: true, ..Side::default() }, Some(&first));
    assert!(diff.lost.is_empty(), "nothing is lost before the folder is left");
    let loaded = diff.loaded.clone().expect("it is loaded");
    assert_eq!((loaded.lost.as_str(), loaded.given_up.as_str()), ("T", "D"), "that was the user's own hand");
    let env = diff.applied_to(&inner);
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

#[test]
fn the_bookkeeping_says_whose_account_it_is_and_keeps_the_name_of_the_shell_that_loaded_it() {
    let holding = Holding::new("dev", Some("111122223333"), Some("Dev"), Some("eu-west-1"));
    let dev =
        DesiredExports { plan: "p".into(), whose: "w".into(), holding, ..wanted("a", &BTreeMap::new()) };
    let env = Environment::default();
    let first = between(&env, None, SIDE, Some(&dev)).loaded.expect("it is loaded");
    let expected = Loaded {
        id: "id".into(),
        origin: "a".into(),
        plan: "p".into(),
        whose: "w".into(),
        holding: dev.holding.clone(),
        ..Loaded::default()
    };
    assert_eq!(first, expected);
    let again = |holds| between(&env, Some(&first), Side { holds, id: "new", ..SIDE }, Some(&dev)).loaded;
    assert_eq!(again(true), Some(expected.clone()));
    assert_eq!(again(false), Some(Loaded { id: "new".into(), ..expected }));
}

#[test]
fn a_value_that_only_another_shell_holds_is_lost_at_once_where_the_folder_is_another_one() {
    let mut outer = Shell { env: environment(&[('T', "mine".into())].into()), ..Shell::default() };
    let first = BTreeMap::from([('P', "dev".into())]);
    outer.go(Some(&wanted("a", &first)));
    for (origin, at_once, later) in [("a", "", "T"), ("b", "T", "")] {
        let next = wanted(origin, &first);
        let diff = between(&outer.env, outer.loaded.as_ref(), Side::default(), Some(&next));
        let lost: String = diff.lost.iter().map(|variable| variable.code).collect();
        assert_eq!((lost.as_str(), diff.loaded.unwrap().lost.as_str()), (at_once, later), "{origin}");
    }
}

#[test]
fn without_awsenv_an_environment_is_as_before() {
    let before = environment(&[('P', "mine".into()), ('R', "eu-west-1".into())].into());
    assert_eq!(undone(&before), before, "nothing is loaded");
    let side = Side { id: "1d", ..SIDE };
    let diff = between(&before, None, side, Some(&wanted("a", &[('P', "dev".into())].into())));
    let mut env = diff.applied_to(&before);
    env.set("AWSENV_STATE", diff.loaded.unwrap().encode());
    env.set("HOME", "/home/me");
    let undone = undone(&env);
    assert_eq!(undone.text("AWS_PROFILE"), Some("mine"));
    assert_eq!(undone.text("AWS_REGION"), Some("eu-west-1"));
    assert_eq!(undone.text("HOME"), Some("/home/me"));
}

#[test]
fn what_a_hook_removed_uncovers_on_leaving_what_it_covered() {
    let first = wanted("a", &[('P', "dev".into())].into());
    let loaded = between(&Environment::default(), None, SIDE, Some(&first)).loaded.unwrap();
    let leave = |loaded: &Loaded, env: &Environment| {
        let changes = between(env, Some(loaded), SIDE, None).changes;
        changes.into_iter().map(|(variable, change)| (variable.code, change)).collect::<Vec<_>>()
    };
    let nothing = Environment::default();
    assert_eq!(leave(&loaded, &nothing), [], "the user unset it, and awsenv had set nothing else");
    let withdrawn = Loaded { withdrawn: true, set: BTreeMap::new(), ..loaded.clone() };
    assert!(leave(&withdrawn, &nothing).contains(&('P', Change::Unset)));
    let set_since = environment(&[('P', "mine".into())].into());
    assert!(!leave(&withdrawn, &set_since).iter().any(|(code, _)| *code == 'P'), "that is the user's own");
}
