//! Chooses the SSO session that profiles are written for: one that exists, or a new one from flags and
//! answers.

use anyhow::Result;

use crate::aws::oidc::DEFAULT_SCOPE;
use crate::configure::template;
use crate::failure::{Failure, FailureKind};
use crate::shared_config::SharedConfig;
use crate::shared_config::region;
use crate::shared_config::sso_session::SsoSession;
use crate::terminal::text_input::Question;
use crate::text::{sanitize, shell_words};
use crate::values::url;

/// The flags for the session.
#[derive(Clone, Debug, Default)]
pub struct SessionFlags {
    /// `--sso-session`.
    pub name: Option<String>,
    /// `--start-url`.
    pub start_url: Option<String>,
    /// `--sso-region`: that of Identity Center.
    pub region: Option<String>,
    /// `--registration-scopes`, separated by commas.
    pub scopes: Option<String>,
}

/// A session, and how it was found.
#[derive(Debug)]
pub struct ChosenSession {
    /// The session.
    pub session: SsoSession,
    /// Whether the config file does not have it yet.
    pub is_new: bool,
    /// Whether a person was asked.
    pub asked: bool,
}

/// A function that returns the region of Identity Center behind a start URL, if that can be found out.
pub type RegionOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Chooses the session. If there `is_person`, they are asked for what is missing; else the error names the
/// missing flag. A session that exists is used as it is; flags that contradict it are an error, since its
/// profiles would move to another organisation. If there is only one session, it is used without a question
/// when nobody can be asked, or when `is_certain`: other flags tell that no new session is wanted.
/// `region_of` gives the default of the question for the region, or the region if nobody can be asked.
pub fn choose(
    flags: &SessionFlags,
    config: &SharedConfig,
    is_person: bool,
    is_certain: bool,
    region_of: RegionOf<'_>,
) -> Result<ChosenSession> {
    if let Some(name) = &flags.name {
        return named(name, flags, config, is_person, region_of);
    }
    let names: Vec<&str> = config.sso_sessions().collect();
    if names.is_empty() || flags.start_url.is_some() || flags.region.is_some() {
        return new(flags, config, is_person, region_of);
    }
    if is_person && !(is_certain && names.len() == 1) {
        let known: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let check =
            |name: &str| if config.sso_session(name).is_some() { Ok(()) } else { check_new_name(name) };
        let text = "SSO session, existing or new";
        let name = Question { text, default: names[0], known: &known, check: &check }.ask()?;
        return Ok(ChosenSession { asked: true, ..named(&name, flags, config, is_person, region_of)? });
    }
    match names[..] {
        [name] => existing(name, flags, config, false),
        _ => Err(Failure::new("could not choose an SSO session without a terminal: there are several")
            .hint(format!("add `--sso-session NAME`; the names are {}", sanitize::shown(&names.join(", "))))
            .kind(FailureKind::Usage)
            .into()),
    }
}

fn named(
    name: &str,
    flags: &SessionFlags,
    config: &SharedConfig,
    is_person: bool,
    region_of: RegionOf<'_>,
) -> Result<ChosenSession> {
    if config.sso_session(name).is_some() {
        return existing(name, flags, config, false);
    }
    check_new_name(name)?;
    new(&SessionFlags { name: Some(name.to_owned()), ..flags.clone() }, config, is_person, region_of)
}

fn existing(name: &str, flags: &SessionFlags, config: &SharedConfig, asked: bool) -> Result<ChosenSession> {
    let session = SsoSession::named(name, config)?;
    let pairs = [
        ("--start-url", "sso_start_url", &flags.start_url, &session.start_url),
        ("--sso-region", "sso_region", &flags.region, &session.region),
    ];
    for (flag, key, given, there) in pairs {
        if given.as_ref().is_some_and(|given| given != there) {
            let place = config.sso_session(name).and_then(|section| Some(section.get(key)?.place()));
            let name = sanitize::shown(name);
            let what = format!(
                "could not use `{flag}`: the session `{name}` has another `{key}` ({})",
                place.unwrap_or_default()
            );
            let hint = "leave the flag out, name another session, or change the line yourself";
            return Err(Failure::new(what).hint(hint).into());
        }
    }
    Ok(ChosenSession { session, is_new: false, asked })
}

fn new(
    flags: &SessionFlags,
    config: &SharedConfig,
    is_person: bool,
    region_of: RegionOf<'_>,
) -> Result<ChosenSession> {
    let mut asked = false;
    let mut get = |given: &Option<String>, flag: &str, ask: &dyn Fn() -> Result<String>| match given {
        Some(given) => Ok(given.clone()),
        None if is_person => {
            asked = true;
            ask()
        }
        None => {
            let what = format!("could not set up a session without a terminal: `{flag}` is missing");
            let hint = "add `--sso-session NAME`, `--start-url URL` and `--sso-region REGION`";
            Err(Failure::new(what).hint(hint).kind(FailureKind::Usage).into())
        }
    };
    let before = |key: &str| {
        let found = config.profiles().find_map(|profile| Some(profile.get(key)?.text().to_owned()));
        found.unwrap_or_default()
    };
    let ask = |text: &str, default: &str, check: &dyn Fn(&str) -> Result<()>| {
        Question { text, default, known: &[], check }.ask()
    };
    let start_url =
        get(&flags.start_url, "--start-url", &|| ask("SSO start URL", &before("sso_start_url"), &check_url))?;
    check_url(&start_url)?;
    let start_url = plain_url(&start_url).to_owned();
    let found = if flags.region.is_none() { region_of(&start_url) } else { None };
    let given = flags.region.clone().or_else(|| found.clone().filter(|_| !is_person));
    let region = get(&given, "--sso-region", &|| {
        let default = found.clone().unwrap_or_else(|| before("sso_region"));
        ask("SSO region", &default, &check_sso_region)
    })?;
    region::check_form(&region)?;
    let name = get(&flags.name, "--sso-session", &|| {
        ask("SSO session name", &name_of(&start_url), &check_new_name)
    })?;
    if config.sso_session(&name).is_some() {
        let flags = SessionFlags { start_url: Some(start_url), region: Some(region), ..flags.clone() };
        return existing(&name, &flags, config, asked);
    }
    let scopes = match &flags.scopes {
        None if asked => ask("SSO registration scopes", DEFAULT_SCOPE, &check_scopes)?,
        given => given.clone().unwrap_or_else(|| DEFAULT_SCOPE.to_owned()),
    };
    check_scopes(&scopes)?;
    let scopes = scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty());
    let scopes = Some(scopes.map(str::to_owned).collect());
    let session = SsoSession { name: Some(name), start_url, region, registration_scopes: scopes };
    Ok(ChosenSession { session, is_new: true, asked })
}

/// Returns a start URL without the fragment that a browser shows:
/// `https://acme.awsapps.com/start/#/?tab=accounts`.
fn plain_url(url: &str) -> &str {
    url.split('#').next().unwrap_or(url)
}

/// Returns the default name of a session with this start URL: `acme` for `https://acme.awsapps.com/start`.
pub fn name_of(url: &str) -> String {
    template::safe(url::host(url).split('.').next().unwrap_or_default())
}

/// Checks the answer to the question for the region of Identity Center.
fn check_sso_region(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Failure::new("type the region in which IAM Identity Center was switched on")
            .hint("its administrator knows it; often it is not the region you work in")
            .into());
    }
    region::check_answer(name)
}

/// Checks a start URL.
pub fn check_url(url: &str) -> Result<()> {
    let host = url.strip_prefix("https://").unwrap_or_default();
    if host.is_empty() || host.starts_with('/') || !url.chars().all(|c| c.is_ascii_graphic()) {
        return Err(Failure::new(format!("invalid start URL: `{}`", sanitize::shown(url)))
            .hint("it is like `https://acme.awsapps.com/start`")
            .into());
    }
    Ok(())
}

/// Checks the name of a profile or a session that is there, or is to be written.
pub fn check_name(name: &str) -> Result<()> {
    let odd = |c: char| sanitize::is_hidden(c) || matches!(c, '\u{2028}' | '\u{2029}');
    if name.is_empty() || name.trim() != name || name.contains(odd) || name.chars().count() > 128 {
        let name = shell_words::quote(&sanitize::shown(name));
        return Err(Failure::new(format!("invalid name: {name}"))
            .hint("a name is up to 128 characters on one line, without blanks around it")
            .into());
    }
    Ok(())
}

/// Checks the name of a section that is to be written: every SDK must be able to read it.
pub fn check_new_name(name: &str) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
    if name.chars().all(is_plain) {
        return check_name(name);
    }
    let shown = shell_words::quote(&sanitize::shown(name));
    let failure = Failure::new(format!("invalid name: {shown}, which AWS SDKs cannot read"));
    Err(match template::safe(name) {
        safe if safe.is_empty() => failure.hint("use letters, digits and `_-/.%@:+`").into(),
        safe => failure.hint(format!("use `{safe}`")).into(),
    })
}

/// Checks scopes, separated by commas. Anything else may be a line that was pasted into the wrong question.
fn check_scopes(scopes: &str) -> Result<()> {
    let is_scope = |scope: &str| {
        !scope.is_empty() && scope.chars().all(|c| c.is_ascii_alphanumeric() || ":._-/".contains(c))
    };
    if scopes.split(',').map(str::trim).all(is_scope) {
        return Ok(());
    }
    Err(Failure::new(format!("invalid scopes: `{}`", sanitize::shown(scopes)))
        .hint("separate them by commas, as in `sso:account:access`")
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_address_becomes_a_start_url_and_a_name() {
        let pasted = "https://acme-corp.awsapps.com/start/#/?tab=accounts";
        check_url(pasted).unwrap();
        assert_eq!(plain_url(pasted), "https://acme-corp.awsapps.com/start/");
        assert_eq!(name_of(pasted), "acme-corp");
        for url in [
            "",
            "acme",
            "http://acme.awsapps.com/start",
            "https://",
            "https:///x",
            "https://a b",
            "https://a\n",
        ] {
            assert!(check_url(url).is_err(), "{url:?}");
        }
    }

    #[test]
    fn names_are_one_line_without_surprises() {
        for name in ["acme", "my sso", "it's", "a]b", "#a"] {
            check_name(name).unwrap();
        }
        for name in ["", " a", "a\n[x]", "a\u{1b}[31m", "\u{202e}a", &"x".repeat(129)] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_new_name_is_one_that_every_sdk_reads() {
        for name in ["acme", "acme-dev_1", "a/b.c%d@e:f+g"] {
            check_new_name(name).unwrap();
        }
        for (name, hint) in [
            ("Other Corp", "use `Other-Corp`"),
            ("it's", "use `it-s`"),
            ("a]b", "use `a-b`"),
            ("#a", "use `a`"),
            ("東京", "use letters, digits and `_-/.%@:+`"),
        ] {
            assert_eq!(Failure::hint_of(&check_new_name(name).unwrap_err()), Some(hint), "{name}");
        }
        assert!(check_new_name("").is_err());
    }

    #[test]
    fn scopes_are_words_with_colons() {
        for scopes in ["sso:account:access", "sso:account:access, codewhisperer:completions"] {
            check_scopes(scopes).unwrap();
        }
        for scopes in ["", "clear; cat x", "sso:account:access,", "a b", "$(id)", "a\u{1b}"] {
            assert!(check_scopes(scopes).is_err(), "{scopes:?}");
        }
    }
}
