//! `awsenv keys list`: the keys that awsenv keeps in the keyring, without their secrets.

use anyhow::Result;
use serde_json::{Value, json};

use crate::cache::key_account;
use crate::commands::exit::Exit;
use crate::configure::key_profile;
use crate::keyring::{self, Entry};
use crate::shared_config::CleanContext;
use crate::shared_config::{self, SharedConfig};
use crate::system::context::Context;
use crate::terminal::{message, output};
use crate::text::table;

/// Prints the names, with the key id and the account of each, and the profiles that read it.
pub fn run(ctx: &Context, as_json: bool) -> Result<Exit> {
    let ctx = &CleanContext::new(ctx);
    let config = shared_config::load(ctx)?;
    let known: Vec<_> = config.profiles().filter_map(|profile| key_profile::name_of(&profile)).collect();
    let entries = keyring::list(ctx, &known)?;
    if as_json {
        let all: Value = entries.iter().map(|entry| as_value(ctx, &config, entry)).collect();
        output::print(format!("{all:#}\n").as_bytes())?;
    } else if entries.is_empty() {
        message::status(ctx, "awsenv keeps no keys in the keyring");
    } else {
        let rows: Vec<_> = entries.iter().map(|entry| row(ctx, &config, entry)).collect();
        let table = table::text(["NAME", "ACCESS KEY ID", "ACCOUNT", "PROFILES", ""], &rows);
        output::print(table.as_bytes())?;
        if entries.iter().any(|entry| entry.keys.is_none()) {
            message::hint(ctx, "run `awsenv keys unlock` to see all of it");
        }
    }
    Ok(Exit::Success)
}

fn profiles(config: &SharedConfig, name: &str) -> Vec<String> {
    let reads = config.profiles().filter(|profile| key_profile::name_of(profile).as_deref() == Some(name));
    reads.map(|profile| profile.name.to_owned()).collect()
}

fn id(entry: &Entry) -> Option<&str> {
    entry.keys.as_ref().map(|keys| keys.keys.access_key_id.as_str())
}

fn account(ctx: &Context, entry: &Entry) -> Option<String> {
    key_account::known(ctx, id(entry)?)
}

fn is_rotating(entry: &Entry) -> bool {
    entry.keys.as_ref().is_some_and(|keys| keys.rotation.is_some())
}

fn as_value(ctx: &Context, config: &SharedConfig, entry: &Entry) -> Value {
    json!({
        "name": entry.name,
        "access_key_id": id(entry),
        "account": account(ctx, entry),
        "profiles": profiles(config, &entry.name),
        "locked": entry.keys.is_none(),
        "rotating": is_rotating(entry),
    })
}

fn row(ctx: &Context, config: &SharedConfig, entry: &Entry) -> [String; 5] {
    let state = match (entry.keys.is_none(), is_rotating(entry)) {
        (true, _) => "locked",
        (false, true) => "rotation not finished",
        (false, false) => "",
    };
    [
        table::cell(Some(&entry.name)),
        table::cell(id(entry)),
        table::cell(account(ctx, entry).as_deref()),
        table::cell(Some(&profiles(config, &entry.name).join(", "))),
        state.to_owned(),
    ]
}
