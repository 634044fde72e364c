//! Text from outside (file names, profile names, server messages) made fit to show to a person.

use std::path::Path;

/// Replaces control characters and the bidirectional controls, which can make a terminal show something
/// else than what is there, by `?`, and cuts after 300 characters.
pub fn shown(text: &str) -> String {
    shown_up_to(300, text)
}

/// [`shown`], cut after `longest` characters.
pub fn shown_up_to(longest: usize, text: &str) -> String {
    if text.len() <= longest && text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        // Nearly every call, and a list of profiles makes tens of thousands.
        return text.to_owned();
    }
    let mut shown: String = text.chars().take(longest).map(|c| if is_hidden(c) { '?' } else { c }).collect();
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

/// [`shown`] for a path; bytes that are not UTF-8 become the replacement character.
pub fn path(path: &Path) -> String {
    shown(&path.to_string_lossy())
}

/// Returns whether `c` is a control character or changes the direction of text.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the candidate nearest to `word` if `word` looks like a typo of it: at most two edits, where
/// swapping neighbours counts as one, and one edit in a word of less than five characters.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = if word.chars().count() < 5 { 1 } else { 2 };
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_replaced() {
        assert_eq!(shown("a\u{1b}[31mb\u{202e}c\n"), "a?[31mb?c?");
    }

    #[test]
    fn the_nearest_word_is_a_slip_away_at_most() {
        let keys = ["profile", "region", "account", "export"];
        assert_eq!(nearest("porfile", keys), Some("profile"));
        assert_eq!(nearest("Regoin", keys), Some("region"));
        assert_eq!(nearest("colour", keys), None);
    }
}
