//! awsenv: the right AWS account for the directory you are in.
//!
//! # Layers
//!
//! Each imports only those below it: `main` and `cli`, then `commands` (one file each), then `sources` of
//! credentials, then the world (files, AWS calls, processes, clock), then values, which are pure.

pub mod aws;
pub mod cache;
pub mod cli;
pub mod commands;
pub mod configure;
pub mod doctor;
pub mod env_file;
pub mod exports;
pub mod failure;
#[cfg(test)]
#[path = "../tests/fuzz/mutation.rs"]
mod fuzz;
pub mod import;
pub mod load;
pub mod login;
pub mod prompt;
pub mod prune;
pub mod settings;
pub mod setup;
pub mod shared_config;
pub mod shell;
pub mod sources;
pub mod system;
pub mod terminal;
pub mod text;
pub mod values;
