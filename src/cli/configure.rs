//! The options of `awsenv configure`.

use clap::{Args, Subcommand};

use crate::commands;
use crate::configure::naming::Naming;
use crate::configure::plan::Where;
use crate::configure::session::Flags;
use crate::configure::template::Template;
use crate::login::LoginOptions;

/// What can be configured.
#[derive(Debug, Subcommand)]
pub enum Configure {
    /// Create profiles from IAM Identity Center (SSO)
    #[command(after_help = super::help_text::CONFIGURE_SSO)]
    Sso(Box<Sso>),
    /// Have Docker ask awsenv for the logins of ECR registries
    #[command(after_help = super::help_text::CONFIGURE_DOCKER)]
    Docker {
        /// A registry of ECR, or public.ecr.aws [default: that of this folder's account and region]
        #[arg(value_name = "REGISTRY")]
        registries: Vec<String>,
    },
}

/// The options of `configure sso`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch on the command line")]
pub struct Sso {
    /// The `[sso-session]`, new or existing
    #[arg(long = "sso-session", value_name = "NAME")]
    session: Option<String>,
    /// The start URL of a new session, `https://acme.awsapps.com/start`
    #[arg(long, value_name = "URL")]
    start_url: Option<String>,
    /// The region of Identity Center, for a new session
    #[arg(long = "sso-region", visible_alias = "region", value_name = "REGION")]
    region: Option<String>,
    /// The scopes of a new session, separated by commas [default: sso:account:access]
    #[arg(long, value_name = "SCOPES")]
    registration_scopes: Option<String>,
    /// An account, by id or name (repeatable)
    #[arg(long, value_name = "ACCOUNT")]
    account: Vec<String>,
    /// A role (repeatable)
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
    /// All accounts and roles, in a block of the file that stays in step
    #[arg(long, conflicts_with_all = ["account", "role", "profile"])]
    all: bool,
    /// With --all: remove profiles that Identity Center no longer has
    #[arg(long, requires = "all")]
    prune: bool,
    /// The default region of the profiles
    #[arg(long, value_name = "REGION")]
    default_region: Option<String>,
    /// The profile's name, if there is only one
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Profile names, from `{account_name}`, `{account_id}`, `{email}`, `{role}`
    #[arg(long, value_name = "TEMPLATE", default_value = "{account_name}-{role}")]
    name_template: Template,
    /// The same, for accounts with one role
    #[arg(long, value_name = "TEMPLATE")]
    short_template: Option<Template>,
    /// Print the difference and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Log in with a code to enter on any device
    #[arg(long)]
    device_code: bool,
    /// Print the login URL instead of opening a browser
    #[arg(long)]
    no_browser: bool,
    /// The port on 127.0.0.1 for the browser's callback
    #[arg(long, conflicts_with = "device_code")]
    port: Option<u16>,
}

impl Sso {
    /// Takes them over as the command wants them.
    pub fn options(self) -> commands::configure::Options {
        let place = if self.all { Where::Block { prune: self.prune } } else { Where::Anywhere };
        commands::configure::Options {
            session: Flags {
                name: self.session,
                start_url: self.start_url,
                region: self.region,
                scopes: self.registration_scopes,
            },
            accounts: self.account,
            roles: self.role,
            place,
            region: self.default_region,
            profile: self.profile,
            naming: Naming { template: self.name_template, short: self.short_template },
            dry_run: self.dry_run,
            login: LoginOptions { no_browser: self.no_browser, port: self.port, ..LoginOptions::default() },
            device_code: self.device_code,
        }
    }
}
