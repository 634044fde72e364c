//! The program, driven from outside: as a command in a world of its own, and below the prompts of real
//! interactive shells. No test needs a network beyond 127.0.0.1, a terminal, or anything in the home
//! directory of the person who runs it.
//!
//! A test makes a [`world::World`], which is a throw-away home with AWS files and projects in it, and then either
//! runs the program in it ([`world::World::run`]) or opens a shell ([`shell::Shell::launch`]).

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "the harness is ahead of the tests that use it")]

mod invocation;
mod kind;
mod recorder;
mod screen;
mod shell;
mod terminal;
mod tools;
mod trace;
mod world;

mod configure_world;
mod front;
mod listener;
mod login_stage;
mod mfa_stage;
mod neighbour;
mod ordinary;
mod scene;

mod account;
mod aws_cli;
mod aws_cli_ways;
mod bad_file;
mod bad_network;
mod bad_place;
mod bad_profile;
mod canary;
mod chain;
mod completions;
mod configure_file;
mod configure_rate;
mod configure_wizard;
mod confirm;
mod credential_process;
mod docs;
mod doctor;
mod doctor_shell;
mod exec;
mod export_file;
mod given_role;
mod harness;
mod hook_account;
mod hook_cd;
mod hook_change;
mod hook_clock;
mod hook_company;
mod hook_deadline;
mod hook_debug;
mod hook_each_prompt;
mod hook_failure;
mod hook_folder;
mod hook_idle;
mod hook_loaders;
mod hook_login;
mod hook_mfa;
mod hook_names;
mod hook_neighbours;
mod hook_nested;
mod hook_options;
mod hook_override;
mod hook_place;
mod hook_prompt_command;
mod hook_quoting;
mod hook_readonly;
mod hook_stage;
mod hook_start_up;
mod hook_status;
mod hook_trust;
mod hook_uninstall;
mod hook_version;
mod init;
mod login_command;
mod login_end;
mod login_prompt;
mod login_screen;
mod login_session;
mod login_together;
mod login_trouble;
mod machine;
mod man_pages;
mod mfa;
mod network;
mod permission;
mod process;
mod reload;
mod schema;
mod sso;
mod team;
mod tidy;
mod web_identity;
mod worktree;
