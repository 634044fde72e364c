//! `awsenv doctor`: what is wrong with the setup, and the fix for each.

use anyhow::Result;
use serde_json::{Value, json};

use crate::commands::exit::Exit;
use crate::doctor::{self, Finding, Level};
use crate::shared_config;
use crate::shared_config::CleanContext;
use crate::shell::start_up_file::StartUpFile;
use crate::system::context::Context;
use crate::terminal::output;
use crate::text::sanitize;

/// How many different findings are shown: what fits on a screen.
const MOST: usize = 8;

/// How to look, and what to print.
#[derive(Clone, Copy, Debug, Default)]
pub struct DoctorOptions {
    /// Print all findings as JSON.
    pub json: bool,
    /// Do not use the network.
    pub offline: bool,
    /// Print each finding by itself, and what is well.
    pub verbose: bool,
}

/// Prints the findings, similar ones once, and the next thing to do. Returns [`Exit::Failure`] if something
/// does not work.
pub fn run(ctx: &Context, options: DoctorOptions) -> Result<Exit> {
    print(ctx, options, false)
}

/// Like [`run`], at the end of `awsenv setup`: that this shell has no hook yet is the next step, and no
/// fault.
pub fn end_setup(ctx: &Context) -> Result<Exit> {
    print(ctx, DoctorOptions::default(), true)
}

fn print(ctx: &Context, options: DoctorOptions, is_set_up_now: bool) -> Result<Exit> {
    let DoctorOptions { json, offline, verbose } = options;
    let findings = doctor::examine(&CleanContext::new(ctx), offline, is_set_up_now);
    let printed = if json {
        format!("{:#}\n", findings.iter().map(as_json).collect::<Value>())
    } else {
        let has_profiles = shared_config::load(ctx).is_ok_and(|config| config.profiles().len() > 0);
        let is_new = !has_profiles && !StartUpFile::own(ctx).has_line();
        ctx.with_tilde(&report(&findings, verbose, is_new))
    };
    output::print(printed.as_bytes())?;
    let is_broken = findings.iter().any(|finding| finding.level == Level::Error);
    Ok(if is_broken { Exit::Failure } else { Exit::Success })
}

fn as_json(Finding { check, level, finding, cure }: &Finding) -> Value {
    json!({ "check": check, "level": level.name(), "finding": finding, "cure": cure })
}

/// `is_new` says that this machine has neither profiles nor the hook.
fn report(findings: &[Finding], verbose: bool, is_new: bool) -> String {
    // A finding that is well and has a fix is a step that is still to come.
    let mut wrong: Vec<_> =
        findings.iter().filter(|finding| finding.level != Level::Ok || finding.cure.is_some()).collect();
    wrong.sort_by_key(|finding| match finding.level {
        Level::Error => 0,
        Level::Warning => 1,
        Level::Ok => 2,
    });
    let mut text = String::new();
    if verbose {
        findings.iter().for_each(|finding| text += &lines(finding, finding.cure.as_deref(), 1));
    } else {
        let groups = groups(&wrong);
        for (finding, count) in groups.iter().take(MOST) {
            // The fix of a single finding stands at the end, as the next step.
            let fix = finding.cure.as_deref().filter(|_| groups.len() > 1);
            text += &lines(finding, fix, *count);
        }
        if groups.len() > MOST {
            text += &format!("and {} more kinds of findings\n", groups.len() - MOST);
        }
        if groups.iter().any(|(_, count)| *count > 1) || groups.len() > MOST {
            text += "`awsenv doctor --verbose` lists each of them\n";
        }
    }
    let next = if is_new && wrong.iter().any(|finding| finding.check == "shell") {
        Some("run `awsenv setup`, which creates profiles and sets up your shell")
    } else {
        wrong.iter().find_map(|finding| finding.cure.as_deref())
    };
    match next {
        Some(cure) => text += &format!("\nNext: {}\n", sanitize::shown(cure)),
        None if wrong.is_empty() && !verbose => {
            text += "no problems found; `awsenv doctor --verbose` lists what was checked\n";
        }
        None => {}
    }
    text
}

/// Groups the findings that say the same of different profiles, files and lines. Returns the first of each
/// group, and how many it has.
fn groups<'a>(findings: &[&'a Finding]) -> Vec<(&'a Finding, usize)> {
    let mut groups = Vec::<(String, &Finding, usize)>::new();
    for finding in findings {
        let kind = format!("{} {} {}", finding.check, finding.level.name(), kind(&finding.finding));
        match groups.iter_mut().find(|(known, ..)| *known == kind) {
            Some((_, _, count)) => *count += 1,
            None => groups.push((kind, finding, 1)),
        }
    }
    groups.into_iter().map(|(_, finding, count)| (finding, count)).collect()
}

/// Returns a finding without its names, which are paths and whatever stands in backticks, brackets and
/// parentheses.
fn kind(finding: &str) -> String {
    let mut kind = String::new();
    let mut rest = finding;
    while let Some(start) = rest.find(['`', '(', '[']) {
        let end = match rest.as_bytes()[start] {
            b'`' => '`',
            b'(' => ')',
            _ => ']',
        };
        kind += &rest[..start];
        kind.push('_');
        let inner = &rest[start + 1..];
        rest = inner.split_once(end).map_or("", |(_, rest)| rest);
    }
    kind += rest;
    let words = kind.split(' ').map(|word| if word.starts_with(['/', '~']) { "_" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn lines(Finding { check, level, finding, .. }: &Finding, cure: Option<&str>, count: usize) -> String {
    let cure = cure.map_or_else(String::new, |cure| format!("{:22}{}\n", "", sanitize::shown(cure)));
    let more = match count {
        1 => String::new(),
        count => format!(" (and {} more like it)", count - 1),
    };
    format!("{:<9}{check:<13}{}{more}\n{cure}", level.name(), sanitize::shown(finding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_about_different_names_are_one_kind() {
        let one =
            "could not use the profile `a`: its `source_profile` `x` (/home/u/.aws/config:3) does not exist";
        let other = "could not use the profile `b c`: its `source_profile` `(y` (/etc/a b:90) does not exist";
        assert_eq!(kind(one), kind(other));
        assert_eq!(kind("others can read /a/b, which holds"), kind("others can read ~/c, which holds"));
        assert_ne!(kind("AWS_REGION is set"), kind("AWS_PROFILE is set"));
        assert_eq!(kind("an open ` and nothing"), "an open _");
    }
}
