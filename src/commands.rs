//! The commands, one file each. None imports another; what they share is below them.

pub mod accounts;
pub mod allow;
pub mod choose;
pub mod completions;
pub mod configure;
pub mod console;
pub mod credential_process;
pub mod deny;
pub mod doctor;
pub mod edit;
pub mod exec;
pub mod exit;
pub mod export;
pub mod help;
pub mod hook;
pub mod init;
pub mod login;
pub mod logout;
pub mod man;
pub mod next_step;
pub mod profiles;
pub mod prompt;
pub mod reload;
pub mod renew;
pub mod status;
pub mod whoami;
