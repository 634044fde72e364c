//! `awsenv profiles`: every profile, with its account, role, region and login.

use anyhow::Result;
use serde_json::{Value, json};

use crate::commands::exit::Exit;
use crate::exports::change;
use crate::load::login_state::LoginStates;
use crate::shared_config;
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::Profile;
use crate::shared_config::region;
use crate::sources::Resolver;
use crate::system::context::Context;
use crate::terminal::{message, output};
use crate::text::search_words::SearchWords;
use crate::text::{sanitize, table};

/// Prints the profiles in file order, as far as the words fit. A profile that cannot work is listed all the same.
pub fn run(ctx: &Context, words: &[String], as_json: bool) -> Result<Exit> {
    let ctx = &ctx.with_env(change::undone(&ctx.env));
    let config = shared_config::load(ctx)?;
    let mut logins = LoginStates::default();
    let all = config.profiles().map(|profile| Row::new(ctx, &config, profile, &mut logins));
    let words = SearchWords::new(words);
    let rows: Vec<Row> = all.filter(|row| row.fits(&words)).collect();
    if as_json {
        let rows: Value = rows.iter().map(Row::json).collect();
        output::print(format!("{rows:#}\n").as_bytes())?;
    } else if rows.is_empty() && config.profiles().next().is_some() {
        message::status(ctx, "no profile fits");
    } else if rows.is_empty() {
        message::status(ctx, &format!("there are no profiles {}", config.places()));
        message::hint(ctx, SharedConfig::HINT_FOR_THE_FIRST);
    } else {
        output::print(lines(&rows).as_bytes())?;
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
    fn new(ctx: &Context, config: &SharedConfig, profile: Profile<'_>, logins: &mut LoginStates) -> Self {
        let selection = Resolver::new(ctx, config, profile).select().ok();
        let facts = selection.as_ref().map(|selection| selection.resolution());
        Self {
            name: profile.name.to_owned(),
            kind: profile.kind().name(),
            account: facts.and_then(|facts| facts.account.clone()),
            role: facts.and_then(|facts| facts.role.clone()),
            region: region::of_profile(&profile).ok().flatten().map(|region| region.name),
            login: selection.as_ref().and_then(|selection| logins.of(ctx, selection.as_ref())),
        }
    }

    fn fits(&self, words: &SearchWords) -> bool {
        words.fit(
            [Some(&self.name), self.account.as_ref(), self.role.as_ref()]
                .into_iter()
                .flatten()
                .map(String::as_str),
        )
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

fn lines(rows: &[Row]) -> String {
    let cells: Vec<_> = rows.iter().map(Row::cells).collect();
    let lines = table::lines(["PROFILE", "KIND", "ACCOUNT", "ROLE", "REGION", "LOGIN"], &cells);
    lines.iter().map(|line| format!("{line}\n")).collect()
}
