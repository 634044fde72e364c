//! Manual pages as plain text, for machines without `man`. Only the macros and escapes of awsenv's own pages
//! are known.

/// Returns the page with its macros carried out: headings at the margin, text indented and not wrapped.
pub fn text(page: &str) -> String {
    let mut text = String::new();
    let mut paragraph = String::new();
    let mut is_tag = false;
    let mut is_literal = false;
    for line in page.lines() {
        let Some(request) = line.strip_prefix(['.', '\'']) else {
            let line = unescaped(line);
            if is_literal || is_tag {
                end(&mut text, &mut paragraph, 4);
                text += &format!("    {line}\n");
                is_tag = false;
            } else {
                paragraph += if paragraph.is_empty() { "" } else { " " };
                paragraph += &line;
            }
            continue;
        };
        let (name, rest) = request.split_once(' ').unwrap_or((request, ""));
        // What stands in a list is indented deeper than its tag.
        end(&mut text, &mut paragraph, if is_literal { 4 } else { 8 });
        match name {
            "SH" => text += &format!("\n{}\n", unescaped(rest.trim_matches('"'))),
            "TP" => {
                text.push('\n');
                is_tag = true;
            }
            "PP" => text.push('\n'),
            "nf" => is_literal = true,
            "fi" => is_literal = false,
            _ => {}
        }
    }
    end(&mut text, &mut paragraph, 8);
    text.trim_start().to_owned()
}

/// Writes what was collected of a paragraph.
fn end(text: &mut String, paragraph: &mut String, indent: usize) {
    if !paragraph.is_empty() {
        *text += &format!("{:indent$}{paragraph}\n", "");
        paragraph.clear();
    }
}

/// Replaces the escapes by what they stand for; changes of font are dropped.
fn unescaped(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('f') => {
                chars.next();
            }
            Some('(') => match (chars.next(), chars.next()) {
                (Some('a'), Some('q')) => text.push('\''),
                (Some('b'), Some('u')) => text.push('-'),
                _ => {}
            },
            Some('*') => {
                // `\*(Aq`, the apostrophe.
                chars.by_ref().take(3).for_each(drop);
                text.push('\'');
            }
            Some('&') | None => {}
            Some('e') => text.push('\\'),
            Some(c) => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_and_fonts_are_carried_out() {
        let page = ".TH a 1\n.SH \"SEE ALSO\"\nfirst \\fBbold\\fR\nsecond\n.TP\n\\fB\\-p\\fR\nIt\\(aqs one.\n.PP\nMore:\n.nf\n  \
                    x \\e y\n.fi\n";
        let expected = "SEE ALSO\n        first bold second\n\n    -p\n        It's one.\n\n        More:\n      x \\ y\n";
        assert_eq!(text(page), expected);
    }
}
