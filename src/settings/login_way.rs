//! How a login reaches a person, for all sessions and for each: `flow`, `browser`, and `flow.SESSION`,
//! `port.SESSION` and `browser.SESSION`.

use std::collections::BTreeMap;

use super::{FlowPolicy, flow};
use crate::failure::Failure;
use crate::text::{sanitize, shell_words};

/// The settings for logins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginWays {
    /// `AWSENV_FLOW`, which overrides the file.
    pub(super) variable: Option<FlowPolicy>,
    pub(super) of_all: LoginWay,
    of_session: BTreeMap<String, LoginWay>,
}

/// The settings for the login to one session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginWay {
    /// Which way a person logs in.
    pub flow: Option<FlowPolicy>,
    /// The port on 127.0.0.1 that the browser is sent back to.
    pub port: Option<u16>,
    /// The program that opens pages, as a command line; `%s` stands for the address.
    pub browser: Option<String>,
}

impl LoginWays {
    /// Returns the settings for a session: its own, else those for all.
    pub fn of(&self, session: Option<&str>) -> LoginWay {
        let of_session = session.and_then(|name| self.of_session.get(name)).cloned().unwrap_or_default();
        LoginWay {
            flow: self.variable.or(of_session.flow).or(self.of_all.flow),
            port: of_session.port,
            browser: of_session.browser.or_else(|| self.of_all.browser.clone()),
        }
    }

    /// Returns the keys that the file sets, each with its session if it is for one.
    pub fn keys(&self) -> impl Iterator<Item = (String, Option<&str>)> {
        let of_all = self.of_all.browser.iter().map(|_| ("browser".to_owned(), None));
        let of_session = self.of_session.iter().flat_map(|(name, way)| {
            let set = [
                ("flow", way.flow.is_some()),
                ("port", way.port.is_some()),
                ("browser", way.browser.is_some()),
            ];
            let set = set.into_iter().filter(|(_, is_set)| *is_set);
            set.map(move |(key, _)| (format!("{key}.{name}"), Some(name.as_str())))
        });
        of_all.chain(of_session)
    }

    /// Returns the command line of the setting `browser` or `browser.SESSION`; `None` for another key.
    pub fn browser_of(&self, key: &str) -> Option<&str> {
        let way = match key.strip_prefix("browser") {
            Some("") => &self.of_all,
            Some(session) => self.of_session.get(session.strip_prefix('.')?)?,
            None => return None,
        };
        way.browser.as_deref()
    }

    /// Sets the value of `flow.SESSION`, `port.SESSION` or `browser.SESSION`.
    pub(super) fn apply(&mut self, key: &str, session: &str, value: &str) -> Result<(), Failure> {
        let way = self.of_session.entry(session.to_owned()).or_default();
        match key {
            "flow" => way.flow = Some(flow(value)?),
            "port" => way.port = Some(port(value)?),
            _ => way.browser = Some(browser(value)?),
        }
        Ok(())
    }
}

fn port(word: &str) -> Result<u16, Failure> {
    word.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
        Failure::new(format!("invalid port: `{}`", sanitize::shown(word)))
            .hint("write a number from 1 to 65535")
    })
}

/// Returns the program of a command line; `None` if a quote is not closed, or there is no word.
pub fn program(line: &str) -> Option<String> {
    shell_words::split(line)?.into_iter().next().filter(|program| !program.is_empty())
}

/// Returns the command line of a browser, checked.
pub(super) fn browser(line: &str) -> Result<String, Failure> {
    if program(line).is_some() {
        return Ok(line.to_owned());
    }
    Err(Failure::new(format!("invalid browser: `{}`", sanitize::shown(line)))
        .hint("write the program and its arguments, and `%s` where the address belongs"))
}
