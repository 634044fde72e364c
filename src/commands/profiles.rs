//! `awsenv profiles`: every profile, with its account, role, region and login.

use anyhow::Result;
use serde_json::{Value, json};

use crate::commands::exit::Exit;
use crate::load::confirm_match::Guards;
use crate::load::login_state::LoginStates;
use crate::load::profile_colour;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::Profile;
use crate::shared_config::region;
use crate::sources::Resolver;
use crate::system::context::Context;
use crate::terminal::{colour, message, output};
use crate::text::search_words::SearchWords;
use crate::text::{sanitize, table};
use crate::values::validity::Validity;

/// Prints the profiles in file order; with words, only those that they fit. Broken profiles are listed too.
pub fn run(ctx: &Context, words: &[String], as_json: bool) -> Result<Exit> {
    let settings = Settings::load(ctx)?;
    let ctx = &CleanContext::new(ctx);
    let config = ctx.config()?;
    let mut logins = LoginStates::default();
    let guards = Guards::new(config, &settings.confirm);
    let all = config.profiles().map(|profile| Row::new(ctx, config, &guards, profile, &mut logins));
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
        output::print(lines(ctx, &settings, &rows).as_bytes())?;
    }
    Ok(Exit::Success)
}

struct Row {
    name: String,
    kind: &'static str,
    account: Option<String>,
    role: Option<String>,
    region: Option<String>,
    login: Option<Validity>,
    guarded: bool,
}

impl Row {
    fn new(
        ctx: &CleanContext,
        config: &SharedConfig,
        guards: &Guards,
        profile: Profile<'_>,
        logins: &mut LoginStates,
    ) -> Self {
        let selection = Resolver::new(ctx, config, profile).select().ok();
        let resolution = selection.as_ref().map(|selection| selection.resolution());
        let account = resolution.and_then(|resolution| resolution.account.clone());
        let role = resolution.and_then(|resolution| resolution.role.clone());
        Self {
            name: profile.name.to_owned(),
            kind: profile.kind().name(),
            guarded: guards.guards(ctx, profile.name, account.as_deref(), role.as_deref()),
            account,
            role,
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
        let Self { name, kind, account, role, region, login, guarded } = self;
        let login = login.map(Validity::word);
        json!({
            "name": name, "kind": kind, "account": account, "role": role, "region": region, "login": login,
            "guarded": guarded,
        })
    }

    fn cells(&self) -> [String; 7] {
        [
            sanitize::shown(&self.name),
            self.kind.to_owned(),
            table::cell(self.account.as_deref()),
            table::cell(self.role.as_deref()),
            table::cell(self.region.as_deref()),
            table::cell(self.login.map(Validity::word)),
            if self.guarded { "guarded" } else { "" }.to_owned(),
        ]
    }
}

fn lines(ctx: &Context, settings: &Settings, rows: &[Row]) -> String {
    let cells: Vec<_> = rows.iter().map(Row::cells).collect();
    let lines = table::lines(["PROFILE", "KIND", "ACCOUNT", "ROLE", "REGION", "LOGIN", ""], &cells);
    let is_coloured = output::is_coloured(ctx);
    let colour = |row: &Row| {
        let (account, role) = (row.account.as_deref(), row.role.as_deref());
        profile_colour::of(settings, &row.name, account, role, row.guarded).filter(|_| is_coloured)
    };
    let colours = std::iter::once(None).chain(rows.iter().map(colour));
    lines.iter().zip(colours).map(|(line, colour)| format!("{}\n", colour::painted(colour, line))).collect()
}
