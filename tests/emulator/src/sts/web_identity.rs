//! `AssumeRoleWithWebIdentity`, which is not signed.

use super::{Principal, assume_role, denied, duration, issue, required, session_name, xml};
use crate::{refusal::Refusal, reply::Reply, request::Request, state::State};

/// The longest session in seconds that any role may have.
const LONGEST: u32 = 12 * 3600;

/// Answers `AssumeRoleWithWebIdentity`.
pub(super) fn answer(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let arn = required(request, "RoleArn", "roleArn")?;
    let session = session_name(request)?;
    let token = required(request, "WebIdentityToken", "webIdentityToken")?;
    let seconds = duration(request, state.lifetimes.assumed_role, LONGEST)?;
    let role = state.identities.role(&arn).zip(Principal::role_session(&arn, &session));
    let Some((own, principal)) =
        role.and_then(|(role, principal)| Some((role.web_identity_token.as_deref()?, principal)))
    else {
        return Err(denied("Not authorized to perform sts:AssumeRoleWithWebIdentity"));
    };
    if own.trim() != token.trim() {
        let message =
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
        return Err(Refusal::new(400, "InvalidIdentityToken", message));
    }
    let expires = state.clock.after(seconds);
    let key = issue(state, principal.clone(), expires);
    let content = assume_role::content(&xml::credentials(&key, expires), &principal);
    let subject = xml::element("SubjectFromWebIdentityToken", "acme-workload");
    Ok(xml::result("AssumeRoleWithWebIdentity", &format!("{content}{subject}")))
}
