//! Templates for the names of profiles: `{account_name}-{role}`. No input or output.

use std::str::FromStr;

use crate::configure::assignment::Assignment;
use crate::failure::Failure;
use crate::text::sanitize::shown;

/// The longest name, in characters. At AWS accounts have names of at most 50 characters, and permission sets
/// of 32.
const LONGEST: usize = 128;

/// A name with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<NamePart>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum NamePart {
    Text(String),
    AccountName,
    AccountId,
    Email,
    Role,
}

impl Template {
    /// Returns the name for a role in an account. A run of characters other than `A-Za-z0-9._@+-` becomes one
    /// `-`, and there is none at the ends. A name of which nothing is left is replaced by the account's id.
    pub fn fill(&self, assignment: &Assignment) -> String {
        let account = &assignment.account;
        let or_id = |text: Option<&str>| match safe(text.unwrap_or_default()) {
            text if text.is_empty() => account.id.clone(),
            text => text,
        };
        let parts = self.0.iter().map(|part| match part {
            NamePart::Text(text) => text.clone(),
            NamePart::AccountName => or_id(account.name.as_deref()),
            NamePart::AccountId => account.id.clone(),
            NamePart::Email => or_id(account.email.as_deref()),
            NamePart::Role => or_id(Some(&assignment.role)),
        });
        match safe(&parts.collect::<String>()) {
            name if name.is_empty() => account.id.clone(),
            name => name,
        }
    }
}

impl FromStr for Template {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let bad = |reason: &str| {
            Failure::new(format!("invalid name template `{}`: {reason}", shown(text)))
                .hint("put any of `{account_name}`, `{account_id}`, `{email}` and `{role}` in it")
        };
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some(brace) = rest.find(['{', '}']) {
            let (before, place) = rest.split_at(brace);
            if !before.is_empty() {
                parts.push(NamePart::Text(before.to_owned()));
            }
            let inner = place.strip_prefix('{').ok_or_else(|| bad("there is a `}` without its `{`"))?;
            let (name, after) = inner.split_once('}').ok_or_else(|| bad("there is a `{` without its `}`"))?;
            parts.push(match name {
                "account_name" => NamePart::AccountName,
                "account_id" => NamePart::AccountId,
                "email" => NamePart::Email,
                "role" => NamePart::Role,
                _ => return Err(bad(&format!("`{{{}}}` stands for nothing", shown(name)))),
            });
            rest = after;
        }
        if parts.iter().all(|part| matches!(part, NamePart::Text(_))) {
            return Err(bad("every profile would have the same name"));
        }
        if !rest.is_empty() {
            parts.push(NamePart::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }
}

/// Returns a text that is safe as a part of a section's header, as a word of a shell and as a file name: see
/// [`Template::fill`].
pub fn safe(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '.' | '_' | '@' | '+' => safe.push(c),
            _ if safe.ends_with('-') => {}
            _ => safe.push('-'),
        }
        if safe.len() == LONGEST {
            break;
        }
    }
    safe.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configure::assignment::tests::assignment;

    fn filled(template: &str, name: &str, role: &str) -> String {
        template.parse::<Template>().unwrap().fill(&assignment("111122223333", name, role))
    }

    #[test]
    fn places_are_filled_in_and_the_name_is_made_safe() {
        let default = "{account_name}-{role}";
        let cases = [
            (default, "acme dev", "Developer", "acme-dev-Developer"),
            (default, "Acme (Dev) / EU", "a=b,c", "Acme-Dev-EU-a-b-c"),
            (default, "東京", "Dev", "111122223333-Dev"),
            (default, "", "Dev", "111122223333-Dev"),
            (default, "--x--", "-y-", "x-y"),
            (default, "x]\n[profile y", "$(id)`\"'", "x-profile-y-id"),
            ("{role}@{account_id}", "x", "A.b_c+d", "A.b_c+d@111122223333"),
            ("{email}", "x", "A", "aws@acme.example"),
            ("aws {account_name}!", "x", "A", "aws-x"),
        ];
        for (template, name, role, expected) in cases {
            assert_eq!(filled(template, name, role), expected, "{template} {name} {role}");
        }
        assert_eq!(filled(default, &"x".repeat(1000), "A").len(), 128);
    }

    #[test]
    fn a_template_that_cannot_work_is_refused_with_its_reason() {
        let cases = [
            ("acme", "every profile would have the same name"),
            ("", "every profile would have the same name"),
            ("{account}-{role}", "`{account}` stands for nothing"),
            ("{role", "there is a `{` without its `}`"),
            ("role}", "there is a `}` without its `{`"),
        ];
        for (template, reason) in cases {
            let error = template.parse::<Template>().unwrap_err();
            assert_eq!(error.message, format!("invalid name template `{template}`: {reason}"));
        }
    }
}
