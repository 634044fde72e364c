//! `~` in place of the home directory, in texts for people.

/// Returns the text with `~` for the home directory, but not behind a quote, where no shell would expand it.
pub fn shorten(text: &str, home: &str) -> String {
    let home = home.trim_end_matches('/');
    if home.is_empty() || !text.contains(home) {
        return text.to_owned();
    }
    let folder = format!("{home}/");
    let mut parts = text.split(&folder);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_start = out.chars().next_back().is_none_or(|c| c.is_whitespace() || "(`[".contains(c));
        out += if is_start { "~/" } else { &folder };
        out += part;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_directory_is_a_tilde_where_a_shell_expands_it() {
        let text =
            "/home/u/.aws (/home/u/x:3) `chmod 600 /home/u/x` '/home/u/a b' /mnt/home/u/x /home/user/x";
        let expected = "~/.aws (~/x:3) `chmod 600 ~/x` '/home/u/a b' /mnt/home/u/x /home/user/x";
        assert_eq!(shorten(text, "/home/u"), expected);
        assert_eq!(shorten(text, "/home/u/"), expected);
        for home in ["", "/"] {
            assert_eq!(shorten("/a", home), "/a");
        }
    }
}
