use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

use super::*;

#[test]
fn bookkeeping_survives_the_round_trip_and_stays_short() {
    let mut loaded = Loaded {
        id: "1".into(),
        origin: "2".into(),
        plan: "3".into(),
        whose: "4".into(),
        ..Loaded::default()
    };
    let role = "r".repeat(64);
    loaded.holding =
        Holding::new("dev", Some("111122223333"), Some(&role), Some("ap-southeast-12345678901234567"));
    // As many as a profile can set.
    for variable in &MANAGED[..11] {
        loaded.set.insert(variable.code, digest::of_value(variable.name, b"a value"));
    }
    for code in "RDPKST".chars() {
        loaded.by_hand.insert(code, digest::of_value("AWS_REGION", b"mine"));
    }
    let [profile, region, key] = [&MANAGED[0], &MANAGED[1], &MANAGED[3]];
    loaded.remember(profile, OsStr::new(&"x".repeat(600)));
    loaded.remember(region, OsStr::new("\u{1}\"\\ \u{e9}"));
    loaded.remember(key, OsStr::new("AKIA"));
    loaded.given_up = MANAGED.iter().map(|variable| variable.code).collect();
    (loaded.overridden, loaded.pinned) = (true, true);
    let text = loaded.encode();
    assert!(text.len() < 1024, "{}", text.len());
    assert_eq!(loaded.held, "PK", "what is secret or does not fit is held by the shell");
    assert!(!text.contains("AKIA"));
    assert_eq!(Loaded::decode(&text).as_ref(), Some(&loaded));
}

#[test]
fn what_a_hook_withdrew_counts_as_unset_by_awsenv_and_is_loaded_again() {
    let [profile, region, key] = [&MANAGED[0], &MANAGED[1], &MANAGED[3]];
    let mut loaded = Loaded { plan: "1".into(), ..Loaded::default() };
    let mut env = Environment::default();
    for variable in [profile, region, key] {
        loaded.set.insert(variable.code, digest::of_value(variable.name, b"x"));
    }
    loaded.remember(profile, OsStr::new("mine"));
    env.set(variable::STATE, loaded.encode().replacen('{', WITHDRAWN, 1));
    // A local variable of a function can have kept the hook from this one.
    env.set(key.name, "x");
    let loaded = Loaded::of(&env).unwrap();
    assert_eq!(loaded.set.keys().collect::<String>(), "KR");
    assert!(loaded.plan.is_empty());
    assert!(loaded.owns(&env, profile), "so leaving restores what was before");
    assert!(loaded.owns(&env, key), "and takes out what the hook had to leave");
    assert_eq!(loaded.was, [('P', "mine".to_owned())].into());
}

fn codes() -> impl Strategy<Value = String> {
    let codes = MANAGED.iter().map(|variable| variable.code).collect::<Vec<_>>();
    prop::collection::btree_set(prop::sample::select(codes), 0..8)
        .prop_map(|codes| codes.into_iter().collect())
}

fn loaded() -> impl Strategy<Value = Loaded> {
    let digests = ["[0-9a-f]{0,16}", "[0-9a-f]{16}|exec|exec-role", "[0-9a-f]{16}", "[0-9a-f]{16}"];
    let code = prop::sample::select(MANAGED.iter().map(|variable| variable.code).collect::<Vec<_>>());
    let previous = prop::collection::btree_map(code, "[ -~é\\n]{0,60}|x{650}", 0..4);
    (digests, codes(), previous, codes(), any::<[bool; 2]>()).prop_map(
        |([id, origin, plan, whose], set, previous, given_up, [overridden, pinned])| {
            let mut loaded =
                Loaded { plan, id, origin, whose, overridden, pinned, given_up, ..Loaded::default() };
            loaded.set = set.chars().map(|code| (code, digest::of_value("x", &[code as u8]))).collect();
            for (code, value) in &previous {
                loaded.remember(variable::by_code(*code).unwrap(), OsStr::new(value));
            }
            loaded
        },
    )
}

/// Writes a previous value over what the bookkeeping has of that variable, or beside it.
fn with_previous(loaded: &Loaded, code: char, value: &str) -> String {
    let mut state: serde_json::Value = serde_json::from_str(&loaded.encode()).unwrap();
    state["was"][code.to_string()] = value.into();
    state.to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(loaded in loaded()) {
        let text = loaded.encode();
        prop_assert_eq!(Loaded::decode(&text), Some(loaded.clone()));
        let withdrawn = Loaded::decode(&text.replacen('{', WITHDRAWN, 1));
        prop_assert_eq!(withdrawn, Some(Loaded { withdrawn: true, ..loaded }));
    }

    #[test]
    fn what_was_not_written_is_not_read(loaded in loaded(), at in any::<prop::sample::Index>(), put in "[ -~]{0,3}") {
        let text = loaded.encode();
        let at = (0..=at.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        for end in [at, text.ceil_char_boundary(at + 1)] {
            let mut forged = text.clone();
            forged.replace_range(at..end, &put);
            if let Some(read) = Loaded::decode(&forged) {
                let again = read.encode();
                prop_assert!(forged == again || forged == again.replacen('{', WITHDRAWN, 1), "{}", forged);
            }
        }
    }

    #[test]
    fn no_secret_or_foreign_variable_is_among_the_previous_values(loaded in loaded(), value in "[ -~]{1,20}") {
        for variable in MANAGED.iter().filter(|variable| variable.secret) {
            prop_assert_eq!(Loaded::decode(&with_previous(&loaded, variable.code, &value)), None);
        }
        for code in ['Z', '!', 'é'] {
            prop_assert_eq!(Loaded::decode(&with_previous(&loaded, code, &value)), None);
        }
        prop_assert_eq!(Loaded::decode(&with_previous(&loaded, 'P', &value.repeat(1024))), None);
        prop_assert_eq!(Loaded::decode(&with_previous(&loaded, 'P', "two\nlines")), None);
    }
}

#[test]
fn a_running_shell_keeps_its_bookkeeping_over_an_upgrade() {
    let text = r#"{"as":"77d0","from":"flag","hand":{"R":"0000000a"},"held":"KS","id":"5f1c2a90","in":"8a30","is":["a0b10000","111122223333","Dev","eu-west-1"],"lost":"T","of":"c020","overridden":true,"pinned":true,"set":{"P":"1f0c3b2a"},"theirs":"D","v":2,"was":{"P":"personal"}}"#;
    assert_eq!(Loaded::decode(text).unwrap().encode(), text);
    let least = r#"{"as":"","id":"","in":"","of":"","set":{},"v":2}"#;
    assert_eq!(Loaded::decode(least), Some(Loaded::default()));
    assert_eq!(Loaded::default().encode(), least);
}

#[test]
fn what_could_not_have_been_written_is_not_read() {
    let good = Loaded { id: "5f1c2a90".into(), ..Loaded::default() };
    let good = good.encode();
    assert!(Loaded::decode(&good).is_some());
    let more = |text: &str| good.replacen('{', &format!("{{{text},"), 1);
    let bad = [
        more(r#""was":{"S":"secret"}"#),
        more(r#""was":{"P":"a\nb"}"#),
        more(r#""was":{"Z":"x"}"#),
        more(&format!(r#""was":{{"P":"{}"}}"#, "x".repeat(500))),
        more(r#""held":"PP""#),
        more(r#""lost":"Z""#),
        more(r#""theirs":"P;""#),
        more(r#""hand":{"A":"00000001"}"#),
        more(r#""is":["00000001","1","",""]"#),
        more(r#""from":"$(x)""#),
        more(r#""new":1"#),
        more(r#""v":2"#),
        good.replace("5f1c2a90", "; x"),
        good.replace(r#""set":{}"#, r#""set":{"P":"1"}"#),
        good.replace(r#""v":2"#, r#""v":3"#),
        format!("{good} x"),
    ];
    for text in bad {
        assert_eq!(Loaded::decode(&text), None, "{text}");
    }
}

#[test]
fn bookkeeping_of_another_version_takes_what_is_set_for_its_own() {
    let mut env = Environment::default();
    env.set(variable::STATE, "{\"v\":1}");
    env.set("AWS_ACCESS_KEY_ID", "AKIA");
    let loaded = Loaded::of(&env).unwrap();
    assert!(MANAGED.iter().all(|variable| loaded.owns(&env, variable)));
    assert!(loaded.was.is_empty() && loaded.held.is_empty());
    env.unset(variable::STATE);
    assert_eq!(Loaded::of(&env), None, "without a sign of awsenv the keys are the user's");
}

#[test]
fn fuzz_bookkeeping() {
    let mut loaded = Loaded { id: "1a".into(), origin: "2b".into(), plan: "3c".into(), ..Loaded::default() };
    loaded.set.insert('P', digest::of_value("AWS_PROFILE", b"dev"));
    loaded.remember(&MANAGED[1], OsStr::new("eu-west-1"));
    let whole = loaded.encode();
    loaded.pinned = true;
    let seeds = [whole.as_str(), &loaded.encode(), &format!("{WITHDRAWN}{}", &whole[1..])];
    crate::fuzz::run("bookkeeping", crate::fuzz::MANY, &seeds, |content| {
        let text = String::from_utf8_lossy(content);
        let mut env = Environment::default();
        env.set("AWSENV_STATE", &*text);
        env.set("AWS_PROFILE", "dev");
        let decoded = Loaded::decode(&text).filter(|loaded| !loaded.withdrawn);
        assert!(
            decoded.is_none_or(|loaded| loaded.encode() == text),
            "what is taken is what would be written"
        );
        crate::exports::change::undone(&env);
        let Some(loaded) = Loaded::of(&env) else { return "none".to_owned() };
        format!("{} {} {}", loaded.pinned, loaded.overridden, loaded.set.len())
    });
}

/// An environment with one variable in it.
fn with(variable: &Variable, value: &str) -> Environment {
    let mut env = Environment::default();
    env.set(variable.name, value);
    env
}

#[test]
fn a_value_is_the_user_s_until_something_else_changes_it() {
    let [profile, region] = [&MANAGED[0], &MANAGED[1]];
    let mut loaded = Loaded::default();
    for variable in [profile, region] {
        loaded.set.insert(variable.code, digest::of_value(variable.name, b"ours"));
    }
    assert!(!loaded.is_moved(&with(region, "ours"), region));
    assert!(loaded.is_moved(&with(region, "other"), region));
    assert!(loaded.is_moved(&Environment::default(), region));
    for variable in [profile, region] {
        loaded.given_up.push(variable.code);
        loaded.by_hand.insert(variable.code, digest::of_value(variable.name, b"mine"));
    }
    assert!(!loaded.is_moved(&with(region, "mine"), region));
    assert!(loaded.is_moved(&with(region, "ours"), region));
    assert!(loaded.stays(&with(region, "mine"), true, region));
    assert!(!loaded.stays(&with(region, "other"), true, region), "a start-up file set it");
    assert!(loaded.stays(&with(region, "other"), false, region));
    loaded.by_hand.remove(&region.code);
    assert!(!loaded.stays(&Environment::default(), true, region), "nobody chose that it is unset");
    // A region does not withdraw an account, and what the user did not change does not count.
    assert!(loaded.is_still_overridden(&with(profile, "mine")));
    assert!(!loaded.is_still_overridden(&with(profile, "other")));
    assert!(!loaded.is_still_overridden(&Environment::default()));
}

#[test]
fn a_reload_takes_what_is_there_for_awsenv_s_own_and_still_knows_what_was_before() {
    let [profile, key] = [&MANAGED[0], &MANAGED[3]];
    let mut loaded = Loaded { overridden: true, given_up: "PK".into(), id: "1".into(), ..Loaded::default() };
    loaded.remember(profile, OsStr::new("before"));
    loaded.by_hand.insert('P', digest::of_value(profile.name, b"mine"));
    loaded.set.insert('K', digest::of_value(key.name, b"ours"));
    let env = with(profile, "mine");
    let adopted = loaded.adopting(&env);
    let set = BTreeMap::from([('P', digest::of_value(profile.name, b"mine"))]);
    let was = BTreeMap::from([('P', "before".to_owned())]);
    assert_eq!(adopted, Loaded { set, was, id: "1".into(), ..Loaded::default() });
    assert!(adopted.changes(&env, |_| true).is_empty());
}
