//! The command line of `awsenv exec`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser};

use super::mfa_code::MfaCode;
use super::target::TargetArgs;
use crate::commands;
use crate::commands::exec::{EachOptions, ExecOptions};
use crate::commands::exit::Exit;
use crate::system::context::Context;
use crate::terminal::message;
use crate::text::duration;
use crate::values::role_arn::RoleArgument;

#[derive(Debug, Args)]
pub(super) struct Exec {
    #[command(flatten)]
    target: TargetArgs,
    /// The region, overriding the .awsenv and the profile
    #[arg(long)]
    region: Option<String>,
    /// Minimum validity of the credentials: 90s, 30m, 1h
    #[arg(long, value_name = "TIME", value_parser = min_ttl)]
    min_ttl: Option<chrono::TimeDelta>,
    /// Assume this role with the profile's credentials
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// Name of the role's session in the account's logs
    #[arg(long, value_name = "NAME", alias = "role-session-name")]
    session_name: Option<String>,
    /// Bound the role to what this managed policy allows too; up to 10 times
    #[arg(long, value_name = "ARN", conflicts_with = "read_only")]
    policy_arn: Vec<String>,
    /// Bound the role to what the policy in this file allows too
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with = "read_only")]
    policy: Option<PathBuf>,
    /// Answer `confirm` in scripts with the account's 12 digits; with --each for several accounts
    #[arg(long, value_name = "ACCOUNT")]
    confirm: Vec<String>,
    /// Serve the credentials at a local endpoint while the command runs, and renew them
    #[arg(long)]
    serve: bool,
    /// With --serve: for containers too, at this machine's address on Docker's bridge, or another bridge
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "", requires = "serve", conflicts_with = "each")]
    docker: Option<String>,
    /// Give the command rights to read only, or do not run it
    #[arg(long)]
    read_only: bool,
    /// Run the command in each profile whose name fits a pattern, and no pattern that begins with !
    #[arg(long, value_name = "PATTERN", num_args = 1.., conflicts_with_all = NOT_WITH_EACH)]
    each: Vec<String>,
    #[command(flatten)]
    shown: Shown,
    #[command(flatten)]
    mfa: MfaCode,
    /// The command and its arguments, after `--`
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// The options for a single profile. Each option that requires `--each` conflicts with them itself, because
/// clap does not insist on `--each` while that conflicts with an option that is there.
const NOT_WITH_EACH: [&str; 4] = ["profile", "account", "serve", "mfa_code"];

/// How `--each` runs, and what it shows.
#[derive(Debug, Args)]
struct Shown {
    /// With --each: how many commands run at the same time [default: 4]
    #[arg(long, value_name = "N", requires = "each", conflicts_with_all = NOT_WITH_EACH, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// With --each: print the output of each profile in one piece
    #[arg(long, requires = "each", conflicts_with_all = NOT_WITH_EACH, conflicts_with = "json")]
    group: bool,
    /// With --each: print one JSON object a profile, one a line
    #[arg(long, requires = "each", conflicts_with_all = NOT_WITH_EACH)]
    json: bool,
}

fn min_ttl(text: &str) -> Result<chrono::TimeDelta, String> {
    duration::parse(text).ok_or_else(|| "write a number and `s`, `m` or `h`: 90s, 30m, 1h".to_owned())
}

impl Exec {
    /// Runs the command. Mistakes in its options end with exit code 125.
    pub(super) fn run(self, ctx: &Context) -> Exit {
        let Shown { jobs, group, json } = self.shown;
        let jobs = jobs.map_or(4, usize::from);
        let each = (!self.each.is_empty()).then_some(EachOptions { patterns: self.each, jobs, group, json });
        let named = |arn: &str| RoleArgument::new(arn, self.session_name.as_deref());
        let role = self.role_arn.as_deref().map(named).transpose();
        // With `--role-arn` the name belongs to that role's session alone.
        let name = self.session_name.filter(|_| self.role_arn.is_none());
        let session = commands::exec::session(&self.policy_arn, self.policy.as_deref(), name);
        match role.and_then(|role| Ok((role, session?))) {
            Ok((role, session)) => {
                let options = ExecOptions {
                    name: self.target.name(),
                    region: self.region,
                    min_ttl: self.min_ttl,
                    mfa_code: self.mfa.mfa_code,
                    role,
                    session,
                    confirm: self.confirm,
                    serve: self.serve,
                    docker: self.docker,
                    read_only: self.read_only,
                    each,
                };
                commands::exec::run(ctx, &options, &self.command)
            }
            Err(error) => {
                message::error(ctx, &error);
                Exit::NotRun
            }
        }
    }
}

/// A parser for `exec` alone: building the parser of all commands takes longer than finding the keys.
/// Whatever it does not understand, mistakes and `--help` included, is left to the whole parser.
#[derive(Debug, Parser)]
#[command(disable_help_flag = true)]
struct Alone {
    #[command(flatten)]
    exec: Exec,
}

/// Parses an `exec` command line; `None` for the whole parser.
pub(super) fn alone(args: &[OsString]) -> Option<Exec> {
    match args {
        [_, name, ..] if name == "exec" => Alone::try_parse_from(&args[1..]).ok().map(|alone| alone.exec),
        _ => None,
    }
}
