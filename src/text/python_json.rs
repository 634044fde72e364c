//! JSON text exactly as Python's `json.dumps` writes it, since the AWS CLI names its cache files after such
//! text.
//!
//! Two styles: Python's default separators (`", "` and `": "`) and compact ones (`,` and `:`). Everything
//! outside the printable ASCII range is escaped, with surrogate pairs, in lower-case hex; `/` stands bare.
//! Keys come in the order in which the value serializes them.

use std::io::{self, Write};

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// How items and keys are set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonStyle {
    /// `{"a": 1, "b": 2}`, what `json.dumps(value)` writes.
    Spaced,
    /// `{"a":1,"b":2}`, what `json.dumps(value, separators=(',', ':'))` writes.
    Compact,
}

/// Returns `value` as JSON on one line, without a line feed at its end. An error only if `value` has no JSON
/// form, such as a map whose keys are not text.
pub fn text(style: JsonStyle, value: &impl Serialize) -> Result<String> {
    let mut bytes = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut bytes, Python(style)))
        .context("could not write a value as JSON")?;
    String::from_utf8(bytes).context("could not write a value as JSON")
}

struct Python(JsonStyle);

impl Python {
    fn separate<W: ?Sized + Write>(&self, out: &mut W, first: bool) -> io::Result<()> {
        match (first, self.0) {
            (true, _) => Ok(()),
            (false, JsonStyle::Spaced) => out.write_all(b", "),
            (false, JsonStyle::Compact) => out.write_all(b","),
        }
    }
}

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.separate(out, first)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.separate(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(match self.0 {
            JsonStyle::Spaced => b": ",
            JsonStyle::Compact => b":",
        })
    }

    // Control characters, quotes and backslashes do not come this way; serde_json escapes them as Python
    // does.
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return out.write_all(text.as_bytes());
        }
        let mut units = [0; 2];
        for character in text.chars() {
            if matches!(character, ' '..='~') {
                write!(out, "{character}")?;
            } else {
                for unit in character.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn separators_are_pythons() {
        let value = json!({"a": [1, 2, "x"], "b": {}, "c": null, "d": []});
        assert_eq!(
            text(JsonStyle::Spaced, &value).unwrap(),
            r#"{"a": [1, 2, "x"], "b": {}, "c": null, "d": []}"#
        );
        assert_eq!(text(JsonStyle::Compact, &value).unwrap(), r#"{"a":[1,2,"x"],"b":{},"c":null,"d":[]}"#);
    }

    #[test]
    fn only_printable_ascii_stands_as_it_is() {
        let cases = [
            ("caf\u{e9}", r#""caf\u00e9""#),
            ("\u{1f600}", r#""\ud83d\ude00""#),
            ("del\u{7f}", r#""del\u007f""#),
            ("x/y", r#""x/y""#),
            ("~ ", r#""~ ""#),
            ("\n\r\t\u{8}\u{c}\"\\", r#""\n\r\t\b\f\"\\""#),
            ("\u{0}\u{1f}\u{80}\u{ffff}", r#""\u0000\u001f\u0080\uffff""#),
        ];
        for (value, expected) in cases {
            assert_eq!(text(JsonStyle::Compact, &value).unwrap(), expected, "{value:?}");
        }
    }

    #[test]
    fn keys_are_escaped_like_values() {
        assert_eq!(text(JsonStyle::Spaced, &json!({"\u{e9}": "\u{e9}"})).unwrap(), r#"{"\u00e9": "\u00e9"}"#);
    }
}
