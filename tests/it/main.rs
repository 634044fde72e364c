//! The program, driven from outside: as a command in a world of its own, and below the prompts of real
//! interactive shells. No test needs a network beyond 127.0.0.1, a terminal, or anything in the home
//! directory of the person who runs it.
//!
//! A test makes a [`harness::world::World`], which is a throw-away home with AWS files and projects in it,
//! and then either runs the program in it ([`harness::world::World::run`]) or opens a shell
//! ([`harness::shell::Shell::launch`]).

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

/// What the tests share: worlds, shells, terminals, and servers to talk to.
mod harness {
    pub mod aws_cli;
    pub mod configure_world;
    pub mod front;
    pub mod hook_stage;
    pub mod invocation;
    pub mod keyring_stage;
    pub mod kind;
    pub mod listener;
    pub mod login_stage;
    pub mod mfa_stage;
    pub mod neighbour;
    pub mod ordinary;
    pub mod proof;
    pub mod reader;
    pub mod recorder;
    pub mod scene;
    pub mod screen;
    pub mod shell;
    pub mod terminal;
    pub mod tools;
    pub mod trace;
    pub mod world;
}

/// The commands, one file each.
mod commands {
    mod accounts;
    mod colors;
    mod command_line;
    mod completions;
    mod config;
    mod configure_docker;
    mod configure_file;
    mod configure_rate;
    mod configure_role;
    mod configure_wizard;
    mod console;
    mod credential_process;
    mod docker_credential;
    pub mod doctor;
    mod doctor_kubernetes;
    mod doctor_profiles;
    mod doctor_shell;
    mod edit;
    mod exec;
    mod exec_docker;
    mod exec_each;
    mod exec_policy;
    mod exec_read_only;
    mod exec_serve;
    mod export_file;
    mod import;
    mod init;
    mod keys;
    mod keys_move;
    mod keys_rotate;
    mod man_pages;
    mod picker;
    mod prompt;
    mod reload;
    mod schema;
    mod setup;
}

/// Below the prompts of real shells.
mod hook {
    mod account;
    mod cd;
    mod change;
    mod clock;
    mod company;
    mod deadline;
    mod debug;
    mod each_prompt;
    mod failure;
    mod folder;
    mod frameworks;
    mod idle;
    mod inherited;
    mod lapse;
    mod loaders;
    mod local;
    mod login;
    mod mfa;
    mod names;
    mod neighbours;
    mod nested;
    mod nu;
    mod options;
    mod overridden;
    mod place;
    mod prompt_command;
    mod quoting;
    mod readonly;
    mod start_up;
    mod status;
    mod trust;
    mod uninstall;
    mod use_login;
    mod use_profile;
    mod version;
}

/// Logins, the browser's and MFA's, and their end.
mod login {
    mod cache;
    mod command;
    mod console;
    mod interrupted;
    mod logout;
    mod mfa;
    mod mfa_process;
    mod opener;
    mod prompt;
    mod screen;
    mod session;
    mod start_url;
    pub mod together;
    mod trouble;
}

/// What is said of mistakes, and that nothing is lost.
mod mistakes {
    mod every_service;
    mod file;
    mod network;
    mod place;
    mod profile;
    mod stopped;
}

/// Where keys come from.
mod profiles {
    mod account;
    mod aws_cli_ways;
    mod chain;
    mod given_role;
    mod machine;
    mod network;
    mod process;
    mod sso;
    mod team;
    mod temporary_keys;
    mod web_identity;
}

/// Nothing secret is shown or kept.
mod secrets {
    mod canary;
    mod core_dump;
    mod keyring;
    mod promises;
}

/// What may be loaded.
mod trust {
    mod confirm;
    mod own_files;
    mod permission;
    mod worktree;
}

/// Crowds of processes, faults at every step, and clocks that are wrong.
mod crowd {
    mod clock;
    mod faults;
    mod keys;
    mod many;
    mod soak;
}

/// README and docs as a whole.
mod pages {
    mod blocks;
    mod commands;
    mod links;
    mod markdown;
}

mod dependencies;
mod docs;
mod layers;
mod tidy;
