//! The options of `awsenv console`.

use anyhow::Result;
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::mfa_code::MfaCode;
use super::target::TargetArgs;
use crate::commands;
use crate::commands::console::ConsoleOptions;
use crate::commands::exit::Exit;
use crate::system::context::Context;

#[derive(Debug, Args)]
pub(super) struct Console {
    /// The page to open; without it the console's first page
    #[arg(value_parser = PossibleValuesParser::new(commands::console::services()))]
    service: Option<String>,
    #[command(flatten)]
    target: TargetArgs,
    /// The region of the page; overrides the profile's
    #[arg(long)]
    region: Option<String>,
    /// Print the address instead of opening it
    #[arg(long)]
    print: bool,
    /// The program that opens the page, as a command line; %s stands for the address
    #[arg(long, value_name = "COMMAND", conflicts_with = "print")]
    browser: Option<String>,
    /// Confirm a guarded profile in a script: the target's account, 12 digits
    #[arg(long, value_name = "ACCOUNT")]
    confirm: Option<String>,
    #[command(flatten)]
    mfa: MfaCode,
}

impl Console {
    pub(super) fn run(self, ctx: &Context) -> Result<Exit> {
        let Self { service, target, region, print, browser, confirm, mfa } = self;
        let options = ConsoleOptions {
            name: target.name(),
            region,
            service,
            print,
            browser,
            mfa_code: mfa.mfa_code,
            confirm,
        };
        commands::console::run(ctx, &options)
    }
}
