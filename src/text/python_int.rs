//! Reads a whole number as Python's `int` does, which is how the AWS CLI reads one: cache entries are named
//! after it.

/// Returns the number in `text`: decimal digits with single underscores between them, a sign before them and
/// blanks around them. `None` for anything else, and for what does not fit.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number =
        digits.split('_').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if is_number { text.replace('_', "").parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_what_python_takes_for_one() {
        let numbers = [
            ("1800", 1800),
            (" 1800\t", 1800),
            ("+1800", 1800),
            ("-5", -5),
            ("0900", 900),
            ("1_800", 1800),
            ("1_8_00", 1800),
        ];
        for (text, number) in numbers {
            assert_eq!(parse(text), Some(number), "{text}");
        }
        for text in ["", "+", "1800.0", "1e3", "0x10", "_1", "1_", "1__8", "+ 1", "+_1", "--1", "1 8", "abc"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
