//! `awsenv doctor`: what stands between a person and the right account, and the cure for each.

use anyhow::Result;
use serde_json::{Value, json};

use crate::commands::exit::Exit;
use crate::doctor::{self, Finding, Level};
use crate::exports::change;
use crate::system::context::Context;
use crate::terminal::output;
use crate::text::sanitize;

/// Prints the findings: those of each check, or that all is well. [`Exit::Failure`] if something does not work.
pub fn run(ctx: &Context, as_json: bool, offline: bool) -> Result<Exit> {
    let findings = doctor::examine(&ctx.with_env(change::undone(&ctx.env)), offline);
    let printed = if as_json {
        format!("{:#}\n", findings.iter().map(json).collect::<Value>())
    } else {
        findings.iter().map(lines).collect()
    };
    output::print(printed.as_bytes())?;
    let is_ill = findings.iter().any(|finding| finding.level == Level::Error);
    Ok(if is_ill { Exit::Failure } else { Exit::Success })
}

fn json(Finding { check, level, finding, cure }: &Finding) -> Value {
    json!({ "check": check, "level": level.name(), "finding": finding, "cure": cure })
}

fn lines(Finding { check, level, finding, cure }: &Finding) -> String {
    let cure = cure.as_ref().map_or_else(String::new, |cure| format!("{:22}{}\n", "", sanitize::shown(cure)));
    format!("{:<9}{check:<13}{}\n{cure}", level.name(), sanitize::shown(finding))
}
