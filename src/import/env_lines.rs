//! Assignments in a `.env` or `.envrc`, read without a shell. A value that a shell would compute is not
//! taken.

use crate::import::variables::ImportedVariable;

/// Variables that are reported on lines which are no plain assignment.
const NAMES: [&str; 4] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"];

const NOT_PLAIN: &str = "it is more than an assignment";
const COMPUTED: &str = "a shell computes it";

/// Returns the AWS variables of the text. With `is_script`, the value of an indented line is not taken, since
/// it may depend on a condition.
pub fn read(text: &str, is_script: bool) -> Vec<ImportedVariable> {
    let mut found = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let is_indented = is_script && text.starts_with([' ', '\t']);
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let assignment = text.strip_prefix("export ").map_or(text, str::trim_start);
        let pair = assignment.split_once('=').filter(|(name, _)| is_name(name));
        if let Some((name, value)) = pair.filter(|(name, _)| name.starts_with("AWS_")) {
            let value = if is_indented { Err("it may depend on a condition") } else { literal(value) };
            found.push(ImportedVariable { line, name: name.to_owned(), value });
        } else if let Some(name) = NAMES.iter().find(|name| pair.is_none() && has_word(text, name)) {
            found.push(ImportedVariable { line, name: (*name).to_owned(), value: Err(NOT_PLAIN) });
        }
    }
    found
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn has_word(text: &str, name: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(start, _)| {
        !text[..start].ends_with(is_inner) && !text[start + name.len()..].starts_with(is_inner)
    })
}

/// Returns the value if it is the same for every shell and every reader of dotenv files.
fn literal(raw: &str) -> Result<String, &'static str> {
    let mut value = String::new();
    let mut chars = raw.chars();
    if raw.starts_with('~') {
        return Err(COMPUTED);
    }
    while let Some(c) = chars.next() {
        match c {
            '\'' => loop {
                match chars.next().ok_or("its quote is not closed on this line")? {
                    '\'' => break,
                    c => value.push(c),
                }
            },
            '"' => loop {
                match chars.next().ok_or("its quote is not closed on this line")? {
                    '"' => break,
                    '$' | '`' => return Err(COMPUTED),
                    '\\' => match chars.next() {
                        Some(c @ ('"' | '\\' | '$' | '`')) => value.push(c),
                        _ => return Err("tools read its backslash differently"),
                    },
                    c => value.push(c),
                }
            },
            '$' | '`' => return Err(COMPUTED),
            '\\' => return Err("tools read its backslash differently"),
            ';' | '&' | '|' | '(' | ')' | '<' | '>' => return Err(NOT_PLAIN),
            ' ' | '\t' => {
                let rest = chars.as_str().trim_start();
                return if rest.is_empty() || rest.starts_with('#') { Ok(value) } else { Err(NOT_PLAIN) };
            }
            c => value.push(c),
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, is_script: bool) -> Vec<(usize, String, Result<String, &'static str>)> {
        read(text, is_script).into_iter().map(|found| (found.line, found.name, found.value)).collect()
    }

    #[test]
    fn only_what_no_shell_computes_is_a_value() {
        let cases = [
            ("dev", Ok("dev")),
            ("'a b' # mine", Ok("a b")),
            ("\"a \\\"b\\\"\"", Ok("a \"b\"")),
            ("ac'me'\"-dev\"", Ok("acme-dev")),
            ("a#b", Ok("a#b")),
            ("", Ok("")),
            ("$OTHER", Err(COMPUTED)),
            ("\"x-${OTHER}\"", Err(COMPUTED)),
            ("'$x'", Ok("$x")),
            ("`id`", Err(COMPUTED)),
            ("$(id)", Err(COMPUTED)),
            ("~/x", Err(COMPUTED)),
            ("dev; rm x", Err(NOT_PLAIN)),
            ("dev && x", Err(NOT_PLAIN)),
            ("dev aws s3 ls", Err(NOT_PLAIN)),
            ("'dev", Err("its quote is not closed on this line")),
            ("a\\ b", Err("tools read its backslash differently")),
        ];
        for (raw, expected) in cases {
            assert_eq!(literal(raw), expected.map(str::to_owned), "{raw}");
        }
    }

    #[test]
    fn lines_about_aws_are_found_and_others_are_not() {
        let text = "# AWS_PROFILE=no\nexport AWS_PROFILE=dev\nOTHER=x\nif x; then\n  export AWS_REGION=a\nfi\n\
                    [ -n \"$AWS_PROFILE\" ] && y\nMY_AWS_PROFILE=x\nAWS_PAGER=\nexport  AWS_REGION=b\n";
        let conditional = Err("it may depend on a condition");
        let script = values(text, true);
        assert_eq!(script.len(), 5, "{script:?}");
        assert_eq!(script[0], (2, "AWS_PROFILE".into(), Ok("dev".into())));
        assert_eq!(script[1], (5, "AWS_REGION".into(), conditional));
        assert_eq!(script[2], (7, "AWS_PROFILE".into(), Err(NOT_PLAIN)));
        assert_eq!(script[3], (9, "AWS_PAGER".into(), Ok(String::new())));
        assert_eq!(script[4], (10, "AWS_REGION".into(), Ok("b".into())));
        assert_eq!(values(text, false)[1], (5, "AWS_REGION".into(), Ok("a".into())));
    }

    #[test]
    fn fuzz_env_lines() {
        let seeds =
            ["export AWS_PROFILE=\"a b\" # c\nAWS_REGION='x'\n", "AWS_SECRET_ACCESS_KEY=`x`\n  AWS_X=\\\n"];
        crate::fuzz::run("env lines", crate::fuzz::MANY, &seeds, |content| {
            let found = read(&String::from_utf8_lossy(content), true);
            format!("{}", found.len().min(3))
        });
    }
}
