//! The options of `awsenv setup`, and the commands that it runs one after the other.

use anyhow::Result;
use clap::Args;

use crate::commands;
use crate::commands::exit::Exit;
use crate::configure::naming::Naming;
use crate::configure::plan::Where;
use crate::configure::session::{SessionFlags, name_of};
use crate::configure::template::Template;
use crate::load::session_argument::SessionArgument;
use crate::login::LoginOptions;
use crate::system::context::Context;
use crate::terminal::message;

/// The options.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch on the command line")]
pub struct Setup {
    /// Ask nothing: add the line, and profiles for all accounts
    #[arg(long, requires = "default_region")]
    yes: bool,
    /// Take out what setup added, and log out
    #[arg(long, conflicts_with_all = ["yes", "sso_session", "start_url", "sso_region", "default_region"])]
    undo: bool,
    /// The name of the session [default: the first part of the start URL]
    #[arg(long, value_name = "NAME")]
    sso_session: Option<String>,
    /// The start URL, such as `https://acme.awsapps.com/start`
    #[arg(long, value_name = "URL")]
    start_url: Option<String>,
    /// The region of Identity Center, if the start URL does not lead to it
    #[arg(long, value_name = "REGION")]
    sso_region: Option<String>,
    /// The region of the profiles
    #[arg(long, value_name = "REGION")]
    default_region: Option<String>,
    /// Log in with a code to enter on any device
    #[arg(long)]
    device_code: bool,
    /// Print the login URL instead of opening a browser
    #[arg(long)]
    no_browser: bool,
}

impl Setup {
    /// Runs it.
    pub fn run(self, ctx: &Context) -> Result<Exit> {
        if self.undo {
            if let Some(name) = commands::setup::written_session(ctx)? {
                let session = SessionArgument::new(None, Some(name));
                if let Err(error) = commands::logout::run(ctx, &session, false) {
                    message::warning_of(ctx, "you are still logged in", &error);
                }
            }
            return commands::setup::undo(ctx);
        }
        commands::setup::check(ctx, self.yes, self.sso_session.as_deref(), self.start_url.as_deref())?;
        commands::setup::set_up_shell(ctx, self.yes)?;
        let before = commands::setup::before(ctx)?;
        let written = commands::configure::run(ctx, &self.profiles()?);
        let kept = commands::setup::keep_profiles(ctx, &before);
        written?;
        kept?;
        // What is not well yet is told; the new shell is the next step.
        commands::doctor::end_setup(ctx)?;
        Ok(Exit::Success)
    }

    fn profiles(self) -> Result<commands::configure::Options> {
        let name = self.start_url.as_deref().filter(|_| self.yes).map(name_of);
        Ok(commands::configure::Options {
            session: SessionFlags {
                name: self.sso_session.or(name),
                start_url: self.start_url,
                region: self.sso_region,
                scopes: None,
            },
            accounts: Vec::new(),
            roles: Vec::new(),
            place: if self.yes { Where::Block { prune: false } } else { Where::Anywhere },
            region: self.default_region,
            output: None,
            profile: None,
            naming: Naming { template: "{account_name}-{role}".parse::<Template>()?, short: None },
            dry_run: false,
            login: LoginOptions { no_browser: self.no_browser, ..LoginOptions::default() },
            device_code: self.device_code,
        })
    }
}
