//! Values that the other folders hand to each other. No input or output.

pub(crate) mod account_id;
pub(crate) mod arn;
pub(crate) mod assumed_role;
pub(crate) mod credentials;
pub(crate) mod endpoint;
pub(crate) mod mfa_serial;
pub(crate) mod region_names;
pub(crate) mod registry;
pub(crate) mod role_arn;
pub(crate) mod secret;
pub(crate) mod secret_json;
pub(crate) mod session_policy;
pub(crate) mod start_url;
pub(crate) mod switch_role_link;
pub mod target_name;
pub(crate) mod url;
pub(crate) mod validity;
