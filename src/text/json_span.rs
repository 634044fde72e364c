//! Where the parts of a JSON text are, to change one of them and leave every other byte alone.
//!
//! The text must be JSON already: [`serde_json`] has read it.

use std::ops::Range;

use serde_json::Value;

/// An object in a text.
struct Object {
    /// The byte after the opening brace.
    start: usize,
    /// The closing brace.
    end: usize,
    members: Vec<Member>,
}

struct Member {
    name: String,
    /// The quote before the name.
    start: usize,
    value: Range<usize>,
}

/// Returns the text with `name: value` in the object `outer` of the outermost object, which is made if it is
/// missing. `None` if the text is not of that form.
pub fn with_member(text: &str, outer: &str, name: &str, value: &str) -> Option<String> {
    let root = Object::read(text, text.len() - text.trim_start().len())?;
    let (quoted, value) = (Value::from(name).to_string(), Value::from(value).to_string());
    let Some(member) = root.members.iter().rev().find(|member| member.name == outer) else {
        let (line, unit) = (root.line(text), root.unit(text));
        let inner = format!("{{{line}{unit}{quoted}: {value}{line}}}");
        return Some(root.extended(text, &format!("{}: {inner}", Value::from(outer)), &line));
    };
    let object = Object::read(text, member.value.start)?;
    let same = object.members.iter().rev().find(|own| own.name == name);
    if let Some(own) = same {
        let mut text = text.to_owned();
        text.replace_range(own.value.clone(), &value);
        return Some(text);
    }
    let line = match object.members.first() {
        Some(_) => object.line(text),
        None => root.line(text) + &root.unit(text),
    };
    Some(object.extended(text, &format!("{quoted}: {value}"), &line))
}

impl Object {
    /// Reads the object that starts at `at`.
    fn read(text: &str, at: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        (bytes.get(at)? == &b'{').then_some(())?;
        let start = at + 1;
        let mut members = Vec::new();
        let mut next = blank(bytes, start);
        while *bytes.get(next)? == b'"' {
            let name = next..end_of(bytes, next)?;
            let colon = blank(bytes, name.end);
            let begin = blank(bytes, colon + 1);
            let value = begin..end_of(bytes, begin)?;
            next = blank(bytes, value.end);
            if bytes.get(next) == Some(&b',') {
                next = blank(bytes, next + 1);
            }
            members.push(Member {
                name: serde_json::from_str(&text[name.clone()]).ok()?,
                start: name.start,
                value,
            });
        }
        (bytes[next] == b'}').then_some(Self { start, end: next, members })
    }

    /// Returns what stands before each member: a line end and the indentation.
    fn line(&self, text: &str) -> String {
        match self.members.first() {
            Some(member) => text[self.start..member.start].to_owned(),
            None => "\n\t".to_owned(),
        }
    }

    /// Returns one step of indentation.
    fn unit(&self, text: &str) -> String {
        let line = self.line(text);
        line.rsplit_once('\n').map_or(String::new(), |(_, indentation)| indentation.to_owned())
    }

    /// Returns the text with one more member at the object's end.
    fn extended(&self, text: &str, member: &str, line: &str) -> String {
        let (before, after) = match self.members.last() {
            Some(last) => (format!("{},", &text[..last.value.end]), &text[last.value.end..]),
            None => (text[..self.start].to_owned(), &text[self.end..]),
        };
        let close = match self.members.last() {
            Some(_) => String::new(),
            // One step less than the members have.
            None => match line.trim_start_matches(['\r', '\n']) {
                "" => String::new(),
                tabs if tabs.starts_with('\t') => format!("\n{}", &tabs[1..]),
                blanks => format!("\n{}", &blanks[blanks.len() / 2..]),
            },
        };
        format!("{before}{line}{member}{close}{after}")
    }
}

/// Returns the first place from `at` on that is not blank.
fn blank(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count()
}

/// Returns the end of the value that starts at `at`.
fn end_of(bytes: &[u8], at: usize) -> Option<usize> {
    let (mut depth, mut quoted, mut next) = (0_usize, false, at);
    loop {
        let byte = *bytes.get(next)?;
        match byte {
            b'\\' if quoted => next += 1,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            // The end of a number or a word, and of what it stands in.
            b'}' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return Some(next),
            _ => {}
        }
        next += 1;
        let is_whole = matches!(byte, b'"' | b'}' | b']');
        if is_whole && depth == 0 && !quoted {
            return Some(next);
        }
    }
}
