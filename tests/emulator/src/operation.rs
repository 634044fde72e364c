//! What a request asks for.

use serde::{Deserialize, Serialize};

use crate::request::{Request, text};

/// An operation of the emulator, named as AWS names it; `CreateToken` counts by its grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Operation {
    /// `POST /client/register`.
    RegisterClient,
    /// `POST /device_authorization`.
    StartDeviceAuthorization,
    /// `POST /token` with a device code: a poll.
    CreateTokenDeviceCode,
    /// `POST /token` with an authorization code.
    CreateTokenAuthorizationCode,
    /// `POST /token` with a refresh token.
    CreateTokenRefreshToken,
    /// `POST /token` with any other grant.
    CreateTokenUnknown,
    /// `GET /start`: the page of the access portal.
    AccessPortal,
    /// `GET /authorize`: the page of the authorization code grant.
    Authorize,
    /// `HEAD` or `GET /own`: a start URL at a company's own address.
    StartUrl,
    /// `GET /device`: the page of the device code grant.
    DevicePage,
    /// `POST /authorize` or `POST /device`: the person's answer on a page.
    Decide,
    /// `GET /federation/credentials`.
    GetRoleCredentials,
    /// `GET /assignment/accounts`.
    ListAccounts,
    /// `GET /assignment/roles`.
    ListAccountRoles,
    /// `POST /logout`.
    Logout,
    /// `POST /` with the action of that name.
    GetCallerIdentity,
    /// `POST /` with the action of that name.
    AssumeRole,
    /// `POST /` with the action of that name.
    AssumeRoleWithWebIdentity,
    /// `POST /` with the action of that name.
    GetSessionToken,
    /// `POST /` with the action of that name, of IAM.
    CreateAccessKey,
    /// `POST /` with the action of that name, of IAM.
    ListAccessKeys,
    /// `POST /` with the action of that name, of IAM.
    UpdateAccessKey,
    /// `POST /` with the action of that name, of IAM.
    DeleteAccessKey,
    /// `POST /` with any other action.
    UnknownAction,
    /// `GET` or `POST /federation`: console sign-in.
    Federation,
    /// `PUT /latest/api/token` of an instance.
    OpenInstanceSession,
    /// `GET /latest/meta-data/iam/security-credentials/` of an instance.
    GetInstanceRole,
    /// The same with the role's name.
    GetInstanceCredentials,
    /// `GET /container/credentials`.
    GetContainerCredentials,
    /// `GET /v1/authorize`: the page of `aws login`.
    SignInPage,
    /// `GET /v1/sessions/confirmation`: the page that shows the code of `aws login --remote`.
    SignInConfirmation,
    /// `POST /v1/token`: a login of `aws login` begins or is renewed.
    CreateOAuth2Token,
    /// `POST /` with the target of that name, of an account's registries.
    GetAuthorizationToken,
    /// `POST /` with the target of that name, of the public registry.
    GetPublicAuthorizationToken,
    /// Anything else.
    Unknown,
}

/// The service whose form a reply has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Oidc,
    Portal,
    Sts,
    Iam,
    Ecr,
    Machine,
    Signin,
    Page,
}

impl Operation {
    /// Returns what `request` asks for.
    pub(crate) fn of(request: &Request) -> Self {
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/client/register") => Self::RegisterClient,
            ("POST", "/device_authorization") => Self::StartDeviceAuthorization,
            ("POST", "/token") => Self::grant(request),
            ("GET", "/start") => Self::AccessPortal,
            ("GET", "/authorize") => Self::Authorize,
            ("HEAD" | "GET", "/own") => Self::StartUrl,
            ("GET", "/device") => Self::DevicePage,
            ("POST", "/authorize" | "/device" | "/v1/authorize") => Self::Decide,
            ("GET", "/v1/authorize") => Self::SignInPage,
            ("GET", "/v1/sessions/confirmation") => Self::SignInConfirmation,
            ("GET", "/federation/credentials") => Self::GetRoleCredentials,
            ("GET", "/assignment/accounts") => Self::ListAccounts,
            ("GET", "/assignment/roles") => Self::ListAccountRoles,
            ("POST", "/logout") => Self::Logout,
            ("POST", "/") => match request.header("x-amz-target") {
                Some(target) => Self::target(target),
                None => Self::action(request),
            },
            ("GET" | "POST", "/federation") => Self::Federation,
            ("PUT", "/latest/api/token") => Self::OpenInstanceSession,
            ("GET", "/latest/meta-data/iam/security-credentials/") => Self::GetInstanceRole,
            ("GET", path) if path.starts_with("/latest/meta-data/iam/security-credentials/") => {
                Self::GetInstanceCredentials
            }
            ("GET", "/container/credentials") => Self::GetContainerCredentials,
            ("POST", "/v1/token") => Self::CreateOAuth2Token,
            _ => Self::Unknown,
        }
    }

    /// Returns the service that the operation belongs to.
    pub(crate) fn service(self) -> Service {
        match self {
            Self::RegisterClient
            | Self::StartDeviceAuthorization
            | Self::CreateTokenDeviceCode
            | Self::CreateTokenAuthorizationCode
            | Self::CreateTokenRefreshToken
            | Self::CreateTokenUnknown => Service::Oidc,
            Self::AccessPortal
            | Self::Authorize
            | Self::DevicePage
            | Self::StartUrl
            | Self::Decide
            | Self::SignInPage
            | Self::SignInConfirmation
            | Self::Federation
            | Self::Unknown => Service::Page,
            Self::GetRoleCredentials | Self::ListAccounts | Self::ListAccountRoles | Self::Logout => {
                Service::Portal
            }
            Self::OpenInstanceSession
            | Self::GetInstanceRole
            | Self::GetInstanceCredentials
            | Self::GetContainerCredentials => Service::Machine,
            Self::CreateOAuth2Token => Service::Signin,
            Self::GetAuthorizationToken | Self::GetPublicAuthorizationToken => Service::Ecr,
            Self::CreateAccessKey | Self::ListAccessKeys | Self::UpdateAccessKey | Self::DeleteAccessKey => {
                Service::Iam
            }
            Self::GetCallerIdentity
            | Self::AssumeRole
            | Self::AssumeRoleWithWebIdentity
            | Self::GetSessionToken
            | Self::UnknownAction => Service::Sts,
        }
    }

    fn grant(request: &Request) -> Self {
        match text(&request.json(), "grantType") {
            Some("urn:ietf:params:oauth:grant-type:device_code") => Self::CreateTokenDeviceCode,
            Some("authorization_code") => Self::CreateTokenAuthorizationCode,
            Some("refresh_token") => Self::CreateTokenRefreshToken,
            _ => Self::CreateTokenUnknown,
        }
    }

    fn target(target: &str) -> Self {
        match target {
            "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken" => Self::GetAuthorizationToken,
            "SpencerFrontendService.GetAuthorizationToken" => Self::GetPublicAuthorizationToken,
            _ => Self::Unknown,
        }
    }

    fn action(request: &Request) -> Self {
        match request.field("Action").as_deref() {
            Some("GetCallerIdentity") => Self::GetCallerIdentity,
            Some("AssumeRole") => Self::AssumeRole,
            Some("AssumeRoleWithWebIdentity") => Self::AssumeRoleWithWebIdentity,
            Some("GetSessionToken") => Self::GetSessionToken,
            Some("CreateAccessKey") => Self::CreateAccessKey,
            Some("ListAccessKeys") => Self::ListAccessKeys,
            Some("UpdateAccessKey") => Self::UpdateAccessKey,
            Some("DeleteAccessKey") => Self::DeleteAccessKey,
            _ => Self::UnknownAction,
        }
    }
}
