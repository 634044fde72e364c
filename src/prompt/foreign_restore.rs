//! Values of awsenv that another tool may restore: direnv and similar tools save a variable's value when they
//! set it, and restore it when their own folder is left. The saved value can be one that awsenv loaded in a
//! folder that was left long before.
//!
//! A shell remembers the digests of such values, never the values. If one comes back while awsenv has not
//! loaded it, it is removed, once: a person who sets it again by hand keeps it.

use std::collections::BTreeSet;

use crate::exports::bookkeeping::{self, Loaded};
use crate::exports::variable::{self, MANAGED, Part, Variable};
use crate::system::environment::Environment;
use crate::text::hex;

/// The variables that tools of this kind export, and the tools.
const TOOLS: [(&str, &str); 3] =
    [("DIRENV_DIFF", "direnv"), ("__MISE_DIFF", "mise"), ("__shadowenv_data", "shadowenv")];

/// How many digests are remembered: a few variables of a few folders.
const MOST: usize = 16;

/// Digests of values that may be restored, with the code of their variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignRestores(BTreeSet<(char, String)>);

/// Returns the name of the tool of that kind that is active in an environment.
pub fn tool(env: &Environment) -> Option<&'static str> {
    TOOLS.iter().find(|(variable, _)| env.has(variable)).map(|(_, tool)| *tool)
}

impl ForeignRestores {
    /// Reads what [`ForeignRestores::encode`] wrote, and ignores everything else.
    pub fn decode(text: &str) -> Self {
        let entry = |word: &str| {
            let mut letters = word.chars();
            let code = letters.next().filter(|code| variable::by_code(*code).is_some())?;
            Some((code, letters.as_str().to_owned()))
                .filter(|(_, digest)| digest.len() == 8 && hex::is(digest))
        };
        Self(text.split(',').filter_map(entry).take(MOST).collect())
    }

    /// Returns them as one word, for the shell to keep.
    pub fn encode(&self) -> String {
        self.0.iter().map(|(code, digest)| format!("{code}{digest}")).collect::<Vec<_>>().join(",")
    }

    /// Notes the values of `loaded`, except regions, that were replaced by others, if a tool that may restore
    /// them is active.
    pub fn note(&mut self, env: &Environment, loaded: &Loaded) {
        if tool(env).is_none() {
            return;
        }
        for variable in loaded.changes(env, |part| part != Part::Region) {
            if let Some(digest) = loaded.set.get(&variable.code).filter(|_| self.0.len() < MOST) {
                self.0.insert((variable.code, digest.clone()));
            }
        }
    }

    /// Returns the variables that were restored, and forgets them. Values that are loaded now do not count.
    pub fn take(&mut self, env: &Environment, loaded: Option<&Loaded>) -> Vec<&'static Variable> {
        let mut back = Vec::new();
        if self.0.is_empty() {
            return back;
        }
        for variable in MANAGED.iter().filter(|variable| variable.part != Part::Region) {
            let Some(digest) = bookkeeping::fingerprint_in(env, variable) else { continue };
            if loaded.is_none_or(|loaded| !loaded.owns(env, variable))
                && self.0.remove(&(variable.code, digest))
            {
                back.push(variable);
            }
        }
        back
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    fn loaded() -> Loaded {
        let mut loaded = Loaded::default();
        loaded.set.insert(MANAGED[0].code, crate::text::digest::of_value(MANAGED[0].name, b"dev"));
        loaded
    }

    #[test]
    fn a_value_that_comes_back_is_known_once() {
        let mut foreign_restores = ForeignRestores::default();
        foreign_restores.note(&env(&[("AWS_PROFILE", "theirs"), ("DIRENV_DIFF", "x")]), &loaded());
        let mut foreign_restores = ForeignRestores::decode(&foreign_restores.encode());
        assert_eq!(foreign_restores.take(&env(&[("AWS_PROFILE", "theirs")]), None).len(), 0);
        let back = env(&[("AWS_PROFILE", "dev")]);
        assert_eq!(foreign_restores.take(&back, Some(&loaded())).len(), 0, "it is loaded");
        assert_eq!(foreign_restores.take(&back, None)[0].name, "AWS_PROFILE");
        assert_eq!(foreign_restores.take(&back, None).len(), 0, "whoever sets it again means it");
        assert_eq!(foreign_restores, ForeignRestores::default());
    }

    #[test]
    fn nothing_is_noted_where_nobody_puts_values_back() {
        let mut foreign_restores = ForeignRestores::default();
        foreign_restores.note(&env(&[("AWS_PROFILE", "mine")]), &loaded());
        assert_eq!(foreign_restores.encode(), "");
        assert_eq!(ForeignRestores::decode("zz,P,,"), ForeignRestores::default());
    }
}
