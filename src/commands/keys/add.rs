//! `awsenv keys add NAME`: a pair of access keys into the keyring.

use std::io::Read as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use zeroize::Zeroizing;

use super::{
    Files, command, forget_sessions, identity, locked, still_accepted, store, tell_shells, unlocked,
};
use crate::commands::exit::Exit;
use crate::configure::key_profile;
use crate::failure::{Failure, FailureKind};
use crate::keyring;
use crate::keyring::stored_keys::StoredKeys;
use crate::system::context::Context;
use crate::system::interrupt::at_interrupt;
use crate::terminal::{Terminal, message};
use crate::text::sanitize;
use crate::values::credentials::Credentials;
use crate::values::secret_json::SecretJson;

/// How long a person may take for each key.
const PATIENCE: Duration = Duration::from_mins(10);
/// In bytes, for a pair of keys or its JSON.
const LONGEST_INPUT: usize = 64 * 1024;

/// Puts a pair into the keyring and makes the profile read it there. The pair is typed at the terminal,
/// hidden, or comes from standard input. An existing pair is replaced only with `replace`.
pub fn run(ctx: &Context, name: &str, stdin: bool, replace: bool) -> Result<Exit> {
    let Files { ctx, config } = &Files::to_write(ctx)?;
    key_profile::check_free(config, name)?;
    let program = key_profile::program(ctx)?;
    let _lock = locked(ctx, name)?;
    let before = existing(ctx, name, replace)?;
    let keys = if stdin { read_input()? } else { ask(ctx, name)? };
    check_long_lived(&keys)?;
    let whose = match identity(ctx, config, name, &keys) {
        Ok(identity) => identity.arn,
        Err(error) if Failure::kind_of(&error) == FailureKind::Unreachable => {
            message::warning_of(ctx, "could not try the keys", &error);
            "not tried".to_owned()
        }
        Err(error) => return Err(error.context("nothing was written")),
    };
    let id = keys.access_key_id.clone();
    store(ctx, name, &StoredKeys::new(keys))?;
    if replace {
        forget_sessions(ctx, config, name);
    }
    key_profile::point(ctx, name, &program)?;
    tell_shells(ctx);
    let (name, whose) = (sanitize::shown(name), sanitize::shown(&whose));
    message::status(ctx, &format!("the keys of profile `{name}` are in the keyring ({whose})"));
    let replaced: Vec<_> = before.iter().flat_map(StoredKeys::ids).filter(|other| *other != id).collect();
    if !replaced.is_empty() {
        message::hint(ctx, &still_accepted(&replaced));
    }
    Ok(Exit::Success)
}

/// Returns the keys that will be replaced, if any. The keyring is unlocked to find out. An error if there are
/// keys and `replace` is not set.
fn existing(ctx: &Context, name: &str, replace: bool) -> Result<Option<StoredKeys>> {
    unlocked(ctx)?;
    if replace {
        // Keys that cannot be read are replaced too.
        return Ok(keyring::read(ctx, name).unwrap_or_default());
    }
    if keyring::read(ctx, name)?.is_none() {
        return Ok(None);
    }
    let what =
        format!("could not add the keys `{}`: the keyring has keys of that name", sanitize::shown(name));
    Err(Failure::new(what).hint(format!("run `{} --replace`", command("add", name))).into())
}

fn ask(ctx: &Context, name: &str) -> Result<Credentials> {
    let terminal = Terminal::open().ok_or_else(|| {
        Failure::new("could not ask for the keys: there is no terminal")
            .hint(format!("run `{} --stdin`, and send it the pair", command("add", name)))
            .kind(FailureKind::Usage)
    })?;
    let again = terminal.again();
    let _interrupt = at_interrupt(move || {
        if let Some(terminal) = &again {
            terminal.restore();
            terminal.line("cancelled; nothing was written");
        }
    });
    let hidden = terminal.hide()?;
    let name = sanitize::shown(name);
    let ask = |question: &str| {
        hidden.ask(question, PATIENCE)?.filter(|typed| !typed.reveal().is_empty()).ok_or_else(|| {
            let failure = Failure::new("cancelled; nothing was written").kind(FailureKind::Cancelled);
            anyhow::Error::from(failure)
        })
    };
    let id = ask(&format!("access key id for profile `{name}` (not shown):"))?;
    let secret = ask("secret access key (not shown):")?;
    message::debug(ctx, || "a pair was typed".to_owned());
    Credentials::long_lived(id.reveal(), secret.reveal()).ok_or_else(|| no_pair().into())
}

fn no_pair() -> Failure {
    Failure::new("could not use the keys: they are not an access key id and a secret access key")
        .hint("copy both again, without blanks or quotes around them")
}

/// Reads two lines, or the JSON of `aws iam create-access-key` or of a `credential_process`.
fn read_input() -> Result<Credentials> {
    // Large enough that it never moves: only the last place is overwritten.
    let mut text = Zeroizing::new(String::with_capacity(LONGEST_INPUT + 1));
    std::io::stdin()
        .take(LONGEST_INPUT as u64)
        .read_to_string(&mut text)
        .context("could not read the keys from standard input")?;
    parse(&text).ok_or_else(|| {
        no_pair().hint("send the access key id and the secret access key in two lines, or as JSON").into()
    })
}

fn parse(text: &str) -> Option<Credentials> {
    let text = text.trim();
    if !text.starts_with('{') {
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let [id, secret] = lines[..] else { return None };
        return Credentials::long_lived(id, secret);
    }
    let json: SecretJson = serde_json::from_str(text).ok()?;
    let inner = ["AccessKey", "Credentials"].iter().find_map(|key| json.get(key)).unwrap_or(&json);
    let text = |key: &str| inner.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
    if !text("SessionToken").is_empty() {
        return None;
    }
    Credentials::long_lived(text("AccessKeyId"), text("SecretAccessKey"))
}

/// Fails for temporary keys, which expire within hours, and for anything else pasted in place of the id.
fn check_long_lived(keys: &Credentials) -> Result<()> {
    let id = keys.access_key_id.as_str();
    let is_id = (16..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_id {
        return Err(no_pair().into());
    }
    if id.starts_with("ASIA") {
        return Err(Failure::new("could not use the keys: they are temporary")
            .hint("only long-lived keys of an IAM user belong in the keyring")
            .into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_read_in_the_forms_that_tools_print() {
        let pair = |text: &str| parse(text).map(|keys| keys.access_key_id);
        let good = [
            "AKIAX\nsecret\n",
            "\r\n AKIAX\r\n\r\n secret \r\n",
            r#"{"Version": 1, "AccessKeyId": "AKIAX", "SecretAccessKey": "secret"}"#,
            r#"{"AccessKey": {"UserName": "a", "AccessKeyId": "AKIAX", "SecretAccessKey": "secret"}}"#,
        ];
        for text in good {
            assert_eq!(pair(text).as_deref(), Some("AKIAX"), "{text}");
        }
        let bad = [
            "",
            "AKIAX",
            "AKIAX\nsecret\nmore\n",
            "AKIAX\nse cret\n",
            "{",
            r#"{"AccessKeyId": "AKIAX"}"#,
            r#"{"AccessKeyId": "AKIAX", "SecretAccessKey": "secret", "SessionToken": "t"}"#,
        ];
        for text in bad {
            assert_eq!(pair(text), None, "{text}");
        }
    }
}
