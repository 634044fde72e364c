//! Profiles that are loaded only after a person confirmed them (`confirm = *prod*`), once per shell. The
//! question names the account.
//!
//! The shell remembers the answers in a variable that it does not export, and hands them to each run. A yes
//! is the digest of the target ([`LoadPlan::digest`]); a no is `-`, the digest of the folder, a period and
//! that digest. A no lasts until the folder is left.

use std::time::Duration;

use anyhow::Result;

use crate::exports::bookkeeping::Loaded;
use crate::failure::{Failure, FailureKind};
use crate::load::plan::LoadPlan;
use crate::shared_config::CleanContext;
use crate::terminal::Terminal;
use crate::text::{digest, hex, sanitize};
use crate::values::account_id;
use crate::values::credentials::Credentials;

pub(super) const HINT_WITHOUT_TERMINAL: &str =
    "run it in a terminal; `awsenv exec` and `awsenv console` take `--confirm ACCOUNT`";

/// How long a question waits for the answer, as a login does.
pub(super) const PATIENCE: Duration = Duration::from_mins(10);

/// How many answers are read: no person gives more in one shell.
const MOST: usize = 100;

/// What a person answered in one shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers(Vec<String>);

impl Answers {
    /// Reads what [`Answers::encode`] wrote.
    pub fn decode(text: &str) -> Self {
        let is_one = |answer: &&str| {
            let about = match answer.strip_prefix('-') {
                Some(refusal) => {
                    refusal.split_once('.').filter(|(origin, _)| hex::is(origin)).map(|(_, about)| about)
                }
                None => Some(*answer),
            };
            about.is_some_and(|about| !about.is_empty() && hex::is(about))
        };
        Self(text.split(',').filter(is_one).take(MOST).map(str::to_owned).collect())
    }

    /// Returns the answers as one word, in which no shell finds anything to expand.
    pub fn encode(&self) -> String {
        self.0.join(",")
    }

    /// Returns whether the target with the digest `about` was confirmed.
    pub fn confirms(&self, about: &str) -> bool {
        self.0.iter().any(|answer| answer == about)
    }

    /// Returns whether the target with the digest `about` was refused in the folder `origin`.
    pub fn refuses(&self, origin: &str, about: &str) -> bool {
        self.confirms(&refusal(origin, about))
    }

    /// Notes an answer.
    pub fn note(&mut self, origin: &str, about: &str, yes: bool) {
        let refusal = refusal(origin, about);
        self.0.retain(|answer| *answer != refusal);
        self.0.push(if yes { about.to_owned() } else { refusal });
    }

    /// Forgets what was refused in other folders than `origin`.
    pub fn enter(&mut self, origin: &str) {
        let here = refusal(origin, "");
        self.0.retain(|answer| !answer.starts_with('-') || answer.starts_with(&here));
    }
}

fn refusal(origin: &str, about: &str) -> String {
    // No character that a shell could expand: tcsh finds a `!` even in the value of a variable.
    if hex::is(origin) {
        return format!("-{origin}.{about}");
    }
    format!("-{}.{about}", digest::of([origin.as_bytes()], 16))
}

/// Returns whether the environment says that it holds this target already. Anybody can have made it say so,
/// so nothing may be loaded because of it.
pub fn is_loaded(loaded: Option<&Loaded>, target: &LoadPlan) -> bool {
    loaded.is_some_and(|loaded| !loaded.overridden && loaded.whose == target.digest())
}

/// Asks on the terminal, whatever standard input is, and returns the answer. An error if there is no
/// terminal, or if AWS must tell the account and cannot be asked.
pub fn ask(ctx: &CleanContext, target: &LoadPlan) -> Result<bool> {
    let Some(terminal) = Terminal::open() else {
        return Err(refused(target, "it must be confirmed, and there is no terminal to ask on")
            .hint(HINT_WITHOUT_TERMINAL)
            .into());
    };
    if target.account(ctx).is_none()
        && let Some(credentials) = target.resolved_profile.kept_credentials(ctx)?
    {
        target.ask_account(ctx, &credentials)?;
    }
    terminal.confirms(&format!("load {}? Type yes:", target.described(ctx)), PATIENCE)
}

/// Checks an answer that was given on the command line: it must be the target's account, even if no answer is
/// needed. An error if it is not, or if the account cannot be found out.
pub fn check_answer(ctx: &CleanContext, target: &LoadPlan, answer: &str) -> Result<()> {
    if !account_id::is_valid(answer) {
        let failure = Failure::new(format!("invalid `--confirm`: `{}`", sanitize::shown(answer)));
        return Err(failure.hint("write the 12 digits of the account that is meant").into());
    }
    let account = match target.account(ctx) {
        Some(account) => account,
        None => match target.resolved_profile.kept_credentials(ctx)? {
            Some(credentials) => target.ask_account(ctx, &credentials)?,
            None => target.ask_account(ctx, &target.fetch_to_ask(ctx)?)?,
        },
    };
    if account == answer {
        return Ok(());
    }
    let why = format!("it belongs to account {}, and `--confirm` says {answer}", sanitize::shown(&account));
    Err(refused(target, &why).hint("check which account is meant").into())
}

/// The confirmation of a command that a person typed. It asks each time: what is loaded in the shell is no
/// answer, since a variable says so, and anybody can set it.
#[derive(Debug)]
pub struct TypedConfirmation<'a> {
    ctx: &'a CleanContext,
    target: &'a LoadPlan,
    is_given: bool,
    may_ask: bool,
}

impl<'a> TypedConfirmation<'a> {
    /// Begins with the answer that was given on the command line, if one was. Errors: see [`check_answer`].
    pub fn new(ctx: &'a CleanContext, target: &'a LoadPlan, answer: Option<&str>) -> Result<Self> {
        answer.map_or(Ok(()), |answer| check_answer(ctx, target, answer))?;
        Ok(Self { ctx, target, is_given: answer.is_some(), may_ask: true })
    }

    /// Begins with the answer to a question about several targets, after which nobody is asked again.
    pub fn before(ctx: &'a CleanContext, target: &'a LoadPlan, is_given: bool) -> Self {
        Self { ctx, target, is_given, may_ask: false }
    }

    /// Asks if the target is guarded and no answer was given yet. `credentials` are those to be used, once
    /// they are there, since the account may be known only then. An error if the target was not confirmed.
    pub fn check(&mut self, credentials: Option<&Credentials>) -> Result<()> {
        if self.is_given || !self.target.is_guarded(self.ctx, credentials) {
            return Ok(());
        }
        // Nobody is asked about what would be refused.
        self.target.check_demands(self.ctx, credentials, false)?;
        if !self.may_ask {
            let why = "it must be confirmed, and that was not known before its keys were here";
            return Err(refused(self.target, why).hint("add `--confirm ACCOUNT`").into());
        }
        self.is_given = ask(self.ctx, self.target)?;
        if self.is_given {
            return Ok(());
        }
        Err(refused(self.target, "it was not confirmed").into())
    }
}

/// Returns the error that a target was not confirmed.
pub fn refused(target: &LoadPlan, why: &str) -> Failure {
    Failure::new(format!("could not load {}: {why}", target.resolved_profile.shown()))
        .kind(FailureKind::Declined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_answer_is_not_taken_for_one() {
        let text = "ab,; touch x,$(id),-12.cd,-zz.cd,-.,-12.,AB";
        assert_eq!(Answers::decode(text).encode(), "ab,-12.cd");
        assert_eq!(Answers::decode(&"ab,".repeat(MOST + 1)).0.len(), MOST);
    }

    #[test]
    fn a_yes_lasts_and_a_no_lasts_until_the_folder_is_left() {
        let mut answers = Answers::decode("");
        answers.note("1e", "a", true);
        answers.note("1e", "b", false);
        assert_eq!(answers, Answers::decode(&answers.encode()));
        assert!(answers.confirms("a") && !answers.confirms("b"));
        assert!(answers.refuses("1e", "b") && !answers.refuses("2e", "b") && !answers.refuses("1e", "a"));
        answers.enter("1e");
        assert!(answers.refuses("1e", "b"));
        answers.enter("2e");
        assert!(answers.confirms("a") && !answers.refuses("1e", "b"));
    }

    #[test]
    fn a_no_to_what_was_chosen_lasts_like_one_to_a_folder() {
        let mut answers = Answers::default();
        answers.note("use-1-0-ab", "a", false);
        answers.enter("use-1-0-ab");
        let answers = Answers::decode(&answers.encode());
        assert!(answers.refuses("use-1-0-ab", "a") && !answers.refuses("use-2-0-ab", "a"));
    }

    #[test]
    fn a_yes_after_a_no_takes_its_place() {
        let mut answers = Answers::default();
        answers.note("1e", "a", false);
        answers.note("1e", "a", true);
        assert_eq!(answers.encode(), "a");
    }
}
