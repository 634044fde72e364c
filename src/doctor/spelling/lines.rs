//! Lines that are a key or a header to the AWS CLI, and something else to the SDKs.

use super::super::Trouble;
use crate::shared_config::{Document, Oddity};
use crate::text::sanitize;

/// Looks at the lines of one file. Lines with the same oddity are one finding.
pub(super) fn look(document: &Document) -> Vec<Trouble> {
    let mut odd = document.oddities();
    odd.sort_by_key(|&(line, oddity)| (oddity, line));
    let habits = odd.chunk_by(|left, right| left.1 == right.1);
    habits.filter_map(|lines| Some(trouble(document, *lines.first()?, lines.len() - 1))).collect()
}

fn trouble(document: &Document, (line, oddity): (u32, Oddity), others: usize) -> Trouble {
    let more = match others {
        0 => String::new(),
        1 => " and 1 more line".to_owned(),
        others => format!(" and {others} more lines"),
    };
    let place = format!("{}:{line}{more}", sanitize::path(document.path()));
    let (what, cure) = match oddity {
        Oddity::Colon => ("the `:` after a key (PLACE) counts as `=` to the AWS CLI alone", "write `=`"),
        Oddity::IndentedKey => (
            "an indented key (PLACE) is a key to the AWS CLI, and part of the value above it to the SDKs",
            "start the line with the key",
        ),
        Oddity::IndentedComment => (
            "an indented comment (PLACE) is a comment to the AWS CLI, and part of the value above it to the SDKs",
            "start the line with the `#`",
        ),
        Oddity::AfterHeader => (
            "text after a section header (PLACE) is ignored by the AWS CLI, and refused by the SDKs",
            "put `#` before the text, or delete it",
        ),
        Oddity::IndentedHeader => (
            "an indented section header (PLACE) is a header to the AWS CLI, and part of the value above it to the SDKs",
            "start the line with the `[`",
        ),
    };
    Trouble::warning(what.replace("PLACE", &place), cure)
}
