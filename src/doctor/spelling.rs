//! What the AWS CLI reads one way and the AWS SDKs another. awsenv reads as the AWS CLI does.

use super::{Examined, Trouble};
use crate::shared_config::{Property, Section, SharedConfig};
use crate::text::sanitize;

/// Looks at the spelling of both files; values are never shown, since they may be secret.
pub(super) fn look(examined: &Examined<'_>) -> Option<Vec<Trouble>> {
    let config = examined.config.as_ref()?;
    let mut found = names(config);
    for document in [config.config(), config.credentials()] {
        found.extend(document.all_properties().filter_map(|key| value(&key)));
    }
    Some(found)
}

fn value(key: &Property<'_>) -> Option<Trouble> {
    let (name, place, text) = (sanitize::shown(key.name()), key.place(), key.plain().ok()?);
    if [" #", "\t#", " ;", "\t;"].iter().any(|comment| text.contains(comment)) {
        return Some(Trouble::warning(
            format!(
                "the comment after the value of `{name}` ({place}) is part of the value to the AWS CLI, and a comment to the SDKs"
            ),
            "put the comment on a line of its own",
        ));
    }
    let is_quoted = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    (is_quoted('"') || is_quoted('\'')).then(|| {
        Trouble::warning(
            format!("the quotes around the value of `{name}` ({place}) are part of the value"),
            "delete the quotes",
        )
    })
}

fn names(config: &SharedConfig) -> Vec<Trouble> {
    let mut found = Vec::new();
    let quoted = |section: &Section<'_>| section.header().contains(['"', '\'', '\\']);
    for section in config.config().sections().filter(quoted) {
        found.push(Trouble::warning(
            format!(
                "[{}] ({}) has quotes: most SDKs do not find it",
                sanitize::shown(section.header()),
                section.place()
            ),
            "choose a name of letters, digits and `_-/.%@:+`, which needs none",
        ));
    }
    let defaults = config.config().sections().filter(|section| {
        let mut words = section.header().split_whitespace();
        section.header() == "default"
            || (words.next(), words.next(), words.next()) == (Some("profile"), Some("default"), None)
    });
    let defaults: Vec<_> = defaults.collect();
    if let [first, .., last] = &*defaults {
        found.push(Trouble::warning(
            format!(
                "[{}] ({}) and [{}] ({}) are the same profile: the AWS CLI takes the last, the SDKs `[profile default]`",
                sanitize::shown(first.header()),
                first.place(),
                sanitize::shown(last.header()),
                last.place()
            ),
            "keep one of them",
        ));
    }
    found
}
