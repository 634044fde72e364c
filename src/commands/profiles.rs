//! `awsenv profiles`: every profile, and what it comes down to.

use std::collections::HashMap;

use anyhow::Result;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::commands::exit::Exit;
use crate::exports::change;
use crate::shared_config;
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::Profile;
use crate::shared_config::region;
use crate::sources::Resolver;
use crate::sources::resolution::{Resolution, Store};
use crate::system::context::Context;
use crate::terminal::{message, output};
use crate::text::sanitize;
use crate::values::credentials::Credentials;

/// Prints the profiles in file order. A profile that cannot work is listed all the same.
pub fn run(ctx: &Context, as_json: bool) -> Result<Exit> {
    let ctx = &ctx.with_env(change::undone(&ctx.env));
    let config = shared_config::load(ctx)?;
    let mut logins = HashMap::new();
    let rows: Vec<Row> =
        config.profiles().map(|profile| Row::of(ctx, &config, profile, &mut logins)).collect();
    if as_json {
        let rows: Value = rows.iter().map(Row::json).collect();
        output::print(format!("{rows:#}\n").as_bytes())?;
    } else if rows.is_empty() {
        message::status(ctx, &format!("there are no profiles {}", config.places()));
        message::hint(ctx, SharedConfig::HINT_FOR_THE_FIRST);
    } else {
        output::print(table(&rows).as_bytes())?;
    }
    Ok(Exit::Success)
}

struct Row {
    name: String,
    kind: &'static str,
    account: Option<String>,
    role: Option<String>,
    region: Option<String>,
    login: Option<&'static str>,
}

impl Row {
    /// `logins` holds the states of logins that are known by now: thousands of profiles share a few, and each is read
    /// from disk once.
    fn of(
        ctx: &Context,
        config: &SharedConfig,
        profile: Profile<'_>,
        logins: &mut HashMap<String, &'static str>,
    ) -> Self {
        let selection = Resolver::new(ctx, config, profile).select().ok();
        let device = selection.as_ref().and_then(|selection| selection.device().cloned());
        let by_code = device.filter(|device| device.opens_session).map(|device| device.state(ctx));
        let (account, role, login) = match selection.as_ref().map(|selection| selection.resolution()) {
            Some(Resolution { account, role, login, store, .. }) => {
                let login = match (login, store) {
                    (Some(login), _) => Some(match logins.get(&login.token) {
                        Some(state) => *state,
                        None => *logins.entry(login.token.clone()).or_insert(login.state(ctx)),
                    }),
                    (None, Store::Login(_)) => Some(state(ctx, store.kept(ctx).as_ref())),
                    (None, _) => by_code,
                };
                (account.clone(), role.clone(), login)
            }
            None => (None, None, None),
        };
        Self {
            name: profile.name.to_owned(),
            kind: profile.kind().name(),
            account,
            role,
            region: region::of_profile(&profile).ok().flatten().map(|region| region.name),
            login,
        }
    }

    fn json(&self) -> Value {
        let Self { name, kind, account, role, region, login } = self;
        json!({ "name": name, "kind": kind, "account": account, "role": role, "region": region, "login": login })
    }

    fn cells(&self) -> [String; 6] {
        let or_dash = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), sanitize::shown);
        [
            sanitize::shown(&self.name),
            self.kind.to_owned(),
            or_dash(self.account.as_deref()),
            or_dash(self.role.as_deref()),
            or_dash(self.region.as_deref()),
            or_dash(self.login),
        ]
    }
}

/// Returns the state of a login of `aws login`, which gives these keys.
fn state(ctx: &Context, keys: Option<&Credentials>) -> &'static str {
    match keys {
        Some(keys) if keys.lasts(ctx.now(), TimeDelta::seconds(1)) => "alive",
        Some(_) => "expired",
        None => "none",
    }
}

fn table(rows: &[Row]) -> String {
    let header = ["PROFILE", "KIND", "ACCOUNT", "ROLE", "REGION", "LOGIN"].map(str::to_owned);
    let cells: Vec<[String; 6]> = std::iter::once(header).chain(rows.iter().map(Row::cells)).collect();
    let mut widths = [0; 6];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut table = String::new();
    for row in &cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line += &format!("{cell:width$}  ");
        }
        table += line.trim_end();
        table.push('\n');
    }
    table
}
