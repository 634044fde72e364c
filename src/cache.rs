//! The cache files that awsenv shares with the AWS CLI, and its own. Never calls AWS.

pub(crate) mod client_registration;
pub(crate) mod console_login;
pub mod key;
pub(crate) mod key_account;
pub(crate) mod registry_token;
pub(crate) mod role;
pub(crate) mod sso_token;
