//! What awsenv makes of the AWS files, held against what the AWS CLI makes of them.

#![expect(clippy::expect_used, reason = "a test may panic, in its helper functions too")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use awsenv::profile::Profile;
use awsenv::shared_config::{Document, Presence, Property, Section, SharedConfig};
use serde_json::{Map, Value, json};

/// Cases that the reader inside AWS CLI 2.23.6 (Debian 13, Python 3.13) answered.
const RECORDED: &str = include_str!("profiles.jsonl");

#[test]
fn recorded_files_are_read_as_the_aws_cli_read_them() {
    assert_eq!(compare(RECORDED), 160);
}

/// `AWSENV_ORACLE_PYTHON` names a Python that has botocore or the AWS CLI v2 (default `python3`),
/// `AWSENV_ORACLE_SEED` and `AWSENV_ORACLE_COUNT` choose the cases.
#[test]
fn fresh_files_are_read_as_the_aws_cli_reads_them() {
    let python = setting("AWSENV_ORACLE_PYTHON");
    let count = setting("AWSENV_ORACLE_COUNT").unwrap_or_else(|| "300".into());
    let seed = setting("AWSENV_ORACLE_SEED").unwrap_or_else(|| "2".into());
    let command = python.as_deref().unwrap_or("python3");
    let mut words = command.split(' ');
    let output = Command::new(words.next().unwrap_or_default())
        .args(words)
        .args([concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/profiles.py"), &seed, &count])
        .stderr(Stdio::null())
        .output();
    match output {
        Ok(output) if output.status.success() => {
            let cases = String::from_utf8(output.stdout).expect("the script prints JSON");
            assert_eq!(compare(&cases).to_string(), count);
        }
        failed if python.is_some() => panic!("`{command}` cannot run the script: {failed:?}"),
        // Written past the test harness, which would swallow it.
        _ => writeln!(
            std::io::stderr(),
            "skipped: `{command}` has no botocore that knows `services`, nor the AWS CLI v2"
        )
        .unwrap(),
    }
}

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Compares every case and returns how many there were.
fn compare(cases: &str) -> usize {
    for (index, line) in cases.lines().enumerate() {
        let case: Value = serde_json::from_str(line).expect("a case is JSON");
        let ours = ours(&case);
        assert_eq!(ours, case["expected"], "case {}: {line}", index + 1);
    }
    cases.lines().count()
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

fn document(content: &Value) -> Result<Document, awsenv::shared_config::ScanError> {
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
