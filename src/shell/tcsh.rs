//! tcsh, 6.20 and later.
//!
//! A hook there is an alias of one line, and the text of a run is evaluated as one line: a command
//! substitution has no line feeds. So every line of a text ends in a semicolon.

use std::borrow::Cow;

use super::{Shell, bytes, envelope, quote};
use crate::exports::change::Change;

/// tcsh.
pub struct Tcsh;

impl Shell for Tcsh {
    fn name(&self) -> &'static str {
        "tcsh"
    }

    fn hook(&self) -> Cow<'static, str> {
        without_comments(include_str!("../../shell/hook.tcsh")).into()
    }

    fn short_hook(&self, program: &[u8]) -> Option<Vec<u8>> {
        Some(envelope::tcsh(program))
    }

    fn uninstall(&self) -> Cow<'static, str> {
        without_comments(include_str!("../../shell/uninstall.tcsh")).into()
    }

    fn quote(&self, text: &[u8]) -> Vec<u8> {
        quote::tcsh(text)
    }

    /// Values with line feeds are never recorded, but held by the shell, so none comes here.
    fn change(&self, name: &str, change: &Change) -> Vec<u8> {
        match change {
            Change::Cover => Vec::new(),
            Change::Hold => format!("set _awsenv_was_{name} = \"${name}:q\" ;\n").into_bytes(),
            Change::Set(value) => bytes(&[
                format!("setenv {name} ").as_bytes(),
                &self.quote(value.reveal().as_bytes()),
                b" ;\n",
            ]),
            Change::Unset => format!("unsetenv {name} ;\n").into_bytes(),
            // The command of an `if` is expanded even if it does not run, hence the `eval`. An interrupted
            // evaluation can have taken the held value already.
            Change::Restore => format!(
                "unsetenv {name} ;\n\
                 if ($?_awsenv_was_{name}) eval 'setenv {name} \"$_awsenv_was_{name}:q\"' ;\n\
                 unset _awsenv_was_{name} ;\n"
            )
            .into_bytes(),
            Change::Forget => format!("unset _awsenv_was_{name} ;\n").into_bytes(),
        }
    }

    fn clear(&self, names: &[&str]) -> Vec<u8> {
        names.iter().flat_map(|name| format!("unsetenv {name} ;\n").into_bytes()).collect()
    }

    fn assign(&self, name: &str, value: &[u8]) -> Vec<u8> {
        bytes(&[b"set ", name.as_bytes(), b" = ", &self.quote(value), b" ;\n"])
    }

    fn tell_once(&self, name: &str, line: &str) -> Vec<u8> {
        let line = self.quote(line.as_bytes());
        let once = format!(" ; if (! $?{name}) echo \"$_awsenv_line:q\" > /dev/stderr ;\nset {name} ;\n");
        bytes(&[b"set _awsenv_line = ", &line, once.as_bytes()])
    }
}

/// Takes the comments out: the script becomes one line, and the first comment would reach to its end.
fn without_comments(script: &str) -> String {
    let lines = script.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.flat_map(|line| [line, "\n"]).collect()
}
