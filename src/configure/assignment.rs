//! The roles that a person has in all accounts: requested account by account, several at a time, at a limited
//! rate.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::Result;

use crate::aws::Client;
use crate::aws::rate_limit::RateLimit;
use crate::aws::sso::{self, Account, PortalSession};
use crate::failure::Failure;
use crate::system::context::Context;
use crate::text::sanitize;
use crate::values::account_id;
use crate::values::endpoint::Endpoint;

/// Calls per second. The portal throttles faster ones.
const RATE: u32 = 20;
/// Calls at the same time: enough for the rate if each of them takes 400 ms.
const IN_FLIGHT: usize = 8;
/// In characters; the name of a permission set has at most 32.
const LONGEST_ROLE: usize = 128;

/// A role in an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The account, its id 12 digits.
    pub account: Account,
    /// The name of the role (permission set).
    pub role: String,
    /// Whether it is the person's only role in the account.
    pub is_only: bool,
}

impl Assignment {
    /// Returns the account's name for messages, or its id if it has none.
    pub fn account_name(&self) -> String {
        match self.account.name.as_deref() {
            None | Some("") => self.account.id.clone(),
            Some(name) => sanitize::shown(name),
        }
    }
}

/// The roles of a person.
#[derive(Debug, Default)]
pub struct Assignments {
    /// The roles, ordered by account and role.
    pub assignments: Vec<Assignment>,
    /// Accounts and roles that were left out, in words: a config file cannot hold their ids or names, which
    /// AWS would not give.
    pub left_out: Vec<String>,
}

/// Lists all roles in all accounts of the person. `progress` is called from any thread, with the number of
/// accounts that are done, and of all.
///
/// Errors are those of the calls. One account that cannot be listed is an error, since its profiles would
/// look as if they were gone.
pub fn list(
    ctx: &Context,
    endpoint: &Endpoint,
    session: PortalSession<'_>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Assignments> {
    let rate_limit = RateLimit::per_second(RATE);
    let client = || Client::new(ctx, endpoint.clone()).of_many(rate_limit.clone());
    let accounts = sso::list_accounts(&client(), session)?;
    let mut found = Assignments::default();
    let (accounts, odd): (Vec<_>, Vec<_>) =
        accounts.into_iter().partition(|account| account_id::is_valid(&account.id));
    found.left_out.extend(odd.iter().map(|account| format!("account `{}`", sanitize::shown(&account.id))));
    progress(0, accounts.len());
    let roles = each(&accounts, client, progress, |client, account| {
        sso::list_account_roles(client, session, &account.id)
    })?;
    for (account, mut roles) in accounts.into_iter().zip(roles) {
        roles.sort_unstable();
        roles.dedup();
        let (roles, odd): (Vec<_>, Vec<_>) = roles.into_iter().partition(|role| is_role_name(role));
        let what = |role: &String| format!("role `{}` in account `{}`", sanitize::shown(role), account.id);
        found.left_out.extend(odd.iter().map(what));
        let is_only = roles.len() + odd.len() == 1;
        let assignments =
            roles.into_iter().map(|role| Assignment { account: account.clone(), role, is_only });
        found.assignments.extend(assignments);
    }
    found.assignments.sort_by_cached_key(|found| {
        (found.account_name().to_lowercase(), found.account.id.clone(), found.role.to_lowercase())
    });
    Ok(found)
}

/// Calls `work` for each item, in several threads which each make a `tool`, and returns the results in the
/// order of the items. After an error no further item is begun.
fn each<I: Sync, T, O: Send>(
    items: &[I],
    tool: impl Fn() -> T + Sync,
    progress: &(dyn Fn(usize, usize) + Sync),
    work: impl Fn(&T, &I) -> Result<O> + Sync,
) -> Result<Vec<O>> {
    let (next, done, stop) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let results: Vec<Mutex<Option<Result<O>>>> = items.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..IN_FLIGHT.min(items.len()) {
            scope.spawn(|| {
                let tool = tool();
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let result = work(&tool, item);
                    stop.fetch_or(result.is_err(), Ordering::Relaxed);
                    *results[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                    progress(done.fetch_add(1, Ordering::Relaxed) + 1, items.len());
                }
            });
        }
    });
    let results =
        results.into_iter().filter_map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner));
    let results = results.collect::<Result<Vec<O>>>()?;
    if results.len() < items.len() {
        return Err(Failure::new("could not list the roles: not every account was asked for").into());
    }
    Ok(results)
}

/// Returns whether a config file can hold the name in a line, so that it is read as it was written.
fn is_role_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().count() <= LONGEST_ROLE
        && name.trim() == name
        && !name.contains(|c| sanitize::is_hidden(c) || matches!(c, '\u{2028}' | '\u{2029}'))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Makes an assignment that is the only one in its account.
    pub fn assignment(id: &str, name: &str, role: &str) -> Assignment {
        let account =
            Account { id: id.into(), name: Some(name.into()), email: Some("aws@acme.example".into()) };
        Assignment { account, role: role.into(), is_only: true }
    }

    #[test]
    fn results_come_in_order_and_the_first_error_ends_it() {
        let items: Vec<usize> = (0..100).collect();
        let quiet = |_: usize, _: usize| {};
        let twice = each(&items, || (), &quiet, |(), item| Ok(item * 2)).unwrap();
        assert_eq!(twice, (0..100).map(|item| item * 2).collect::<Vec<_>>());
        let asked = AtomicUsize::new(0);
        let failing = each(
            &items,
            || (),
            &quiet,
            |(), item| {
                asked.fetch_add(1, Ordering::Relaxed);
                if *item == 3 { Err(anyhow::anyhow!("no")) } else { Ok(()) }
            },
        );
        assert_eq!(failing.unwrap_err().to_string(), "no");
        assert!(asked.load(Ordering::Relaxed) <= 100);
        assert!(each(&[0; 0], || (), &quiet, |(), _| Ok(())).unwrap().is_empty());
    }

    #[test]
    fn names_that_a_line_cannot_hold_are_no_roles() {
        for role in ["Dev", "a=b,c.d@e-f", "$(id)", "\"", "]", "a b", "ロール", "#x"] {
            assert!(is_role_name(role), "{role}");
        }
        for role in ["", " a", "a ", "a\nb", "a\r", "\u{202e}a", "a\u{85}b", "a\u{2028}b", &"x".repeat(129)] {
            assert!(!is_role_name(role), "{role:?}");
        }
    }
}
