//! The options of `awsenv configure`.

use clap::{Args, Subcommand};

use crate::cli::mfa_code::MfaCode;
use crate::commands;
use crate::configure::naming::Naming;
use crate::configure::plan::Where;
use crate::configure::role_answers::RoleFlags;
use crate::configure::session::SessionFlags;
use crate::configure::template::Template;
use crate::login::LoginOptions;
use crate::text::duration;

/// What the AWS CLI can print (2.36).
const OUTPUTS: [&str; 6] = ["json", "yaml", "yaml-stream", "text", "table", "off"];

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Configure {
    /// Create profiles from IAM Identity Center (SSO)
    #[command(after_help = super::help_text::CONFIGURE_SSO)]
    Sso(Box<Sso>),
    /// Create a profile for a role that you assume (switch role)
    #[command(after_help = super::help_text::CONFIGURE_ROLE)]
    Role(Box<RoleProfileArgs>),
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
    /// The region of Identity Center, if the start URL of a new session does not lead to it
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
    /// What the AWS CLI prints in these profiles
    #[arg(long, value_name = "FORMAT", value_parser = OUTPUTS)]
    output: Option<String>,
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

/// The options of `configure role`.
#[derive(Debug, Args)]
pub struct RoleProfileArgs {
    /// The profile's name, new or existing
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The role's ARN, or the console's link to switch to it
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// The profile whose credentials assume the role
    #[arg(long, value_name = "PROFILE")]
    source_profile: Option<String>,
    /// The MFA device that the role asks for, - for none
    #[arg(long, value_name = "SERIAL", allow_hyphen_values = true)]
    mfa_serial: Option<String>,
    /// The default region of the profile
    #[arg(long, value_name = "REGION")]
    default_region: Option<String>,
    /// What the AWS CLI prints
    #[arg(long, value_name = "FORMAT", value_parser = OUTPUTS)]
    output: Option<String>,
    /// The session name in the account's logs
    #[arg(long, value_name = "NAME")]
    session_name: Option<String>,
    /// How long the credentials last: 15m to 12h, as the role allows [default: 1h]
    #[arg(long, value_name = "TIME", value_parser = role_duration)]
    duration: Option<chrono::TimeDelta>,
    /// The external ID that the role's trust policy demands
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// Do not try the role before it is written
    #[arg(long)]
    no_check: bool,
    /// Print the difference and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    mfa: MfaCode,
}

impl RoleProfileArgs {
    /// Returns the options as the command takes them.
    pub fn options(self) -> commands::configure_role::ConfigureRoleOptions {
        commands::configure_role::ConfigureRoleOptions {
            flags: RoleFlags {
                name: self.profile,
                role_arn: self.role_arn,
                source_profile: self.source_profile,
                mfa_serial: self.mfa_serial,
                region: self.default_region,
                output: self.output,
                session_name: self.session_name,
                duration: self.duration,
                external_id: self.external_id,
            },
            mfa_code: self.mfa.mfa_code,
            no_check: self.no_check,
            dry_run: self.dry_run,
        }
    }
}

/// Reads `--duration` within the bounds of STS: 15 minutes to 12 hours.
fn role_duration(text: &str) -> Result<chrono::TimeDelta, String> {
    let bounds = chrono::TimeDelta::minutes(15)..=chrono::TimeDelta::hours(12);
    let duration = duration::parse(text).filter(|duration| bounds.contains(duration));
    duration.ok_or_else(|| "write a time of 15m to 12h: 900s, 30m, 1h".to_owned())
}

impl Sso {
    /// Returns the options as the command takes them.
    pub fn options(self) -> commands::configure::Options {
        let place = if self.all { Where::Block { prune: self.prune } } else { Where::Anywhere };
        commands::configure::Options {
            session: SessionFlags {
                name: self.session,
                start_url: self.start_url,
                region: self.region,
                scopes: self.registration_scopes,
            },
            accounts: self.account,
            roles: self.role,
            place,
            region: self.default_region,
            output: self.output,
            profile: self.profile,
            naming: Naming { template: self.name_template, short: self.short_template },
            dry_run: self.dry_run,
            login: LoginOptions { no_browser: self.no_browser, port: self.port, ..LoginOptions::default() },
            device_code: self.device_code,
        }
    }
}
