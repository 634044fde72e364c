//! The command line of `awsenv exec`.

use std::ffi::OsString;

use clap::{Args, Parser};

use super::mfa_code::MfaCode;
use super::target::TargetArgs;
use crate::commands;
use crate::commands::exit::Exit;
use crate::system::context::Context;
use crate::values::role_arn::RoleArgument;

#[derive(Debug, Args)]
pub(super) struct Exec {
    #[command(flatten)]
    target: TargetArgs,
    /// The region, overriding the .awsenv and the profile
    #[arg(long)]
    region: Option<String>,
    /// Minimum validity of the credentials: 90s, 30m, 1h
    #[arg(long, value_name = "TIME", value_parser = commands::exec::duration)]
    min_ttl: Option<chrono::TimeDelta>,
    /// Assume this role with the profile's credentials
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// The session name in the account's logs
    #[arg(long, value_name = "NAME", requires = "role_arn")]
    role_session_name: Option<String>,
    /// Answer `confirm` in scripts with the account's 12 digits
    #[arg(long, value_name = "ACCOUNT")]
    confirm: Option<String>,
    /// Serve the credentials at a local endpoint while the command runs, and renew them
    #[arg(long)]
    serve: bool,
    /// Give the command rights to read only, or do not run it
    #[arg(long)]
    read_only: bool,
    #[command(flatten)]
    mfa: MfaCode,
    /// The command and its arguments, after `--`
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

impl Exec {
    /// Runs the command. Mistakes in its options end with exit code 125.
    pub(super) fn run(self, ctx: &Context) -> Exit {
        let Self {
            target,
            region,
            min_ttl,
            role_arn,
            role_session_name,
            confirm,
            serve,
            read_only,
            mfa,
            command,
        } = self;
        let role = role_arn.map(|arn| RoleArgument::new(&arn, role_session_name.as_deref())).transpose();
        match role {
            Ok(role) => {
                let (name, mfa_code) = (target.name(), mfa.mfa_code);
                let with = commands::exec::ExecOptions {
                    name,
                    region,
                    min_ttl,
                    mfa_code,
                    role,
                    confirm,
                    serve,
                    read_only,
                };
                commands::exec::run(ctx, &with, &command)
            }
            Err(error) => {
                crate::terminal::message::error(ctx, &error);
                Exit::NotRun
            }
        }
    }
}

/// `exec` by itself: to build the parser of all other commands takes longer than to find the keys. What this
/// does not understand is left to the whole parser, mistakes and `--help` too.
#[derive(Debug, Parser)]
#[command(disable_help_flag = true)]
struct Alone {
    #[command(flatten)]
    exec: Exec,
}

/// Returns what a command line that is `exec` says, or `None` for the whole parser.
pub(super) fn alone(args: &[OsString]) -> Option<Exec> {
    match args {
        [_, name, ..] if name == "exec" => Alone::try_parse_from(&args[1..]).ok().map(|alone| alone.exec),
        _ => None,
    }
}
