//! Docker's `config.json`: registries are put into its `credHelpers`, and every other byte stays.
//!
//! ```json
//! {
//!   "credHelpers": {
//!     "111122223333.dkr.ecr.eu-west-1.amazonaws.com": "awsenv"
//!   }
//! }
//! ```

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::system::context::Context;
use crate::system::files;
use crate::text::{json_span, sanitize};

/// The helper's name in Docker's file.
pub const HELPER: &str = "awsenv";
/// The program that Docker runs for it.
pub const PROGRAM: &str = "docker-credential-awsenv";

const KEY: &str = "credHelpers";
/// How often the change is made again because another program has written in between.
const ATTEMPTS: usize = 20;
/// In bytes; Docker's own files are far smaller.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Makes awsenv Docker's credential helper for these registries. Returns the file, and whether it was
/// changed.
pub fn add(ctx: &Context, hosts: &[String]) -> Result<(PathBuf, bool)> {
    let path = path(ctx)?;
    for _ in 0..ATTEMPTS {
        let real = files::follow(&path);
        let before = read(&real)?;
        let text = before.as_deref().unwrap_or_default();
        let after = with_helpers(text, hosts)
            .with_context(|| format!("could not change {}", sanitize::path(&path)))?;
        if after == text {
            return Ok((path, false));
        }
        if files::rewrite(&real, after.as_bytes(), before.as_ref().map(String::as_bytes))? {
            return Ok((path, true));
        }
    }
    let path = sanitize::path(&path);
    Err(Failure::new(format!("could not change {path}: another program keeps changing it")).into())
}

/// Returns Docker's file: in `DOCKER_CONFIG`, else in `~/.docker`.
fn path(ctx: &Context) -> Result<PathBuf> {
    let folder = match ctx.env.get("DOCKER_CONFIG").filter(|folder| !folder.is_empty()) {
        Some(folder) => ctx.cwd.as_deref().unwrap_or(Path::new("/")).join(folder),
        None => files::below(ctx.home()?, [".docker"]),
    };
    Ok(folder.join("config.json"))
}

fn read(path: &Path) -> Result<Option<String>> {
    let cannot = || format!("could not read {}", sanitize::path(path));
    let (content, metadata) = match files::read_regular(path, LARGEST) {
        Ok(read) => read,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(cannot),
    };
    let text = if !metadata.is_file() {
        Err(Failure::new("it is no regular file"))
    } else if content.len() as u64 > LARGEST {
        Err(Failure::new("it is larger than 16 MiB"))
    } else {
        String::from_utf8(content).map_err(|_| Failure::new("it is not UTF-8"))
    };
    Ok(Some(text.with_context(cannot)?))
}

/// Returns the text with the registries in `credHelpers`. An error if that would change anything else.
fn with_helpers(text: &str, hosts: &[String]) -> Result<String> {
    let wrong = || Failure::new("it is no JSON object").hint("correct it, or move it away");
    if text.trim().is_empty() {
        let helpers: Map<String, Value> = hosts.iter().map(|host| (host.clone(), json!(HELPER))).collect();
        return Ok(tabbed(&json!({ KEY: helpers }))? + "\n");
    }
    let mut wanted: Value = serde_json::from_str(text).map_err(|_| wrong())?;
    let object = wanted.as_object_mut().ok_or_else(wrong)?;
    let helpers = object.entry(KEY).or_insert_with(|| json!({}));
    let helpers = helpers.as_object_mut().ok_or_else(|| Failure::new(format!("its `{KEY}` is no object")))?;
    helpers.extend(hosts.iter().map(|host| (host.clone(), json!(HELPER))));
    let mut text = text.to_owned();
    for host in hosts {
        text = json_span::with_member(&text, KEY, host, HELPER).ok_or_else(wrong)?;
    }
    // A file with odd JSON, such as a key that stands twice, could mean something else now.
    if serde_json::from_str::<Value>(&text).ok().as_ref() != Some(&wanted) {
        return Err(Failure::new(format!("its `{KEY}` could not be extended"))
            .hint(format!("write `\"{}\": \"{HELPER}\"` into it yourself", hosts.join("\", \"")))
            .into());
    }
    Ok(text)
}

fn tabbed(value: &Value) -> Result<String> {
    let mut out = Vec::new();
    let form = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    serde::Serialize::serialize(value, &mut serde_json::Serializer::with_formatter(&mut out, form))?;
    Ok(String::from_utf8(out)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str, hosts: &[&str]) -> String {
        let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        with_helpers(text, &hosts).unwrap()
    }

    #[test]
    fn a_new_file_is_as_docker_writes_it() {
        assert_eq!(added(" \n", &["a"]), "{\n\t\"credHelpers\": {\n\t\t\"a\": \"awsenv\"\n\t}\n}\n");
    }

    #[test]
    fn every_other_byte_stays() {
        let file = "{\n  \"z\": 1.50,\n  \"auths\": { \"x}\": {\"auth\": \"q\\\"{\"} },\n  \"a\": [1, {\"credHelpers\": {}}]\n}\n";
        let once = added(file, &["h"]);
        assert_eq!(
            once,
            file.replace("{}}]\n}", "{}}],\n  \"credHelpers\": {\n    \"h\": \"awsenv\"\n  }\n}")
        );
        assert_eq!(added(&once, &["h"]), once, "nothing to do");
        assert_eq!(
            added(&once, &["i"]),
            once.replace("\"h\": \"awsenv\"", "\"h\": \"awsenv\",\n    \"i\": \"awsenv\"")
        );
        let other = once.replace("\"awsenv\"", "\"ecr-login\"");
        assert_eq!(added(&other, &["h"]), once, "another helper gives way");
        assert_eq!(added("{}", &["h"]), "{\n\t\"credHelpers\": {\n\t\t\"h\": \"awsenv\"\n\t}\n}");
        assert_eq!(
            added("{\"credHelpers\":{}, \"b\":1}", &["h"]),
            "{\"credHelpers\":{\"h\": \"awsenv\"}, \"b\":1}"
        );
        let inline = added("{\"credHelpers\":{\"g\":\"x\"}}", &["h"]);
        assert_eq!(
            serde_json::from_str::<Value>(&inline).unwrap()["credHelpers"],
            json!({"g": "x", "h": "awsenv"})
        );
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in [
            "[]",
            "{",
            "1",
            "{\"credHelpers\": []}",
            "{} {}",
            "{\"credHelpers\": {}, \"credHelpers\": {\"a\": \"b\"}}",
        ] {
            let answer = with_helpers(text, &["h".to_owned()]);
            let is_refused = answer.is_err();
            assert!(is_refused || text.matches(KEY).count() == 2, "{text}");
        }
    }
}
