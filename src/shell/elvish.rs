//! elvish, 0.18 and later.
//!
//! A text is evaluated with the hook's functions `_awsenv_*` in scope, since a variable that the text itself
//! sets would be gone after it.

use std::borrow::Cow;

use super::{Shell, bytes, envelope, quote};
use crate::exports::change::Change;

/// elvish.
pub struct Elvish;

impl Shell for Elvish {
    fn name(&self) -> &'static str {
        "elvish"
    }

    fn hook(&self) -> Cow<'static, str> {
        include_str!("../../shell/hook.elv").into()
    }

    fn wrap(&self, script: Vec<u8>) -> Vec<u8> {
        envelope::elvish(&script)
    }

    fn completions(&self) -> Option<&'static str> {
        Some(include_str!("../../shell/complete.elv"))
    }

    fn uninstall(&self) -> Cow<'static, str> {
        include_str!("../../shell/uninstall.elv").into()
    }

    /// A comment, since no command does nothing with any words as its arguments.
    fn end(&self) -> &'static str {
        "# awsenv end\n"
    }

    fn quote(&self, text: &[u8]) -> Vec<u8> {
        quote::elvish(text)
    }

    fn change(&self, name: &str, change: &Change) -> Vec<u8> {
        match change {
            Change::Cover => Vec::new(),
            Change::Hold => format!("_awsenv_hold {name}\n").into_bytes(),
            Change::Set(value) => {
                bytes(&[format!("set-env {name} ").as_bytes(), &self.quote(value.reveal().as_bytes()), b"\n"])
            }
            Change::Unset => format!("unset-env {name}\n").into_bytes(),
            Change::Restore => format!("_awsenv_restore {name}\n").into_bytes(),
            Change::Forget => format!("_awsenv_forget {name}\n").into_bytes(),
        }
    }

    fn clear(&self, names: &[&str]) -> Vec<u8> {
        format!("each $unset-env~ [{}]\n", names.join(" ")).into_bytes()
    }

    fn assign(&self, name: &str, value: &[u8]) -> Vec<u8> {
        bytes(&[b"_awsenv_assign ", name.as_bytes(), b" ", &self.quote(value), b"\n"])
    }

    fn tell_once(&self, name: &str, line: &str) -> Vec<u8> {
        bytes(&[b"_awsenv_tell_once ", name.as_bytes(), b" ", &self.quote(line.as_bytes()), b"\n"])
    }
}
