//! The part of a config file that `configure sso --all` keeps in step with Identity Center: what is between
//! two comments.

use crate::failure::Failure;
use crate::shared_config::{Document, Editor, Section};
use crate::text::sanitize;

/// A block, by the lines of its two comments, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    begin: u32,
    end: u32,
}

impl Block {
    /// Finds the block of a session. `None` if there is none; an error if its comments are not one pair in
    /// order.
    pub fn find(editor: &Editor<'_>, document: &Document, session: &str) -> Result<Option<Self>, Failure> {
        let begins: Vec<u32> = editor.comments(&begin(session)).collect();
        let ends: Vec<u32> = editor.comments(&end(session)).collect();
        match (&begins[..], &ends[..]) {
            ([], []) => Ok(None),
            (&[first], &[last]) if first < last && editor.is_within_section(last) => {
                let path = sanitize::path(document.path());
                let comment = end(&sanitize::shown(session));
                let what =
                    format!("could not use the block that ends in {path}:{last}: a section goes on below it");
                Err(Failure::new(what).hint(format!("move `{comment}` below the last key of that section")))
            }
            (&[begin], &[end]) if begin < end => Ok(Some(Self { begin, end })),
            _ => {
                let line = begins.iter().chain(&ends).max().copied().unwrap_or_default();
                let (path, session) = (sanitize::path(document.path()), sanitize::shown(session));
                let what = format!(
                    "could not find the block of `{session}` in {path}: its comments are no pair (see line {line})"
                );
                let hint = format!("leave one `{}` and, below it, one `{}`", begin(&session), end(&session));
                Err(Failure::new(what).hint(hint))
            }
        }
    }

    /// Returns whether the section begins in the block.
    pub fn holds(self, section: Section<'_>) -> bool {
        (self.begin..self.end).contains(&section.line())
    }

    /// Returns the line of the comment at the end. New lines are inserted before it.
    pub fn end(self) -> u32 {
        self.end
    }
}

/// Returns the comment that begins the block of a session.
pub fn begin(session: &str) -> String {
    format!("# awsenv: begin {session}")
}

/// Returns the comment that ends it.
pub fn end(session: &str) -> String {
    format!("# awsenv: end {session}")
}
