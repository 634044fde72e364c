//! Asks for a line of text.

use std::io::IsTerminal as _;

use anyhow::Result;
use unicode_width::UnicodeWidthStr as _;

use super::Terminal;
use super::key::Key;
use super::keyboard::Keyboard;
use super::line_editor::LineEditor;
use super::painter::{Painter, Style, asked};
use crate::failure::{Failure, FailureKind};
use crate::system::context::Context;
use crate::text::sanitize;

/// Returns whether a person can be asked: standard input and error are a terminal that can move its cursor.
pub fn is_possible(ctx: &Context) -> bool {
    let is_dumb = matches!(ctx.env.text("TERM"), None | Some("dumb" | ""));
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && !is_dumb
}

/// A question.
pub struct Question<'a> {
    /// Its text.
    pub text: &'a str,
    /// The answer that Enter alone means. Shown unless it is empty.
    pub default: &'a str,
    /// The answers that Tab completes.
    pub known: &'a [String],
    /// Returns an error if an answer is wrong.
    pub check: &'a dyn Fn(&str) -> Result<()>,
}

impl Question<'_> {
    /// Asks until the answer passes `check`, and returns it, trimmed. Escape, Ctrl-C, and Ctrl-D on an empty
    /// line are an error of kind [`FailureKind::Cancelled`].
    pub fn ask(&self) -> Result<String> {
        let terminal = open()?;
        let mut keyboard = Keyboard::new(&terminal)?;
        let painter = Painter::new(&terminal);
        let mut line = LineEditor::default();
        let mut below = Vec::new();
        loop {
            if !keyboard.has_more() {
                self.paint(&painter, &line, &below);
            }
            match keyboard.next()? {
                key if is_cancel(key, line.text()) => {
                    painter.settle(self.text, line.text());
                    return Err(cancelled().into());
                }
                Key::Enter => {
                    let answer = match line.text().trim() {
                        "" => self.default,
                        typed => typed,
                    };
                    match (self.check)(answer) {
                        Ok(()) => {
                            painter.settle(self.text, answer);
                            return Ok(answer.to_owned());
                        }
                        Err(error) => below = wrong(&error),
                    }
                }
                Key::Tab => self.complete(&mut line),
                key => {
                    if line.apply(key) {
                        below.clear();
                    }
                }
            }
        }
    }

    fn paint(&self, painter: &Painter<'_>, line: &LineEditor, below: &[String]) {
        let default = match (line.text(), self.default) {
            ("", default) if !default.is_empty() => format!("[{}] ", sanitize::shown(default)),
            _ => String::new(),
        };
        let question = asked(self.text);
        let before = question.width() + default.width();
        let (shown, column) = line.view(painter.room().0.saturating_sub(before));
        let first = vec![(Style::Bold, question), (Style::Dim, default), (Style::Plain, shown)];
        let below = below.iter().map(|text| vec![(Style::Plain, format!("  {text}"))]);
        painter.paint(&std::iter::once(first).chain(below).collect::<Vec<_>>(), before + column);
    }

    /// Completes the line to the longest text with which all matching known answers start.
    fn complete(&self, line: &mut LineEditor) {
        let mut fitting = self.known.iter().filter(|known| known.starts_with(line.text()));
        let Some(first) = fitting.next() else { return };
        let common = fitting.fold(first.as_str(), |common, known| {
            let pairs = common.char_indices().zip(known.chars());
            let end = pairs.take_while(|((_, a), b)| a == b).map(|((at, a), _)| at + a.len_utf8()).last();
            &common[..end.unwrap_or(0)]
        });
        line.set(common);
    }
}

/// Asks for yes or no; Enter alone means yes.
pub fn yes(question: &str) -> Result<bool> {
    let check = |answer: &str| match answer.to_lowercase().as_str() {
        "y" | "yes" | "n" | "no" => Ok(()),
        _ => Err(Failure::new("answer yes or no").into()),
    };
    let answer = Question { text: question, default: "yes", known: &[], check: &check }.ask()?;
    Ok(answer.to_lowercase().starts_with('y'))
}

/// Opens the terminal that questions are asked on.
pub(super) fn open() -> Result<Terminal> {
    Terminal::open().ok_or_else(|| Failure::new("could not ask: there is no terminal").into())
}

/// Returns whether a key cancels a question on which this text is typed.
pub(super) fn is_cancel(key: Key, typed: &str) -> bool {
    match key {
        Key::Escape | Key::Control('c' | 'g') => true,
        Key::Control('d') => typed.is_empty(),
        _ => false,
    }
}

/// Returns the error of a person who cancelled.
pub(super) fn cancelled() -> Failure {
    Failure::new("cancelled").kind(FailureKind::Cancelled)
}

fn wrong(error: &anyhow::Error) -> Vec<String> {
    let hint = Failure::hint_of(error).map(sanitize::shown);
    std::iter::once(sanitize::shown(&format!("{error:#}"))).chain(hint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tab_completes_what_is_known() {
        let known = ["acme-dev", "acme-prod", "other"].map(str::to_owned);
        let question = Question { text: "", default: "", known: &known, check: &|_| Ok(()) };
        for (typed, completed) in [("a", "acme-"), ("acme-p", "acme-prod"), ("o", "other"), ("x", "x")] {
            let mut line = LineEditor::new(typed);
            question.complete(&mut line);
            assert_eq!(line.text(), completed);
        }
    }
}
