//! Words that narrow a list: each must be part of one of a row's texts, in any case and order.

/// The words, in lower case.
#[derive(Clone, Debug, Default)]
pub struct SearchWords(Vec<String>);

impl SearchWords {
    /// Lower-cases the words that were typed. Without words, everything fits.
    pub fn new(typed: &[String]) -> Self {
        Self(typed.iter().map(|word| word.to_lowercase()).collect())
    }

    /// Returns whether each word is a part of one of the texts.
    pub fn fit<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let texts: Vec<String> = texts.into_iter().map(str::to_lowercase).collect();
        self.0.iter().all(|word| texts.iter().any(|text| text.contains(word.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_a_whole_part_of_some_text() {
        let fits = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
            SearchWords::new(&words).fit(["acme-Prod", "111122223333", "PowerUser"])
        };
        assert!(fits(&[]) && fits(&["PROD"]) && fits(&["power", "2222", "acme"]) && fits(&["-p"]));
        assert!(!fits(&["apd"]) && !fits(&["acme", "staging"]) && !fits(&["prod111"]));
    }
}
