//! The settings: whether they can be read, and whether the sessions and programs that they name exist.

use super::{Examined, Trouble};
use crate::settings::login_way::{self, LoginWays};
use crate::shared_config::SharedConfig;
use crate::text::sanitize;

/// Looks at the settings file and its variables.
pub(super) fn look(examined: &Examined<'_>) -> Vec<Trouble> {
    let settings = match &examined.settings {
        Ok(settings) => settings,
        Err(error) => return vec![Trouble::of(error)],
    };
    let sessions = examined.config.iter().flat_map(|config| unknown_sessions(config, &settings.ways));
    sessions.chain(missing_browsers(examined, &settings.ways)).collect()
}

fn unknown_sessions(config: &SharedConfig, ways: &LoginWays) -> Vec<Trouble> {
    let known: Vec<_> = config.sso_sessions().collect();
    let unknown = ways.keys().filter(|(_, session)| session.is_some_and(|name| !known.contains(&name)));
    let trouble = |(key, session): (String, Option<&str>)| {
        let key = sanitize::shown(&key);
        let near = sanitize::nearest(session.unwrap_or_default(), known.iter().copied());
        let near = near.map_or(String::new(), |near| format!(", or name the session `{near}`"));
        Trouble::warning(
            format!("the setting `{key}` is for an SSO session that the AWS files do not have"),
            format!("run `awsenv config unset {key}`{near}"),
        )
    };
    unknown.map(trouble).collect()
}

fn missing_browsers(examined: &Examined<'_>, ways: &LoginWays) -> Vec<Trouble> {
    let path = examined.ctx.env.get("PATH");
    let is_missing =
        |program: &str| !which::which_in_global(program, path).is_ok_and(|mut found| found.next().is_some());
    let trouble = |(key, _): (String, Option<&str>)| {
        let line = ways.browser_of(&key)?;
        let program = login_way::program(line).filter(|program| is_missing(program))?;
        Some(Trouble::warning(
            format!(
                "the setting `{}` names a program that is not here: {}",
                sanitize::shown(&key),
                sanitize::shown(&program)
            ),
            "install it, or write its path",
        ))
    };
    ways.keys().filter_map(trouble).collect()
}
