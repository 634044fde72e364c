//! awsenv: the right AWS account for the directory you are in.
//!
//! # Layers
//!
//! Each imports only those below it: `main` and `cli`, then `commands` (one file each), then `sources` of
//! credentials, then the world (files, AWS calls, processes, clock), then values, which are pure.

pub mod account;
pub mod assumed_role;
pub mod aws;
pub mod cache_file;
pub mod cache_key;
pub mod change;
pub mod chosen;
pub mod cli;
pub mod commands;
pub mod confirmation;
pub mod context;
pub mod credentials;
pub mod decision;
pub mod depends;
pub mod duration;
pub mod endpoint;
pub mod env_file;
pub mod environment;
pub mod exit;
pub mod failure;
pub mod files;
pub mod fingerprint;
pub mod folder;
pub mod generation;
pub mod guard;
pub mod identity;
pub mod ini_line;
pub mod loaded;
pub mod lock;
pub mod login;
pub mod login_choice;
pub mod lookup;
pub mod mark;
pub mod message;
pub mod notice;
pub mod output;
pub mod pause;
pub mod place;
pub mod profile;
pub mod profile_choice;
pub mod python_json;
pub mod recipe;
pub mod region;
pub mod registration_cache;
pub mod renewal;
pub mod role_cache;
pub mod secret;
pub mod settings;
pub mod shared_config;
pub mod shell;
pub mod shell_words;
pub mod sources;
pub mod sso_settings;
pub mod stamps;
pub mod target;
pub mod terminal;
pub mod text;
pub mod timestamp;
pub mod token_cache;
pub mod trust;
pub mod variable;
