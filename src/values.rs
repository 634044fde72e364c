//! Values that the other folders hand to each other. No input or output.

pub mod account_id;
pub mod assumed_role;
pub mod credentials;
pub mod endpoint;
pub mod mfa_serial;
pub mod region_names;
pub mod registry;
pub mod role_arn;
pub mod secret;
pub mod secret_json;
pub mod session_policy;
pub mod start_url;
pub mod switch_role_link;
pub mod target_name;
pub mod url;
pub mod validity;
