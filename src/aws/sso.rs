//! IAM Identity Center's portal: the accounts and roles of a person, and their credentials.

#[cfg(test)]
mod tests;

use anyhow::Result;
use aws_sdk_sso::Client as Portal;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use chrono::{DateTime, Utc};

use crate::aws::call_error::CallError;
use crate::aws::call_recorder::CallRecorder;
use crate::aws::{Client, usable};
use crate::failure::{Failure, FailureKind};
use crate::text::sanitize::shown;
use crate::values::credentials::Credentials;
use crate::values::secret::Secret;

/// The most that AWS puts on one page.
const PAGE: i32 = 100;
/// No organisation has as many pages. A bound for a server whose list never ends.
const MOST_PAGES: usize = 1000;

/// A login at the portal.
#[derive(Clone, Copy, Debug)]
pub struct PortalSession<'a> {
    /// The name of the SSO session, or the start URL of a legacy profile: for messages.
    pub name: &'a str,
    /// The access token.
    pub token: &'a Secret,
}

/// An account that a person has a role in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// 12 digits.
    pub id: String,
    /// What the organisation calls it.
    pub name: Option<String>,
    /// The address of its owner.
    pub email: Option<String>,
}

/// Gets the credentials of `role` in `account`. Errors: [`FailureKind::TokenRejected`] if the token is
/// refused, [`FailureKind::NotAssigned`] if the role is not assigned to this person,
/// [`FailureKind::Unreachable`] if there is no answer.
pub fn get_role_credentials(
    client: &Client<'_>,
    session: PortalSession<'_>,
    account: &str,
    role: &str,
) -> Result<Credentials> {
    let recorder = CallRecorder::default();
    let call = portal(client)?
        .get_role_credentials()
        .access_token(session.token.reveal())
        .account_id(account)
        .role_name(role)
        .customize()
        .interceptor(recorder.clone())
        .send();
    let what = format!("get credentials of role `{}` in account `{}`", shown(role), shown(account));
    let answer = client.call("GetRoleCredentials", &recorder, &[session.token.reveal()], call);
    let keys = match answer {
        Ok(answer) => answer.role_credentials,
        Err(CallError::Refused(refusal)) if matches!(refusal.status, 403 | 404) && refusal.code.is_some() => {
            let code = refusal.code();
            let text = format!("could not {what}: the role is not assigned to you ({code})");
            let hint = "ask your administrator of IAM Identity Center to assign it";
            return Err(Failure::new(text).hint(hint).kind(FailureKind::NotAssigned).into());
        }
        Err(trouble) => return Err(failure(trouble, &what, session)),
    };
    keys.and_then(|keys| credentials(keys, account)).ok_or_else(|| {
        Failure::new(format!("could not {what}: the answer holds no usable credentials")).into()
    })
}

/// Lists the accounts in which the person has a role, in the portal's order.
pub fn list_accounts(client: &Client<'_>, session: PortalSession<'_>) -> Result<Vec<Account>> {
    let portal = portal(client)?;
    let what = "list the accounts";
    paged(what, |next| {
        let recorder = CallRecorder::default();
        let call = portal
            .list_accounts()
            .access_token(session.token.reveal())
            .max_results(PAGE)
            .set_next_token(next)
            .customize()
            .interceptor(recorder.clone())
            .send();
        let page = client
            .call("ListAccounts", &recorder, &[session.token.reveal()], call)
            .map_err(|trouble| failure(trouble, what, session))?;
        // An answer without a list does not mean that there are no accounts.
        let accounts = page.account_list.ok_or_else(|| garbled(&recorder, what))?;
        let accounts = accounts.into_iter().filter_map(|account| {
            let (name, email) = (account.account_name, account.email_address);
            Some(Account { id: account.account_id?, name, email })
        });
        Ok((accounts.collect(), page.next_token))
    })
}

/// Lists the names of the person's roles in `account`, in the portal's order.
pub fn list_account_roles(
    client: &Client<'_>,
    session: PortalSession<'_>,
    account: &str,
) -> Result<Vec<String>> {
    let portal = portal(client)?;
    let what = format!("list the roles in account `{}`", shown(account));
    paged(&what, |next| {
        let recorder = CallRecorder::default();
        let call = portal
            .list_account_roles()
            .access_token(session.token.reveal())
            .account_id(account)
            .max_results(PAGE)
            .set_next_token(next)
            .customize()
            .interceptor(recorder.clone())
            .send();
        let page = client
            .call("ListAccountRoles", &recorder, &[session.token.reveal()], call)
            .map_err(|trouble| failure(trouble, &what, session))?;
        let roles = page.role_list.ok_or_else(|| garbled(&recorder, &what))?;
        let roles = roles.into_iter().filter_map(|role| role.role_name);
        Ok((roles.collect(), page.next_token))
    })
}

/// Ends the login at the server. That the server no longer accepts the token is a success.
pub fn logout(client: &Client<'_>, session: PortalSession<'_>) -> Result<()> {
    let recorder = CallRecorder::default();
    let call = portal(client)?
        .logout()
        .access_token(session.token.reveal())
        .customize()
        .interceptor(recorder.clone())
        .send();
    match client.call("Logout", &recorder, &[session.token.reveal()], call) {
        Ok(_) => Ok(()),
        Err(CallError::Refused(refusal)) if refusal.status == 401 => Ok(()),
        Err(trouble) => Err(failure(trouble, "log out at IAM Identity Center", session)),
    }
}

/// Makes the official client, with the rate limit of the calls if there is one.
fn portal(client: &Client<'_>) -> Result<Portal> {
    let mut settings = aws_sdk_sso::config::Builder::from(&client.regional()?.build());
    if let Some(rate_limit) = &client.rate_limit {
        settings.push_interceptor(SharedInterceptor::new(rate_limit.clone()));
    }
    Ok(Portal::from_conf(settings.build()))
}

fn paged<T>(what: &str, page: impl Fn(Option<String>) -> Result<(Vec<T>, Option<String>)>) -> Result<Vec<T>> {
    let (mut all, mut next) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let (items, after) = page(next)?;
        all.extend(items);
        next = after.filter(|next| !next.is_empty());
        if next.is_none() {
            return Ok(all);
        }
    }
    Err(Failure::new(format!("could not {what}: the list does not end")).into())
}

fn garbled(recorder: &CallRecorder, what: &str) -> anyhow::Error {
    let host = recorder.host().unwrap_or_default();
    CallError::Garbled(format!("`{}`", shown(&host))).failure(what)
}

fn failure(trouble: CallError, what: &str, session: PortalSession<'_>) -> anyhow::Error {
    match trouble {
        // Also without a code: 401 always means that the token is refused.
        CallError::Refused(refusal) if refusal.status == 401 => {
            let name = shown(session.name);
            let code = refusal.code();
            Failure::new(format!("could not {what}: the SSO session `{name}` is no longer valid ({code})"))
                .hint(cure(session.name))
                .kind(FailureKind::TokenRejected)
                .into()
        }
        trouble => trouble.failure(what),
    }
}

/// Returns the hint, with a command that can be pasted: a name that a shell would split is left out.
fn cure(session: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !session.is_empty() && !session.starts_with('-') && session.chars().all(plain) {
        format!("run `awsenv login --sso-session {session}`")
    } else {
        "run `awsenv login`".into()
    }
}

fn credentials(keys: aws_sdk_sso::types::RoleCredentials, account: &str) -> Option<Credentials> {
    usable(Credentials {
        access_key_id: keys.access_key_id?,
        secret_access_key: Secret::new(keys.secret_access_key?),
        session_token: Some(Secret::new(keys.session_token?)),
        // Milliseconds since 1970, UTC. The official client puts zero for a missing one.
        expiration: Some(
            DateTime::<Utc>::from_timestamp_millis(keys.expiration).filter(|_| keys.expiration > 0)?,
        ),
        account: Some(account.to_owned()),
    })
}
