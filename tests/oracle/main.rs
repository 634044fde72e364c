//! What awsenv makes of the AWS files, held against what the AWS CLI and botocore make of them.
//!
//! Cases are recorded beside this file. Fresh ones are made where a Python with botocore is found:
//! `AWSENV_ORACLE_PYTHON` names another than `python3`, or one that has the AWS CLI v2; `AWSENV_ORACLE_SEED`
//! and `AWSENV_ORACLE_COUNT` choose which cases and how many, `AWSENV_ORACLE_PROGRAM` another awsenv. The
//! script comes by standard input, so that the Python may be one that does not see this folder.

#![expect(clippy::expect_used, reason = "a test may panic, in its helper functions too")]

mod profiles;
mod resolve;
mod settings;
mod stand_in;

use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Compares every case of `cases`, one JSON object per line, and returns how many there were. `ours` makes
/// awsenv's answer from a case.
fn compare(cases: &str, ours: impl Fn(&Value) -> Value) -> usize {
    for (index, line) in cases.lines().enumerate() {
        let case: Value = serde_json::from_str(line).expect("a case is JSON");
        assert_eq!(ours(&case), case["expected"], "case {}: {line}", index + 1);
    }
    cases.lines().count()
}

/// Lets the script make `count` cases and compares them; says so where no Python can run it.
fn compare_fresh(script: &str, count: usize, ours: impl Fn(&Value) -> Value) {
    with_fresh(script, "python3", count, |cases| compare(cases, ours));
}

/// [`compare_fresh`] with a comparison of its own, which returns how many cases there were, and a Python to
/// fall back on.
fn with_fresh(script: &str, default: &str, count: usize, compare: impl FnOnce(&str) -> usize) {
    let python = setting("AWSENV_ORACLE_PYTHON");
    let count = setting("AWSENV_ORACLE_COUNT").unwrap_or_else(|| count.to_string());
    let seed = setting("AWSENV_ORACLE_SEED").unwrap_or_else(|| "2".into());
    let command = python.as_deref().unwrap_or(default);
    let mut words = command.split(' ');
    let text = File::open(format!("{}/tests/oracle/{script}", env!("CARGO_MANIFEST_DIR")));
    let output = Command::new(words.next().unwrap_or_default())
        .args(words)
        .args(["-", &seed, &count])
        .stdin(text.expect("the script is there"))
        .stderr(Stdio::null())
        .output();
    match output {
        Ok(output) if output.status.success() => {
            let cases = String::from_utf8(output.stdout).expect("the script prints JSON");
            writeln!(std::io::stderr(), "{script} with seed {seed} and {count} cases").expect("it is open");
            assert_eq!(compare(&cases).to_string(), count);
        }
        failed if python.is_some() => panic!("`{command}` cannot run {script}: {failed:?}"),
        // Written past the test harness, which would swallow it.
        _ => writeln!(std::io::stderr(), "skipped: `{command}` has no botocore that {script} can use")
            .expect("standard error is open"),
    }
}

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
