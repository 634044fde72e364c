//! awsenv loads AWS credentials per directory, with automatic SSO login.
//!
//! # Folders
//!
//! Each folder imports only from those below it, no two files import each other, and no command imports
//! another. A test checks this order (`tests/it/layers.rs`).
//!
//! - `cli`: what can be typed. Knows no AWS.
//! - `commands`: one file per command. The only place that prints to standard output.
//! - `prune`: deletes files that nobody needs any more, once a day. Never at a prompt.
//! - `prompt`: decides what a hooked shell loads. The first run waits for no person and no network.
//! - `doctor`: one check per file. Changes nothing.
//! - `load`: what a folder or a command line loads. Prints no result.
//! - `sources`: one way to obtain keys per file.
//! - `login`: SSO and MFA, one at a time for all shells.
//! - `import`, `setup`: takes over what other tools wrote, sets up a new machine.
//! - `configure`: profiles written to the config file.
//! - `shell`: six languages and their hooks. Quotes whatever comes from elsewhere.
//! - `env_file`: `.awsenv`, and whether it is allowed. Data, never code.
//! - `aws`: calls over HTTP only.
//! - `cache`: the files shared with the AWS CLI, and awsenv's own beside them.
//! - `keyring`: long-lived keys in the Secret Service, over D-Bus. Never waits longer than two seconds.
//! - `settings`, `shared_config`: the user's files, read as they stand.
//! - `terminal`: messages, questions, the picker.
//! - `exports`: the variables that a shell gets, and how they are undone. Keeps no secret of the user.
//! - `system`: files, locks, the clock, the environment. The only place that reads the last two.
//! - `values`, `text`, `failure`: no input or output.
//!
//! Only what `main`, the tests and the benchmarks use is public.

mod aws;
pub mod cache;
pub mod cli;
pub mod commands;
mod configure;
mod doctor;
pub mod env_file;
pub mod exports;
mod failure;
#[cfg(test)]
#[path = "../tests/fuzz/mutation.rs"]
mod fuzz;
mod import;
mod keyring;
mod load;
mod login;
pub mod prompt;
mod prune;
pub mod settings;
mod setup;
pub mod shared_config;
pub mod shell;
mod sources;
pub mod system;
pub mod terminal;
pub mod text;
pub mod values;
