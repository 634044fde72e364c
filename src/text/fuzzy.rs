//! How well a text fits words that were typed. Pure.

/// Words that were typed. Each must fit, in any order, without regard to case.
#[derive(Clone, Debug, Default)]
pub struct FuzzyWords(Vec<String>);

impl FuzzyWords {
    /// Splits what was typed.
    pub fn new(typed: &str) -> Self {
        Self(typed.to_lowercase().split_whitespace().map(str::to_owned).collect())
    }

    /// Returns how well a text, which is in lower case, fits; more is better. `None` if a word does not fit:
    /// its letters must come in this order, with any others in between. Letters in one piece are better than
    /// scattered ones, the start of a word is better than its middle, and an early place is better than a
    /// late one.
    pub fn score(&self, text: &str) -> Option<i64> {
        self.0.iter().map(|word| score(word, text)).sum()
    }
}

fn score(word: &str, text: &str) -> Option<i64> {
    const PIECE: i64 = 100_000;
    let place = |at: usize| i64::try_from(at).unwrap_or(0).min(999);
    let is_start = |at: usize| text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
    if let Some(first) = text.find(word) {
        let start = text.match_indices(word).map(|(at, _)| at).find(|at| is_start(*at));
        return Some(start.map_or(PIECE - place(first), |at| 2 * PIECE - place(at)));
    }
    let (mut first, mut at) = (None, 0);
    for letter in word.chars() {
        let found = at + text[at..].find(letter)?;
        first.get_or_insert(found);
        at = found + letter.len_utf8();
    }
    Some(PIECE / 10 - place(at - first.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_order_fit_and_words_in_any_order_do() {
        let text = "acme-dev 111122223333 developer";
        for typed in
            ["", "acme", "ACME-DEV", "2222", "devdev", "acdel", "acme Dev", "developer acme", "3333 ad"]
        {
            assert!(FuzzyWords::new(typed).score(text).is_some(), "{typed}");
        }
        for typed in ["x", "vedd", "acme-prod", "3331", "acme x"] {
            assert_eq!(FuzzyWords::new(typed).score(text), None, "{typed}");
        }
    }

    #[test]
    fn the_better_fit_comes_first() {
        for (typed, better, worse) in [
            ("prod", "prod 1", "p-r-o-d 1"),
            ("dev", "dev 1", "acme dev"),
            ("adm", "xxx adxm", "axxxxdxxm"),
            ("dev", "acme dev", "xdev"),
            ("dev", "xdev dev", "xdev"),
        ] {
            let score = |text: &str| FuzzyWords::new(typed).score(text).unwrap();
            assert!(score(better) > score(worse), "{typed}: {better}, {worse}");
        }
    }
}
