//! `awsenv console [SERVICE]`: the AWS console in the browser, signed in as the profile's role.
//!
//! An SSO profile opens a page of the access portal that holds no credential; other temporary keys are
//! exchanged for an address that signs in, which goes to the browser alone.

mod service;

use anyhow::Result;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::aws::{federation, signin_host};
use crate::cache::role;
use crate::commands::exit::Exit;
use crate::exports::mode::Export;
use crate::load::confirmation::TypedConfirmation;
use crate::load::for_command::CommandProfile;
use crate::load::plan::LoadPlan;
use crate::login::{self, LoginOptions};
use crate::shared_config::endpoint_settings::{EndpointSettings, Service};
use crate::shared_config::profile::ProfileKind;
use crate::system::context::Context;
use crate::terminal::{message, output};
use crate::values::start_url;
use crate::values::target_name::TargetName;

pub use service::names as services;

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub struct ConsoleOptions {
    /// The profile, or account and role; `None` for this folder's target.
    pub name: Option<TargetName>,
    /// The region, which overrides any other.
    pub region: Option<String>,
    /// A short name of a service; without it the console's first page opens.
    pub service: Option<String>,
    /// Print the address in place of opening it.
    pub print: bool,
    /// The program that opens the page, as a command line; without it `browser` of the settings,
    /// `$BROWSER`, else the system's own.
    pub browser: Option<String>,
    /// A code of the MFA device, if one is needed.
    pub mfa_code: Option<String>,
    /// The account (12 digits) that is confirmed.
    pub confirm: Option<String>,
}

/// Opens the console, or prints its address. Errors: the profile cannot be loaded; its keys are long-lived;
/// its partition's console is not known; no browser could be started.
pub fn run(ctx: &Context, options: &ConsoleOptions) -> Result<Exit> {
    let chosen = CommandProfile::new(ctx, options.name.as_ref(), options.region.as_deref())?
        .with_code(options.mfa_code.as_deref())?;
    let CommandProfile { ctx, settings, mut target } = chosen;
    let session =
        target.resolved_profile.resolution.login.as_ref().and_then(|login| login.session.as_deref());
    let browser = options.browser.clone().or_else(|| settings.ways.of(session).browser);
    // Whatever the folder exports, the console needs the keys.
    target.mode = Export::Both;
    let region = target.region_name().unwrap_or("us-east-1");
    let destination = service::destination(region, options.service.as_deref())?;
    let mut confirmation = TypedConfirmation::new(&ctx, &target, options.confirm.as_deref())?;
    confirmation.check(None)?;
    if let Some(address) = portal_address(&target, &destination) {
        target.check_demands(&ctx, None, false)?;
        if options.print {
            return print(&address);
        }
        login::browser::open_and_wait(&ctx, &address, browser.as_deref())?;
        return Ok(opened(&ctx, &target));
    }
    let keys = target.obtain_keys(&ctx, role::WINDOW, LoginOptions::of(&settings).as_ref())?;
    confirmation.check(Some(&keys))?;
    let config = ctx.config()?;
    let profile = config.profile(target.profile());
    let endpoint = EndpointSettings::new(&ctx, Service::Signin, profile.as_ref(), config)?;
    let address =
        federation::address(&ctx, &endpoint.endpoint(Some(region.to_owned())), &keys, &destination)?;
    if options.print {
        message::warning(&ctx, "whoever has this address can sign in with it for 15 minutes");
        return print(address.reveal());
    }
    login::handover::open(&ctx, &address, browser.as_deref())?;
    Ok(opened(&ctx, &target))
}

/// Returns the page of the access portal that opens the console, for an SSO profile. In other partitions than
/// `aws` such a page is not known to work, so keys are exchanged there.
fn portal_address(target: &LoadPlan, destination: &str) -> Option<String> {
    let resolution = &target.resolved_profile.resolution;
    let login =
        resolution.login.as_ref().filter(|_| resolution.kind == ProfileKind::Sso && target.role.is_none())?;
    signin_host::console_host(&login.region).filter(|host| *host == "console.aws.amazon.com")?;
    let start = start_url::bare(&login.start_url);
    let value = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let (account, role) = (value(resolution.account.as_deref()?), value(resolution.role.as_deref()?));
    let destination = value(destination);
    Some(format!("{start}/#/console?account_id={account}&role_name={role}&destination={destination}"))
}

fn opened(ctx: &Context, target: &LoadPlan) -> Exit {
    message::status(ctx, &format!("opened the console as {}", target.described(ctx)));
    Exit::Success
}

fn print(address: &str) -> Result<Exit> {
    output::print(format!("{address}\n").as_bytes())?;
    Ok(Exit::Success)
}
