//! What is to be loaded for a folder or a command, and how it is obtained. Never prints to standard output.

pub mod assigned_roles;
pub mod by_hand;
pub mod choose_profile;
pub mod confirm_match;
pub mod confirmation;
pub mod demands;
pub mod for_command;
pub mod forget;
pub mod given_role;
pub mod list_confirmation;
pub mod login_state;
pub mod obstacle;
pub mod obtain;
pub mod plan;
pub mod profile_choice;
pub mod profile_colour;
pub mod profile_patterns;
pub mod profile_words;
pub mod read_only;
pub mod recent_profiles;
pub mod registry_caller;
pub mod renewal;
pub mod resolved_profile;
pub mod role_session;
pub mod served_keys;
pub mod session_argument;
