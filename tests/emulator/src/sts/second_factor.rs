//! The second factor of a caller.

use super::{Principal, constraint, denied};
use crate::{refusal::Refusal, request::Request, state::State};

/// Returns whether `request` shows the caller's second factor; refuses one that is incomplete or wrong. A
/// code is used up by this, whatever becomes of the request.
pub(super) fn shown(state: &mut State, caller: &Principal, request: &Request) -> Result<bool, Refusal> {
    let (serial, code) = match (request.field("SerialNumber"), request.field("TokenCode")) {
        (None, None) => return Ok(false),
        (Some(serial), Some(code)) => (serial, code),
        _ => {
            return Err(denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            ));
        }
    };
    if code.chars().count() != 6 {
        let bound = if code.len() < 6 { "greater" } else { "less" };
        let length = format!("Member must have length {bound} than or equal to 6");
        return Err(constraint(&code, "tokenCode", &length));
    }
    match &caller.device {
        Some(device) if device.serial == serial => {
            if device.codes.contains(&code) && state.used_codes.insert((serial, code)) {
                return Ok(true);
            }
            Err(denied("MultiFactorAuthentication failed with invalid MFA one time pass code. "))
        }
        _ => Err(denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial \
             number is valid and associated with this user.",
        )),
    }
}
