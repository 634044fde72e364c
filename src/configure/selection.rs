//! Selects the roles that get profiles: those that flags name, or those that a person picks.

use anyhow::Result;

use crate::configure::assignment::Assignment;
use crate::failure::Failure;
use crate::terminal::picker::{Details, Item, Picker};
use crate::text::sanitize;

/// Returns the roles that both lists allow; an empty list allows everything. An account is named by its id or
/// its name. A name that fits nothing is an error.
pub fn named(all: &[Assignment], accounts: &[String], roles: &[String]) -> Result<Vec<Assignment>> {
    let is_account = |one: &Assignment, wanted: &str| {
        one.account.id == wanted || one.account.name.as_deref() == Some(wanted)
    };
    for wanted in accounts {
        if !all.iter().any(|one| is_account(one, wanted)) {
            let names = all.iter().filter_map(|one| one.account.name.as_deref());
            return Err(unknown("account", wanted, names).into());
        }
    }
    for wanted in roles {
        if !all.iter().any(|one| one.role == *wanted) {
            return Err(unknown("role", wanted, all.iter().map(|one| one.role.as_str())).into());
        }
    }
    let fits = |one: &&Assignment| {
        (accounts.is_empty() || accounts.iter().any(|wanted| is_account(one, wanted)))
            && (roles.is_empty() || roles.contains(&one.role))
    };
    let chosen: Vec<_> = all.iter().filter(fits).cloned().collect();
    if chosen.is_empty() {
        let names = sanitize::shown(&roles.join(", "));
        return Err(Failure::new(format!("could not find the role {names} in the accounts that are named"))
            .hint("leave `--role` out to take every role there")
            .into());
    }
    Ok(chosen)
}

/// Lets the person pick among the roles, and returns those that were picked.
pub fn picked(all: &[Assignment]) -> Result<Vec<Assignment>> {
    let item = |one: &Assignment| Item {
        cells: vec![one.account_name(), one.account.id.clone(), sanitize::shown(&one.role)],
    };
    let items: Vec<_> = all.iter().map(item).collect();
    let picker =
        Picker { question: "Accounts and roles", items: &items, more: &|_| Details::default(), typed: "" };
    let chosen = picker.many()?;
    Ok(chosen.into_iter().filter_map(|index| all.get(index).cloned()).collect())
}

fn unknown<'a>(what: &str, wanted: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let failure =
        Failure::new(format!("could not find the {what} `{}` among yours", sanitize::shown(wanted)));
    match sanitize::nearest(wanted, known) {
        Some(nearest) => failure.hint(format!("did you mean `{}`?", sanitize::shown(nearest))),
        None => failure.hint("run the command without `--account` and `--role` to see them all"),
    }
}
