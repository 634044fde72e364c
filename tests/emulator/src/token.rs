//! `CreateToken` of the OIDC service: one endpoint, three grants.

use crate::{
    authorize, device, operation::Operation, refusal::Refusal, registration::required, reply::Reply,
    request::Request, state::State, state::tokens_reply,
};

/// Answers `CreateToken` with the grant that `operation` names.
pub(crate) fn create(state: &mut State, operation: Operation, request: &Request) -> Result<Reply, Refusal> {
    let body = request.json();
    required(&body, "grantType")?;
    let client = state.clients.authenticate(&body, state.clock.now())?;
    match operation {
        Operation::CreateTokenDeviceCode => device::poll(state, &client, required(&body, "deviceCode")?),
        Operation::CreateTokenAuthorizationCode => authorize::redeem(state, &client, &body),
        Operation::CreateTokenRefreshToken => {
            let token = required(&body, "refreshToken")?;
            let (now, lifetime) = (state.clock.now(), state.access_token_lifetime());
            Ok(tokens_reply(&state.sessions.renew(token, &client.id, now, lifetime)?))
        }
        _ => Err(Refusal::new(400, "UnsupportedGrantTypeException", "Unsupported grant type")),
    }
}
