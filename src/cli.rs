//! The command line: what can be typed, and its help.

mod completion;
mod configure;
mod exec;
mod login;
mod mfa_code;
mod target;

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::cli::configure::Configure;
use crate::cli::exec::Exec;
use crate::cli::login::{LoginArgs, Logout};
use crate::cli::mfa_code::MfaCode;
use crate::cli::target::TargetArgs;
use crate::commands;
use crate::commands::exit::Exit;
use crate::prune;
use crate::system::context::Context;

/// The right AWS account for the directory you are in, with a login that is alive.
#[derive(Debug, Parser)]
#[command(name = "awsenv", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "Start with:
  eval \"$(awsenv hook zsh)\"                 in ~/.zshrc (other shells: see `awsenv hook --help`)
  awsenv init acme-dev                      in a project, and you are in")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the script that makes a shell follow the directory
    #[command(after_help = "Put one line into your shell's start-up file:
  ~/.bashrc                    eval \"$(awsenv hook bash)\"
  ~/.zshrc                     eval \"$(awsenv hook zsh)\"
  ~/.config/fish/config.fish   awsenv hook fish | source
  ~/.config/elvish/rc.elv      eval (awsenv hook elvish | slurp)
  ~/.tcshrc                    eval \"`awsenv hook tcsh`\"

With --cd, `cd x && command` on one line is right in bash too.

To take the hook out of a running shell, with all that it has loaded:
  eval \"$(awsenv hook bash --uninstall)\"")]
    Hook(Hook),

    /// Print the change that this prompt needs, in a shell's syntax
    #[command(after_help = "The hook runs this; in a script, `awsenv exec` is what you want.
SHELL is bash, zsh, fish, elvish, tcsh, or one of
  json             an object of the names to set, and null for those to unset
  dotenv           all that this folder loads, for `docker compose --env-file`
  github-actions   the same for the later steps of a job; the log hides the secrets

  eval \"$(awsenv export bash)\"
  docker compose --env-file <(awsenv export dotenv) up
  awsenv export github-actions >> \"$GITHUB_ENV\"")]
    Export(ShellArgs),

    /// Run one command in an AWS account
    #[command(
        after_help = "The command replaces awsenv: its exit code and signals are its own. Without --profile
the .awsenv of this folder counts; an inherited AWS_PROFILE never does.
Exit codes of awsenv itself: 125 it failed before the command began, 126 the command cannot be
executed, 127 it was not found.

  awsenv exec -- aws s3 ls
  awsenv exec --profile prod-admin -- terraform apply
  awsenv exec -p acme-dev --min-ttl 30m -- ./migrate.sh
  awsenv exec --account 111122223333 --role Developer -- aws s3 ls
  awsenv exec -p base --role-arn arn:aws:iam::111122223333:role/Audit -- aws s3 ls"
    )]
    Exec(Exec),

    /// Allow a folder's .awsenv to choose the account
    #[command(
        after_help = "The permission is for this content in this folder: a change of either asks again.

  awsenv allow
  awsenv allow ~/src/acme/api"
    )]
    Allow(FolderArgs),

    /// Make a .awsenv for a profile here, and allow it
    #[command(after_help = "  awsenv init acme-dev
  awsenv init acme-dev --region ap-northeast-1
  awsenv init acme-dev --team               account and role, for a file that a team commits")]
    Init(Init),

    /// Never load a folder's .awsenv, and do not mention it
    #[command(after_help = "It lasts until the next `awsenv allow`, whatever the file says.")]
    Deny(FolderArgs),

    /// Show what is loaded here, from which file, why, and for how long
    #[command(after_help = "Asks nobody: no network, no login.
Exit codes: 0 ready, 1 error, 3 login needed, 4 blocked, 5 no .awsenv here, 6 ready, but this shell
holds something else until its next prompt, 7 it must be confirmed first.

  awsenv status
  awsenv status --quiet && awsenv exec -- terraform plan
  awsenv status --json | jq -r .account")]
    Status(StatusArgs),

    /// List every profile: kind, account, role, region, state of its login
    #[command(after_help = "  awsenv profiles
  awsenv profiles --json | jq -r '.[] | select(.account == \"111122223333\").name'")]
    Profiles(Format),

    /// Log in to IAM Identity Center (SSO), or with the code of an MFA device
    #[command(
        after_help = "Nothing happens while the login is alive; one that can be renewed silently is. Else a browser opens,
or, over SSH and in containers, a code is shown that can be typed in anywhere. The login is shared
with the AWS CLI. Without arguments this folder's profile counts, or the only session there is.
For a profile with mfa_serial the code of the device opens a session, 12 hours long, for all profiles with
the same keys and device.

  awsenv login
  awsenv login --sso-session acme --device-code
  awsenv login --port 8400                  over SSH with `ssh -L 8400:127.0.0.1:8400`: the browser there
  awsenv login --profile guarded            asks for a code, if mfa_serial is set
  awsenv login --force                      log out, and in again"
    )]
    Login(LoginArgs),

    /// Log out of IAM Identity Center: revoke the login, and forget its credentials
    #[command(
        after_help = "For a profile with mfa_serial the session of the device is forgotten, and the roles that came of it.

  awsenv logout
  awsenv logout --sso-session acme
  awsenv logout --all"
    )]
    Logout(Logout),

    /// Ask AWS whose the credentials are
    #[command(after_help = "  awsenv whoami
  awsenv whoami --profile prod-admin --json")]
    Whoami(Whoami),

    /// Print credentials for tools without a shell, as JSON
    #[command(
        after_help = "As the AWS SDKs expect them of a credential_process: IDEs, agents, cron. In ~/.aws/config:

  [profile acme-dev-for-tools]
  credential_process = awsenv credential-process --profile acme-dev"
    )]
    #[command(mut_arg("profile", |arg| arg.required_unless_present("account").help("The profile")))]
    CredentialProcess {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        mfa: MfaCode,
    },

    /// Write profiles for the accounts and roles that you have
    #[command(subcommand)]
    Configure(Configure),

    /// Find what stands between you and the right account, and how to cure it
    #[command(after_help = "\
Looks at this shell and its variables, at the AWS files and at the folder's .awsenv, and asks the services that the
profiles here need whether they answer, without any credentials. Exits with 1 if something does not work.")]
    Doctor {
        #[command(flatten)]
        format: Format,
        /// Leave the network alone
        #[arg(long)]
        offline: bool,
    },

    /// Print the script that completes awsenv's commands, options and names in a shell
    #[command(after_help = "Put one line into your shell's start-up file; in zsh, after `compinit`:
  ~/.bashrc                    eval \"$(awsenv completions bash)\"
  ~/.zshrc                     eval \"$(awsenv completions zsh)\"
  ~/.config/fish/config.fish   awsenv completions fish | source
  ~/.config/elvish/rc.elv      eval (awsenv completions elvish | slurp)

Packages install them already. Names of profiles, sessions, accounts and roles come from your AWS
files. After `awsenv exec --`, the command completes as it does by itself; in bash that takes
bash-completion.")]
    Completions {
        /// bash, zsh, fish or elvish; also as `-zsh` or `/bin/zsh`
        shell: String,
    },

    /// Show the manual page of awsenv or of a command
    #[command(
        after_help = "`awsenv man 5` describes .awsenv and the settings file. Packages install the pages, so that
`man awsenv-exec` works too. Without a `man` program the page is printed as text.

  awsenv man
  awsenv man exec
  awsenv man configure sso > awsenv-configure-sso.1"
    )]
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

    /// Look and fetch again now, and take back what was changed by hand
    #[command(after_help = "Works in a shell with the hook, and on that shell alone.")]
    Reload,
}

#[derive(Debug, Args)]
struct Hook {
    #[command(flatten)]
    shell: ShellArgs,
    /// Print the script that takes the hook out of a running shell
    #[arg(long)]
    uninstall: bool,
    /// In bash, follow `cd`, `pushd` and `popd` within a line too; the other shells do so anyway
    #[arg(long, conflicts_with = "uninstall")]
    cd: bool,
}

#[derive(Debug, Args)]
struct ShellArgs {
    /// bash, zsh, fish, elvish or tcsh; also as `-zsh` or `/bin/zsh`
    shell: String,
}

#[derive(Debug, Args)]
struct Init {
    /// The profile, as in ~/.aws/config
    profile: String,
    /// The region, if it is not the profile's own
    #[arg(long)]
    region: Option<String>,
    /// Write account, role and region in place of the profile's name, which is your own: a file to commit
    #[arg(long)]
    team: bool,
}

#[derive(Debug, Args)]
struct FolderArgs {
    /// A .awsenv or its folder; without it, the nearest one from here upwards
    path: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct StatusArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print nothing: the exit code tells
    #[arg(short, long, conflicts_with = "json")]
    quiet: bool,
}

#[derive(Debug, Args)]
struct Whoami {
    #[command(flatten)]
    target: TargetArgs,
    /// The region of the STS that is asked
    #[arg(long)]
    region: Option<String>,
    #[command(flatten)]
    mfa: MfaCode,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Format {
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

/// Returns the definition of the command line, from which the manual pages are written.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Reads the command line and runs the command. Mistakes in it are told here, with exit code 2 (`exec`: 125).
pub fn run(ctx: &Context, args: &[OsString]) -> Exit {
    if let Some(exec) = exec::alone(args) {
        return exec.run(ctx);
    }
    if let Some(result) = run_alone(ctx, args) {
        return told(ctx, result);
    }
    if let Some(exit) = completion::run(ctx, args, command) {
        return exit;
    }
    parse(ctx, args)
}

/// Kept out of `run`, whose other branches a prompt waits for.
#[cold]
fn parse(ctx: &Context, args: &[OsString]) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return commands::help::tell(ctx, &error, args),
    };
    let result = match cli.command {
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
            commands::init::run(ctx, &profile, region.as_deref(), team)
        }
        Command::Deny(FolderArgs { path }) => commands::deny::run(ctx, path.as_deref()),
        Command::Status(StatusArgs { json, quiet }) => commands::status::run(ctx, json, quiet),
        Command::Profiles(Format { json }) => commands::profiles::run(ctx, json),
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

        Command::Configure(Configure::Sso(sso)) => commands::configure::run(ctx, &sso.options()),
        Command::Doctor { format: Format { json }, offline } => commands::doctor::run(ctx, json, offline),
        Command::Man { page } => commands::man::run(ctx, &page),
        Command::Completions { shell } => commands::completions::run(&shell),
        Command::Renew { target, region } => {
            commands::renew::run(ctx, target.name().as_ref(), region.as_deref())
        }
        Command::Reload => commands::reload::run(),
    };
    let exit = told(ctx, result);
    prune::after(ctx, args);
    exit
}

/// `hook SHELL` and `export SHELL` without the parser: every start of a shell waits for the first.
fn run_alone(ctx: &Context, args: &[OsString]) -> Option<Result<Exit>> {
    let [_, command, shell] = args else { return None };
    let shell = shell.to_str().filter(|name| crate::shell::find(name).is_some())?;
    match command.to_str()? {
        "hook" => Some(commands::hook::run(ctx, shell, args, false)),
        "export" => Some(commands::export::run(ctx, shell)),
        _ => None,
    }
}

fn told(ctx: &Context, result: Result<Exit>) -> Exit {
    result.unwrap_or_else(|error| {
        crate::terminal::message::error(ctx, &error);
        Exit::Failure
    })
}
