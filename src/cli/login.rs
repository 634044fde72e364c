//! The options of `awsenv login` and `awsenv logout`.

use anyhow::Result;
use clap::Args;

use super::mfa_code::MfaCode;
use crate::cli::target::SessionArgs;
use crate::commands;
use crate::commands::exit::Exit;
use crate::system::context::Context;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch on the command line")]
pub(super) struct LoginArgs {
    #[command(flatten)]
    session: SessionArgs,
    /// Log out first, for a new session; with MFA, ask for a new code
    #[arg(long)]
    force: bool,
    /// Log in to every session in ~/.aws/config, one after the other
    #[arg(long, conflicts_with_all = ["profile", "sso_session", "mfa_code"])]
    all: bool,
    #[command(flatten)]
    mfa: MfaCode,
    /// Log in with a browser on any device: enter a code there, or paste one from there
    #[arg(long, visible_alias = "remote")]
    device_code: bool,
    /// Print the URL instead of opening a browser
    #[arg(long)]
    no_browser: bool,
    /// The port on 127.0.0.1 for the browser's callback
    #[arg(long, conflicts_with = "device_code")]
    port: Option<u16>,
}

#[derive(Debug, Args)]
pub(super) struct Logout {
    #[command(flatten)]
    session: SessionArgs,
    /// Log out of every session, and remove every cached token and role
    #[arg(long, conflicts_with_all = ["profile", "sso_session"])]
    all: bool,
}

impl LoginArgs {
    pub(super) fn run(self, ctx: &Context) -> Result<Exit> {
        let Self { session, force, all, mfa, device_code, no_browser, port } = self;
        let options =
            commands::login::LoginCommand { force, mfa_code: mfa.mfa_code, device_code, no_browser, port };
        commands::login::run(ctx, &session.argument(), all, &options)
    }
}

impl Logout {
    pub(super) fn run(self, ctx: &Context) -> Result<Exit> {
        commands::logout::run(ctx, &self.session.argument(), self.all)
    }
}
