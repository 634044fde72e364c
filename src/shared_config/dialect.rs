//! Lines of a file that the AWS SDKs read differently from the AWS CLI, which reads them as Python does.

use super::document::Document;
use crate::text::python_lines::{Line, Lines, is_blank, strip};

/// What the AWS CLI reads in another way than the SDKs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Oddity {
    /// `region : x`: a key to the AWS CLI; the SDKs know `=` alone.
    Colon,
    /// A key that is indented: a key to the AWS CLI, and a part of the value above to the SDKs.
    IndentedKey,
    /// A comment that is indented: a comment to the AWS CLI, and a part of the value above to the SDKs.
    IndentedComment,
    /// `[profile a] junk`: the AWS CLI ignores what follows a header; the SDKs refuse it.
    AfterHeader,
    /// A header that is indented.
    IndentedHeader,
}

impl Document {
    /// Returns the lines that are read differently, in file order, each once, counted from 1.
    pub(crate) fn oddities(&self) -> Vec<(u32, Oddity)> {
        let mut below_key = false;
        let oddity = |line: Line<'_>| {
            let clean = strip(line.text);
            let indented = line.text.starts_with(is_blank);
            let found = if clean.is_empty() {
                None
            } else if clean.starts_with(['#', ';']) {
                (indented && below_key).then_some(Oddity::IndentedComment)
            } else if self.is_header(line.number) {
                below_key = false;
                let rest = clean.rsplit_once(']').map_or("", |(_, rest)| strip(rest));
                let is_comment = rest.is_empty() || rest.starts_with(['#', ';']);
                let header = indented.then_some(Oddity::IndentedHeader);
                if is_comment { header } else { Some(Oddity::AfterHeader) }
            } else if self.is_key(line.number) {
                below_key = true;
                let colon = clean.find(['=', ':']).is_some_and(|at| clean[at..].starts_with(':'));
                let key = indented.then_some(Oddity::IndentedKey);
                if colon { Some(Oddity::Colon) } else { key }
            } else {
                None
            };
            Some((line.number, found?))
        };
        Lines::new(self.raw_text()).filter_map(oddity).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_only_python_reads_so_is_odd() {
        let text = "# top\n  # free\n[profile a] # fine\n  # above\nregion : x\noutput = a:b\n    more : y\n  # in it\n\n\
                    [profile b] junk\n  region = x\n  s3 =\n    max = 1\n [profile c]\nregion=x\n# fine\n";
        let document = Document::parse("/config", text.into()).unwrap();
        let expected = [
            (5, Oddity::Colon),
            (8, Oddity::IndentedComment),
            (10, Oddity::AfterHeader),
            (11, Oddity::IndentedKey),
            (12, Oddity::IndentedKey),
            (14, Oddity::IndentedHeader),
        ];
        assert_eq!(document.oddities(), expected);
    }
}
