//! What makes a file unreadable for the AWS CLI, and the edit that fixes it.

use std::path::Path;

use crate::failure::Failure;
use crate::text::sanitize;

/// Why a file cannot be read, and where. Holds names of sections and keys, never values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanError {
    /// The line with the problem, counted from 1.
    pub line: u32,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a line. Each of them makes every command of the AWS CLI fail (2.23 and 2.36).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The file starts with a byte order mark.
    ByteOrderMark,
    /// The line is not UTF-8.
    NotUtf8,
    /// A line that is no comment stands before the first section.
    BeforeFirstSection,
    /// `[` without `]`.
    HeaderNotClosed,
    /// `[]`.
    HeaderEmpty,
    /// The same header text stands on an earlier line.
    SectionTwice {
        /// The text between the brackets.
        header: String,
        /// The earlier line.
        first: u32,
    },
    /// Neither `=` nor `:` on the line.
    NoDelimiter,
    /// Nothing before the `=` or `:`.
    NoKey,
    /// The same key, without regard to case, stands on an earlier line of the section.
    KeyTwice {
        /// The key in lower case.
        key: String,
        /// The earlier line.
        first: u32,
    },
    /// A line of the nested block of `key` has no `=`.
    NestedNoDelimiter {
        /// The key whose value is the block.
        key: String,
    },
}

impl ScanError {
    /// Makes the error that a person reads: `path:line`, what is wrong, and the edit to make.
    pub(crate) fn into_failure(self, path: &Path) -> Failure {
        let Self { line, problem } = self;
        Failure::new(format!("could not read {}:{line}: {}", sanitize::path(path), problem.finding()))
            .hint(problem.cure(line))
    }
}

impl Problem {
    fn finding(&self) -> String {
        match self {
            Self::ByteOrderMark => "the file starts with a byte order mark".into(),
            Self::NotUtf8 => "the line is not UTF-8".into(),
            Self::BeforeFirstSection => "the line stands before the first section".into(),
            Self::HeaderNotClosed => "the section header has no `]`".into(),
            Self::HeaderEmpty => "the section header is empty".into(),
            Self::SectionTwice { header, first } => {
                format!(
                    "the section `[{}]` stands there twice (first on line {first})",
                    sanitize::shown(header)
                )
            }
            Self::NoDelimiter => "the line has no `=`".into(),
            Self::NoKey => "the line has no key before its `=`".into(),
            Self::KeyTwice { key, first } => {
                format!("the key `{}` stands there twice (first on line {first})", sanitize::shown(key))
            }
            Self::NestedNoDelimiter { key } => {
                format!("the line is in the block nested under `{}`, and has no `=`", sanitize::shown(key))
            }
        }
    }

    fn cure(&self, line: u32) -> String {
        match self {
            Self::ByteOrderMark => "save the file as UTF-8 without a byte order mark".into(),
            Self::NotUtf8 => "save the file as UTF-8".into(),
            Self::BeforeFirstSection => "put `[default]` or `[profile NAME]` above it".into(),
            Self::HeaderNotClosed => "end the header with `]`".into(),
            Self::HeaderEmpty => "write `[default]` or `[profile NAME]`".into(),
            Self::SectionTwice { first, .. } => {
                format!(
                    "move the keys below line {line} into the section on line {first}, and remove line {line}"
                )
            }
            Self::NoDelimiter => "write `key = value`, or put `#` in front to make the line a comment".into(),
            Self::NoKey => "write the key before the `=`, or remove the line".into(),
            Self::KeyTwice { first, .. } => {
                format!("remove line {first} or line {line}; upper and lower case are the same key")
            }
            Self::NestedNoDelimiter { key } => {
                format!(
                    "write it as `key = value`, or put it on the line of `{} =` itself",
                    sanitize::shown(key)
                )
            }
        }
    }
}
