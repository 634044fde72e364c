//! From an operation to the function that answers it.

use crate::{
    authorize, device, ecr, federation, iam, machine, operation::Operation, page, portal, refusal::Refusal,
    registration, reply::Reply, request::Request, signin, state::State, sts, token,
};

/// Answers a request for `operation`.
pub(crate) fn answer(state: &mut State, operation: Operation, request: &Request) -> Result<Reply, Refusal> {
    match operation {
        Operation::RegisterClient => registration::register(state, request),
        Operation::StartDeviceAuthorization => device::start(state, request),
        Operation::CreateTokenDeviceCode
        | Operation::CreateTokenAuthorizationCode
        | Operation::CreateTokenRefreshToken
        | Operation::CreateTokenUnknown => token::create(state, operation, request),
        Operation::AccessPortal => Ok(Reply::html(page::access_portal(state.portal_region.as_deref()))),
        Operation::Authorize => authorize::page(state, request),
        Operation::StartUrl => Ok(match &state.organization.portal {
            Some(portal) => Reply::redirect(portal.clone()),
            None => Reply::html(String::new()),
        }),
        Operation::DevicePage => device::page(state, request),
        Operation::Decide if request.path == "/device" => device::decide(state, request),
        Operation::Decide if request.path == "/v1/authorize" => signin::decide(state, request),
        Operation::Decide => authorize::decide(state, request),
        Operation::SignInPage => signin::page(state, request),
        Operation::SignInConfirmation => Ok(signin::confirmation(request)),
        Operation::GetRoleCredentials => portal::role_credentials(state, request),
        Operation::ListAccounts => portal::accounts(state, request),
        Operation::ListAccountRoles => portal::roles(state, request),
        Operation::Logout => portal::logout(state, request),
        Operation::GetCallerIdentity
        | Operation::AssumeRole
        | Operation::AssumeRoleWithWebIdentity
        | Operation::GetSessionToken
        | Operation::UnknownAction => sts::answer(state, operation, request),
        Operation::OpenInstanceSession => machine::open(state, request),
        Operation::GetInstanceRole => machine::role(state, request),
        Operation::GetInstanceCredentials => machine::instance(state, request),
        Operation::GetContainerCredentials => machine::container(state, request),
        Operation::CreateOAuth2Token => signin::token(state, request),
        Operation::GetAuthorizationToken | Operation::GetPublicAuthorizationToken => {
            ecr::answer(state, operation, request)
        }
        Operation::CreateAccessKey
        | Operation::ListAccessKeys
        | Operation::UpdateAccessKey
        | Operation::DeleteAccessKey => iam::answer(state, operation, request),
        Operation::Federation => federation::answer(state, request),
        Operation::Unknown => Err(Refusal::new(404, "", "There is no such page.")),
    }
}
