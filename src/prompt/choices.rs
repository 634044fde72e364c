//! What a person chose for one shell with `awsenv use`.
//!
//! The shell remembers it in a variable that it does not export and passes it to each run, so nothing in an
//! inherited environment can count as a choice.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::exports::term::Term;
use crate::text::{digest, hex};
use crate::values::target_name::TargetName;

/// How many folders a shell remembers for which it was told that their files change nothing.
const MOST_SEEN: usize = 16;

/// The longest encoded text that is read, in bytes. Profile names have no limit of their own.
const LONGEST: usize = 8 * 1024;

/// What `awsenv use` is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// This target, for this long; `None` for until it is cleared.
    Target(TargetName, Option<TimeDelta>),
    /// The choice before, for this long; `None` for the rest of its own time.
    Before(Option<TimeDelta>),
    /// What the folder says.
    Clear,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    /// What was chosen.
    pub(crate) target: TargetName,
    since: i64,
    until: Option<i64>,
}

/// The choice that counts in a shell instead of its folders, and the one before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choices {
    now: Option<Choice>,
    before: Option<Choice>,
    seen: Vec<String>,
}

impl Choice {
    /// Returns when it was made and when it ends.
    pub(crate) fn term(&self) -> Term {
        let time = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        Term { since: time(self.since), until: self.until.map(time) }
    }

    /// Returns the origin that the bookkeeping of this choice has.
    pub(crate) fn origin(&self) -> String {
        let about = format!("{:?}", self.target);
        self.term().origin(&digest::of([about.as_bytes()], 8))
    }
}

impl Choices {
    /// Reads what [`Choices::encode`] wrote; no choice at all for any other text.
    pub(crate) fn decode(text: &str) -> Self {
        let bytes = Some(text).filter(|text| text.len() <= LONGEST).and_then(hex::read);
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Returns one word of hex digits; an empty text for no choice at all.
    pub fn encode(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        hex::of(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// Returns the choice that counts now.
    pub(crate) fn now(&self) -> Option<&Choice> {
        self.now.as_ref()
    }

    /// Makes another choice. [`Request::Before`] without a term keeps the rest of the earlier one, and has no
    /// end if that is over.
    pub fn make(&mut self, request: &Request, now: DateTime<Utc>) {
        let since = now.timestamp();
        // To the second above: a term of a second would be over at once at the end of one.
        let end = |term: &TimeDelta| (now + *term + TimeDelta::milliseconds(999)).timestamp();
        let until = |term: &Option<TimeDelta>| term.as_ref().map(end);
        let next = match request {
            Request::Target(target, term) => {
                Some(Choice { target: target.clone(), since, until: until(term) })
            }
            Request::Before(term) => self.before.clone().map(|before| {
                let rest = before.until.filter(|until| *until > since);
                Choice { since, until: until(term).or(rest), ..before }
            }),
            Request::Clear => None,
        };
        self.seen.clear();
        let target = |choice: &Option<Choice>| choice.as_ref().map(|choice| choice.target.clone());
        if target(&next) == target(&self.now) {
            // The same target again, perhaps with another term: the choice before it stays.
            self.now = next;
        } else {
            self.before = std::mem::replace(&mut self.now, next);
        }
    }

    /// Ends the choice if its term is over, and returns it then.
    pub(crate) fn end(&mut self, now: DateTime<Utc>) -> Option<Choice> {
        self.now.as_ref().filter(|choice| choice.term().is_over(now))?;
        self.before = self.now.take();
        self.seen.clear();
        self.before.clone()
    }

    /// Notes that a folder's files change nothing; returns whether this shell has not been told yet.
    pub(crate) fn pass(&mut self, origin: &str) -> bool {
        let origin = origin.get(..8).unwrap_or(origin);
        if self.seen.iter().any(|seen| seen == origin) {
            return false;
        }
        if self.seen.len() == MOST_SEEN {
            self.seen.remove(0);
        }
        self.seen.push(origin.to_owned());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn profile(name: &str, term: Option<i64>) -> Request {
        Request::Target(TargetName::Profile(name.into()), term.map(TimeDelta::seconds))
    }

    fn name(choice: Option<&Choice>) -> Option<&str> {
        match &choice?.target {
            TargetName::Profile(name) => Some(name),
            TargetName::Role(_) => None,
        }
    }

    #[test]
    fn a_choice_survives_the_round_trip_and_nothing_else_is_one() {
        let mut choices = Choices::default();
        assert_eq!(choices.encode(), "");
        choices.make(&profile("a 'b'\n$(x)", Some(60)), at(1_000));
        choices.pass("0123456789abcdef");
        let text = choices.encode();
        assert!(text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(Choices::decode(&text), choices);
        for other in ["", "7", "zz", "7b7d00", "$(x)", &"61".repeat(LONGEST), &text[2..]] {
            assert_eq!(Choices::decode(other), Choices::default(), "{other}");
        }
    }

    #[test]
    fn a_dash_goes_to_and_fro() {
        let mut choices = Choices::default();
        choices.make(&Request::Before(None), at(1));
        assert_eq!(choices, Choices::default(), "there is none before");
        choices.make(&profile("a", None), at(2));
        choices.make(&profile("b", None), at(3));
        choices.make(&Request::Before(None), at(4));
        assert_eq!(name(choices.now()), Some("a"));
        choices.make(&Request::Before(None), at(5));
        assert_eq!(name(choices.now()), Some("b"));
        choices.make(&Request::Clear, at(6));
        choices.make(&Request::Clear, at(7));
        assert_eq!(name(choices.now()), None);
        choices.make(&Request::Before(None), at(8));
        assert_eq!(name(choices.now()), Some("b"), "cleared twice, it is still the one before");
        choices.make(&Request::Before(None), at(9));
        assert_eq!(name(choices.now()), None, "the folder was before");
    }

    #[test]
    fn the_same_again_is_not_the_one_before() {
        let mut choices = Choices::default();
        choices.make(&profile("a", None), at(1));
        choices.make(&profile("b", Some(60)), at(2));
        choices.make(&profile("b", Some(90)), at(3));
        assert_eq!(choices.now().unwrap().term().until, Some(at(93)));
        choices.make(&Request::Before(None), at(4));
        assert_eq!(name(choices.now()), Some("a"));
    }

    #[test]
    fn a_term_ends_once_and_is_not_begun_again() {
        let mut choices = Choices::default();
        choices.make(&profile("a", Some(60)), at(100));
        choices.make(&profile("b", None), at(110));
        choices.make(&Request::Before(None), at(120));
        assert_eq!(choices.now().unwrap().term().until, Some(at(160)), "it went on");
        assert_eq!(choices.end(at(159)), None);
        assert_eq!(name(choices.end(at(160)).as_ref()), Some("a"));
        assert_eq!(choices.end(at(161)), None);
        choices.make(&Request::Before(None), at(170));
        assert_eq!(choices.now().unwrap().term(), Term { since: at(170), until: None });
    }

    #[test]
    fn a_folder_is_news_once_in_a_choice() {
        let mut choices = Choices::default();
        choices.make(&profile("a", None), at(1));
        assert!(choices.pass("aaaa") && choices.pass("bbbb") && !choices.pass("aaaa"));
        choices.make(&profile("b", None), at(2));
        assert!(choices.pass("aaaa"));
    }
}
