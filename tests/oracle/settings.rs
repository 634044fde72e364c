//! What the keys of a profile mean: its kind, its SSO settings, its endpoints.

use std::path::Path;

use awsenv::shared_config::endpoint_settings::{EndpointSettings, Service};
use awsenv::shared_config::profile::{Profile, ProfileKind};
use awsenv::shared_config::sso_session::SsoSettings;
use awsenv::shared_config::{Document, SharedConfig};
use awsenv::system::context::Context;
use awsenv::system::environment::Environment;
use serde_json::{Value, json};

/// Cases that botocore 1.44.8 answered.
const RECORDED: &str = include_str!("settings.jsonl");

#[test]
fn recorded_profiles_mean_what_they_meant_to_botocore() {
    assert_eq!(crate::compare(RECORDED, ours), 160);
}

#[test]
fn fresh_profiles_mean_what_they_mean_to_botocore() {
    crate::compare_fresh("settings.py", 60, ours);
}

/// What awsenv makes of the profile, in the form of the script's answer.
fn ours(case: &Value) -> Value {
    let document = |key: &str| {
        Document::parse("/f", case[key].as_str().expect("a text").into()).expect("the files can be read")
    };
    let config = SharedConfig::new(document("config"), document("credentials"));
    let variables = case["env"].as_object().expect("an object").iter();
    let env: Environment =
        variables.map(|(name, value)| (name.into(), value.as_str().expect("a text").into())).collect();
    let ctx = Context::new(env, Path::new("/home"), Path::new("/"));
    let profile = config.profile("p").expect("every case has the profile");
    let url = |service| match EndpointSettings::new(&ctx, service, Some(&profile), &config) {
        Ok(settings) => json!(settings.url),
        Err(_) => json!("error"),
    };
    // Switches and certificates do not depend on the service, but a broken `services` hides them.
    let switches = switches(&ctx, &profile, &config);
    json!({
        "kind": kind(profile.kind()),
        "sso": sso(&profile, &config),
        "endpoints": {
            "sts": url(Service::Sts),
            "sso": url(Service::Sso),
            "sso-oidc": url(Service::SsoOidc),
            "signin": url(Service::Signin),
        },
        "fips": switches.fips,
        "dual_stack": switches.dual_stack.unwrap_or_default(),
        "ca_bundle": switches.ca_bundle,
    })
}

fn switches(ctx: &Context, profile: &Profile<'_>, config: &SharedConfig) -> EndpointSettings {
    let mut env = ctx.env.clone();
    env.set("AWS_ENDPOINT_URL", "http://any");
    EndpointSettings::new(&ctx.with_env(env), Service::Sts, Some(profile), config)
        .expect("nothing else can be wrong")
}

fn kind(kind: ProfileKind) -> Option<&'static str> {
    Some(match kind {
        ProfileKind::Role => "assume-role",
        ProfileKind::WebIdentity => "assume-role-with-web-identity",
        ProfileKind::Sso => "sso",
        ProfileKind::CredentialsKeys => "shared-credentials-file",
        ProfileKind::Login => "login",
        ProfileKind::Process => "custom-process",
        ProfileKind::ConfigKeys => "config-file",
        ProfileKind::Other => return None,
    })
}

fn sso(profile: &Profile<'_>, config: &SharedConfig) -> Value {
    if profile.get("sso_role_name").or(profile.get("sso_account_id")).is_none() {
        return Value::Null;
    }
    let Ok(settings) = SsoSettings::of_profile(profile, config) else { return json!("error") };
    let mut answer = json!({
        "sso_start_url": settings.session.start_url,
        "sso_region": settings.session.region,
        "sso_account_id": settings.account,
        "sso_role_name": settings.role,
    });
    if let Some(name) = settings.session.name {
        answer["sso_session"] = json!(name);
    }
    answer
}
