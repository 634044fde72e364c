//! One line of a plain INI file, as `.awsenv` and the settings are written.

use ini::{Ini, ParseOption};

use crate::failure::Failure;

/// Reads `key = value`; `None` if the line is blank or a comment (`#` or `;` first).
///
/// rust-ini reads each line alone, since it does not tell the line of a value in a whole file. Quotes and
/// backslashes stand for themselves.
pub fn split(line: &str) -> Result<Option<(String, String)>, Failure> {
    let line = line.trim();
    if line.starts_with('[') {
        return Err(Failure::new("sections do not belong here").hint("write `key = value` without a section"));
    }
    let options = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: false,
        ..ParseOption::default()
    };
    let ini = Ini::load_from_str_opt(line, options).map_err(|_| {
        Failure::new("a line must be `key = value`").hint("write the key, `=`, and the value")
    })?;
    Ok(ini.general_section().iter().next().map(|(key, value)| (key.to_owned(), value.to_owned())))
}

/// The fix for a comment after a value.
pub const HINT_FOR_A_COMMENT: &str =
    "a comment needs a line of its own: after a value it is part of the value";

/// Returns whether a value looks as if a comment were meant at its end.
pub fn has_comment(value: &str) -> bool {
    [" #", "\t#", " ;", "\t;"].iter().any(|start| value.contains(start))
}
