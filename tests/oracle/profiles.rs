//! Which profiles and keys are in generated files.

use awsenv::shared_config::profile::Profile;
use awsenv::shared_config::{Document, Presence, Property, ScanError, Section, SharedConfig};
use serde_json::{Map, Value, json};

/// Cases that the reader inside AWS CLI 2.23.6 (Debian 13, Python 3.13) answered.
const RECORDED: &str = include_str!("profiles.jsonl");

#[test]
fn recorded_files_are_read_as_the_aws_cli_read_them() {
    assert_eq!(crate::compare(RECORDED, ours), 160);
}

#[test]
fn fresh_files_are_read_as_the_aws_cli_reads_them() {
    crate::compare_fresh("profiles.py", 150, ours);
}

/// What awsenv sees, in the form of the script's answer; null if it refuses the files.
fn ours(case: &Value) -> Value {
    let (Ok(config), Ok(credentials)) = (document(&case["config"]), document(&case["credentials"])) else {
        return Value::Null;
    };
    let config = SharedConfig::new(config, credentials);
    let own = config.profiles().filter_map(|p| Some((p.name.to_owned(), keys(p.config?.properties()))));
    let raw = config.credentials().sections().map(|s| (s.header().to_owned(), keys(s.properties())));
    json!({
        "profiles": config.profiles().map(profile).collect::<Value>(),
        "sso_sessions": named(config.sso_sessions(), |name| config.sso_session(name)),
        "services": named(config.services_names(), |name| config.services(name)),
        "config": own.collect::<Value>(),
        "credentials": raw.collect::<Value>(),
    })
}

fn named<'a>(names: impl Iterator<Item = &'a str>, find: impl Fn(&'a str) -> Option<Section<'a>>) -> Value {
    names.filter_map(|name| Some((name.to_owned(), keys(find(name)?.properties())))).collect()
}

fn document(content: &Value) -> Result<Document, ScanError> {
    let bytes = match content {
        Value::Null => return Ok(Document::empty("/f", Presence::Missing)),
        Value::String(text) => text.clone().into_bytes(),
        other => from_hex(other["hex"].as_str().expect("a file is text or hex")),
    };
    Document::parse("/f", bytes)
}

fn from_hex(hex: &str) -> Vec<u8> {
    let pairs = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hex")).collect()
}

fn profile(profile: Profile<'_>) -> Value {
    let merged = keys(profile.properties());
    for (key, value) in merged.as_object().expect("an object") {
        let found = profile.get(key).map(|property| self::value(property));
        assert_eq!(found.as_ref(), Some(value), "`get` and `properties` agree");
    }
    json!([profile.name, merged])
}

fn keys<'a>(properties: impl Iterator<Item = Property<'a>>) -> Value {
    properties.map(|property| (property.name().to_owned(), value(property))).collect()
}

fn value(property: Property<'_>) -> Value {
    match property.block() {
        Some(block) => {
            block.map(|key| (key.name().to_owned(), json!(key.text()))).collect::<Map<_, _>>().into()
        }
        None => json!(property.text()),
    }
}
