//! kubectl, whose config runs the AWS CLI with an `AWS_PROFILE`: keys in the environment override it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Examined, Trouble};
use crate::exports::mode::Export;
use crate::system::files;
use crate::text::sanitize;
use crate::values::target_name::TargetName;

/// In bytes. A config of a thousand clusters is smaller.
const LARGEST: u64 = 4 * 1024 * 1024;

/// How many names of profiles are shown.
const MOST: usize = 3;

/// Looks into kubectl's config; `None` if there is none.
pub(super) fn look(examined: &Examined<'_>) -> Option<Vec<Trouble>> {
    let configs: Vec<_> = paths(examined).into_iter().filter_map(|path| Some((read(&path)?, path))).collect();
    let loaded = (!configs.is_empty()).then(|| loaded(examined))?;
    let troubles = configs.iter().filter_map(|(text, path)| {
        let (whose, cure) = loaded.as_ref()?;
        let others: BTreeSet<_> = profiles(text).into_iter().filter(|profile| profile != whose).collect();
        let mut names: Vec<_> =
            others.iter().take(MOST).map(|name| format!("`{}`", sanitize::shown(name))).collect();
        if others.len() > MOST {
            names.push(format!("{} more", others.len() - MOST));
        }
        (!names.is_empty()).then(|| {
            let path = sanitize::path(path);
            Trouble::warning(
                format!(
                    "{path} sets AWS_PROFILE to {} for `aws`, but keys are loaded here, and the AWS CLI prefers keys: \
                     kubectl is not that profile",
                    names.join(", ")
                ),
                *cure,
            )
        })
    });
    Some(troubles.collect())
}

/// Returns the profile whose keys are loaded (empty if it has no name) and the fix; `None` if no keys are
/// loaded.
fn loaded(examined: &Examined<'_>) -> Option<(String, &'static str)> {
    let says = examined.folder.as_ref().and_then(|folder| folder.says(examined.ctx).ok());
    if let (Some(says), Ok(settings)) = (says, &examined.settings) {
        let profile = match says.target {
            TargetName::Profile(name) => name,
            TargetName::Role(_) => String::new(),
        };
        let cure = "set `export = profile` in .awsenv, or run `awsenv exec -p PROFILE -- kubectl ...`";
        return (settings.export_mode(says.export) != Export::Profile).then_some((profile, cure));
    }
    let cure = "run `unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN`";
    examined.ctx.env.has("AWS_ACCESS_KEY_ID").then(|| (String::new(), cure))
}

/// Returns the config files that kubectl reads.
fn paths(examined: &Examined<'_>) -> Vec<PathBuf> {
    match examined.ctx.env.get("KUBECONFIG").filter(|list| !list.is_empty()) {
        Some(list) => std::env::split_paths(list).filter(|path| path.is_absolute()).collect(),
        None => examined.ctx.home().map(|home| files::below(home, [".kube", "config"])).into_iter().collect(),
    }
}

fn read(path: &Path) -> Option<String> {
    let content = files::read(path, LARGEST).ok()?;
    Some(String::from_utf8_lossy(&content).into_owned())
}

/// Returns the values of `AWS_PROFILE` among the variables of a config in YAML or JSON, as far as programs
/// use these languages.
fn profiles(text: &str) -> Vec<String> {
    let pieces = text.replace(['{', '['], "\n- ").replace(['}', ']', ','], "\n");
    let entries: Vec<_> = pieces.lines().filter_map(entry).collect();
    let is_name = |(key, value, _): &(&str, &str, bool)| *key == "name" && *value == "AWS_PROFILE";
    let found = (0..entries.len()).filter(|at| is_name(&entries[*at])).filter_map(|at| {
        let after = entries.get(at + 1).filter(|(key, _, begins)| *key == "value" && !begins);
        let before = || {
            let begins = entries[at].2;
            entries.get(at.checked_sub(1)?).filter(|(key, ..)| *key == "value" && !begins)
        };
        after.or_else(before).map(|(_, value, _)| (*value).to_owned())
    });
    found.filter(|value| !value.is_empty()).collect()
}

/// Returns key and value of a line, and whether it begins an entry of a list.
fn entry(line: &str) -> Option<(&str, &str, bool)> {
    let line = line.trim();
    let (rest, begins) = line.strip_prefix('-').map_or((line, false), |rest| (rest.trim_start(), true));
    let (key, value) = rest.split_once(':')?;
    let value = value.split(" #").next().unwrap_or_default();
    Some((unquoted(key), unquoted(value), begins))
}

fn unquoted(word: &str) -> &str {
    let word = word.trim();
    let quoted = |quote: char| word.strip_prefix(quote)?.strip_suffix(quote);
    quoted('"').or_else(|| quoted('\'')).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::profiles;

    #[test]
    fn the_profiles_of_a_config_are_found_however_it_is_written() {
        let yaml = "\
users:
- name: AWS
  user:
    exec:
      args: [--region, eu-west-1, eks, get-token]
      command: aws
      env:
      - name: AWS_PROFILE
        value: one # a comment
      - name: OTHER
        value: no
      - value: \"two words\"
        name: AWS_PROFILE
      - name: AWS_PROFILE
      - name: X
        value: no
      interactiveMode: IfAvailable
- user: {exec: {env: [{name: AWS_PROFILE, value: 'three'}, {value: four, name: AWS_PROFILE}]}}
";
        assert_eq!(profiles(yaml), ["one", "two words", "three", "four"]);
        let json = r#"{"users": [{"user": {"exec": {"env": [{"name": "AWS_PROFILE", "value": "five"}]}}}]}"#;
        assert_eq!(profiles(json), ["five"]);
        assert!(profiles("name: AWS_PROFILE").is_empty() && profiles("\u{0}:{[").is_empty());
    }
}
