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
//! It never holds a secret, and a text that awsenv could not have written is not read. Of a value that was
//! set it keeps 32 bits of a digest, to see whether the user changed it since. A hook that cannot run the
//! program removes the account by itself and puts `"withdrawn":true` in front. Previous values that are
//! secret stay in the shell that loaded the environment, in variables that it does not export; the
//! bookkeeping only says which ones there were.

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

/// What a hook writes in place of the first brace, see [`Loaded::of`].
const WITHDRAWN: &str = "{\"withdrawn\":true,";

/// The longest bookkeeping that is read, in bytes: what awsenv writes, and what a hook puts in front.
const LARGEST: usize = 1024 + WITHDRAWN.len();

/// [`Loaded::origin`] of an environment that `awsenv exec` made.
pub const EXEC: &str = "exec";

/// The longest digest, and the longest name of an origin, in bytes.
const LONGEST_WORD: usize = 32;

/// What awsenv has set in a shell, and what was there before. The fields stand in the order of the JSON,
/// which is part of the form: what running shells hold must stay readable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loaded {
    /// Digest of everything that was loaded. If it is the one of what is wanted, nothing is to be done.
    #[serde(rename = "as")]
    pub plan: String,
    /// What named the region, where `awsenv exec` made it; else empty.
    #[serde(rename = "from", default, skip_serializing_if = "str::is_empty")]
    pub region_from: String,
    /// Fingerprints of the values that the user set by hand, by variable code. A shell below tells by them
    /// what the user set from what its own start-up files set.
    #[serde(rename = "hand", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_hand: BTreeMap<char, String>,
    /// Codes of variables whose previous value only the loading shell holds: secret, too long, not UTF-8, or
    /// with a line feed, which not every shell can be given in a text.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub held: String,
    /// Identifies the shell that loaded it and holds the previous values. A shell that inherited the variable
    /// has another one.
    pub id: String,
    /// Digest of the paths of the `.awsenv` files it came from, or a name for what was chosen otherwise
    /// ([`EXEC`], [`Term`](crate::exports::term::Term)). Another one means that another folder was entered.
    #[serde(rename = "in")]
    pub origin: String,
    /// Account, role and region, for the line that says when they change. Nothing else is decided by it.
    #[serde(rename = "is", default, skip_serializing_if = "Holding::is_empty")]
    pub holding: Holding,
    /// Codes of variables whose previous value another shell holds, so that it cannot be restored here.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub lost: String,
    /// Digest of profile, account and role: what a person confirmed, if they had to.
    #[serde(rename = "of")]
    pub whose: String,
    /// Whether the user changed an identity variable, so that awsenv has withdrawn until the folder is left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overridden: bool,
    /// Whether `awsenv exec` made it: hooks below leave it alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// Fingerprints of the values that were set, by variable code. A variable that is not here was unset.
    pub set: BTreeMap<char, String>,
    /// Codes of variables that the user changed since: they are the user's now.
    #[serde(rename = "theirs", default, skip_serializing_if = "str::is_empty")]
    pub given_up: String,
    /// The version of the form.
    #[serde(rename = "v")]
    pub version: Version,
    /// Previous values that are not secret, by variable code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub was: BTreeMap<char, String>,
    /// Whether a hook removed the account by itself, since it could not run the program.
    #[serde(skip)]
    pub withdrawn: bool,
}

/// The one version of the form that is read. The fingerprints of version 1 were SHA-256's: they would make
/// all that is loaded look like the user's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Version;

impl Version {
    const NUMBER: u64 = 2;
}

impl From<Version> for u64 {
    fn from(_: Version) -> Self {
        Version::NUMBER
    }
}

impl TryFrom<u64> for Version {
    type Error = &'static str;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        if number == Self::NUMBER { Ok(Self) } else { Err("another version") }
    }
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

    /// Returns whether the variable is a region that the user chose in this folder, which stays until the
    /// folder is left. In a new shell (`is_new`) it must have been chosen in the shell above: anything else
    /// is from start-up files.
    pub fn stays(&self, env: &Environment, is_new: bool, variable: &Variable) -> bool {
        variable.part == Part::Region
            && !self.owns(env, variable)
            && (!is_new || self.is_by_hand(env, variable))
    }

    /// Returns whether the variable has the value that awsenv gave it, or is unset if awsenv unset it.
    pub fn owns(&self, env: &Environment, variable: &Variable) -> bool {
        !self.given_up.contains(variable.code)
            && self.set.get(&variable.code) == fingerprint_in(env, variable).as_ref()
    }

    /// Returns the variables that [`Loaded::owns`] no longer, of the parts for which `counts` is true.
    pub fn changes(&self, env: &Environment, counts: fn(Part) -> bool) -> Vec<&'static Variable> {
        let changed = |variable: &&Variable| counts(variable.part) && !self.owns(env, variable);
        MANAGED.iter().filter(changed).collect()
    }

    /// Returns the identity variables that [`Loaded::owns`] no longer.
    pub fn identity_changes(&self, env: &Environment) -> Vec<&'static Variable> {
        self.changes(env, |part| part == Part::Identity)
    }

    /// Returns whether every identity variable that the user changed still has the user's value, so that no
    /// start-up file has changed it since.
    pub fn is_still_overridden(&self, env: &Environment) -> bool {
        let mut changed = MANAGED
            .iter()
            .filter(|variable| variable.part == Part::Identity && self.given_up.contains(variable.code));
        changed.all(|variable| self.by_hand.get(&variable.code) == fingerprint_in(env, variable).as_ref())
    }

    /// Returns whether the variable has the value that the user set by hand, in this shell or in one above
    /// it.
    fn is_by_hand(&self, env: &Environment, variable: &Variable) -> bool {
        let noted = self.by_hand.get(&variable.code);
        noted.is_some() && noted == fingerprint_in(env, variable).as_ref()
    }

    /// Returns whether the variable has neither awsenv's value nor the one that the user was last seen to
    /// set.
    pub fn is_moved(&self, env: &Environment, variable: &Variable) -> bool {
        let known = self.by_hand.get(&variable.code).or_else(|| self.set.get(&variable.code));
        known != fingerprint_in(env, variable).as_ref()
    }

    /// Returns the bookkeeping with the regions noted that the user changed by hand; `None` if they are noted
    /// already.
    pub fn noting_regions(&self, env: &Environment) -> Option<Self> {
        let mut by_hand = self.by_hand.clone();
        by_hand.remove(&'R');
        by_hand.remove(&'D');
        for variable in self.changes(env, |part| part == Part::Region) {
            by_hand.extend(fingerprint_in(env, variable).map(|value| (variable.code, value)));
        }
        (by_hand != self.by_hand).then(|| Self { by_hand, ..self.clone() })
    }

    /// Notes a previous value, to be restored when the folder is left: recorded here if it is no secret and
    /// fits, else [`Loaded::held`] by the shell. A value is never cut.
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

    /// Returns the bookkeeping as if awsenv had set every variable as it is now, for a reload: what the user
    /// changed is overwritten, and leaving restores what was there before the folder was entered.
    pub fn adopting(&self, env: &Environment) -> Self {
        let set = Self::adrift(env).set;
        let by_hand = BTreeMap::new();
        Self { set, by_hand, given_up: String::new(), overridden: false, ..self.clone() }
    }

    /// Returns the bookkeeping as `AWSENV_STATE` carries it.
    pub fn encode(&self) -> String {
        json(self)
    }

    /// Forgets the values that a hook removed. What it had to leave is still awsenv's.
    fn drop_withdrawn(&mut self, env: &Environment) {
        self.set.retain(|code, known| {
            variable::by_code(*code).is_some_and(|variable| {
                variable.part == Part::Region || fingerprint_in(env, variable).as_ref() == Some(known)
            })
        });
        self.plan.clear();
    }

    /// Reads what [`Loaded::encode`] writes, or a hook made of it, and nothing else: anybody can have put it
    /// into the environment.
    fn decode(text: &str) -> Option<Self> {
        if text.len() > LARGEST {
            return None;
        }
        let inner = text.strip_prefix(WITHDRAWN).map(|rest| format!("{{{rest}"));
        let encoded = inner.as_deref().unwrap_or(text);
        let loaded: Self = serde_json::from_str(encoded).ok()?;
        let is_ours = loaded.is_plausible() && json(&loaded) == encoded;
        is_ours.then_some(Self { withdrawn: inner.is_some(), ..loaded })
    }

    /// Returns whether awsenv can have written these values.
    fn is_plausible(&self) -> bool {
        let is_word = |text: &&String| {
            let is_one =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
            text.len() <= LONGEST_WORD && text.bytes().all(is_one)
        };
        let are_codes = |codes: &&String| {
            let mut seen = BTreeSet::new();
            codes.chars().all(|code| variable::by_code(code).is_some() && seen.insert(code))
        };
        let are_values = |values: &BTreeMap<char, String>, counts: fn(&Variable) -> bool| {
            let counts = |code: &char| variable::by_code(*code).is_some_and(counts);
            values.iter().all(|(code, value)| counts(code) && digest::is_of_value(value))
        };
        let is_public = |(code, value): (&char, &String)| {
            variable::by_code(*code).is_some_and(|variable| !variable.secret) && !value.contains('\n')
        };
        // The id becomes a part of commands that a shell runs.
        hex::is(&self.id)
            && [&self.plan, &self.id, &self.origin, &self.whose, &self.region_from].iter().all(is_word)
            && [&self.held, &self.lost, &self.given_up].iter().all(are_codes)
            && are_values(&self.set, |_| true)
            && are_values(&self.by_hand, |variable| variable.part != Part::Display)
            && self.was.iter().all(is_public)
            && json(&self.was).len() <= LARGEST_WAS
            && self.holding.is_plausible()
    }
}

/// Returns the JSON of texts and flags, which always have one.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Returns the fingerprint of a variable's value ([`digest::of_value`]); `None` if it is not set.
pub(crate) fn fingerprint_in(env: &Environment, variable: &Variable) -> Option<String> {
    env.get(variable.name).map(|value| digest::of_value(variable.name, value.as_encoded_bytes()))
}

#[cfg(test)]
mod tests;
