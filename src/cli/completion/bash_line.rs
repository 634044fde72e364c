//! A command line as bash hands it to a completion function.
//!
//! bash splits at the characters of `COMP_WORDBREAKS`, so that `--profile=acme:dev` is five words to it, and
//! it replaces only what follows the last of them. Its words are as typed, with their quotes and backslashes.

use std::ffi::OsString;

/// A line up to the cursor; its last word is to be completed.
pub struct BashLine<'a> {
    /// What breaks a word, quotes and blanks aside.
    breaks: String,
    words: Vec<Typed<'a>>,
    last: Unquoted,
}

/// A word as typed, and the index of the first of bash's words that it is made of.
struct Typed<'a> {
    text: &'a str,
    index: usize,
}

/// A word without its quotes and backslashes.
#[derive(Default)]
struct Unquoted {
    text: String,
    /// How many bytes of `text` stand before the part that bash replaces.
    kept: usize,
    /// The quote that is not closed yet.
    open: Option<char>,
}

impl<'a> BashLine<'a> {
    /// Takes `COMP_LINE` up to the cursor, `COMP_CWORD`, `COMP_WORDBREAKS` and `COMP_WORDS`. Returns `None`
    /// if they do not fit together.
    pub fn new(line: &'a str, index: usize, breaks: &str, words: &[OsString]) -> Option<Self> {
        let mut typed: Vec<Typed<'a>> = Vec::new();
        let mut rest = line;
        for (at, word) in words.get(..=index)?.iter().enumerate() {
            let trimmed = rest.trim_start();
            let joins = trimmed.len() == rest.len() && !typed.is_empty();
            // The cursor may stand within the last word.
            let length = if at == index { trimmed.len() } else { word.len() };
            let text = trimmed.get(..length)?;
            rest = &trimmed[length..];
            match typed.last_mut() {
                Some(last) if joins => {
                    let start = line.len() - rest.len() - length - last.text.len();
                    last.text = &line[start..line.len() - rest.len()];
                }
                _ => typed.push(Typed { text, index: at }),
            }
        }
        let breaks = breaks.chars().filter(|c| !c.is_whitespace() && !"'\"".contains(*c)).collect();
        let mut line = Self { breaks, words: typed, last: Unquoted::default() };
        line.last = line.unquote(line.words.last()?.text);
        Some(line)
    }

    /// Returns the words without quotes and backslashes.
    pub fn words(&self) -> impl Iterator<Item = String> {
        self.words.iter().map(|word| self.unquote(word.text).text)
    }

    /// Returns the index that a word of [`BashLine::words`] has for bash.
    pub fn index_of(&self, word: usize) -> usize {
        self.words.get(word).map_or(word, |word| word.index)
    }

    /// Returns what bash must put in the place of the last word's end to make it `word`, quoted as the word
    /// is by now. `None` if it does not begin with what was typed, or cannot be written within the open
    /// quote.
    pub fn rest_of(&self, word: &str) -> Option<String> {
        let Unquoted { text, kept, open } = &self.last;
        if !word.starts_with(text.as_str()) {
            return None;
        }
        let rest = &word[*kept..];
        match open {
            None => Some(escape(rest, |c| {
                c.is_ascii() && !c.is_ascii_alphanumeric() && !"_-./:@%+=,".contains(c)
            })),
            Some('"') if !rest.contains('!') => Some(escape(rest, |c| "\"$`\\".contains(c))),
            Some('\'') if !rest.contains('\'') => Some(rest.to_owned()),
            Some(_) => None,
        }
    }

    fn unquote(&self, typed: &str) -> Unquoted {
        let mut word = Unquoted::default();
        let mut kept_outside = 0;
        let mut chars = typed.chars().peekable();
        while let Some(c) = chars.next() {
            match (word.open, c) {
                (None, '\'' | '"') => {
                    word.open = Some(c);
                    kept_outside = std::mem::replace(&mut word.kept, word.text.len());
                }
                (Some(open), c) if open == c => {
                    word.open = None;
                    word.kept = kept_outside;
                }
                (None, '\\') => word.text.extend(chars.next()),
                (Some('"'), '\\') if chars.peek().is_some_and(|next| "\"$`\\".contains(*next)) => {
                    word.text.extend(chars.next());
                }
                (None, c) if self.breaks.contains(c) => {
                    word.text.push(c);
                    word.kept = word.text.len();
                }
                (_, c) => word.text.push(c),
            }
        }
        word
    }
}

fn escape(text: &str, special: impl Fn(char) -> bool) -> String {
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREAKS: &str = " \t\n\"'><=;|&(:";

    fn line<'a>(text: &'a str, words: &[&str]) -> BashLine<'a> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        BashLine::new(text, words.len() - 1, BREAKS, &words).unwrap()
    }

    #[test]
    fn words_that_bash_split_are_one_again() {
        let line =
            line("awsenv exec --profile=acme:d", &["awsenv", "exec", "--profile", "=", "acme", ":", "d"]);
        assert_eq!(line.words().collect::<Vec<_>>(), ["awsenv", "exec", "--profile=acme:d"]);
        assert_eq!(
            line.rest_of("--profile=acme:dev").as_deref(),
            Some("dev"),
            "bash keeps what stands before"
        );
        assert_eq!(line.rest_of("--profile=other"), None);
    }

    #[test]
    fn an_index_counts_the_words_of_bash() {
        let line = line("awsenv exec -p a:b -- l", &["awsenv", "exec", "-p", "a", ":", "b", "--", "l"]);
        assert_eq!((line.index_of(2), line.index_of(4), line.index_of(5)), (2, 6, 7));
    }

    #[test]
    fn a_word_is_quoted_as_it_was_begun() {
        let cases = [
            ("a", "acme $(x) y", Some(r"acme\ \$\(x\)\ y")),
            (r"acme\ ", "acme dev", Some(r"acme\ dev")),
            ("'ac", "acme $(x) y", Some("acme $(x) y")),
            ("'ac", "acme's", None),
            ("\"ac", "acme $x", Some(r"acme \$x")),
            ("\"ac", "acme!", None),
            ("'acme 'd", "acme dev", Some(r"acme\ dev")),
            ("x:'ac", "x:acme dev", Some("acme dev")),
            ("é", "éa b", Some(r"éa\ b")),
        ];
        for (typed, word, rest) in cases {
            let text = format!("awsenv -p {typed}");
            assert_eq!(line(&text, &["awsenv", "-p", typed]).rest_of(word).as_deref(), rest, "{typed}");
        }
    }

    #[test]
    fn the_word_ends_at_the_cursor() {
        let line = line("awsenv sta", &["awsenv", "status"]);
        assert_eq!(line.words().last().as_deref(), Some("sta"));
        assert!(BashLine::new("a", 3, BREAKS, &["a".into()]).is_none());
        assert!(
            BashLine::new("é", 0, BREAKS, &["xxx".into()]).is_some(),
            "nothing that bash says ends in a panic"
        );
    }
}
