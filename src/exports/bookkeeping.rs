//! What awsenv has set in a shell: the bookkeeping that lets any awsenv undo it.
//!
//! It travels in the exported variable `AWSENV_STATE`, as one line of JSON under 1 KiB:
//!
//! ```json
//! {"as":"77d…","held":"KS","id":"5f1c2a90","in":"8a3…",
//!  "is":["a0b…","111122223333","Dev","eu-west-1"],"of":"c02…",
//!  "set":{"P":"1f0c3b2a"},"v":2,"was":{"P":"personal"}}
//! ```
//!
//! It never holds a secret, and what could not have been written here is not read either. Of a value that was
//! set it keeps 32 bits of a digest, to see whether the user changed it since. A hook that cannot run the
//! program takes the identity out by itself and puts `"withdrawn":true` in front. Previous values that are
//! secret stay in the shell that loaded the environment, in variables that it does not export; the
//! bookkeeping only says which ones there were.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;

use serde::{Deserialize, Serialize};

use crate::exports::holding::Holding;
use crate::exports::variable::{self, MANAGED, Part, Variable};
use crate::system::environment::Environment;
use crate::text::{digest, hex};

/// Recorded previous values stay below this many bytes of JSON: with everything else at its longest, the
/// bookkeeping is then under 1 KiB.
const LARGEST_WAS: usize = 400;

/// With 1 the fingerprints were SHA-256's: they would make all that is loaded look like the user's own.
const VERSION: u64 = 2;

/// What a hook puts in the place of the first brace, see [`Loaded::of`].
const WITHDRAWN: &str = "{\"withdrawn\":true,";

/// No bookkeeping is longer, not even with what a hook puts in front.
const LARGEST: usize = 1024 + WITHDRAWN.len();

/// [`Loaded::origin`] of what `exec` made.
pub const EXEC: &str = "exec";

/// No digest and no name of an origin is longer.
const LONGEST_WORD: usize = 32;

/// What awsenv has set in a shell, and what was there before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Tells the shell that loaded it, which keeps the previous values, from those that inherited it.
    pub id: String,
    /// Digest of the folder's files it came from: another one means that another folder is entered.
    pub origin: String,
    /// Digest of everything that was loaded; equal means that nothing is to be done.
    pub plan: String,
    /// Digest of profile, account and role: what a person confirmed, if they had to.
    pub whose: String,
    /// Account, role and region, for a line when they become others. Nothing else is decided by it.
    pub holding: Holding,
    /// What named the region, where `exec` made it; else empty.
    pub region_from: String,
    /// Fingerprints of the values that were set, by variable code. A variable that is not here was unset.
    pub set: BTreeMap<char, String>,
    /// Previous values that are not secret, by variable code.
    pub was: BTreeMap<char, String>,
    /// Codes of variables whose previous value only the loading shell holds: secret, too long, not UTF-8, or
    /// with a line feed, which not every shell can be given in a text.
    pub held: String,
    /// Codes of variables whose previous value another shell holds, so that it cannot be restored here.
    pub lost: String,
    /// Codes of variables that the user changed since: they are the user's now.
    pub given_up: String,
    /// Fingerprints of what the user set by hand, by variable code: a shell below tells it from what its own
    /// start-up files set.
    pub by_hand: BTreeMap<char, String>,
    /// Whether the user changed an identity variable, so that awsenv has withdrawn until the folder is left.
    pub overridden: bool,
    /// Whether `exec` made it: hooks below leave it alone.
    pub pinned: bool,
    /// Whether a hook took the identity out by itself, since it could not run the program.
    pub withdrawn: bool,
}

impl Loaded {
    /// Reads the bookkeeping from an environment; `None` if nothing is loaded.
    ///
    /// If it is not readable (another version, cut, edited), everything managed that is set counts as set by
    /// awsenv, with nothing before it: keys of unknown origin are better taken away than taken for the user's
    /// own.
    pub fn of(env: &Environment) -> Option<Self> {
        let state = env.get(variable::STATE).filter(|state| !state.is_empty())?;
        let Some(mut loaded) = state.to_str().and_then(Self::decode) else { return Some(Self::adrift(env)) };
        if loaded.withdrawn {
            loaded.drop_withdrawn(env);
        }
        Some(loaded)
    }

    fn adrift(env: &Environment) -> Self {
        let set = MANAGED
            .iter()
            .filter_map(|variable| Some((variable.code, fingerprint_in(env, variable)?)))
            .collect();
        Self { set, ..Self::default() }
    }

    /// Returns whether the variable is a region that the user chose in this folder, which counts as long as
    /// the folder is not left. In a shell that has just started only what was chosen in the shell above is
    /// one.
    pub fn stays(&self, env: &Environment, is_new: bool, variable: &Variable) -> bool {
        variable.part == Part::Region
            && !self.owns(env, variable)
            && (!is_new || self.is_by_hand(env, variable))
    }

    /// Returns whether the variable is as awsenv left it.
    pub fn owns(&self, env: &Environment, variable: &Variable) -> bool {
        !self.given_up.contains(variable.code)
            && self.set.get(&variable.code) == fingerprint_in(env, variable).as_ref()
    }

    /// Returns the variables of these parts that are no longer as awsenv left them.
    pub fn changes(&self, env: &Environment, counts: fn(Part) -> bool) -> Vec<&'static Variable> {
        let changed = |variable: &&Variable| counts(variable.part) && !self.owns(env, variable);
        MANAGED.iter().filter(changed).collect()
    }

    /// Returns the identity variables that are no longer as awsenv left them.
    pub fn identity_changes(&self, env: &Environment) -> Vec<&'static Variable> {
        self.changes(env, |part| part == Part::Identity)
    }

    /// Returns whether all that the user changed of the identity is as the user left it: start-up files
    /// changed nothing of it.
    pub fn is_still_overridden(&self, env: &Environment) -> bool {
        let mut changed = MANAGED
            .iter()
            .filter(|variable| variable.part == Part::Identity && self.given_up.contains(variable.code));
        changed.all(|variable| self.by_hand.get(&variable.code) == fingerprint_in(env, variable).as_ref())
    }

    /// Returns whether this is what the user set the region to by hand, in this shell or in one above it.
    fn is_by_hand(&self, env: &Environment, variable: &Variable) -> bool {
        let noted = self.by_hand.get(&variable.code);
        noted.is_some() && noted == fingerprint_in(env, variable).as_ref()
    }

    /// Returns whether the variable is neither as awsenv left it nor as the user was last seen to have set
    /// it.
    pub fn is_moved(&self, env: &Environment, variable: &Variable) -> bool {
        let known = self.by_hand.get(&variable.code).or_else(|| self.set.get(&variable.code));
        known != fingerprint_in(env, variable).as_ref()
    }

    /// Returns the same bookkeeping with the regions noted that the user changed by hand; `None` if it has
    /// them already.
    pub fn noting_regions(&self, env: &Environment) -> Option<Self> {
        let mut by_hand = self.by_hand.clone();
        by_hand.remove(&'R');
        by_hand.remove(&'D');
        for variable in self.changes(env, |part| part == Part::Region) {
            by_hand.extend(fingerprint_in(env, variable).map(|value| (variable.code, value)));
        }
        (by_hand != self.by_hand).then(|| Self { by_hand, ..self.clone() })
    }

    /// Keeps a previous value for the way back: recorded if it may be shown and fits, else [`Loaded::held`]
    /// by the shell. A value is never cut.
    pub fn remember(&mut self, variable: &Variable, value: &OsStr) {
        if let Some(text) = value.to_str().filter(|text| !variable.secret && !text.contains('\n')) {
            self.was.insert(variable.code, text.to_owned());
            if json(&self.was).len() <= LARGEST_WAS {
                return;
            }
            self.was.remove(&variable.code);
        }
        self.held.push(variable.code);
    }

    /// Returns the same bookkeeping as if every variable were as awsenv left it, for a reload: what the user
    /// changed is taken back, and leaving restores what was there before the folder was entered.
    pub fn adopting(&self, env: &Environment) -> Self {
        let set = Self::adrift(env).set;
        let by_hand = BTreeMap::new();
        Self { set, by_hand, given_up: String::new(), overridden: false, ..self.clone() }
    }

    /// Writes the bookkeeping as `AWSENV_STATE` carries it.
    pub fn encode(&self) -> String {
        let Self {
            id,
            origin,
            plan,
            whose,
            holding,
            region_from,
            set,
            was,
            held,
            lost,
            given_up,
            by_hand,
            ..
        } = self;
        json(&WrittenState {
            plan: plan.into(),
            region_from: region_from.into(),
            by_hand: Cow::Borrowed(by_hand),
            held: held.into(),
            id: id.into(),
            origin: origin.into(),
            holding: Cow::Borrowed(holding),
            lost: lost.into(),
            whose: whose.into(),
            overridden: self.overridden,
            pinned: self.pinned,
            set: Cow::Borrowed(set),
            given_up: given_up.into(),
            version: VERSION,
            was: Cow::Borrowed(was),
        })
    }

    /// Forgets the values that a hook took out. What it had to leave is still awsenv's.
    fn drop_withdrawn(&mut self, env: &Environment) {
        self.set.retain(|code, known| {
            variable::by_code(*code).is_some_and(|variable| {
                variable.part == Part::Region || fingerprint_in(env, variable).as_ref() == Some(known)
            })
        });
        self.plan.clear();
    }

    /// Reads what [`Loaded::encode`] writes, or a hook made of it, and nothing else: the environment can come
    /// from anywhere.
    fn decode(text: &str) -> Option<Self> {
        if text.len() > LARGEST {
            return None;
        }
        let inner = text.strip_prefix(WITHDRAWN).map(|rest| format!("{{{rest}"));
        let encoded = inner.as_deref().unwrap_or(text);
        let state: WrittenState = serde_json::from_str(encoded).ok()?;
        if !state.is_plausible() || json(&state) != encoded {
            return None;
        }
        Some(Self {
            id: state.id.into_owned(),
            origin: state.origin.into_owned(),
            plan: state.plan.into_owned(),
            whose: state.whose.into_owned(),
            holding: state.holding.into_owned(),
            region_from: state.region_from.into_owned(),
            set: state.set.into_owned(),
            was: state.was.into_owned(),
            held: state.held.into_owned(),
            lost: state.lost.into_owned(),
            given_up: state.given_up.into_owned(),
            by_hand: state.by_hand.into_owned(),
            overridden: state.overridden,
            pinned: state.pinned,
            withdrawn: inner.is_some(),
        })
    }
}

/// [`Loaded`] as it is written, without what says nothing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenState<'a> {
    #[serde(rename = "as")]
    plan: Cow<'a, str>,
    #[serde(rename = "from", default, skip_serializing_if = "str::is_empty")]
    region_from: Cow<'a, str>,
    #[serde(rename = "hand", default, skip_serializing_if = "is_empty")]
    by_hand: Cow<'a, BTreeMap<char, String>>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    held: Cow<'a, str>,
    id: Cow<'a, str>,
    #[serde(rename = "in")]
    origin: Cow<'a, str>,
    #[serde(rename = "is", default, skip_serializing_if = "is_nothing")]
    holding: Cow<'a, Holding>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    lost: Cow<'a, str>,
    #[serde(rename = "of")]
    whose: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    overridden: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pinned: bool,
    set: Cow<'a, BTreeMap<char, String>>,
    #[serde(rename = "theirs", default, skip_serializing_if = "str::is_empty")]
    given_up: Cow<'a, str>,
    #[serde(rename = "v")]
    version: u64,
    #[serde(default, skip_serializing_if = "is_empty")]
    was: Cow<'a, BTreeMap<char, String>>,
}

impl WrittenState<'_> {
    /// Returns whether [`Loaded::encode`] can have written it. It comes from the environment, where anybody
    /// can have put it.
    fn is_plausible(&self) -> bool {
        let is_word = |text: &str| {
            let is_one =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
            text.len() <= LONGEST_WORD && text.bytes().all(is_one)
        };
        let words = [&self.plan, &self.id, &self.origin, &self.whose, &self.region_from];
        let are_codes = |codes: &str| {
            let mut seen = BTreeSet::new();
            codes.chars().all(|code| variable::by_code(code).is_some() && seen.insert(code))
        };
        let are_values = |values: &BTreeMap<char, String>, counts: fn(&Variable) -> bool| {
            let counts = |code: &char| variable::by_code(*code).is_some_and(counts);
            values.iter().all(|(code, value)| counts(code) && digest::is_of_value(value))
        };
        let can_be_told = |(code, value): (&char, &String)| {
            variable::by_code(*code).is_some_and(|variable| !variable.secret) && !value.contains('\n')
        };
        self.version == VERSION
            // A shell can run what stands in a command of its own.
            && hex::is(&self.id)
            && words.into_iter().all(|word| is_word(word))
            && [&self.held, &self.lost, &self.given_up].into_iter().all(|codes| are_codes(codes))
            && are_values(&self.set, |_| true)
            && are_values(&self.by_hand, |variable| variable.part != Part::Display)
            && self.was.iter().all(can_be_told)
            && json(&self.was).len() <= LARGEST_WAS
            && self.holding.is_plausible()
    }
}

fn is_empty(map: &BTreeMap<char, String>) -> bool {
    map.is_empty()
}

fn is_nothing(holding: &Holding) -> bool {
    *holding == Holding::default()
}

/// What is written here, texts and flags, always can be.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Returns the digest of a variable's value; `None` if it is not set.
pub(crate) fn fingerprint_in(env: &Environment, variable: &Variable) -> Option<String> {
    env.get(variable.name).map(|value| digest::of_value(variable.name, value.as_encoded_bytes()))
}

#[cfg(test)]
mod tests {
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
                    Loaded { id, origin, plan, whose, given_up, overridden, pinned, ..Loaded::default() };
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
        let mut loaded =
            Loaded { id: "1a".into(), origin: "2b".into(), plan: "3c".into(), ..Loaded::default() };
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
}
