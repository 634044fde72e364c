//! STS: the query protocol in, XML out (API version 2011-06-15).

mod assume_role;
mod principal;
mod second_factor;
mod session_token;
mod web_identity;
mod xml;

use chrono::{DateTime, Utc};

pub(crate) use principal::{Issued, Principal};
pub(crate) use xml::{element, error, iam_result};

use crate::{
    issuer::AccessKey, operation::Operation, refusal::Refusal, reply::Reply, request::Request, signature,
    state::State,
};

/// Answers an action of STS; all but web identity must be signed.
pub(crate) fn answer(state: &mut State, operation: Operation, request: &Request) -> Result<Reply, Refusal> {
    if operation == Operation::AssumeRoleWithWebIdentity {
        return web_identity::answer(state, request);
    }
    let caller = signature::authenticate(state, "sts", request)?;
    match operation {
        Operation::GetCallerIdentity => Ok(caller_identity(&caller)),
        Operation::AssumeRole => assume_role::answer(state, &caller, request),
        Operation::GetSessionToken => session_token::answer(state, &caller, request),
        _ => {
            let action = request.field("Action").unwrap_or_default();
            let version = request.field("Version").unwrap_or_default();
            let message = format!("Could not find operation {action} for version {version}");
            Err(Refusal::new(400, "InvalidAction", message))
        }
    }
}

/// Issues a key for `principal` that works until `expires`.
pub(crate) fn issue(state: &mut State, principal: Principal, expires: DateTime<Utc>) -> AccessKey {
    let key = state.issuer.key();
    state.keys.insert(key.id.clone(), Issued { key: key.clone(), principal, expires });
    key
}

fn caller_identity(caller: &Principal) -> Reply {
    let fields = [("Arn", &caller.arn), ("UserId", &caller.user_id), ("Account", &caller.account)];
    xml::result("GetCallerIdentity", &fields.map(|(name, value)| xml::element(name, value)).concat())
}

/// Returns the number of seconds asked for, or `usual`; refuses what is not between 900 and `most`.
fn duration(request: &Request, usual: u32, most: u32) -> Result<u32, Refusal> {
    let Some(asked) = request.field("DurationSeconds") else { return Ok(usual) };
    let bound = match asked.parse::<u32>() {
        Ok(seconds) if seconds < 900 => "greater than or equal to 900".to_owned(),
        Ok(seconds) if seconds > most => format!("less than or equal to {most}"),
        Ok(seconds) => return Ok(seconds),
        Err(_) => return Err(Refusal::new(400, "MalformedInput", "Invalid Argument")),
    };
    Err(constraint(&asked, "durationSeconds", &format!("Member must have value {bound}")))
}

/// Returns a parameter that a request must have.
fn required(request: &Request, name: &str, member: &str) -> Result<String, Refusal> {
    request.field(name).filter(|value| !value.is_empty()).ok_or_else(|| {
        let message = format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        );
        Refusal::new(400, "ValidationError", message)
    })
}

/// Returns a session name, which has 2 to 64 characters of a small set.
fn session_name(request: &Request) -> Result<String, Refusal> {
    let name = required(request, "RoleSessionName", "roleSessionName")?;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if !(2..=64).contains(&name.chars().count()) || !name.chars().all(fits) {
        let pattern = "Member must satisfy regular expression pattern: [\\w+=,.@-]*";
        return Err(constraint(&name, "roleSessionName", pattern));
    }
    Ok(name)
}

fn constraint(value: &str, member: &str, constraint: &str) -> Refusal {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    );
    Refusal::new(400, "ValidationError", message)
}

fn denied(message: impl Into<String>) -> Refusal {
    Refusal::new(403, "AccessDenied", message)
}
