//! How a person may be asked for a login, and whether.

use anyhow::Result;

use crate::login::marker::{self, Marker};
use crate::login::{PATIENCE, is_under_way};
use crate::settings::login_way::LoginWays;
use crate::settings::{self, FlowPolicy, Settings};
use crate::system::context::Context;
use crate::terminal::Terminal;

/// What to do about another process's login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OtherLogin {
    /// Wait for it; if there is none, ask.
    #[default]
    Ask,
    /// Say that it is under way and give up; if there is none, ask.
    PassBy,
    /// Wait for it; if there is none, ask nobody.
    OnlyWait,
}

/// How a person is asked.
#[derive(Clone, Debug, Default)]
pub struct LoginOptions {
    /// What the settings say of sessions.
    pub ways: LoginWays,
    /// Which way, whatever the settings say.
    pub flow: Option<FlowPolicy>,
    /// The program that opens the page, as a command line, whatever the settings say.
    pub browser: Option<String>,
    /// Print the URL and open nothing.
    pub no_browser: bool,
    /// The port of the callback, whatever the settings say.
    pub port: Option<u16>,
    /// What to do about another process that is at it, and where there is none.
    pub manner: OtherLogin,
    /// Where there is no terminal, tell the person on standard error: for whoever asked for this login by
    /// name.
    pub even_without_terminal: bool,
    /// Wait for Enter before anything is opened.
    pub ask_first: bool,
}

impl LoginOptions {
    /// Takes the way from the settings, for a command that a person typed; `None` if they rule a login out
    /// (`login = never`).
    pub fn of(settings: &Settings) -> Option<Self> {
        let ask_first = match settings.login {
            settings::LoginPolicy::Never => return None,
            settings::LoginPolicy::Ask => true,
            settings::LoginPolicy::Auto => false,
        };
        Some(Self { ways: settings.ways.clone(), ask_first, ..Self::default() })
    }

    /// Takes the way from the settings, for a prompt; `None` if no login may begin there: they rule it out,
    /// this is a CI machine, there is no terminal, the person has said no before, or a login that was taken
    /// over from a process that died has died too.
    pub fn at_prompt(ctx: &Context, settings: &Settings, key: &str) -> Option<Self> {
        let refused = match marker::read(ctx, key) {
            Marker::Declined => true,
            Marker::Pending { takeovers } => takeovers > 0 && !is_under_way(ctx, key),
            Marker::None => false,
        };
        let ci = ctx.env.text("CI").is_some_and(|value| value != "false" && value != "0");
        if refused || ci || Terminal::open().is_none() {
            return None;
        }
        Some(Self { manner: OtherLogin::PassBy, ..Self::of(settings)? })
    }

    /// Takes the way from the settings, for a program that nobody typed, and that a tool waits for: as at a
    /// prompt where logins begin by themselves, and else to wait for a login that is under way; `None` if
    /// there is none.
    pub fn for_tool(ctx: &Context, settings: &Settings, key: &str) -> Option<Self> {
        let is_auto = settings.login == settings::LoginPolicy::Auto;
        match Self::at_prompt(ctx, settings, key).filter(|_| is_auto) {
            Some(how) => Some(Self { manner: OtherLogin::Ask, ..how }),
            None => is_under_way(ctx, key).then(|| Self { manner: OtherLogin::OnlyWait, ..Self::default() }),
        }
    }

    /// Returns the same with what the settings say of this session, where nothing else was named.
    pub(super) fn for_session(&self, name: Option<&str>) -> Self {
        let way = self.ways.of(name);
        Self {
            flow: self.flow.or(way.flow),
            port: self.port.or(way.port),
            browser: self.browser.clone().or(way.browser),
            ..self.clone()
        }
    }

    /// Returns `Pkce` or `Device`: a device code if the browser is on another machine, unless a port was
    /// named, which the person has then made reachable, such as with `ssh -L`.
    pub(super) fn flow_here(&self, is_remote: bool) -> FlowPolicy {
        match self.flow.unwrap_or_default() {
            FlowPolicy::Auto if is_remote && self.port.is_none() => FlowPolicy::Device,
            FlowPolicy::Auto => FlowPolicy::Pkce,
            flow => flow,
        }
    }

    /// Returns whether the person wants the login to `session`: with `ask_first` they must press Enter.
    pub(super) fn is_wanted(&self, terminal: &Terminal, session: &str) -> Result<bool> {
        let question = format!("press Enter to log in to {session}, Ctrl-C to leave it");
        Ok(!self.ask_first || terminal.wait_for_enter(&question, PATIENCE)?)
    }

    /// Returns whether another process's login is not waited for.
    pub(super) fn passes_by(&self) -> bool {
        self.manner == OtherLogin::PassBy
    }

    /// Returns the terminal to ask on, if anybody may be asked.
    pub(super) fn terminal(&self) -> Option<Terminal> {
        if self.manner == OtherLogin::OnlyWait {
            return None;
        }
        let otherwise = || if self.even_without_terminal { Terminal::of_standard_error() } else { None };
        Terminal::open().or_else(otherwise)
    }
}
