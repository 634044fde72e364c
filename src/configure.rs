//! Profiles that are written for a person: those of IAM Identity Center, which accounts and roles there are,
//! what the profiles for them are called, and the text of the config file with them in it; and one for a role
//! that is assumed with another profile's credentials.
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
//! The form of the sections is that of `aws configure sso` (AWS CLI 2.36), so that every tool reads them. The
//! block between the two comments is what `--all` keeps in step; profiles outside of it are a person's.

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
