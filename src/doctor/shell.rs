//! Whether this shell has the hook of this awsenv, and in its place.
//!
//! No process can look into the shell that started it. The hook's function `awsenv` describes it in a
//! variable for this run only: which shell, where the hook is, which script it is, and which program it runs.

use std::path::Path;

use super::{Examined, Trouble};
use crate::shell;
use crate::shell::start_up_file::StartUpFile;
use crate::text::sanitize;

/// The variable in which the hook describes its shell, as lines `name=value`.
const FACTS: &str = "AWSENV_FACTS";

/// The hook's description.
#[derive(Clone, Debug, Default)]
struct ReportedShell<'a> {
    shell: &'a str,
    place: &'a str,
    cd: &'a str,
    is_twice: bool,
    script: &'a str,
    program: &'a str,
}

impl<'a> ReportedShell<'a> {
    fn of(text: &'a str) -> Self {
        let mut reported = Self::default();
        let mut rest = text;
        // The program comes last, since a path may hold a line feed.
        while let Some((name, value)) = rest.split_once('=') {
            let (value, after) = match name {
                "program" => (value, ""),
                _ => value.split_once('\n').unwrap_or((value, "")),
            };
            match name {
                "shell" => reported.shell = value,
                "place" => reported.place = value,
                "cd" => reported.cd = value,
                "twice" => reported.is_twice = !value.is_empty(),
                "script" => reported.script = value,
                "program" => reported.program = value,
                _ => {}
            }
            rest = after;
        }
        reported
    }
}

/// Looks at the hook's description, or at its absence.
pub(super) fn look(examined: &Examined<'_>) -> Vec<Trouble> {
    let mut found = exported(examined);
    let Some(facts) = examined.ctx.env.text(FACTS) else {
        found.push(absent(examined));
        return found;
    };
    let reported = ReportedShell::of(facts);
    let file = StartUpFile::of(examined.ctx, reported.shell);
    match reported.place {
        "displaced" => found.push(Trouble::error(
            format!("the hook was taken out of this {}: something overwrote the prompt commands after it", reported.shell),
            file.cure(),
        )),
        "partly" => found.push(Trouble::warning(
            "the hook was taken out of chpwd_functions or preexec_functions: it acts at prompts alone, and not in `cd x && command`",
            file.cure(),
        )),
        _ => {}
    }
    if !reported.cd.is_empty() {
        let name = sanitize::shown(reported.cd);
        found.push(Trouble::warning(
            format!(
                "`cd` is an alias of {name}, which the hook does not see: in `cd x && command` the command runs with the previous account"
            ),
            format!("put the line with `awsenv hook bash --cd` behind the alias in {}", file.shown),
        ));
    }
    if reported.is_twice {
        found.push(Trouble::warning(
            format!(
                "the hook was set up twice before the first prompt of this {}: the last one counts",
                reported.shell
            ),
            format!("keep one line with `awsenv hook` in {}", file.shown),
        ));
    }
    if shell::find(reported.shell).is_some_and(|shell| shell::script(shell) != reported.script) {
        found.push(Trouble::warning(
            format!("this {} has the hook of another version of awsenv", reported.shell),
            "open a new shell",
        ));
    }
    found.extend(other_program(examined, Path::new(reported.program)));
    found
}

/// Compares the program that the hook runs with the first one on the `PATH`, which scripts and new shells
/// run.
fn other_program(examined: &Examined<'_>, program: &Path) -> Option<Trouble> {
    let first = super::programs::on_path(examined.ctx).into_iter().next()?;
    let real = |path: &Path| path.canonicalize().ok();
    if program.as_os_str().is_empty() || real(program) == real(&first) {
        return None;
    }
    Some(Trouble::warning(
        format!(
            "the hook runs {}, and the PATH leads to {}",
            sanitize::path(program),
            sanitize::path(&first)
        ),
        "remove one of the two, and open a new shell",
    ))
}

fn absent(examined: &Examined<'_>) -> Trouble {
    let file = StartUpFile::own(examined.ctx);
    let finding = "the awsenv hook is not active in this shell, so folders do not load automatically";
    if examined.is_set_up_now && file.has_line() {
        let finding = format!("{} has the hook for new shells", file.shown);
        Trouble { cure: Some("open a new shell".to_owned()), ..Trouble::none(finding) }
    } else if file.has_line() {
        let cure =
            format!("{} has the line: open a new shell, and type `awsenv` there, not its path", file.shown);
        Trouble::warning(finding, cure)
    } else {
        Trouble::warning(finding, file.cure())
    }
}

/// Looks for an exported `PROMPT_COMMAND`: bash would run it in shells below that do not have its function.
fn exported(examined: &Examined<'_>) -> Vec<Trouble> {
    let prompt_command = examined.ctx.env.text("PROMPT_COMMAND").unwrap_or_default();
    if !prompt_command.contains("_awsenv_hook") {
        return Vec::new();
    }
    vec![Trouble::warning(
        "PROMPT_COMMAND is exported with the hook in it: a bash without the hook complains at each prompt",
        "run `export -n PROMPT_COMMAND`, and remove the `export` from your shell's start-up files",
    )]
}

#[cfg(test)]
mod tests {
    use super::ReportedShell;

    #[test]
    fn a_path_with_a_line_feed_in_it_is_one_path() {
        let reported = ReportedShell::of(
            "shell=zsh\nplace=here\ntwice=\nlater=x\nscript=ab\nprogram=/a\nplace=displaced/awsenv",
        );
        assert_eq!(
            (reported.shell, reported.place, reported.is_twice, reported.script),
            ("zsh", "here", false, "ab")
        );
        assert_eq!(reported.program, "/a\nplace=displaced/awsenv");
    }
}
