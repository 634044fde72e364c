//! `awsenv configure sso`: profiles for the accounts and roles that a person has in Identity Center.

use anyhow::Result;

use crate::aws::access_portal;
use crate::cache::sso_token;
use crate::commands::exit::Exit;
use crate::configure::assignment::{Assignment, Assignments};
use crate::configure::naming::Naming;
use crate::configure::plan::{Plan, Where};
use crate::configure::session::{self, ChosenSession, SessionFlags};
use crate::configure::wish::Wish;
use crate::configure::{report, selection, writer};
use crate::failure::{Failure, FailureKind};
use crate::load::assigned_roles;
use crate::login::{self, Login, LoginOptions};
use crate::settings::{FlowPolicy, Settings};
use crate::shared_config::CleanContext;
use crate::shared_config::endpoint_settings::{self, Service};
use crate::shared_config::region;
use crate::shared_config::sso_session::SsoSession;
use crate::shared_config::{self, SharedConfig};
use crate::system::context::Context;
use crate::terminal::text_input::{self, Question};
use crate::terminal::{message, output};
use crate::text::sanitize;
use crate::values::endpoint::Endpoint;
use crate::values::url;

/// What the command line says.
#[derive(Clone, Debug)]
pub struct Options {
    /// The session.
    pub session: SessionFlags,
    /// The accounts, by id or name; if empty, a person picks.
    pub accounts: Vec<String>,
    /// The roles; if empty, a person picks.
    pub roles: Vec<String>,
    /// Where the profiles go: all of them into the session's block, or the chosen ones anywhere.
    pub place: Where,
    /// The region of the profiles.
    pub region: Option<String>,
    /// What the AWS CLI prints.
    pub output: Option<String>,
    /// The name of the one profile.
    pub profile: Option<String>,
    /// The names of all others.
    pub naming: Naming,
    /// Only print the difference.
    pub dry_run: bool,
    /// How a person is asked to log in, if one must be.
    pub login: LoginOptions,
    /// Use a device code whatever the settings say.
    pub device_code: bool,
}

impl Options {
    /// Returns whether accounts and roles are chosen by options, so that nobody has to pick any.
    fn says_which(&self) -> bool {
        self.place != Where::Anywhere || !self.accounts.is_empty() || !self.roles.is_empty()
    }
}

/// Asks for everything that no option answers, logs in, shows what it will write if a person was asked, and
/// writes it.
pub fn run(ctx: &Context, options: &Options) -> Result<Exit> {
    write(ctx, options).map_err(Failure::nothing_written)?;
    Ok(Exit::Success)
}

fn write(ctx: &Context, options: &Options) -> Result<()> {
    let settings = Settings::load(ctx)?;
    let ctx = &CleanContext::new(ctx);
    let config = shared_config::load(ctx)?;
    let is_person = text_input::is_possible(ctx);
    check(ctx, options, &config, is_person)?;
    let region_of = |start_url: &str| region_of(ctx, start_url);
    let chosen = session::choose(&options.session, &config, is_person, options.says_which(), &region_of)?;
    warn_of_region(ctx, &chosen.session.region, "`sso_region`");
    let login = LoginOptions {
        ways: settings.ways,
        flow: options.device_code.then_some(FlowPolicy::Device),
        ..options.login.clone()
    };
    let found = find(ctx, &config, &chosen, &login)?;
    for left_out in &found.left_out {
        message::warning(ctx, &format!("{left_out} is left out: a config file cannot hold that name"));
    }
    let (assignments, picked) = select(options, found.assignments, &chosen.session)?;
    if options.profile.is_some() && assignments.len() != 1 {
        let what =
            format!("could not use `--profile`: it names one profile, and there are {}", assignments.len());
        return Err(Failure::new(what)
            .hint("name one account and one role, or use `--name-template`")
            .into());
    }
    let mut wish = Wish {
        session: &chosen.session,
        assignments: &assignments,
        place: options.place,
        naming: &options.naming,
        name: options.profile.clone(),
        region: options.region.clone(),
        new_region: None,
        output: options.output.clone(),
    };
    let mut asked = picked || chosen.asked;
    if wish.lacks_region(&config)? {
        wish.new_region = wish.usual_region(&config)?;
        if wish.new_region.is_none() && is_person {
            asked = true;
            wish.new_region = ask_region(ctx, &config)?;
        }
    }
    if picked && assignments.len() == 1 && wish.name.is_none() {
        wish.name = Some(ask_name(&wish, &config)?);
    }
    let plan = |config: &SharedConfig| wish.plan(config);
    if options.dry_run {
        let (outcome, difference) = writer::preview(ctx, &plan)?;
        output::print(difference.as_bytes())?;
        report::tell(ctx, &outcome, &config, true);
        return Ok(());
    }
    if asked {
        confirm(ctx, &config, &plan)?;
    }
    let outcome = writer::write(ctx, &plan)?;
    report::tell(ctx, &outcome, &config, false);
    report::warn(ctx, &plan(&config)?, &shared_config::load(ctx)?);
    report::next(ctx, &plan(&config)?, &outcome);
    Ok(())
}

/// Shows what would be written, and asks whether to write it.
fn confirm(ctx: &Context, config: &SharedConfig, plan: &dyn Fn(&SharedConfig) -> Result<Plan>) -> Result<()> {
    let (outcome, difference) = writer::preview(ctx, plan)?;
    if difference.is_empty() {
        return Ok(());
    }
    report::preview(ctx, &outcome, &difference);
    let path = ctx.shown(config.config().path());
    if text_input::yes(&format!("Write this to {path}?"))? {
        return Ok(());
    }
    Err(Failure::new("cancelled").kind(FailureKind::Cancelled).into())
}

/// Asks the access portal for its region; `None` if it does not say.
fn region_of(ctx: &Context, start_url: &str) -> Option<String> {
    let found = || -> Result<Option<String>> {
        let url = endpoint_settings::of_environment(ctx, Service::Sso)?;
        access_portal::region(ctx, start_url, Endpoint { url: url.map(str::to_owned), ..Endpoint::default() })
    };
    let region = found().unwrap_or_else(|error| {
        message::debug(ctx, || sanitize::shown(&format!("{error:#}")));
        None
    })?;
    let host = sanitize::shown(url::authority(start_url));
    message::status(ctx, &format!("{host} is in the region {region}"));
    Some(region)
}

fn warn_of_region(ctx: &Context, name: &str, place: &str) {
    if let Some(doubt) = region::doubt(name, place) {
        message::warning_of(ctx, "this may be a mistake", &doubt.into());
    }
}

/// Fails for what would fail in the end, before a person has logged in and picked.
fn check(ctx: &Context, options: &Options, config: &SharedConfig, is_person: bool) -> Result<()> {
    if let Some(name) = &options.profile {
        check_profile_name(config, name)?;
    }
    if let Some(name) = &options.region {
        region::check_form(name)?;
        warn_of_region(ctx, name, "`--default-region`");
    }
    if !options.says_which() && !is_person {
        return Err(Failure::new(
            "could not choose accounts and roles without a terminal: `--account` is missing",
        )
        .hint("name them with `--account` and `--role`, or take them all with `--all`")
        .kind(FailureKind::Usage)
        .into());
    }
    if !options.dry_run {
        writer::writable(ctx, config)?;
    }
    Ok(())
}

/// Returns the roles that the person may use, after a login if one is needed.
fn find(
    ctx: &Context,
    config: &SharedConfig,
    chosen: &ChosenSession,
    how: &LoginOptions,
) -> Result<Assignments> {
    let session = &chosen.session;
    let key = login::token_key(session);
    if chosen.is_new
        && let Some(token) = sso_token::read(ctx, &key)
        && token.start_url.as_ref() != Some(&session.start_url)
    {
        // This token is of an earlier session with the same name, perhaps in another organisation.
        login::forget(ctx, &key, &token)?;
    }
    let login = Login::new(ctx, session.clone(), None, config)?;
    assigned_roles::list(ctx, config, &login, session, None, &|| ensure(&login, how, chosen))
}

/// Logs in. The usual hint, `awsenv login`, does not work for a session that is not in the file yet.
fn ensure(login: &Login<'_>, how: &LoginOptions, chosen: &ChosenSession) -> Result<sso_token::Token> {
    login.ensure(how).map_err(|error| match Failure::kind_of(&error) {
        FailureKind::LoginNeeded if chosen.is_new => {
            let what = format!("could not log in to {} without a terminal", sanitize::shown(login.name()));
            Failure::new(what)
                .hint("run the same command in a terminal")
                .kind(FailureKind::LoginNeeded)
                .into()
        }
        _ => error,
    })
}

/// Returns the accounts and roles that get profiles, and whether a person picked them.
fn select(options: &Options, all: Vec<Assignment>, session: &SsoSession) -> Result<(Vec<Assignment>, bool)> {
    if all.is_empty() {
        let name = sanitize::shown(session.name.as_deref().unwrap_or(&session.start_url));
        let what =
            format!("could not find an account: nobody has assigned you a role in one (session `{name}`)");
        return Err(Failure::new(what)
            .hint("ask who administers IAM Identity Center to assign you one")
            .into());
    }
    if options.place != Where::Anywhere {
        return Ok((all, false));
    }
    if options.accounts.is_empty() && options.roles.is_empty() {
        return Ok((selection::picked(&all)?, true));
    }
    Ok((selection::named(&all, &options.accounts, &options.roles)?, false))
}

/// Asks for the region of profiles that have none; `None` if they stay without one.
fn ask_region(ctx: &Context, config: &SharedConfig) -> Result<Option<String>> {
    let profiles = config.profiles().find_map(|profile| region::of_profile(&profile).ok().flatten());
    let known = region::of_environment(&ctx.env).ok().flatten().or(profiles);
    let default = known.map(|region| region.name).unwrap_or_default();
    let check = |answer: &str| match answer {
        "" | "-" => Ok(()),
        name if name == default => Ok(()),
        name => region::check_answer(name),
    };
    let text = "Default region for these profiles (- for none)";
    let answer = Question { text, default: &default, known: &[], check: &check }.ask()?;
    Ok(Some(answer).filter(|answer| !matches!(answer.as_str(), "" | "-")))
}

fn ask_name(wish: &Wish<'_>, config: &SharedConfig) -> Result<String> {
    let plan = wish.plan(config)?;
    let default = plan.profiles.first().map_or("", |wanted| wanted.name.as_str());
    let check = |name: &str| check_profile_name(config, name);
    Question { text: "Profile name", default, known: &[], check: &check }.ask()
}

/// Checks the name. A new one must be readable for all tools; that of an existing profile may be anything.
fn check_profile_name(config: &SharedConfig, name: &str) -> Result<()> {
    if config.profile(name).is_some() { session::check_name(name) } else { session::check_new_name(name) }
}
