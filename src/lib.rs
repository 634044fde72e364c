//! awsenv: the right AWS account for the directory you are in.
//!
//! # Layers
//!
//! Each imports only those below it: `main` and `cli`, then `commands` (one file each), then `sources` of
//! credentials, then the world (files, AWS calls, processes, clock), then values, which are pure.

pub mod context;
pub mod credentials;
pub mod endpoint;
pub mod environment;
pub mod failure;
pub mod files;
pub mod message;
pub mod profile;
pub mod profile_choice;
pub mod region;
pub mod secret;
pub mod shared_config;
pub mod shell_words;
pub mod sso_settings;
pub mod text;
