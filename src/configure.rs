//! Writes profiles: for the accounts and roles of IAM Identity Center, for a role that is assumed with
//! another profile's credentials, and for keys in the keyring; and Docker's credential helpers.
//!
//! ```ini
//! [sso-session acme]
//! sso_start_url = https://acme.awsapps.com/start
//! sso_region = eu-west-1
//! sso_registration_scopes = sso:account:access
//!
//! # awsenv: begin acme
//! [profile acme-dev-Developer]
//! sso_session = acme
//! sso_account_id = 111122223333
//! sso_role_name = Developer
//! region = eu-west-1
//! # awsenv: end acme
//! ```
//!
//! The sections have the form that `aws configure sso` writes (AWS CLI 2.36), so that every tool reads them.
//! `--all` changes only what is between the two comments; profiles outside of that block are left alone.

pub mod assignment;
pub mod block;
pub mod difference;
pub mod docker_config;
pub mod key_profile;
pub mod naming;
pub mod plan;
pub mod report;
pub mod role_answers;
pub mod role_profile;
pub mod selection;
pub mod session;
pub mod template;
pub mod verify;
pub mod wish;
pub mod writer;
