//! Profiles by patterns: those whose name fits a pattern, and none that begins with `!`.

use wildmatch::WildMatch;

use crate::failure::{Failure, FailureKind};
use crate::text::sanitize;

/// The patterns. Upper and lower case do not count, as in the setting `confirm`.
#[derive(Debug)]
pub struct ProfilePatterns {
    wanted: Vec<WildMatch>,
    excluded: Vec<WildMatch>,
    shown: String,
}

impl ProfilePatterns {
    /// Reads the patterns as they were typed. An error if all of them begin with `!`, which would mean every
    /// other profile.
    pub fn new(typed: &[String]) -> Result<Self, Failure> {
        let shown = typed.iter().map(|pattern| format!("`{}`", sanitize::shown(pattern)));
        let shown = shown.collect::<Vec<_>>().join(" ");
        let (excluded, wanted): (Vec<_>, Vec<_>) =
            typed.iter().map(|pattern| pattern.strip_prefix('!').ok_or(pattern)).partition(Result::is_ok);
        let compiled = |pattern: &str| WildMatch::new_case_insensitive(pattern);
        let wanted: Vec<_> = wanted.into_iter().filter_map(Result::err).map(|text| compiled(text)).collect();
        let excluded = excluded.into_iter().flatten().map(compiled).collect();
        if wanted.is_empty() {
            return Err(Failure::new(format!("could not choose profiles: {shown} only excludes some"))
                .hint("name those that are meant too: `--each '*' '!*prod*'`")
                .kind(FailureKind::NoProfile));
        }
        Ok(Self { wanted, excluded, shown })
    }

    /// Returns whether a profile of this name is meant.
    pub fn fit(&self, name: &str) -> bool {
        let one_of = |patterns: &[WildMatch]| patterns.iter().any(|pattern| pattern.matches(name));
        one_of(&self.wanted) && !one_of(&self.excluded)
    }

    /// Returns the error that no profile fits.
    pub fn none(&self) -> Failure {
        Failure::new(format!("could not find a profile that fits {}", self.shown))
            .hint("run `awsenv profiles` to see their names")
            .kind(FailureKind::NoProfile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitting(typed: &[&str]) -> Result<Vec<&'static str>, Failure> {
        let typed: Vec<_> = typed.iter().map(|&pattern| pattern.to_owned()).collect();
        let patterns = ProfilePatterns::new(&typed)?;
        let names = ["acme-dev", "acme-Prod", "other-dev", "!odd"];
        Ok(names.into_iter().filter(|name| patterns.fit(name)).collect())
    }

    #[test]
    fn a_pattern_wants_or_excludes_in_any_order() {
        assert_eq!(fitting(&["acme-*"]).unwrap(), ["acme-dev", "acme-Prod"]);
        assert_eq!(fitting(&["ACME-DEV", "other-?ev"]).unwrap(), ["acme-dev", "other-dev"]);
        assert_eq!(fitting(&["!*prod*", "acme-*"]).unwrap(), ["acme-dev"]);
        assert_eq!(fitting(&["*", "!!odd", "!*dev"]).unwrap(), ["acme-Prod"]);
        assert_eq!(fitting(&["acme"]).unwrap(), [""; 0], "a pattern is of the whole name");
        assert!(fitting(&["!x"]).is_err() && fitting(&[]).is_err());
    }
}
