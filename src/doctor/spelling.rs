//! Text that the AWS CLI reads in one way and the AWS SDKs in another. awsenv reads it like the AWS CLI.

mod keys;
mod lines;
mod names;

use super::{Examined, Trouble};
use crate::shared_config::Property;
use crate::text::sanitize;

/// Looks at the spelling of both files; values are never shown, since they may be secret.
pub(super) fn look(examined: &Examined<'_>) -> Option<Vec<Trouble>> {
    let config = examined.config.as_ref()?;
    let mut found = names::look(config);
    for document in [config.config(), config.credentials()] {
        found.extend(lines::look(document));
        found.extend(document.all_properties().filter_map(|key| value(&key)));
    }
    found.extend(config.profiles().flat_map(|profile| keys::look(&profile)));
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
