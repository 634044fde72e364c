//! Questions to the person at the terminal: a line of text, one of a list, some of a list.
//!
//! They are shown on standard error, and none of them is left half drawn. Ctrl-C ends the process as the signal would;
//! Esc is an error of kind [`Kind::Declined`].

use std::io::IsTerminal as _;

use anyhow::{Context as _, Result};
use inquire::error::InquireResult;
use inquire::validator::Validation;
use inquire::{InquireError, MultiSelect, Select, Text};
use signal_hook::consts::SIGINT;
use signal_hook::low_level;

use crate::failure::{Failure, Kind};
use crate::text::sanitize;

/// How many entries of a list are seen at once.
const PAGE: usize = 15;

/// Returns whether there is somebody to ask: a terminal to read from, and to show on.
pub fn is_possible() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for a line of text until `check` has nothing against it. Enter alone is `default`, which is shown, unless it is
/// empty. Blanks around the answer are dropped.
pub fn line(question: &str, default: &str, check: fn(&str) -> Result<()>) -> Result<String> {
    let validator = move |answer: &str| {
        Ok(match check(answer.trim()) {
            Ok(()) => Validation::Valid,
            Err(error) => Validation::Invalid(sanitize::shown(&format!("{error:#}")).into()),
        })
    };
    let text = Text::new(question).with_validator(validator);
    let text = if default.is_empty() { text } else { text.with_default(default) };
    Ok(answered(text.prompt())?.trim().to_owned())
}

/// Asks for one of `items`, and returns its index.
pub fn one(question: &str, items: Vec<String>) -> Result<usize> {
    let select = Select::new(question, items).with_scorer(&|typed, _, item, _| score(typed, item));
    Ok(answered(select.with_page_size(PAGE).raw_prompt())?.index)
}

/// Asks for one or more of `items`, and returns their indexes in ascending order. What is typed narrows the list: the
/// letters must come in this order, with any others in between.
pub fn many(question: &str, items: Vec<String>) -> Result<Vec<usize>> {
    let select = MultiSelect::new(question, items)
        .with_scorer(&|typed, _, item, _| score(typed, item))
        .with_formatter(&|chosen| format!("{} chosen", chosen.len()))
        .with_validator(|chosen: &[inquire::list_option::ListOption<&String>]| {
            Ok(match chosen.len() {
                0 => Validation::Invalid("choose with the space bar, then press Enter".into()),
                _ => Validation::Valid,
            })
        })
        .with_help_message("type to filter, space chooses, → all, ← none, Enter goes on")
        .with_page_size(PAGE);
    let mut chosen: Vec<usize> =
        answered(select.raw_prompt())?.into_iter().map(|chosen| chosen.index).collect();
    chosen.sort_unstable();
    Ok(chosen)
}

fn answered<T>(answer: InquireResult<T>) -> Result<T> {
    match answer {
        Err(InquireError::OperationCanceled) => {
            Err(Failure::new("the questions were left, and nothing is written").kind(Kind::Declined).into())
        }
        Err(InquireError::OperationInterrupted) => {
            let _ = low_level::emulate_default_handler(SIGINT);
            Err(Failure::new("interrupted, and nothing is written").kind(Kind::Declined).into())
        }
        answer => answer.context("could not ask on the terminal"),
    }
}

/// Says how well `item` fits what was typed; `None` if it does not. Letters in one piece are better than scattered ones,
/// and an early place is better than a late one.
fn score(typed: &str, item: &str) -> Option<i64> {
    let (typed, item) = (typed.to_lowercase(), item.to_lowercase());
    if let Some(at) = item.find(&typed) {
        return Some(10_000 - i64::try_from(at).unwrap_or(0).min(1000));
    }
    let (mut rest, mut first, mut at) = (item.as_str(), None, 0);
    for letter in typed.chars().filter(|letter| !letter.is_whitespace()) {
        let found = rest.find(letter)?;
        at += found;
        first.get_or_insert(at);
        at += letter.len_utf8();
        rest = &rest[found + letter.len_utf8()..];
    }
    let spread = at - first.unwrap_or(0);
    Some(1000 - i64::try_from(spread).unwrap_or(0).min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_matches_letters_in_order_and_whole_words_best() {
        let item = "acme-dev  111122223333  Developer";
        for typed in ["", "acme", "ACME-DEV", "2222", "devdev", "acdel", "acme Dev"] {
            assert!(score(typed, item).is_some(), "{typed}");
        }
        for typed in ["x", "vedd", "acme-prod", "3331"] {
            assert_eq!(score(typed, item), None, "{typed}");
        }
        assert!(score("prod", "prod 1") > score("prod", "p-r-o-d 1"));
        assert!(score("dev", "dev 1") > score("dev", "acme dev"));
        assert!(score("adm", "xxx adxm") > score("adm", "axxxxdxxm"));
    }
}
