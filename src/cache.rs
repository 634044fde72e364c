//! The files that awsenv shares with the AWS CLI, and those of its own beside them. Never calls
//! AWS.

pub mod client_registration;
pub mod console_login;
pub mod key;
pub mod key_account;
pub mod registry_token;
pub mod role;
pub mod sso_token;
