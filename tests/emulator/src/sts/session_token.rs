//! `GetSessionToken`.

use super::{Principal, denied, duration, issue, second_factor, xml};
use crate::{refusal::Refusal, reply::Reply, request::Request, state::State};

/// The longest session in seconds: 36 hours.
const LONGEST: u32 = 36 * 3600;

/// Answers `GetSessionToken`, for a user's own key alone.
pub(super) fn answer(state: &mut State, caller: &Principal, request: &Request) -> Result<Reply, Refusal> {
    if request.header("x-amz-security-token").is_some() {
        return Err(denied("Cannot call GetSessionToken with session credentials"));
    }
    let seconds = duration(request, state.lifetimes.session_token, LONGEST)?;
    let mfa_present = second_factor::shown(state, caller, request)?;
    let expires = state.clock.after(seconds);
    let key = issue(state, Principal { mfa_present, ..caller.clone() }, expires);
    Ok(xml::result("GetSessionToken", &xml::credentials(&key, expires)))
}
