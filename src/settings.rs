//! The user's settings: `${XDG_CONFIG_HOME:-~/.config}/awsenv/config`, every key optional, and the variables
//! that override them.
//!
//! ```ini
//! quiet   = true
//! trust   = ~/src/acme:~/src/mine
//! confirm = *prod*
//! ceiling = ~
//! ```
//!
//! A variable beats the file, and an empty one counts as unset. The environment can only tighten trust:
//! `trust` is read from the file alone, and only if it is this user's; `AWSENV_CONFIRM` adds to `confirm`.

pub(crate) mod edit;
pub(crate) mod effective;
pub(crate) mod known;
pub(crate) mod login_way;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::exports::mode::Export;
use crate::failure::Failure;
use crate::system::context::Context;
use crate::system::{descriptors, files, own_folders};
use crate::terminal::colour::Colour;
use crate::terminal::message;
use crate::text::{ini_line, python_words, sanitize};
use crate::values::target_name;
use login_way::LoginWays;

/// When a hook may start a login by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoginPolicy {
    /// In an interactive shell with a terminal.
    #[default]
    Auto,
    /// After the user pressed Enter.
    Ask,
    /// Not at all.
    Never,
}

/// Which way a person logs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlowPolicy {
    /// What fits the machine.
    #[default]
    Auto,
    /// In a browser on this machine.
    Pkce,
    /// With a code, on any device.
    Device,
}

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// When a hook may start a login (`login`, `AWSENV_LOGIN`; default `auto`).
    pub login: LoginPolicy,
    /// Which way a person logs in, and in which browser (`flow`, `AWSENV_FLOW`, `browser`, and
    /// `flow.SESSION`, `port.SESSION`, `browser.SESSION`; default: what fits the machine).
    pub ways: LoginWays,
    /// The export mode that the environment demands (`AWSENV_EXPORT`): it beats a `.awsenv`.
    pub export_override: Option<Export>,
    /// The export mode where no `.awsenv` says one (`export`; default `both`).
    pub export: Export,
    /// Whether no line is printed on entering and leaving a folder (`quiet`, `AWSENV_QUIET`; default false).
    pub quiet: bool,
    /// Folders in which every `.awsenv` of this user is allowed (`trust`; default none).
    pub trust: Vec<PathBuf>,
    /// Patterns for what must be confirmed (`confirm`, `AWSENV_CONFIRM`; default none). They are compared
    /// with a profile's name and its `ACCOUNT/ROLE`; a profile that fits guards every other one of its
    /// account.
    pub confirm: Vec<String>,
    /// Patterns with the colour of a profile or `ACCOUNT/ROLE` that fits, as in `*prod*=red:*dev*=green`
    /// (`colors`; default none). The first one that fits counts.
    pub colors: Vec<(String, Colour)>,
    /// The permission sets that `awsenv exec --read-only` uses in place of the profile's (`read_only`;
    /// default `ReadOnlyAccess` and `ViewOnlyAccess`). The first one that the person has counts.
    pub read_only: Vec<String>,
    /// The folder where the lookup of `.awsenv` stops (`ceiling`, `AWSENV_CEILING`; default `/`).
    pub ceiling: PathBuf,
    /// The profile whose keys open a container registry, by the registry's account or `public`
    /// (`ecr.ACCOUNT`; default none).
    pub ecr: BTreeMap<String, String>,
    /// The command line that prints the code of a profile's MFA device, by the profile's name
    /// (`mfa_process.PROFILE`; default none).
    pub mfa_process: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            login: LoginPolicy::Auto,
            ways: LoginWays::default(),
            export_override: None,
            export: Export::Both,
            quiet: false,
            trust: Vec::new(),
            confirm: Vec::new(),
            colors: Vec::new(),
            read_only: ["ReadOnlyAccess", "ViewOnlyAccess"].map(str::to_owned).into(),
            ceiling: PathBuf::from("/"),
            ecr: BTreeMap::new(),
            mfa_process: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Reads the settings, with which every command begins, and makes sure of awsenv's own folders
    /// (`system/own_folders.rs`) and that enough files may be open. A missing file means the defaults; a
    /// mistake is an error with its line.
    pub fn load(ctx: &Context) -> Result<Self> {
        descriptors::check()?;
        for folder in own_folders::secure(ctx)? {
            let folder = sanitize::path(&folder);
            message::warning(ctx, &format!("other users could write {folder}; it is closed to them now"));
        }
        Self::look(ctx)
    }

    /// [`Settings::load`] without a look at the folders.
    pub fn look(ctx: &Context) -> Result<Self> {
        let mut settings = Self::default();
        // Without a home there can be no file, and the variables still count.
        if let Ok(path) = ctx.settings_file() {
            let name = sanitize::path(&path);
            let found = content(&path).with_context(|| format!("could not read {name}"))?;
            if let Some((content, is_ours_alone)) = found {
                settings.read(ctx, &content, &name, is_ours_alone)?;
            }
        }
        settings.read_environment(ctx)?;
        Ok(settings)
    }

    fn read(&mut self, ctx: &Context, content: &str, name: &str, trusted: bool) -> Result<()> {
        for (index, line) in content.lines().enumerate() {
            let number = index + 1;
            let wrap = |failure: Failure| Failure {
                message: format!("could not read {name}:{number}: {}", failure.message),
                ..failure
            };
            if let Some((key, value)) = ini_line::split(line).map_err(wrap)? {
                self.apply(ctx, &key, &value, trusted).map_err(wrap)?;
            }
        }
        Ok(())
    }

    fn apply(&mut self, ctx: &Context, key: &str, value: &str, trusted: bool) -> Result<(), Failure> {
        match key {
            "login" => self.login = login(value)?,
            "flow" => self.ways.of_all.flow = Some(flow(value)?),
            "browser" => self.ways.of_all.browser = Some(login_way::browser(value)?),
            "export" => self.export = value.parse()?,
            "quiet" => self.quiet = switch(value)?,
            "trust" if trusted => self.trust = folders(ctx, value)?,
            "trust" => {}
            "confirm" => self.confirm = list(value),
            "colors" => self.colors = list(value).iter().map(|rule| color(rule)).collect::<Result<_, _>>()?,
            "read_only" => {
                self.read_only = list(value);
                self.read_only.iter().try_for_each(|name| target_name::check_role(name))?;
            }
            "ceiling" => self.ceiling = folder(ctx, value)?,
            _ if key.starts_with("ecr.") => {
                let registry = known::registry(key).ok_or_else(|| {
                    Failure::new(format!("invalid key: `{}`", sanitize::shown(key)))
                        .hint("write `ecr.` and the 12 digits of the registry's account, or `ecr.public`")
                })?;
                if value.is_empty() {
                    return Err(Failure::new(format!("`{key}` names no profile")));
                }
                self.ecr.insert(registry.to_owned(), value.to_owned());
            }
            _ if let Some(profile) = known::mfa_profile(key) => {
                if python_words::split(value).is_none_or(|words| words.is_empty()) {
                    return Err(Failure::new(format!("`{}` names no program", sanitize::shown(key)))
                        .hint("write the program and its arguments, quotes closed"));
                }
                self.mfa_process.insert(profile.to_owned(), value.to_owned());
            }
            _ if let Some((key, session)) = known::of_session(key) => self.ways.apply(key, session, value)?,
            _ => {
                let keys = known::ALL.map(|known| known.key);
                let near = sanitize::nearest(key, keys).map_or(keys.join("`, `"), str::to_owned);
                return Err(Failure::new(format!("unknown key: `{}`", sanitize::shown(key)))
                    .hint(format!("write `{near}`")));
            }
        }
        Ok(())
    }

    fn read_environment(&mut self, ctx: &Context) -> Result<()> {
        let value = |name: &'static str| ctx.env.text(name);
        let wrap = |name: &'static str| {
            move |failure: Failure| Failure {
                message: format!("could not read the variable `{name}`: {}", failure.message),
                ..failure
            }
        };
        if let Some(word) = value("AWSENV_LOGIN") {
            self.login = login(word).map_err(wrap("AWSENV_LOGIN"))?;
        }
        if let Some(word) = value("AWSENV_FLOW") {
            self.ways.variable = Some(flow(word).map_err(wrap("AWSENV_FLOW"))?);
        }
        if let Some(word) = value("AWSENV_EXPORT") {
            self.export_override = Some(word.parse().map_err(wrap("AWSENV_EXPORT"))?);
        }
        if let Some(word) = value("AWSENV_QUIET") {
            self.quiet = switch(word).map_err(wrap("AWSENV_QUIET"))?;
        }
        if let Some(word) = value("AWSENV_CONFIRM") {
            self.confirm.extend(list(word));
        }
        if let Some(word) = value("AWSENV_CEILING") {
            self.ceiling = folder(ctx, word).map_err(wrap("AWSENV_CEILING"))?;
        }
        Ok(())
    }

    /// Returns the export mode; `file` is the one that the `.awsenv` files say.
    pub fn export_mode(&self, file: Option<Export>) -> Export {
        self.export_override.or(file).unwrap_or(self.export)
    }
}

/// Returns the text of the file, and whether the file that was read belongs to this user and nobody else can
/// write it; `None` if there is none. A file that cannot be read whole is an error, since it may say what
/// must be confirmed.
fn content(path: &Path) -> Result<Option<(String, bool)>> {
    const LARGEST: u64 = 64 * 1024;
    // Checked first, since most people have none. A link that leads nowhere is an error below.
    match path.symlink_metadata() {
        Err(error) if files::is_missing(&error) => return Ok(None),
        found => found?,
    };
    let (content, metadata) = files::read_regular(path, LARGEST)?;
    if content.len() as u64 > LARGEST {
        return Err(Failure::new("it is larger than 64 KiB").into());
    }
    let content = String::from_utf8(content).map_err(|_| Failure::new("it is not UTF-8"))?;
    Ok(Some((content, files::is_ours_alone(&metadata))))
}

fn one_of<'a>(word: &'a str, words: &[&str]) -> Result<&'a str, Failure> {
    if words.contains(&word) {
        return Ok(word);
    }
    Err(Failure::new(format!("invalid value: `{}`", sanitize::shown(word)))
        .hint(format!("write one of `{}`", words.join("`, `"))))
}

fn login(word: &str) -> Result<LoginPolicy, Failure> {
    Ok(match one_of(word, &["auto", "ask", "never"])? {
        "ask" => LoginPolicy::Ask,
        "never" => LoginPolicy::Never,
        _ => LoginPolicy::Auto,
    })
}

fn flow(word: &str) -> Result<FlowPolicy, Failure> {
    Ok(match one_of(word, &["auto", "pkce", "device"])? {
        "pkce" => FlowPolicy::Pkce,
        "device" => FlowPolicy::Device,
        _ => FlowPolicy::Auto,
    })
}

fn switch(word: &str) -> Result<bool, Failure> {
    Ok(matches!(one_of(word, &["1", "0", "true", "false"])?, "1" | "true"))
}

fn list(value: &str) -> Vec<String> {
    value.split(':').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn color(rule: &str) -> Result<(String, Colour), Failure> {
    let names = Colour::NAMES.map(|(name, _)| name);
    let (pattern, name) = rule.rsplit_once('=').unwrap_or((rule, ""));
    let colour = Colour::named(one_of(name.trim(), &names)?).unwrap_or(Colour::Red);
    Ok((pattern.trim().to_owned(), colour))
}

fn folders(ctx: &Context, value: &str) -> Result<Vec<PathBuf>, Failure> {
    list(value).iter().map(|item| folder(ctx, item)).collect()
}

fn folder(ctx: &Context, value: &str) -> Result<PathBuf, Failure> {
    let path = match value.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            let home = ctx.home().map_err(|error| Failure::new(error.to_string()))?;
            home.join(rest.trim_start_matches('/'))
        }
        _ => Path::new(value).to_owned(),
    };
    if path.is_relative() {
        return Err(Failure::new(format!("`{}` is not an absolute path", sanitize::shown(value)))
            .hint("start it with `/` or `~/`"));
    }
    // Without a slash at the end, since folders are compared as text too.
    Ok(path.components().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::environment::Environment;

    fn settings(content: &str, variables: &[(&str, &str)]) -> Result<Settings> {
        let mut env = Environment::default();
        for (name, value) in variables {
            env.set(name, *value);
        }
        let ctx = Context::new(env, Path::new("/home/u"), Path::new("/"));
        let mut settings = Settings::default();
        settings.read(&ctx, content, "config", true)?;
        settings.read_environment(&ctx)?;
        Ok(settings)
    }

    #[test]
    fn a_variable_beats_the_file_and_an_empty_one_is_unset() {
        let read = settings(
            "quiet = true\nexport = keys\nceiling = ~/src/\n",
            &[("AWSENV_QUIET", "0"), ("AWSENV_CEILING", "")],
        );
        let read = read.unwrap();
        assert!(!read.quiet);
        assert_eq!(read.ceiling, Path::new("/home/u/src"));
        assert_eq!(
            (read.export_mode(None), read.export_mode(Some(Export::Profile))),
            (Export::Keys, Export::Profile)
        );
        let forced = settings("", &[("AWSENV_EXPORT", "profile")]).unwrap();
        assert_eq!(forced.export_mode(Some(Export::Keys)), Export::Profile, "the variable beats a `.awsenv`");
    }

    #[test]
    fn the_environment_can_only_tighten_trust() {
        let read =
            settings("trust = ~/a:/b\nconfirm = *prod*", &[("AWSENV_CONFIRM", "x:y"), ("AWSENV_TRUST", "/")])
                .unwrap();
        assert_eq!(read.trust, [Path::new("/home/u/a"), Path::new("/b")]);
        assert_eq!(read.confirm, ["*prod*", "x", "y"]);
    }

    #[test]
    fn what_is_said_of_a_session_beats_what_is_said_of_all() {
        let file =
            "flow = pkce\nbrowser = firefox\nflow.a.b = device\nport.a.b = 8123\nbrowser.c = firefox -P c\n";
        let ways = settings(file, &[]).unwrap().ways;
        let way = ways.of(Some("a.b"));
        assert_eq!(
            (way.flow, way.port, way.browser.as_deref()),
            (Some(FlowPolicy::Device), Some(8123), Some("firefox"))
        );
        let way = ways.of(Some("c"));
        assert_eq!(
            (way.flow, way.port, way.browser.as_deref()),
            (Some(FlowPolicy::Pkce), None, Some("firefox -P c"))
        );
        assert_eq!(ways.of(None).browser.as_deref(), Some("firefox"));
        let forced = settings(file, &[("AWSENV_FLOW", "auto")]).unwrap().ways;
        assert_eq!(forced.of(Some("a.b")).flow, Some(FlowPolicy::Auto), "the variable beats the file");
    }

    #[test]
    fn a_mistake_names_its_line() {
        let error = settings("\nquite = 1", &[]).unwrap_err();
        assert_eq!(error.to_string(), "could not read config:2: unknown key: `quite`");
        assert_eq!(Failure::hint_of(&error), Some("write `quiet`"));
        assert!(settings("trust = src", &[]).is_err(), "a relative path could be anywhere");
        let error = settings("colors = *prod*=rde", &[]).unwrap_err();
        assert_eq!(error.to_string(), "could not read config:1: invalid value: `rde`");
        let read = settings("colors = *prod*=red : a=b = cyan", &[]).unwrap();
        assert_eq!(read.colors, [("*prod*".to_owned(), Colour::Red), ("a=b".to_owned(), Colour::Cyan)]);
        for mistake in
            ["port.a = 0", "port.a = 65536", "flow.a = x", "flow. = pkce", "browser = 'a", "browser.a ="]
        {
            assert!(settings(mistake, &[]).is_err(), "{mistake}");
        }
        for mistake in ["ecr.1 = dev", "ecr. = dev", "ecr.111122223333 =", "ecr.Public = dev"] {
            assert!(settings(mistake, &[]).is_err(), "{mistake}");
        }
        for mistake in ["mfa_process. = x", "mfa_process.a =", "mfa_process.a = 'x"] {
            assert!(settings(mistake, &[]).is_err(), "{mistake}");
        }
        let read = settings("mfa_process.a.b = x 'y z'", &[]).unwrap();
        assert_eq!(read.mfa_process["a.b"], "x 'y z'");
        let read = settings("ecr.111122223333 = dev\necr.public = other", &[]).unwrap();
        assert_eq!((read.ecr["111122223333"].as_str(), read.ecr["public"].as_str()), ("dev", "other"));
    }
}
