//! The headers of a config file: what each section is, and its name.

use std::borrow::Cow;

use crate::text::python_words;

/// What a section of a config file describes. Others (`[plugins]`, `[preview]`, a profile without its
/// prefix) mean nothing here.
#[derive(Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// `[default]` or `[profile NAME]`.
    Profile(Cow<'a, str>),
    /// `[sso-session NAME]`.
    SsoSession(Cow<'a, str>),
    /// `[services NAME]`.
    Services(Cow<'a, str>),
}

/// Reads a header of a config file as botocore's `build_profile_map` does: by how the text begins (a blank
/// in front makes it something else), then split into words; two words name something, any other number
/// nothing. So `[profilex y]` is the profile `y`, and `[profile a b]` is none.
pub fn of_header(header: &str) -> Option<Named<'_>> {
    let named: fn(_) -> _ = if header.starts_with("profile") {
        Named::Profile
    } else if header.starts_with("sso-session") {
        Named::SsoSession
    } else if header.starts_with("services") {
        Named::Services
    } else {
        return (header == "default").then_some(Named::Profile(Cow::Borrowed(header)));
    };
    second_of_two(header).map(named)
}

fn second_of_two(header: &str) -> Option<Cow<'_, str>> {
    if header.contains(['\\', '\'', '"']) {
        let words: [String; 2] = python_words::split(header)?.try_into().ok()?;
        let [_, name] = words;
        return Some(Cow::Owned(name));
    }
    let mut words = header.split([' ', '\t']).filter(|word| !word.is_empty());
    let name = words.nth(1)?;
    words.next().is_none().then_some(Cow::Borrowed(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_profiles_as_the_aws_cli_reads_them() {
        let profile = |name| Some(Named::Profile(Cow::Borrowed(name)));
        let cases = [
            ("default", profile("default")),
            ("profile default", profile("default")),
            ("profile foo", profile("foo")),
            ("profile  foo", profile("foo")),
            ("profile\tfoo", profile("foo")),
            ("profile foo ", profile("foo")),
            ("profile \"a b\"", profile("a b")),
            ("profile 'a'", profile("a")),
            ("profile un\"mid\"q", profile("unmidq")),
            (r"profile esc\ aped", profile("esc aped")),
            ("profile a/b.c@d#e", profile("a/b.c@d#e")),
            ("profile #a", profile("#a")),
            ("profile a\u{a0}b", profile("a\u{a0}b")),
            ("profilex y", profile("y")),
            ("profile ''", profile("")),
            ("profile", None),
            ("profile ", None),
            ("profile a b", None),
            ("profile unbalanced\"", None),
            ("profile a\\", None),
            ("profile\"a b\"", None),
            (" profile lead", None),
            ("Profile X", None),
            ("foo", None),
            ("Default", None),
            (" default", None),
            ("default ", None),
            ("\"default\"", None),
        ];
        for (header, expected) in cases {
            assert_eq!(of_header(header), expected, "[{header}]");
        }
    }

    #[test]
    fn sessions_and_services_have_their_own_prefixes() {
        let session = |name| Some(Named::SsoSession(Cow::Borrowed(name)));
        assert_eq!(of_header("sso-session my"), session("my"));
        assert_eq!(of_header("sso-session 'my sso'"), session("my sso"));
        assert_eq!(of_header("sso-sessions x"), session("x"));
        assert_eq!(of_header("sso-session"), None);
        assert_eq!(of_header("services local"), Some(Named::Services(Cow::Borrowed("local"))));
        assert_eq!(of_header("service local"), None);
    }
}
