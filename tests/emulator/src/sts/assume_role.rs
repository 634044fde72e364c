//! `AssumeRole`.

use super::{Principal, denied, duration, issue, required, second_factor, session_name, xml};
use crate::{identities::Role, refusal::Refusal, reply::Reply, request::Request, state::State};

/// The longest session in seconds when one role's session assumes another role.
const CHAINED: u32 = 3600;

/// The longest session in seconds that any role may have.
const LONGEST: u32 = 12 * 3600;

/// Answers `AssumeRole`.
pub(super) fn answer(state: &mut State, caller: &Principal, request: &Request) -> Result<Reply, Refusal> {
    let arn = required(request, "RoleArn", "roleArn")?;
    let session = session_name(request)?;
    let seconds = duration(request, state.lifetimes.assumed_role, LONGEST)?;
    let principal = Principal::role_session(&arn, &session)
        .ok_or_else(|| Refusal::new(400, "ValidationError", format!("{arn} is invalid")))?;
    let mfa = second_factor::shown(state, caller, request)?;
    let role = state.identities.role(&arn).filter(|role| trusts(role, caller, mfa, request));
    let Some(role) = role else {
        let message =
            format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}", caller.arn);
        return Err(denied(message));
    };
    if request.field("DurationSeconds").is_some() {
        check_duration(role, caller, seconds)?;
    }
    let arns = (1..=10).filter_map(|number| request.field(&format!("PolicyArns.member.{number}.arn")));
    state.session_policies.extend(arns.chain(request.field("Policy")));
    state.session_names.push(session.clone());
    let principal = Principal { mfa_present: mfa, chained: caller.role.is_some(), ..principal };
    let expires = state.clock.after(seconds);
    let key = issue(state, principal.clone(), expires);
    Ok(xml::result("AssumeRole", &content(&xml::credentials(&key, expires), &principal)))
}

/// Returns the credentials and the user that they make.
pub(super) fn content(credentials: &str, principal: &Principal) -> String {
    format!(
        "{credentials}<AssumedRoleUser>{}{}</AssumedRoleUser>",
        xml::element("AssumedRoleId", &principal.user_id),
        xml::element("Arn", &principal.arn),
    )
}

fn trusts(role: &Role, caller: &Principal, mfa: bool, request: &Request) -> bool {
    // A role without an external id of its own does not look at the caller's.
    let external_id = role.external_id.is_none() || role.external_id == request.field("ExternalId");
    let second_factor = !role.needs_mfa || mfa || caller.mfa_present;
    role.web_identity_token.is_none() && external_id && second_factor && caller.is_among(&role.principals)
}

fn check_duration(role: &Role, caller: &Principal, seconds: u32) -> Result<(), Refusal> {
    let message = if caller.role.is_some() && seconds > CHAINED {
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    } else if seconds > role.max_duration {
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    } else {
        return Ok(());
    };
    Err(Refusal::new(400, "ValidationError", message))
}
