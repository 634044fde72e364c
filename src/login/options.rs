//! How a person may be asked for a login, and whether.

use anyhow::Result;

use crate::login::marker::{self, Marker};
use crate::login::{PATIENCE, is_under_way};
use crate::settings::login_way::LoginWays;
use crate::settings::{self, FlowPolicy, Settings};
use crate::system::context::Context;
use crate::terminal::Terminal;

/// What to do if another process is asking for the same login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OtherLogin {
    /// Wait for it; otherwise ask.
    #[default]
    Ask,
    /// Say that it is under way and give up; otherwise ask.
    PassBy,
    /// Wait for it; otherwise ask nobody.
    OnlyWait,
}

/// How a person is asked.
#[derive(Clone, Debug, Default)]
pub struct LoginOptions {
    /// The settings for logins, overridden by the next fields.
    pub ways: LoginWays,
    /// Which way a person logs in.
    pub flow: Option<FlowPolicy>,
    /// The program that opens the page, as a command line.
    pub browser: Option<String>,
    /// Print the URL and open nothing.
    pub no_browser: bool,
    /// The port on 127.0.0.1 that the browser is sent back to.
    pub port: Option<u16>,
    /// What to do if another process is asking for the same login.
    pub manner: OtherLogin,
    /// Without a terminal, write to standard error: for `awsenv login`, which is a wish to log in.
    pub even_without_terminal: bool,
    /// Wait for Enter before anything is opened.
    pub ask_first: bool,
}

impl LoginOptions {
    /// Returns the options for a command that a person typed; `None` with the setting `login = never`.
    pub fn of(settings: &Settings) -> Option<Self> {
        let ask_first = match settings.login {
            settings::LoginPolicy::Never => return None,
            settings::LoginPolicy::Ask => true,
            settings::LoginPolicy::Auto => false,
        };
        Some(Self { ways: settings.ways.clone(), ask_first, ..Self::default() })
    }

    /// Returns the options for a prompt; `None` if no login may begin there: with `login = never`, on a CI
    /// machine, without a terminal, if the person declined the login `key` before, or if a login that was
    /// taken over from a process that died has died too.
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

    /// Returns the options for a program that a tool runs, such as `credential-process`: with `login = auto`
    /// those of a prompt, but it waits for another process's login. Otherwise it can only wait for a login
    /// that is under way; `None` if there is none.
    pub fn for_tool(ctx: &Context, settings: &Settings, key: &str) -> Option<Self> {
        let is_auto = settings.login == settings::LoginPolicy::Auto;
        match Self::at_prompt(ctx, settings, key).filter(|_| is_auto) {
            Some(how) => Some(Self { manner: OtherLogin::Ask, ..how }),
            None => is_under_way(ctx, key).then(|| Self { manner: OtherLogin::OnlyWait, ..Self::default() }),
        }
    }

    /// Returns the same with the settings for this session in all fields that were not given.
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
