//! `awsenv accounts`: the accounts and roles that the login may use, and the profile that each has.

use std::collections::HashMap;

use anyhow::Result;
use serde_json::{Value, json};

use crate::commands::exit::Exit;
use crate::configure::assignment::Assignment;
use crate::load::assigned_roles;
use crate::load::confirm_match::Guards;
use crate::load::profile_colour;
use crate::load::session_argument::{Purpose, SessionArgument};
use crate::login::{Login, LoginOptions};
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::SharedConfig;
use crate::shared_config::sso_session::{SsoSession, SsoSettings};
use crate::system::context::Context;
use crate::terminal::{colour, message, output};
use crate::text::search_words::SearchWords;
use crate::text::{sanitize, table};
use crate::values::start_url;

/// Prints the accounts and roles that Identity Center assigns to the person; with words, only those that they
/// fit.
pub fn run(ctx: &Context, named: &SessionArgument, words: &[String], as_json: bool) -> Result<Exit> {
    let settings = Settings::load(ctx)?;
    let ctx = &CleanContext::new(ctx);
    let config = ctx.config()?;
    let (session, profile) = named.find_to(Purpose::List, ctx, &settings, config)?;
    let login = Login::new(ctx, session.clone(), profile.as_ref(), config)?;
    let token = || match LoginOptions::of(&settings) {
        Some(how) => login.ensure(&how),
        None => login.token(),
    };
    let found = assigned_roles::list(ctx, config, &login, &session, profile.as_ref(), &token)?;
    for left_out in &found.left_out {
        message::warning(ctx, &format!("{left_out} is left out: no profile could be written for it"));
    }
    let words = SearchWords::new(words);
    let fits = |one: &Assignment| {
        let name = one.account.name.as_deref().unwrap_or_default();
        words.fit([name, &one.account.id, &one.role])
    };
    let is_empty = found.assignments.is_empty();
    let fitting: Vec<Assignment> = found.assignments.into_iter().filter(fits).collect();
    let profiles = Profiles::of(config, &session);
    if as_json {
        output::print(format!("{:#}\n", as_value(&fitting, login.name(), &profiles)).as_bytes())?;
    } else if fitting.is_empty() {
        let name = sanitize::shown(login.name());
        let what = if is_empty { "no role is assigned to you" } else { "no account or role fits" };
        message::status(ctx, &format!("{what} (session {name})"));
    } else {
        let guards = Guards::new(config, &settings.confirm);
        output::print(lines(ctx, &settings, &guards, &fitting, &profiles).as_bytes())?;
        if fitting.iter().any(|one| profiles.of_role(one).is_empty()) {
            message::hint(ctx, "`awsenv configure sso` makes profiles for those that have none");
        }
    }
    Ok(Exit::Success)
}

/// The profiles of a session, by account and role.
struct Profiles<'a>(HashMap<(String, String), Vec<&'a str>>);

impl<'a> Profiles<'a> {
    fn of(config: &'a SharedConfig, session: &SsoSession) -> Self {
        let mut profiles: HashMap<_, Vec<_>> = HashMap::new();
        for profile in config.profiles() {
            let Ok(settings) = SsoSettings::of_profile(&profile, config) else { continue };
            // Legacy profiles, which name no session, are of the same portal.
            if start_url::bare(&settings.session.start_url) == start_url::bare(&session.start_url) {
                profiles.entry((settings.account, settings.role)).or_default().push(profile.name);
            }
        }
        Self(profiles)
    }

    fn of_role(&self, one: &Assignment) -> &[&'a str] {
        self.0.get(&(one.account.id.clone(), one.role.clone())).map_or(&[], Vec::as_slice)
    }
}

/// Returns the JSON of `accounts --json`. The roles must be in the order of their accounts.
fn as_value(roles: &[Assignment], session: &str, profiles: &Profiles<'_>) -> Value {
    let accounts = roles.chunk_by(|one, next| one.account.id == next.account.id);
    let account = |roles: &[Assignment]| {
        let Assignment { account, .. } = roles.first()?;
        let role = |one: &Assignment| json!({ "name": one.role, "profiles": profiles.of_role(one) });
        Some(json!({
            "account": account.id,
            "name": account.name,
            "email": account.email,
            "session": session,
            "roles": roles.iter().map(role).collect::<Value>(),
        }))
    };
    accounts.filter_map(account).collect()
}

fn lines(
    ctx: &Context,
    settings: &Settings,
    guards: &Guards,
    roles: &[Assignment],
    profiles: &Profiles<'_>,
) -> String {
    let is_coloured = output::is_coloured(ctx);
    let (mut rows, mut colours) = (Vec::new(), vec![None]);
    for one in roles {
        let (names, account) = (profiles.of_role(one), one.account.id.as_str());
        let name = names.first().copied().unwrap_or_default();
        let is_guarded = guards.guards(ctx, name, Some(account), Some(&one.role));
        let colour = profile_colour::of(settings, name, Some(account), Some(&one.role), is_guarded);
        colours.push(colour.filter(|_| is_coloured));
        rows.push([
            account.to_owned(),
            table::cell(one.account.name.as_deref()),
            table::cell(Some(&one.role)),
            table::cell(Some(&names.join(", "))),
            table::cell(one.account.email.as_deref()),
            if is_guarded { "guarded" } else { "" }.to_owned(),
        ]);
    }
    let lines = table::lines(["ACCOUNT", "NAME", "ROLE", "PROFILE", "E-MAIL", ""], &rows);
    lines.iter().zip(colours).map(|(line, colour)| format!("{}\n", colour::painted(colour, line))).collect()
}
