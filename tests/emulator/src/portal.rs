//! The access portal: what the holder of an access token may use, and role credentials.
//!
//! The access token travels in the header `x-amz-sso_bearer_token`, underscores and all (botocore's service
//! model of `sso`).

use serde_json::{Value, json};

use crate::{fault::End, refusal::Refusal, reply::Reply, request::Request, state::State, sts};

const BEARER: &str = "x-amz-sso_bearer_token";

/// Answers `GetRoleCredentials`.
pub(crate) fn role_credentials(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    bearer(state, request)?;
    let account = required(request, "account_id")?;
    let role = required(request, "role_name")?;
    let assigned = state.organization.account(&account).is_some_and(|known| known.roles.contains(&role));
    if !assigned {
        return Err(no_access());
    }
    let principal = sts::Principal::permission_set(&account, &role, &state.organization.username);
    let expires = state.clock.after(state.lifetimes.role_credentials);
    let key = sts::issue(state, principal, expires);
    Ok(Reply::json(&json!({ "roleCredentials": {
        "accessKeyId": key.id,
        "secretAccessKey": key.secret,
        "sessionToken": key.session_token,
        "expiration": expires.timestamp_millis(),
    }})))
}

/// Answers `ListAccounts`: those in which the person has a role.
pub(crate) fn accounts(state: &State, request: &Request) -> Result<Reply, Refusal> {
    bearer(state, request)?;
    let accounts = state.organization.accounts.iter().filter(|account| !account.roles.is_empty());
    let list: Vec<Value> = accounts
        .map(|account| {
            let mut entry = json!({ "accountId": account.id });
            for (key, value) in [("accountName", &account.name), ("emailAddress", &account.email)] {
                if !value.is_empty() {
                    entry[key] = json!(value);
                }
            }
            entry
        })
        .collect();
    page(state, request, "accountList", &list)
}

/// Answers `ListAccountRoles`.
pub(crate) fn roles(state: &State, request: &Request) -> Result<Reply, Refusal> {
    bearer(state, request)?;
    let id = required(request, "account_id")?;
    let account = state.organization.account(&id).filter(|account| !account.roles.is_empty());
    let roles = &account.ok_or_else(no_access)?.roles;
    let list: Vec<Value> = roles.iter().map(|role| json!({ "roleName": role, "accountId": id })).collect();
    page(state, request, "roleList", &list)
}

/// Answers `Logout`: the whole sign-in ends, refresh tokens included.
pub(crate) fn logout(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let token = bearer(state, request)?.to_owned();
    state.sessions.end(&token);
    Ok(Reply { status: 200, headers: Vec::new(), body: String::new(), end: End::Whole })
}

/// Returns the access token of a request if it is good.
fn bearer<'a>(state: &State, request: &'a Request) -> Result<&'a str, Refusal> {
    let token = request.header(BEARER).unwrap_or_default();
    state.sessions.check(token, state.clock.now()).map(|()| token)
}

/// Returns the page of `list` that the request asks for: `max_result` entries from `next_token` on.
fn page(state: &State, request: &Request, name: &str, list: &[Value]) -> Result<Reply, Refusal> {
    let asked = match request.parameter("max_result").map(|most| most.parse()) {
        None => 100,
        Some(Ok(most @ 1..=100)) => most,
        Some(_) => return Err(invalid("Invalid max_result")),
    };
    let start = match request.parameter("next_token").filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|place| place.parse().ok())
            .filter(|&place| place < list.len())
            .ok_or_else(|| invalid("Invalid next_token"))?,
    };
    let end = list.len().min(start + asked.min(state.organization.page_size.max(1)));
    let next = (end < list.len()).then(|| format!("page-{end}"));
    Ok(Reply::json(&json!({ name: list[start..end], "nextToken": next })))
}

fn required(request: &Request, name: &str) -> Result<String, Refusal> {
    request
        .parameter(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| invalid(&format!("Missing {name}")))
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(400, "InvalidRequestException", message)
}

fn no_access() -> Refusal {
    Refusal::new(403, "ForbiddenException", "No access")
}
