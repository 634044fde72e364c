//! `awsenv status`: what is loaded here, from which file, why, and for how long. It asks no person and uses
//! no network.

mod chosen;
mod next_prompt;
mod this_shell;

use std::path::Path;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::cache::role;
use crate::commands::exit::Exit;
use crate::env_file::argument;
use crate::env_file::folder::Folder;
use crate::env_file::permission::Permission;
use crate::exports::bookkeeping::Loaded;
use crate::exports::term::Term;
use crate::failure::{Failure, FailureKind};
use crate::load::plan::LoadPlan;
use crate::load::profile_choice::ProfileChoice;
use crate::load::profile_colour;
use crate::settings::Settings;
use crate::shared_config::CleanContext;
use crate::shared_config::profile::ProfileKind;
use crate::system::context::Context;
use crate::terminal::colour::{self, Colour};
use crate::terminal::{message, output};
use crate::text::{duration, sanitize, timestamp};
use crate::values::role_arn;
use crate::values::target_name::TargetName;
use crate::values::validity::Validity;

/// Prints the status; `quiet` leaves only the exit code.
pub fn run(ctx: &Context, as_json: bool, quiet: bool) -> Result<Exit> {
    let status = Status::of(ctx);
    if as_json {
        output::print(format!("{:#}\n", status.json()).as_bytes())?;
    } else if !quiet {
        output::print(status.lines(ctx).as_bytes())?;
        if let Some(hint) = &status.hint {
            message::hint(ctx, hint);
        }
    }
    Ok(status.exit)
}

struct Status {
    exit: Exit,
    state: &'static str,
    message: String,
    hint: Option<String>,
    files: Vec<(String, bool)>,
    target: Option<ShownTarget>,
    loaded: bool,
    overridden: Vec<&'static str>,
    is_by_hand: bool,
    colour: Option<Colour>,
}

/// The profile or role, as far as it is known.
struct ShownTarget {
    /// `None` for a role that no profile has.
    profile: Option<String>,
    /// How an account and role were turned into a profile, and why.
    chosen: Option<String>,
    guarded: bool,
    account: Option<String>,
    role: Option<String>,
    region: Option<(String, &'static str)>,
    source: String,
    credentials: (&'static str, Option<DateTime<Utc>>),
    login: Option<(String, Option<DateTime<Utc>>, bool)>,
}

impl Status {
    fn of(ctx: &Context) -> Self {
        let loaded = Loaded::of(&ctx.env);
        let mut status = Self {
            exit: Exit::Success,
            state: "ready",
            message: String::new(),
            hint: None,
            files: Vec::new(),
            target: None,
            loaded: false,
            overridden: loaded.as_ref().map(|loaded| this_shell::overridden(ctx, loaded)).unwrap_or_default(),
            is_by_hand: false,
            colour: None,
        };
        let above = |loaded: &&Loaded| loaded.pinned || Term::holds(loaded, ctx.now());
        let found = match loaded.as_ref().filter(above) {
            Some(loaded) => status.above_folders(ctx, loaded),
            None => status.chosen_or_folder(ctx, loaded.as_ref()),
        };
        if let Err(error) = found {
            (status.exit, status.state) = match Failure::kind_of(&error) {
                FailureKind::NoEnvFile => (Exit::NoEnvFile, "none"),
                FailureKind::Blocked => (Exit::Blocked, "blocked"),
                FailureKind::LoginNeeded => (Exit::LoginNeeded, "login-needed"),
                _ => (Exit::Failure, "error"),
            };
            status.message = sanitize::shown(&format!("{error:#}"));
            status.hint = Failure::hint_of(&error).map(str::to_owned);
        }
        status
    }

    /// Describes what `awsenv exec` or `awsenv use` loaded, which counts whatever the folder says.
    fn above_folders(&mut self, ctx: &Context, loaded: &Loaded) -> Result<()> {
        let profile = ctx.env.text("AWSENV_PROFILE").unwrap_or_default();
        self.loaded = true;
        let term = Term::of_origin(&loaded.origin);
        let mut region_from = loaded.region_from.clone();
        let settings = Settings::load(ctx).unwrap_or_default();
        let mut shown = if let Some((account, role)) = chosen::unwritten(ctx, profile)? {
            ShownTarget::of_unwritten(ctx, account, role)
        } else {
            let clean = CleanContext::new(ctx);
            let region = ctx.env.text("AWS_REGION");
            let name = TargetName::Profile(profile.to_owned());
            if term.is_some() {
                // `use` notes it nowhere: the profile says it again.
                let own = LoadPlan::of_name(&clean, &settings, &name, None)?.region;
                let own = own.filter(|own| Some(own.name.as_str()) == region);
                region_from = own.map_or(String::new(), |own| own.from.name().to_owned());
            }
            ShownTarget::of(ctx, &LoadPlan::of_name(&clean, &settings, &name, region)?)
        };
        self.colour = shown.colour(&settings, profile);
        if term.is_some() { "use" } else { "exec" }.clone_into(&mut shown.source);
        let expiration = ctx.env.text("AWS_CREDENTIAL_EXPIRATION").and_then(timestamp::parse);
        shown.credentials =
            if ctx.env.has("AWS_ACCESS_KEY_ID") { state_until(ctx, expiration) } else { ("missing", None) };
        shown.region = this_shell::region(ctx).map(|region| {
            let is_from = |name: &&str| *name == region_from && this_shell::owns_region(ctx, loaded);
            (region, ["flag", ".awsenv", "profile"].into_iter().find(is_from).unwrap_or("environment"))
        });
        self.message = match term {
            Some(Term { since, until }) => {
                let until = until.map_or_else(|| "`awsenv use --clear`".to_owned(), timestamp::utc);
                format!("chosen with `awsenv use` at {}, until {until}", timestamp::utc(since))
            }
            None => format!("inside `awsenv exec` with profile {}", sanitize::shown(profile)),
        };
        if loaded.origin == role_arn::ORIGIN {
            (shown.account, shown.role) = (None, None);
            self.message += " and `--role-arn`";
        }
        self.target = Some(shown);
        Ok(())
    }

    /// Describes what this folder loads.
    fn folder(&mut self, ctx: &Context, loaded: Option<&Loaded>) -> Result<()> {
        let settings = Settings::load(ctx)?;
        let clean = CleanContext::new(ctx);
        let folder = Folder::of(ctx, &settings, &argument::directory(ctx)?);
        let files = folder.lookup.files.iter().zip(&folder.trust);
        self.files = files
            .map(|(found, trust)| (found.path.to_string_lossy().into_owned(), *trust == Permission::Allowed))
            .collect();
        self.loaded = loaded.is_some_and(|loaded| loaded.origin == folder.origin() && !loaded.overridden);
        let says = folder.says(&clean)?;
        let target = LoadPlan::of_folder(&clean, &settings, &says)?;
        let mut shown = ShownTarget::of(&clean, &target);
        self.colour = shown.colour(&settings, target.profile());
        if self.loaded && shown.credentials.0 == "missing" && ctx.env.has("AWS_ACCESS_KEY_ID") {
            // Keys that no cache keeps are in the shell alone.
            let expiration = ctx.env.text("AWS_CREDENTIAL_EXPIRATION").and_then(timestamp::parse);
            shown.credentials = state_until(ctx, expiration);
        }
        if let Some(region) = this_shell::region(ctx)
            && loaded.is_some_and(|loaded| self.loaded && !this_shell::owns_region(ctx, loaded))
        {
            shown.region = Some((region, "environment"));
        }
        self.target = Some(shown);
        self.judge(ctx, &clean, loaded, &target)
    }

    fn json(&self) -> Value {
        let shown = self.target.as_ref();
        let files: Value =
            self.files.iter().map(|(path, allowed)| json!({ "path": path, "allowed": allowed })).collect();
        let time = |time: Option<DateTime<Utc>>| time.map(timestamp::utc);
        let credentials = shown.map_or(("missing", None), |shown| shown.credentials);
        let login = shown.and_then(|shown| shown.login.as_ref());
        json!({
            "state": self.state,
            "message": self.message,
            "files": files,
            "profile": shown.and_then(|shown| shown.profile.as_ref()),
            "chosen": shown.and_then(|shown| shown.chosen.as_ref()),
            "guarded": shown.is_some_and(|shown| shown.guarded),
            "account": shown.and_then(|shown| shown.account.as_ref()),
            "role": shown.and_then(|shown| shown.role.as_ref()),
            "region": {
                "value": shown.and_then(|shown| shown.region.as_ref()).map(|(region, _)| region),
                "from": shown.and_then(|shown| shown.region.as_ref()).map(|(_, from)| from),
            },
            "source": shown.map(|shown| &shown.source),
            "credentials": { "state": credentials.0, "expires_at": time(credentials.1) },
            "login": login.map(|(session, expires_at, refreshable)| json!({
                "session": session, "expires_at": time(*expires_at), "refreshable": refreshable,
            })),
            "loaded": self.loaded,
            "overridden": self.overridden,
        })
    }

    fn lines(&self, ctx: &Context) -> String {
        let state = if self.is_by_hand { "overridden" } else { self.state };
        let mut lines = vec![("state", state.to_owned())];
        if self.message != self.state {
            lines.push(("because", ctx.with_tilde(&self.message)));
        }
        for (path, allowed) in &self.files {
            lines.push((
                "file",
                format!("{}{}", ctx.shown(Path::new(path)), if *allowed { "" } else { " (not allowed)" }),
            ));
        }
        if let Some(shown) = &self.target {
            lines.extend(shown.lines(ctx));
        }
        if let Exit::Success | Exit::LoginNeeded | Exit::OtherInShell | Exit::ConfirmDue = self.exit {
            lines.push(("loaded", if self.loaded { "yes" } else { "not in this shell" }.to_owned()));
        }
        if !self.overridden.is_empty() {
            lines.push(("by hand", self.overridden.join(", ")));
        }
        let colour = self.colour.filter(|_| output::is_coloured(ctx));
        let of = |name| colour.filter(|_| name == "profile");
        lines.iter().map(|(name, text)| format!("{name:<12}{}\n", colour::painted(of(*name), text))).collect()
    }
}

impl ShownTarget {
    fn of(ctx: &Context, target: &LoadPlan) -> Self {
        let resolution = &target.resolved_profile.resolution;
        let kept = target.resolved_profile.kept_credentials(ctx).ok().flatten();
        let is_static = matches!(resolution.kind, ProfileKind::CredentialsKeys | ProfileKind::ConfigKeys)
            && kept.as_ref().is_none_or(|kept| kept.expiration.is_none());
        let credentials = match (is_static && target.resolved_profile.device.is_none(), &kept) {
            (true, Some(_)) => ("static", None),
            (_, Some(kept)) => state_until(ctx, kept.expiration),
            (_, None) => ("missing", None),
        };
        let login = resolution.login.as_ref().map(|login| {
            let token = login.kept(ctx);
            let refreshable = login.session.is_some()
                && token.as_ref().is_some_and(|token| token.is_refreshable(ctx.now()));
            (login.name().to_owned(), token.map(|token| token.expires_at), refreshable)
        });
        let device = target.resolved_profile.device.as_ref().filter(|device| device.opens_session);
        let login = login.or_else(|| match (&target.resolved_profile.console, device) {
            // AWS alone knows until when it can be renewed.
            (Some(session), _) => {
                let kept = session.kept(ctx).map(|entry| entry.credentials);
                Some((session.arn.clone(), kept.as_ref().and_then(|kept| kept.expiration), kept.is_some()))
            }
            (_, Some(device)) => {
                let session = role::read_own(ctx, &device.key);
                Some((device.serial.clone(), session.and_then(|session| session.expiration), false))
            }
            _ => None,
        });
        Self {
            profile: target.resolved_profile.unwritten().is_none().then(|| target.profile().to_owned()),
            chosen: target.resolved_profile.choice.as_ref().map(ProfileChoice::shown),
            guarded: target.is_guarded(ctx, kept.as_ref()),
            account: target.account(ctx),
            role: resolution.role.clone(),
            region: target.region.as_ref().map(|region| (region.name.clone(), region.from.name())),
            source: resolution.kind.name().to_owned(),
            credentials,
            login,
        }
    }

    /// Describes a role that no profile has, from the variables of this shell.
    fn of_unwritten(ctx: &Context, account: String, role: String) -> Self {
        let region = ctx.env.text("AWS_REGION").map(|region| (region.to_owned(), "environment"));
        Self {
            profile: None,
            chosen: None,
            guarded: ctx.env.has("AWSENV_GUARDED"),
            account: Some(account),
            role: Some(role),
            region,
            source: String::new(),
            credentials: ("missing", None),
            login: None,
        }
    }

    /// Returns the colour of the profile with this name, or `ACCOUNT/ROLE`.
    fn colour(&self, settings: &Settings, name: &str) -> Option<Colour> {
        profile_colour::of(settings, name, self.account.as_deref(), self.role.as_deref(), self.guarded)
    }

    fn lines(&self, ctx: &Context) -> Vec<(&'static str, String)> {
        let lasts = |time: Option<DateTime<Utc>>| {
            time.map_or(String::new(), |time| format!(", {}", duration::left(time - ctx.now())))
        };
        let profile = self.profile.as_deref().map_or("none".to_owned(), sanitize::shown);
        let guarded = if self.guarded { ", guarded" } else { "" };
        let mut lines = vec![("profile", format!("{profile} ({}{guarded})", self.source))];
        lines.extend(self.chosen.clone().map(|chosen| ("chosen", chosen)));
        let optional = [("account", &self.account), ("role", &self.role)];
        lines.extend(
            optional.into_iter().filter_map(|(name, value)| Some((name, sanitize::shown(value.as_ref()?)))),
        );
        if let Some((region, from)) = &self.region {
            lines.push(("region", format!("{region} (from the {})", from.trim_start_matches("the "))));
        }
        lines.push(("credentials", format!("{}{}", self.credentials.0, lasts(self.credentials.1))));
        if let Some((session, expires_at, refreshable)) = &self.login {
            let alive = expires_at.is_some_and(|time| time > ctx.now());
            let state = Validity::new(expires_at.map(|_| alive)).word();
            let note = if *refreshable { ", renews itself" } else { "" };
            lines.push((
                "login",
                format!("{}: {state}{}{note}", sanitize::shown(session), lasts(expires_at.filter(|_| alive))),
            ));
        }
        lines
    }
}

/// Returns the state of credentials that expire at this time (UTC), if ever.
fn state_until(ctx: &Context, expiration: Option<DateTime<Utc>>) -> (&'static str, Option<DateTime<Utc>>) {
    let has_expired = expiration.is_some_and(|expiration| expiration <= ctx.now());
    (if has_expired { "expired" } else { "valid" }, expiration)
}
