//! Variables of the `[env]` section of a `mise.toml`. Templates, which mise computes, are not taken.

use anyhow::Result;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::failure::Failure;
use crate::import::variables::ImportedVariable;

/// Returns the AWS variables. An error if it is no TOML, which names the line and shows nothing of it.
pub fn read(text: &str, name: &str) -> Result<Vec<ImportedVariable>> {
    let line = |at: usize| text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line(span.start));
        Failure::new(format!("could not read {name}:{line}: it is no TOML"))
    })?;
    let mut found = Vec::new();
    let mut add = |table: &DeTable<'_>| {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if name.starts_with("AWS_") {
                let value = of_value(value);
                found.push(ImportedVariable { line: line(key.span().start), name: name.to_owned(), value });
            }
        }
    };
    match table.get_ref().get("env").map(Spanned::get_ref) {
        Some(DeValue::Table(table)) => add(table),
        Some(DeValue::Array(tables)) => {
            tables.iter().filter_map(|one| one.get_ref().as_table()).for_each(add);
        }
        _ => {}
    }
    found.sort_by_key(|variable| variable.line);
    Ok(found)
}

fn of_value(value: &Spanned<DeValue<'_>>) -> Result<String, &'static str> {
    match value.get_ref() {
        DeValue::String(text) if text.contains("{{") || text.contains("{%") => Err("a template computes it"),
        DeValue::String(text) => Ok(text.clone().into_owned()),
        DeValue::Boolean(false) => Err("it is unset there"),
        DeValue::Table(table) => match table.get("value") {
            Some(value) if !matches!(value.get_ref(), DeValue::Table(_)) => of_value(value),
            _ => Err("it is not a plain value"),
        },
        _ => Err("it is not a string"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_however_they_are_written() {
        let text = "[tools]\nnode = '1'\n[env]\nAWS_PROFILE = \"dev\"\nOTHER = 'x'\n\
                    AWS_REGION = { value = 'eu-west-1', redact = true }\nAWS_PAGER = false\n_.file = '.env'\n\
                    AWS_X = '{{ env.Y }}'\nAWS_Z = { required = true }\nAWS_N = 1\n[tasks.x]\nrun = '''\n[env]\nAWS_NO = 'x'\n'''\n";
        let found = read(text, "f").unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.line, one.name.as_str(), one.value.as_deref().map_err(|why| *why)))
            .collect();
        let expected = [
            (4, "AWS_PROFILE", Ok("dev")),
            (6, "AWS_REGION", Ok("eu-west-1")),
            (7, "AWS_PAGER", Err("it is unset there")),
            (9, "AWS_X", Err("a template computes it")),
            (10, "AWS_Z", Err("it is not a plain value")),
            (11, "AWS_N", Err("it is not a string")),
        ];
        assert_eq!(found, expected);
        for text in
            ["env.AWS_PROFILE = 'dev'", "[[env]]\nAWS_PROFILE = 'dev'", "env = { AWS_PROFILE = 'dev' }"]
        {
            assert_eq!(read(text, "f").unwrap()[0].value.as_deref(), Ok("dev"), "{text}");
        }
    }

    #[test]
    fn what_is_no_toml_is_told_by_its_line_alone() {
        let error = read("[env]\nAWS_SECRET_ACCESS_KEY = hunter2\n", "f").unwrap_err();
        assert_eq!(format!("{error:#}"), "could not read f:2: it is no TOML");
    }
}
