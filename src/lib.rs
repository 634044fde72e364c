//! awsenv: the right AWS account for the directory you are in.
//!
//! # Layers
//!
//! Each imports only those below it: `main` and `cli`, then `commands` (one file each), then `sources` of
//! credentials, then the world (files, AWS calls, processes, clock), then values, which are pure.

pub mod assumed_role;
pub mod aws;
pub mod cache_file;
pub mod cache_key;
pub mod context;
pub mod credentials;
pub mod environment;
pub mod failure;
pub mod files;
pub mod lock;
pub mod message;
pub mod python_json;
pub mod registration_cache;
pub mod role_cache;
pub mod secret;
pub mod text;
pub mod timestamp;
pub mod token_cache;
