//! `awsenv doctor`: what is wrong with the setup, and the fix for each.

use anyhow::Result;
use serde_json::{Value, json};

use crate::commands::exit::Exit;
use crate::doctor::{self, Finding, Level};
use crate::exports::clean_context::CleanContext;
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

/// Prints what is wrong, equal findings once, and the one thing to do next. [`Exit::Failure`] if something
/// does not work.
pub fn run(ctx: &Context, options: DoctorOptions) -> Result<Exit> {
    let DoctorOptions { json, offline, verbose } = options;
    let findings = doctor::examine(&CleanContext::new(ctx), offline);
    let printed = if json {
        format!("{:#}\n", findings.iter().map(as_json).collect::<Value>())
    } else {
        let home = ctx.home().map(|home| home.to_string_lossy().into_owned()).unwrap_or_default();
        with_tilde(&report(&findings, verbose), &home)
    };
    output::print(printed.as_bytes())?;
    let is_ill = findings.iter().any(|finding| finding.level == Level::Error);
    Ok(if is_ill { Exit::Failure } else { Exit::Success })
}

fn as_json(Finding { check, level, finding, cure }: &Finding) -> Value {
    json!({ "check": check, "level": level.name(), "finding": finding, "cure": cure })
}

fn report(findings: &[Finding], verbose: bool) -> String {
    // What is well and has a cure is a step that is still to come.
    let mut wrong: Vec<_> =
        findings.iter().filter(|finding| finding.level != Level::Ok || finding.cure.is_some()).collect();
    wrong.sort_by_key(|finding| match finding.level {
        Level::Error => 0,
        Level::Warning => 1,
        Level::Ok => 2,
    });
    let mut text = String::new();
    if verbose {
        findings.iter().for_each(|finding| text += &lines(finding, 1));
    } else {
        let groups = groups(&wrong);
        groups.iter().take(MOST).for_each(|(finding, count)| text += &lines(finding, *count));
        if groups.len() > MOST {
            text += &format!("and {} more kinds of findings\n", groups.len() - MOST);
        }
        if groups.iter().any(|(_, count)| *count > 1) || groups.len() > MOST {
            text += "`awsenv doctor --verbose` lists each of them\n";
        }
    }
    match wrong.iter().find_map(|finding| finding.cure.as_ref()) {
        Some(cure) => text += &format!("\nNext: {}\n", sanitize::shown(cure)),
        None if wrong.is_empty() && !verbose => {
            text += "no problems found; `awsenv doctor --verbose` lists what was checked\n";
        }
        None => {}
    }
    text
}

/// Returns the first of all findings that say the same of different profiles, files and lines, with how many
/// there are.
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

/// Returns a finding without its names: what stands in backticks, brackets and parentheses, and paths.
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

fn lines(Finding { check, level, finding, cure }: &Finding, count: usize) -> String {
    let cure = cure.as_ref().map_or_else(String::new, |cure| format!("{:22}{}\n", "", sanitize::shown(cure)));
    let more = match count {
        1 => String::new(),
        count => format!(" (and {} more like it)", count - 1),
    };
    format!("{:<9}{check:<13}{}{more}\n{cure}", level.name(), sanitize::shown(finding))
}

/// Writes `~` for the home directory, but not behind a quote, where no shell would expand it.
fn with_tilde(text: &str, home: &str) -> String {
    if home.len() < 2 {
        return text.to_owned();
    }
    let folder = format!("{home}/");
    let mut parts = text.split(&folder);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_start = out.chars().next_back().is_none_or(|c| c.is_whitespace() || "(`[".contains(c));
        out += if is_start { "~/" } else { home };
        if !is_start {
            out.push('/');
        }
        out += part;
    }
    out
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

    #[test]
    fn the_home_directory_is_a_tilde_where_a_shell_expands_it() {
        let text =
            "/home/u/.aws (/home/u/x:3) `chmod 600 /home/u/x` '/home/u/a b' /mnt/home/u/x /home/user/x";
        let expected = "~/.aws (~/x:3) `chmod 600 ~/x` '/home/u/a b' /mnt/home/u/x /home/user/x";
        assert_eq!(with_tilde(text, "/home/u"), expected);
        assert_eq!(with_tilde("/a", ""), "/a");
    }
}
