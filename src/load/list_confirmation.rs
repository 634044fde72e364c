//! The confirmation of several targets: one question for all that are guarded.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::failure::{Failure, FailureKind};
use crate::load::confirmation::{HINT_WITHOUT_TERMINAL, PATIENCE};
use crate::load::plan::LoadPlan;
use crate::shared_config::CleanContext;
use crate::terminal::Terminal;
use crate::text::sanitize;
use crate::values::account_id;

/// Asks a person once about all targets that are guarded and whose account is not among `accounts`, the
/// answers from the command line. Returns for each target whether it was confirmed. Errors: the person did
/// not confirm, there is no terminal, or an account belongs to no target.
pub fn check(ctx: &CleanContext, targets: &[Option<&LoadPlan>], accounts: &[String]) -> Result<Vec<bool>> {
    let known: Vec<_> = targets.iter().map(|target| target.and_then(|target| target.account(ctx))).collect();
    if let Some(wrong) = accounts.iter().find(|account| !account_id::is_valid(account)) {
        let failure = Failure::new(format!("invalid `--confirm`: `{}`", sanitize::shown(wrong)));
        return Err(failure.hint("write the 12 digits of an account that is meant").into());
    }
    let of_targets: BTreeSet<_> = known.iter().flatten().collect();
    if let Some(wrong) = accounts.iter().find(|account| !of_targets.contains(account)) {
        let failure =
            Failure::new(format!("could not confirm account {wrong}: none of the profiles is of it"));
        return Err(failure.hint("check which account is meant").kind(FailureKind::Declined).into());
    }
    let is_given = |index: usize| known[index].as_ref().is_some_and(|account| accounts.contains(account));
    let asked: Vec<(usize, &LoadPlan)> = targets
        .iter()
        .enumerate()
        .filter_map(|(index, target)| Some((index, (*target)?)))
        .filter(|(index, target)| !is_given(*index) && target.is_guarded(ctx, None))
        .collect();
    ask(ctx, &asked.iter().map(|(_, target)| *target).collect::<Vec<_>>())?;
    let is_asked = |index: usize| asked.iter().any(|(asked, _)| *asked == index);
    Ok((0..targets.len()).map(|index| is_given(index) || is_asked(index)).collect())
}

fn ask(ctx: &CleanContext, targets: &[&LoadPlan]) -> Result<()> {
    let refused = |why: &str| {
        let names: Vec<_> = targets.iter().map(|target| target.resolved_profile.shown()).collect();
        let names = sanitize::shown(&names.join(", "));
        Failure::new(format!("could not load {names}: {why}")).kind(FailureKind::Declined)
    };
    let count = match targets.len() {
        0 => return Ok(()),
        1 => "this profile".to_owned(),
        count => format!("these {count} profiles"),
    };
    let Some(terminal) = Terminal::open() else {
        let why = "confirmation is needed, and there is no terminal to ask on";
        return Err(refused(why).hint(HINT_WITHOUT_TERMINAL).into());
    };
    targets.iter().for_each(|target| terminal.line(&format!("  {}", target.described(ctx))));
    if terminal.confirms(&format!("load {count}? Type yes:"), PATIENCE)? {
        return Ok(());
    }
    Err(refused("it was not confirmed").into())
}
