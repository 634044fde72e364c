//! The command line of `awsenv use`.

use std::ffi::OsString;

use chrono::TimeDelta;
use clap::{Args, Parser};

use super::target::RoleArgs;
use crate::commands;
use crate::commands::exit::Exit;
use crate::commands::export::choosing::{Chooser, UseWords};
use crate::prompt::choices::Request;
use crate::system::context::Context;
use crate::text::duration;
use crate::values::target_name::TargetName;

#[derive(Debug, Args)]
pub(super) struct Use {
    /// A profile, or words that fit only one; `-` is the one before
    #[arg(value_name = "NAME", conflicts_with_all = ["account", "clear"])]
    profile: Vec<String>,
    #[command(flatten)]
    role: RoleArgs,
    /// Go back by itself after this time: `90s`, `30m`, `1h`, up to `12h`
    #[arg(long = "for", value_name = "TIME", value_parser = term)]
    term: Option<TimeDelta>,
    /// Follow the folder again
    #[arg(long, conflicts_with_all = ["account", "term"])]
    clear: bool,
}

/// A parser for the words that the hook's function passes on.
#[derive(Debug, Parser)]
#[command(name = "awsenv use", bin_name = "awsenv use", after_help = super::help_text::USE)]
struct UseAlone {
    #[command(flatten)]
    choice: Use,
}

impl Use {
    fn words(self) -> UseWords {
        let Self { profile, role, term, clear } = self;
        match (role.name(), &profile[..]) {
            _ if clear => UseWords::Request(Request::Clear),
            (Some(role), _) => UseWords::Request(Request::Target(TargetName::Role(role), term)),
            (None, [dash]) if dash == "-" => UseWords::Request(Request::Before(term)),
            (None, _) => UseWords::Profile(profile, term),
        }
    }
}

/// Runs `awsenv use` for the hook's shell function; `None` for every other command line.
pub(super) fn from_hook(ctx: &Context, args: &[OsString]) -> Option<Exit> {
    let chooser = Chooser::of(args)?;
    let name = OsString::from("awsenv use");
    Some(match UseAlone::try_parse_from(std::iter::once(&name).chain(chooser.words)) {
        Ok(UseAlone { choice }) => chooser.run(ctx, choice.words()),
        Err(error) => {
            let exit = commands::help::tell_aside(ctx, &error);
            chooser.nothing(exit)
        }
    })
}

fn term(text: &str) -> Result<TimeDelta, String> {
    let is_one = |term: &TimeDelta| *term > TimeDelta::zero() && *term <= TimeDelta::hours(12);
    let why = "a time is a number with s, m or h, such as 30m, up to 12h";
    duration::parse(text).filter(is_one).ok_or_else(|| why.to_owned())
}
