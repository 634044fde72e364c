//! What awsenv has set in a shell: the bookkeeping that lets any awsenv undo it.
//!
//! It travels in the exported variable `AWSENV_STATE`, as one line of JSON under 1 KiB:
//!
//! ```json
//! {"v":2,"id":"5f1c2a90","in":"8a3…","as":"77d…","of":"c02…","set":{"P":"1f0c3b2a"},"was":{"P":"personal"},"held":"KS"}
//! ```
//!
//! It never holds a secret. Of a value that was set it keeps 32 bits of a digest, to see whether the user
//! changed it since. A hook that cannot run the program takes the identity out by itself and puts
//! `"withdrawn":true` in front. Previous values that are secret stay in the shell that loaded the environment, in
//! variables that it does not export; the bookkeeping only says which ones there were.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use serde::Serialize;
use serde_json::Value;

use crate::exports::variable::{self, MANAGED, Part, Variable};
use crate::system::environment::Environment;
use crate::text::digest;

/// Recorded previous values stay below this many bytes of JSON: with everything else at its longest, the
/// bookkeeping is then under 1 KiB.
const LARGEST_WAS: usize = 600;

/// With 1 the fingerprints were SHA-256's: they would make all that is loaded look like the user's own.
const VERSION: u64 = 2;

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
    /// Fingerprints of the values that were set, by variable code. A variable that is not here was unset.
    pub set: BTreeMap<char, String>,
    /// Previous values that are not secret, by variable code.
    pub was: BTreeMap<char, String>,
    /// Codes of variables whose previous value only the loading shell holds: secret, too long, not UTF-8, or with a line
    /// feed, which not every shell can be given in a text.
    pub held: String,
    /// Codes of variables that the user changed since: they are the user's now.
    pub given_up: String,
    /// Whether the user changed an identity variable, so that awsenv has withdrawn until the folder is left.
    pub overridden: bool,
    /// Whether `exec` made it: hooks below leave it alone.
    pub pinned: bool,
}

impl Loaded {
    /// Reads the bookkeeping from an environment; `None` if nothing is loaded.
    ///
    /// If it is missing or not readable (another version, cut, edited) although `AWSENV_PROFILE` says that
    /// something was loaded, everything managed that is set counts as set by awsenv, with nothing before it: keys
    /// of unknown origin are better taken away than taken for the user's own.
    pub fn of(env: &Environment) -> Option<Self> {
        match env.text(variable::STATE).map(Self::decode) {
            Some(Some(loaded)) => Some(loaded),
            None if !env.has("AWSENV_PROFILE") => None,
            _ => Some(Self::adrift(env)),
        }
    }

    fn adrift(env: &Environment) -> Self {
        let set = MANAGED
            .iter()
            .filter_map(|variable| Some((variable.code, fingerprint_in(env, variable)?)))
            .collect();
        Self { set, ..Self::default() }
    }

    /// Returns whether the variable is as awsenv left it.
    pub fn owns(&self, env: &Environment, variable: &Variable) -> bool {
        !self.given_up.contains(variable.code)
            && self.set.get(&variable.code) == fingerprint_in(env, variable).as_ref()
    }

    /// Returns the identity variables that are no longer as awsenv left them.
    pub fn identity_changes(&self, env: &Environment) -> Vec<&'static Variable> {
        let changed = |v: &&Variable| v.part == Part::Identity && !self.owns(env, v);
        MANAGED.iter().filter(changed).collect()
    }

    /// Returns whether the variable had a value before, in whatever way it is kept.
    pub fn had(&self, variable: &Variable) -> bool {
        self.was.contains_key(&variable.code) || self.held.contains(variable.code)
    }

    /// Keeps a previous value for the way back: recorded if it may be shown and fits, else [`Loaded::held`] by
    /// the shell. A value is never cut.
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
        Self { set, given_up: String::new(), overridden: false, ..self.clone() }
    }

    /// Writes the bookkeeping as `AWSENV_STATE` carries it.
    pub fn encode(&self) -> String {
        json(&State {
            plan: &self.plan,
            held: &self.held,
            id: &self.id,
            origin: &self.origin,
            whose: &self.whose,
            overridden: self.overridden,
            pinned: self.pinned,
            set: &self.set,
            given_up: &self.given_up,
            version: VERSION,
            was: &self.was,
        })
    }

    fn decode(text: &str) -> Option<Self> {
        let state: Value = serde_json::from_str(text).ok()?;
        if state.get("v")?.as_u64()? != VERSION {
            return None;
        }
        let string = |key: &str| state.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let flag = |key: &str| state.get(key).and_then(Value::as_bool).unwrap_or_default();
        let by_code = |key: &str| -> BTreeMap<char, String> {
            let entries = state.get(key).and_then(Value::as_object).into_iter().flatten();
            entries
                .filter_map(|(code, value)| Some((only_char(code)?, value.as_str()?.to_owned())))
                .filter(|(code, _)| variable::by_code(*code).is_some())
                .collect()
        };
        let mut set = by_code("set");
        let mut plan = string("as");
        if flag("withdrawn") {
            set.retain(|code, _| variable::by_code(*code).is_some_and(|v| v.part != Part::Identity));
            plan.clear();
        }
        Some(Self {
            id: string("id"),
            origin: string("in"),
            plan,
            whose: string("of"),
            set,
            was: by_code("was"),
            held: string("held"),
            given_up: string("theirs"),
            overridden: flag("overridden"),
            pinned: flag("pinned"),
        })
    }
}

/// [`Loaded`] as it is written, without what says nothing.
#[derive(Serialize)]
struct State<'a> {
    #[serde(rename = "as")]
    plan: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    held: &'a str,
    id: &'a str,
    #[serde(rename = "in")]
    origin: &'a str,
    #[serde(rename = "of")]
    whose: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    overridden: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pinned: bool,
    set: &'a BTreeMap<char, String>,
    #[serde(rename = "theirs", skip_serializing_if = "str::is_empty")]
    given_up: &'a str,
    #[serde(rename = "v")]
    version: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    was: &'a BTreeMap<char, String>,
}

/// What is written here, texts and flags, always can be.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn only_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// Returns the digest of a variable's value; `None` if it is not set.
pub(crate) fn fingerprint_in(env: &Environment, variable: &Variable) -> Option<String> {
    env.get(variable.name).map(|value| digest::of_value(variable.name, value.as_encoded_bytes()))
}

#[cfg(test)]
mod tests {
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
        for variable in MANAGED {
            loaded.set.insert(variable.code, digest::of_value(variable.name, b"a value"));
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
        let text = r#"{"v":2,"as":"plan","set":{"P":"1","R":"2"},"was":{"P":"mine"}}"#;
        let loaded = Loaded::decode(&text.replacen('{', r#"{"withdrawn":true,"#, 1)).unwrap();
        assert_eq!(loaded.set, [('R', "2".to_owned())].into());
        assert!(loaded.plan.is_empty());
        assert!(loaded.owns(&Environment::default(), &MANAGED[0]), "so leaving restores what was before");
        assert_eq!(loaded.was, [('P', "mine".to_owned())].into());
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
}
