//! The command line: what can be typed, and its help.

mod choose;
mod completion;
mod config;
mod configure;
mod console;
mod docker_credential;
mod exec;
mod help_text;
mod keys;
mod list;
mod login;
mod mfa_code;
mod prompt;
mod setup;
mod target;

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::cli::choose::Use;
use crate::cli::configure::Configure;
use crate::cli::console::Console;
use crate::cli::exec::Exec;
use crate::cli::keys::Keys;
use crate::cli::login::{LoginArgs, Logout};
use crate::cli::mfa_code::MfaCode;
use crate::cli::setup::Setup;
use crate::cli::target::TargetArgs;
use crate::commands;
use crate::commands::docker_credential::DockerRequest;
use crate::commands::exit::Exit;
use crate::prune;
use crate::system::context::Context;

/// Load AWS credentials per directory, with automatic SSO login.
#[derive(Debug, Parser)]
#[command(name = "awsenv", version, max_term_width = 100, after_help = help_text::AWSENV)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the hook for a shell's start-up file
    #[command(after_help = help_text::HOOK)]
    Hook(Hook),

    /// Print this folder's variables for a shell, dotenv, JSON or GitHub Actions
    #[command(after_help = help_text::EXPORT)]
    Export(ShellArgs),

    /// Run one command with a profile's credentials
    #[command(after_help = help_text::EXEC)]
    Exec(Exec),

    /// Allow a folder's .awsenv to load its profile
    #[command(after_help = help_text::ALLOW)]
    Allow(FolderArgs),

    /// Write a .awsenv for a profile in this folder, and allow it
    #[command(after_help = help_text::INIT)]
    Init(Init),

    /// Take over variables and profiles of other tools
    #[command(after_help = help_text::IMPORT)]
    Import(ImportArgs),

    /// Open a folder's .awsenv in your editor, check it, and allow it
    #[command(after_help = help_text::EDIT)]
    Edit(FolderArgs),

    /// Block a folder's .awsenv, silently, until the next `allow`
    #[command(after_help = help_text::DENY)]
    Deny(FolderArgs),

    /// Show what is loaded here, from which file, and until when
    #[command(after_help = help_text::STATUS)]
    Status(StatusArgs),

    /// List all profiles with account, role, region and login
    #[command(after_help = help_text::PROFILES)]
    Profiles(list::ProfilesArgs),

    /// List your accounts and roles in IAM Identity Center
    #[command(after_help = help_text::ACCOUNTS)]
    Accounts(list::Accounts),

    /// Show and change the settings
    #[command(after_help = help_text::CONFIG)]
    Config(config::Config),

    /// Print one short line for a shell's prompt: profile, region, time left
    #[command(after_help = help_text::PROMPT)]
    Prompt(prompt::Prompt),

    /// Log in to IAM Identity Center (SSO), the AWS console, or with an MFA code
    #[command(after_help = help_text::LOGIN)]
    Login(LoginArgs),

    /// Log out of IAM Identity Center or the AWS console, and delete the cached credentials
    #[command(after_help = help_text::LOGOUT)]
    Logout(Logout),

    /// Show the AWS identity behind the current credentials
    #[command(after_help = help_text::WHOAMI)]
    Whoami(Whoami),

    /// Open the AWS console in the browser, signed in as the profile's role
    #[command(after_help = help_text::CONSOLE)]
    Console(Console),

    /// Print credentials as JSON, for tools without a shell
    #[command(after_help = help_text::CREDENTIAL_PROCESS)]
    #[command(mut_arg("profile", |arg| arg.required_unless_present("account").help("The profile")))]
    CredentialProcess {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        mfa: MfaCode,
    },

    /// Give Docker the logins of ECR registries, as its credential helper
    #[command(after_help = help_text::DOCKER_CREDENTIAL)]
    DockerCredential {
        /// What Docker asks for
        action: DockerRequest,
    },

    /// Pass 127.0.0.1 of a container on to `awsenv exec --serve --docker`
    #[command(after_help = help_text::RELAY)]
    Relay {
        /// The address to pass on to, as HOST:PORT
        address: String,
    },

    /// Create profiles for SSO and for roles, or set up Docker
    #[command(subcommand, after_help = help_text::CONFIGURE)]
    Configure(Configure),

    /// Keep long-lived access keys in the system's keyring
    #[command(subcommand, after_help = help_text::KEYS)]
    Keys(Keys),

    /// Set up a new machine: hook, completions, profiles
    #[command(after_help = help_text::SETUP)]
    Setup(Setup),

    /// Check the setup and suggest fixes
    #[command(after_help = help_text::DOCTOR)]
    Doctor {
        /// Print one JSON array
        #[arg(long)]
        json: bool,
        /// Do not use the network
        #[arg(long)]
        offline: bool,
        /// Print each finding by itself, and what is well
        #[arg(short, long, conflicts_with = "json")]
        verbose: bool,
    },

    /// Print the completions for a shell
    #[command(after_help = help_text::COMPLETIONS)]
    Completions {
        /// bash, zsh, fish, elvish or nu; also as `-zsh` or `/bin/zsh`
        shell: String,
    },

    /// Show the manual page of awsenv or of a command
    #[command(after_help = help_text::MAN)]
    Man {
        /// The command, or 5 for the files; without it, the page of awsenv itself
        #[arg(value_name = "COMMAND")]
        page: Vec<String>,
    },

    /// Renew credentials that are due, as a prompt does in the background
    #[command(hide = true)]
    #[command(mut_arg("profile", |arg| arg.required_unless_present("account")))]
    Renew {
        #[command(flatten)]
        target: TargetArgs,
        #[arg(long)]
        region: Option<String>,
    },

    /// Choose a profile for this shell, above any .awsenv
    #[command(after_help = help_text::USE)]
    Use(Use),

    /// Reload this folder with fresh credentials and undo manual changes
    #[command(after_help = help_text::RELOAD)]
    Reload,
}

#[derive(Debug, Args)]
struct Hook {
    #[command(flatten)]
    shell: ShellArgs,
    /// Print the script that removes the hook from a running shell
    #[arg(long)]
    uninstall: bool,
    /// In bash, load at `cd`, `pushd` and `popd` too, as the other shells do
    #[arg(long, conflicts_with = "uninstall")]
    cd: bool,
}

#[derive(Debug, Args)]
struct ShellArgs {
    /// bash, zsh, fish, elvish, tcsh or nu; also as `-zsh` or `/bin/zsh`
    shell: String,
}

#[derive(Debug, Args)]
struct Init {
    /// The profile, as in ~/.aws/config; asked if missing
    profile: Option<String>,
    /// The region, if it differs from the profile's
    #[arg(long)]
    region: Option<String>,
    /// Write account and role instead of the profile's name, to commit
    #[arg(long)]
    team: bool,
}

#[derive(Debug, Args)]
struct FolderArgs {
    /// A .awsenv or its folder [default: the nearest from here upwards]
    path: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// The file of the other tool
    file: PathBuf,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// The session of profiles of aws-sso-cli
    #[arg(long = "sso-session", value_name = "NAME")]
    session: Option<String>,
}

#[derive(Debug, Args)]
struct StatusArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print nothing; use the exit code
    #[arg(short, long, conflicts_with = "json")]
    quiet: bool,
}

#[derive(Debug, Args)]
struct Whoami {
    #[command(flatten)]
    target: TargetArgs,
    /// The region of STS to ask
    #[arg(long)]
    region: Option<String>,
    #[command(flatten)]
    mfa: MfaCode,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Returns the definition of the command line, from which the manual pages are written.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Reads the command line, runs the command and prints its errors. A mistake in the command line ends with
/// exit code 2 (`exec`: 125).
pub fn run(ctx: &Context, args: &[OsString]) -> Exit {
    if let Some(exec) = exec::alone(args) {
        return exec.run(ctx);
    }
    if let Some(exit) = choose::from_hook(ctx, args) {
        return exit;
    }
    if let Some(result) = run_alone(ctx, args) {
        return told(ctx, result);
    }
    if let Some(exit) = completion::run(ctx, args, command) {
        return exit;
    }
    parse(ctx, args)
}

/// Parses the whole command line and runs the command. Cold, so that the linker keeps it away from the code
/// that a prompt waits for.
#[cold]
fn parse(ctx: &Context, args: &[OsString]) -> Exit {
    let helper = docker_credential::called_by_docker(args);
    let args = helper.as_deref().unwrap_or(args);
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return commands::help::tell(ctx, &error, args, &visible()),
    };
    let Some(command) = cli.command else { return told(ctx, commands::next_step::run(ctx)) };
    let result = match command {
        Command::Hook(Hook { shell: ShellArgs { shell }, uninstall: false, cd }) => {
            commands::hook::run(ctx, &shell, args, cd)
        }
        Command::Hook(Hook { shell: ShellArgs { shell }, uninstall: true, .. }) => {
            commands::hook::uninstall(&shell)
        }
        Command::Export(ShellArgs { shell }) => commands::export::run(ctx, &shell),
        Command::Exec(exec) => return exec.run(ctx),
        Command::Allow(FolderArgs { path }) => commands::allow::run(ctx, path.as_deref()),
        Command::Init(Init { profile, region, team }) => {
            commands::init::run(ctx, profile.as_deref(), region.as_deref(), team)
        }
        Command::Import(ImportArgs { file, dry_run, session }) => {
            commands::import::run(ctx, &commands::import::ImportOptions { file, dry_run, session })
        }
        Command::Edit(FolderArgs { path }) => commands::edit::run(ctx, path.as_deref()),
        Command::Deny(FolderArgs { path }) => commands::deny::run(ctx, path.as_deref()),
        Command::Status(StatusArgs { json, quiet }) => commands::status::run(ctx, json, quiet),
        Command::Profiles(profiles) => profiles.run(ctx),
        Command::Accounts(accounts) => accounts.run(ctx),
        Command::Config(config) => config.run(ctx),
        Command::Prompt(prompt) => prompt.run(ctx),
        Command::Login(login) => login.run(ctx),
        Command::Logout(logout) => logout.run(ctx),
        Command::Whoami(Whoami { target, region, mfa, json }) => {
            let code = mfa.mfa_code.as_deref();
            commands::whoami::run(ctx, target.name().as_ref(), region.as_deref(), code, json)
        }
        Command::CredentialProcess { target, mfa } => {
            let code = mfa.mfa_code.as_deref();
            return commands::credential_process::run(ctx, target.name().as_ref(), code);
        }
        Command::Console(console) => console.run(ctx),
        Command::DockerCredential { action } => {
            return commands::docker_credential::run(ctx, action);
        }
        Command::Relay { address } => commands::relay::run(ctx, &address),
        Command::Configure(Configure::Sso(sso)) => commands::configure::run(ctx, &sso.options()),
        Command::Configure(Configure::Role(role)) => commands::configure_role::run(ctx, &role.options()),
        Command::Configure(Configure::Docker { registries }) => {
            commands::configure_docker::run(ctx, &registries)
        }
        Command::Keys(keys) => keys.run(ctx),
        Command::Setup(setup) => setup.run(ctx),
        Command::Doctor { json, offline, verbose } => {
            commands::doctor::run(ctx, commands::doctor::DoctorOptions { json, offline, verbose })
        }
        Command::Man { page } => commands::man::run(ctx, &page),
        Command::Completions { shell } => commands::completions::run(&shell),
        Command::Renew { target, region } => {
            commands::renew::run(ctx, target.name().as_ref(), region.as_deref())
        }
        Command::Use(_) => commands::choose::run(),
        Command::Reload => commands::reload::run(),
    };
    let exit = told(ctx, result);
    prune::after(ctx, args);
    exit
}

/// Returns the names of the commands that the help lists. Hidden ones are never suggested.
fn visible() -> Vec<String> {
    let commands = Cli::command();
    let shown = commands.get_subcommands().filter(|command| !command.is_hide_set());
    shown.map(|command| command.get_name().to_owned()).collect()
}

/// Runs `hook SHELL`, `export SHELL` and `prompt` without the parser, since shells wait for them; `None` for
/// every other command line.
fn run_alone(ctx: &Context, args: &[OsString]) -> Option<Result<Exit>> {
    if let Some(prompt) = prompt::alone(args) {
        return Some(prompt.run(ctx));
    }
    let [_, command, shell] = args else { return None };
    let shell = shell.to_str().filter(|name| crate::shell::find(name).is_some())?;
    match command.to_str()? {
        "hook" => Some(commands::hook::run(ctx, shell, args, false)),
        "export" => Some(commands::export::run(ctx, shell)),
        _ => None,
    }
}

/// Prints the error of a command that failed, and returns the exit code.
fn told(ctx: &Context, result: Result<Exit>) -> Exit {
    result.unwrap_or_else(|error| {
        crate::terminal::message::error(ctx, &error);
        Exit::of(&error, Exit::Failure)
    })
}
