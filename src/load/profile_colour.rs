//! The colour of a profile, by the settings `colors` and `confirm`.

use wildmatch::WildMatch;

use crate::settings::Settings;
use crate::terminal::colour::Colour;

/// Returns the colour of the first pattern of `colors` that fits the profile's name or its `ACCOUNT/ROLE`;
/// else red for a profile that is guarded, and `None` for any other.
pub fn of(
    settings: &Settings,
    name: &str,
    account: Option<&str>,
    role: Option<&str>,
    is_guarded: bool,
) -> Option<Colour> {
    let target = account.map(|account| format!("{account}/{}", role.unwrap_or_default()));
    let fits = |pattern: &str| {
        let pattern = WildMatch::new_case_insensitive(pattern);
        pattern.matches(name) || target.as_ref().is_some_and(|target| pattern.matches(target))
    };
    let first = settings.colors.iter().find(|(pattern, _)| fits(pattern));
    first.map(|(_, colour)| *colour).or(is_guarded.then_some(Colour::Red))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pattern_that_fits_counts_and_then_what_is_guarded() {
        let colors = [("*prod*", Colour::Yellow), ("1111*/Admin", Colour::Blue), ("*", Colour::Green)];
        let colors = colors.map(|(pattern, colour)| (pattern.to_owned(), colour));
        let mut settings = Settings { colors: colors.into(), ..Settings::default() };
        let (account, role) = (Some("111122223333"), Some("Admin"));
        assert_eq!(of(&settings, "acme-Prod", account, role, true), Some(Colour::Yellow));
        assert_eq!(of(&settings, "dev", account, role, true), Some(Colour::Blue));
        assert_eq!(of(&settings, "dev", None, None, false), Some(Colour::Green));
        settings.colors.clear();
        assert_eq!(of(&settings, "dev", None, None, true), Some(Colour::Red));
        assert_eq!(of(&settings, "dev", None, None, false), None);
    }
}
