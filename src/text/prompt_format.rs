//! The form of a line in a shell's prompt: text, `{fields}`, and `[groups]` that are left out where a field
//! in them is empty. A doubled bracket stands for itself.

/// Fills in the fields. `field` returns the value of a name, which may be empty, or `None` for an unknown
/// name. The error names an unknown field, or a bracket without its partner.
pub fn fill(format: &str, field: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut line = String::new();
    // The length of the line where the group began, and whether a field in it is empty.
    let mut group: Option<(usize, bool)> = None;
    let mut rest = format.chars().peekable();
    while let Some(next) = rest.next() {
        if matches!(next, '{' | '}' | '[' | ']') && rest.next_if_eq(&next).is_some() {
            line.push(next);
            continue;
        }
        match (next, group) {
            ('{', _) => {
                let mut name = String::new();
                loop {
                    match rest.next() {
                        Some('}') => break,
                        Some(letter) => name.push(letter),
                        None => return Err("a `{` has no `}`".to_owned()),
                    }
                }
                let value = field(&name).ok_or_else(|| format!("there is no field `{{{name}}}`"))?;
                if let Some((_, is_empty)) = &mut group {
                    *is_empty |= value.is_empty();
                }
                line += &value;
            }
            ('[', None) => group = Some((line.len(), false)),
            (']', Some((start, is_empty))) => {
                if is_empty {
                    line.truncate(start);
                }
                group = None;
            }
            ('[' | ']' | '}', _) => return Err(format!("write `{next}{next}` for a `{next}`")),
            (letter, _) => line.push(letter),
        }
    }
    if group.is_some() { Err("a `[` has no `]`".to_owned()) } else { Ok(line) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(format: &str) -> Result<String, String> {
        fill(format, |name| match name {
            "a" => Some("1".to_owned()),
            "none" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn a_group_goes_with_its_empty_field() {
        assert_eq!(filled("{a}[ {a}][ {none}]!"), Ok("1 1!".to_owned()));
        assert_eq!(filled("[{a}{none}]{none}é"), Ok("é".to_owned()));
        assert_eq!(filled("[[{{{a}}}]]"), Ok("[{1}]".to_owned()));
        for wrong in ["{b}", "{a", "[{a}", "a]", "a}", "[a[b]]c"] {
            assert!(filled(wrong).is_err(), "{wrong}");
        }
    }
}
