//! Which profiles, region and credentials there are in generated homes, and what is in the caches afterwards.
//!
//! awsenv itself runs here: `profiles --json`, and `exec` with a command that prints its environment.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use awsenv::text::timestamp;
use chrono::{Datelike as _, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::stand_in;

/// Cases that botocore 1.44 answered, with the AWS CLI's caches and variables.
const RECORDED: &str = include_str!("resolve.jsonl");

/// The list for people. Each reason below is the first cell of a row in it.
const LIST: &str = include_str!("../../docs/differences.md");

/// Where awsenv means to differ from the AWS CLI: how, and whether a case that differs does for that reason.
///
/// One more is applied by resolve.py: a profile's own region goes before that of the environment, so that a
/// folder's account comes with its own region.
const DIFFERENCES: &[(&str, IsMeant)] = &[
    ("a region that can be no host name, such as `us_east_1`", |difference| {
        difference.we_say("invalid region")
    }),
    ("a key that is empty", |difference| {
        difference.we_say("_key_id` is empty") || difference.we_say("_access_key` is empty")
    }),
    ("`region =` (empty) with an endpoint of your own", |difference| {
        let none = difference.case.value["expected"]["region"] == "";
        none && difference.we_say("a custom endpoint needs a region")
    }),
    ("`role_arn` that is empty or no ARN, even if somebody cached it", |difference| {
        difference.we_say("`role_arn` is empty")
    }),
    ("a key that is a block of nested keys", |difference| {
        difference.we_say("it holds nested keys, not text")
    }),
    ("a key that goes on over several lines", |difference| difference.we_say("goes on over several lines")),
    ("an access key, secret key or session token with a letter that is not ASCII", |difference| {
        difference.we_say("holds a character that no key has")
    }),
    ("a role that is cached", |difference| {
        let ends_below = difference.has("role") && !difference.has("mfa");
        ends_below && difference.they_fail() && difference.fails_without_entries()
    }),
    ("cached keys with less than 15 minutes left, where new ones need an MFA code", |difference| {
        difference.has("mfa") && difference.they_fail() && difference.fails_without_entries()
    }),
    ("a token that is `null` before it expires, beside a refresh token", |difference| {
        difference.they_say("Invalid type for parameter accessToken, value: None")
    }),
    ("`s3 =` without nested keys", |difference| {
        difference.they_say("AttributeError: 'str' object has no attribute 'get'")
            && difference.case.value["files"].to_string().contains("s3")
    }),
    (
        "an SSO session that does not exist or is not whole, in a profile whose keys are cached",
        |difference| {
            difference.we_say("could not find the SSO session") || difference.we_say("in the SSO session `")
        },
    ),
    ("a login whose file names another start URL or region than the session", |difference| {
        difference.we_say("is one to another place")
    }),
];

/// What an AWS CLI of Debian 12 (2.9) says where it fails by a fault that was mended since: an SSO role as
/// the source of a role, for which it takes the session of the profile that was asked for, if that one names
/// any.
const OLD_FAULTS: [&str; 2] =
    ["'NoneType' object has no attribute 'get_frozen_token'", "Error loading SSO Token: Token for"];

#[test]
fn every_difference_is_in_the_list_for_people() {
    for (reason, _) in DIFFERENCES {
        assert!(LIST.contains(&format!("\n| {reason} |")), "{reason}");
    }
}

/// Says whether a case that differs does for this reason.
type IsMeant = fn(&Difference) -> bool;

/// A case in which awsenv differs, with what both say on standard error.
struct Difference<'a> {
    case: &'a Case,
    theirs: &'a str,
    ours: &'a str,
    /// The answer that awsenv should have given.
    expected: &'a Value,
    /// The stand-in of AWS.
    url: &'a str,
}

impl Difference<'_> {
    /// Returns whether the profile rests on one of this kind.
    fn has(&self, kind: &str) -> bool {
        strings(&self.case.value["kinds"]).iter().any(|has| has == kind)
    }

    /// Returns whether awsenv found something, and finds nothing once the cache is empty.
    fn fails_without_entries(&self) -> bool {
        let emptied = self.case.without(|path| path.contains("cli/cache"));
        self.ours.is_empty() && ours(&emptied, self.url).0["credentials"] == json!({"error": true})
    }

    fn they_fail(&self) -> bool {
        self.expected["credentials"] == json!({"error": true})
    }

    fn they_say(&self, text: &str) -> bool {
        self.theirs.contains(text)
    }

    fn we_say(&self, text: &str) -> bool {
        self.ours.contains(text)
    }
}

/// How many awsenvs run at once.
const WORKERS: usize = 4;

#[test]
fn recorded_homes_resolve_as_they_did_for_botocore() {
    assert_eq!(compare(RECORDED), RECORDED.lines().count());
}

#[test]
fn fresh_homes_resolve_as_they_do_for_the_aws_cli() {
    // The AWS CLI of Debian is one for Debian's own Python.
    crate::with_fresh("resolve.py", "/usr/bin/python3", 120, compare);
}

struct Case {
    number: usize,
    value: Value,
}

impl Case {
    /// Returns the case without the files whose path `drops` says so of.
    fn without(&self, drops: impl Fn(&str) -> bool) -> Self {
        let mut value = self.value.clone();
        value["files"].as_object_mut().expect("an object").retain(|path, _| !drops(path));
        Self { number: self.number, value }
    }
}

/// Compares every case, says how many of each kind there were, and fails with all that differ.
fn compare(cases: &str) -> usize {
    let all: Vec<Case> = cases
        .lines()
        .enumerate()
        .map(|(index, line)| Case { number: index + 1, value: serde_json::from_str(line).expect("a case") })
        .collect();
    let (url, next) = (stand_in::start(), AtomicUsize::new(0));
    let work = || {
        let mut done = Vec::new();
        while let Some(case) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(verdict(case, &url));
        }
        done
    };
    let verdicts: Vec<Verdict> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker ends")).collect()
    });
    let mut counts = BTreeMap::<&str, usize>::new();
    for verdict in &verdicts {
        for kind in &verdict.kinds {
            *counts.entry(kind).or_default() += 1;
        }
    }
    writeln!(std::io::stderr(), "compared: {counts:?}").expect("standard error is open");
    let differing: Vec<&str> = verdicts.iter().filter_map(|verdict| verdict.difference.as_deref()).collect();
    assert!(differing.is_empty(), "{} of {} differ\n{}", differing.len(), all.len(), differing.join("\n"));
    all.len()
}

/// What came of a case: the kinds that it counts for, and how awsenv differs.
struct Verdict {
    kinds: Vec<String>,
    difference: Option<String>,
}

fn verdict(case: &Case, url: &str) -> Verdict {
    let kinds: Vec<String> = strings(&case.value["kinds"]);
    let (mut ours, note) = ours(case, url);
    let mut theirs = case.value["expected"].clone();
    let outcome = if theirs["credentials"].get("error").is_none() { "keys" } else { "errors" };
    let why = theirs["credentials"].get("error").cloned().unwrap_or_default();
    if why.is_string() {
        // Which error it is differs in words, and what a failed run leaves in the caches is its own affair.
        theirs["credentials"] = json!({"error": true});
        theirs["caches"] = Value::Null;
        theirs["region"] = Value::Null;
    } else if theirs["credentials"]["token"] == "" {
        // awsenv exports no empty variable.
        theirs["credentials"]["token"] = Value::Null;
    }
    if theirs["region"] == "" {
        theirs["region"] = Value::Null;
    }
    if let Some(lacks) = case.value.get("lacks") {
        for name in strings(lacks) {
            forget(&mut ours["caches"], &name);
            forget(&mut theirs["caches"], &name);
        }
    }
    let said = why.as_str().unwrap_or_default();
    let is_old = case.value.get("old").is_some_and(|old| old == true);
    if is_old && theirs != ours && OLD_FAULTS.iter().any(|fault| said.contains(fault)) {
        return Verdict { kinds: vec!["a fault of an old AWS CLI".to_owned()], difference: None };
    }
    let differs = Difference { case, theirs: said, ours: &note, expected: &theirs, url };
    if theirs != ours
        && theirs["profiles"] == ours["profiles"]
        && !both_give_other_keys(&theirs, &ours)
        && let Some((reason, _)) = DIFFERENCES.iter().find(|(_, is_meant)| is_meant(&differs))
    {
        return Verdict { kinds: vec![format!("meant to differ: {reason}")], difference: None };
    }
    let parts = differences("", &theirs, &ours);
    let difference = (!parts.is_empty()).then(|| {
        let files: String = object(&case.value["files"])
            .iter()
            .map(|(path, text)| format!("  {path}\n    {text}\n"))
            .collect();
        format!(
            "case {}: {}\n  env {}\n{files}{parts}  theirs say {why}, ours {note:?}",
            case.number, case.value["profile"], case.value["env"]
        )
    });
    Verdict { kinds: kinds.into_iter().map(|kind| format!("{kind}, {outcome}")).collect(), difference }
}

/// Returns whether there are keys on both sides, and not the same.
fn both_give_other_keys(theirs: &Value, ours: &Value) -> bool {
    let are_keys = |answer: &Value| answer["credentials"].get("error").is_none();
    are_keys(theirs) && are_keys(ours) && theirs["credentials"] != ours["credentials"]
}

/// Says where two answers differ, down to the value.
fn differences(place: &str, theirs: &Value, ours: &Value) -> String {
    if theirs == ours {
        return String::new();
    }
    let (Value::Object(left), Value::Object(right)) = (theirs, ours) else {
        return format!("  at{place}\n    theirs {theirs}\n    ours   {ours}\n");
    };
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let below = |name: &String| {
        let side = |side: &Map<String, Value>| side.get(name).cloned().unwrap_or_default();
        differences(&format!("{place} {name}"), &side(left), &side(right))
    };
    names.into_iter().map(below).collect()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().expect("an array").iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Puts the case on disk and lets awsenv answer, in the form of the script's answer; with what it said on
/// standard error.
fn ours(case: &Case, url: &str) -> (Value, String) {
    let folder = tempfile::Builder::new().prefix("awsenv-resolve-").tempdir().expect("a folder");
    let home = folder.path().canonicalize().expect("the folder is there");
    let fill = |text: &str| filled(text, &home.to_string_lossy(), url);
    for (path, text) in object(&case.value["files"]) {
        let path = home.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, fill(text.as_str().expect("a text"))).expect("a file");
    }
    let profile = case.value["profile"].as_str().expect("a name");
    let program = crate::setting("AWSENV_ORACLE_PROGRAM");
    let run = |arguments: &[&str]| {
        let mut command = Command::new("/usr/bin/setsid");
        command
            .arg(program.as_deref().unwrap_or(env!("CARGO_BIN_EXE_awsenv")))
            .args(arguments)
            .current_dir(&home)
            .env_clear();
        command.env("HOME", &home).env("LANG", "C.UTF-8").stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        // What is sent to the real AWS goes nowhere.
        command.env("https_proxy", "http://127.0.0.1:9").env("no_proxy", "127.0.0.1");
        for (name, value) in object(&case.value["env"]) {
            command.env(name, fill(value.as_str().expect("a text")));
        }
        let output = command.output().expect("awsenv starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let (listed, rows, _) = run(&["profiles", "--json"]);
    let names = if listed { profiles(&rows) } else { Value::Null };
    let (got, variables, note) = run(&["exec", "--profile", profile, "--", "/usr/bin/env", "-0"]);
    if !got {
        return (
            json!({"profiles": names, "region": null, "credentials": {"error": true}, "caches": null}),
            note,
        );
    }
    let variables: BTreeMap<&str, &str> =
        variables.split('\0').filter_map(|line| line.split_once('=')).collect();
    let variable = |name: &str| json!(variables.get(name));
    let expiration = variables.get("AWS_CREDENTIAL_EXPIRATION").map(|text| instant(text));
    let keys = json!({
        "id": variable("AWS_ACCESS_KEY_ID"),
        "secret": variable("AWS_SECRET_ACCESS_KEY"),
        "token": variable("AWS_SESSION_TOKEN"),
        "expiration": expiration,
    });
    let answer = json!({"profiles": names, "region": variable("AWS_REGION"), "credentials": keys, "caches": caches(&home)});
    (answer, note)
}

/// Takes a key out of all credentials in the caches.
fn forget(caches: &mut Value, name: &str) {
    let entries = caches.as_object_mut().into_iter().flat_map(Map::values_mut);
    for keys in entries.filter_map(|entry| entry.get_mut("Credentials")?.as_object_mut()) {
        keys.remove(name);
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

fn profiles(rows: &str) -> Value {
    let rows: Value = serde_json::from_str(rows).expect("`profiles --json` prints JSON");
    rows.as_array().expect("an array").iter().map(|row| row["name"].clone()).collect()
}

/// Puts this run's paths, URL and times into a text.
fn filled(text: &str, home: &str, url: &str) -> String {
    let text = text.replace("{home}", home).replace("{aws}", url);
    let mut parts = text.split("{+");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (seconds, rest) = part.split_once('}').expect("a time");
        let later = Utc::now() + TimeDelta::seconds(seconds.parse().expect("seconds"));
        filled += &later.to_rfc3339_opts(SecondsFormat::Secs, true);
        filled += rest;
    }
    filled
}

/// Returns a time in one form; one that depends on when the case ran as `soon`.
fn instant(text: &str) -> String {
    let moment = timestamp::parse(text).expect("a time");
    match moment.year() {
        2022..2090 => "soon".into(),
        _ => moment.to_rfc3339_opts(SecondsFormat::Secs, true),
    }
}

/// Returns what is in the caches; of the reply's metadata, only that there is some.
fn caches(home: &Path) -> Value {
    let mut found = Map::new();
    for folder in ["sso/cache", "cli/cache"] {
        let Ok(entries) = fs::read_dir(home.join(".aws").join(folder)) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().into_string().expect("a plain name");
            if Path::new(&name).extension() != Some("json".as_ref()) {
                continue;
            }
            let text = fs::read_to_string(entry.path()).expect("a file");
            let mut content: Value = serde_json::from_str(&text).expect("JSON");
            normalize(&mut content);
            if let Some(keys) = content.get_mut("Credentials") {
                normalize(keys);
            }
            if let Some(metadata) = content.get_mut("ResponseMetadata") {
                *metadata = object(metadata).keys().cloned().collect();
            }
            found.insert(format!("{folder}/{name}"), content);
        }
    }
    found.into()
}

fn normalize(entry: &mut Value) {
    for field in ["Expiration", "expiresAt", "registrationExpiresAt"] {
        if let Some(Value::String(text)) = entry.get_mut(field) {
            *text = instant(text);
        }
    }
}
