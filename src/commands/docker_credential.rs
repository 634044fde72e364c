//! `awsenv docker-credential ACTION`, or the program under the name `docker-credential-awsenv`: Docker's
//! protocol for credential helpers.
//!
//! The registry's name comes on standard input. Answers go to standard output, and so do errors, with exit
//! code 1: Docker shows them. After the error [`NOT_FOUND`] Docker goes on without credentials.

use std::io::Read as _;

use anyhow::Result;
use chrono::TimeDelta;
use clap::ValueEnum;
use serde_json::{Map, json};

use crate::aws::ecr::{self, Registries};
use crate::cache::registry_token::{self, RegistryToken};
use crate::cache::role;
use crate::commands::exit::Exit;
use crate::configure::docker_config::PROGRAM;
use crate::failure::{Failure, FailureKind};
use crate::load::registry_caller::{self, RegistryCaller};
use crate::system::context::Context;
use crate::terminal::{lock_wait, message, output};
use crate::text::sanitize;
use crate::values::endpoint::Endpoint;
use crate::values::registry::Registry;
use crate::values::secret::Secret;
use crate::values::secret_json::SecretJson;

/// What Docker can ask for; the help shows these texts.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum DockerRequest {
    /// Print the credentials of the registry on standard input
    Get,
    /// Refused: there is nothing to store
    Store,
    /// Forget the token of the registry on standard input
    Erase,
    /// Print the registries with a token
    List,
    /// Print the version
    Version,
}

/// The error that tells Docker that there are no credentials.
const NOT_FOUND: &str = "credentials not found in native keychain";

/// In bytes; the name of a registry has fewer than 100.
const LONGEST_INPUT: u64 = 4096;

/// Answers Docker.
pub fn run(ctx: &Context, request: DockerRequest) -> Exit {
    let answer = match request {
        DockerRequest::Get => get(ctx),
        DockerRequest::Store => Err(Failure::new(
            "awsenv gets the credentials of ECR by itself: there is nothing to store, and no `docker login` is needed",
        )
        .into()),
        DockerRequest::Erase => erase(ctx).map(|()| Secret::new("")),
        DockerRequest::List => Ok(Secret::new(list(ctx))),
        DockerRequest::Version => Ok(Secret::new(format!("{PROGRAM} {}\n", env!("CARGO_PKG_VERSION")))),
    };
    let (text, exit) = match answer {
        Ok(text) => (text, Exit::Success),
        Err(error) => {
            let text = sanitize::shown_up_to(1000, &Failure::in_one_line(&error));
            (Secret::new(format!("{text}\n")), Exit::Failure)
        }
    };
    match output::print(text.reveal().as_bytes()) {
        Ok(()) => exit,
        Err(_) => Exit::Failure,
    }
}

fn get(ctx: &Context) -> Result<Secret> {
    let server = server()?;
    let not_found = || Failure::new(NOT_FOUND).into();
    let registry = Registry::parse(&server).ok_or_else(not_found)?;
    let Some(caller) = RegistryCaller::choose(ctx, &registry)? else {
        // Everybody may read the public registry.
        if registry.account.is_some() {
            let whose = format!("awsenv has no single profile for {}", registry.host);
            let setting = registry_caller::setting_command(&registry);
            message::hint(ctx, &format!("{whose}; run `{setting}`"));
        }
        return Err(not_found());
    };
    let token = match token(&caller, &registry) {
        Err(error) if registry.account.is_none() && Failure::kind_of(&error) == FailureKind::LoginNeeded => {
            message::debug(ctx, || format!("{error:#}"));
            return Err(not_found());
        }
        token => token?,
    };
    let answer = SecretJson(json!({
        "ServerURL": server,
        "Username": token.username,
        "Secret": token.secret.reveal(),
    }));
    Ok(Secret::new(format!("{}\n", *answer)))
}

/// Returns a token that is valid for at least 15 minutes if such can be had: pulling a large image takes
/// time.
fn token(caller: &RegistryCaller, registry: &Registry) -> Result<RegistryToken> {
    let ctx = &caller.ctx;
    let endpoint = caller.endpoint(registry)?;
    let (identity, place) = (caller.identity(), place(&endpoint));
    let key =
        registry_token::key(&registry.host, identity.iter().map(Vec::as_slice).chain([place.as_bytes()]));
    let kept = |least: TimeDelta| {
        let token = registry_token::read(ctx, &key)?;
        (token.server == registry.host && token.expires - ctx.now() >= least).then_some(token)
    };
    if let Some(token) = kept(role::WINDOW) {
        return Ok(token);
    }
    let _lock = lock_wait::take(ctx, &format!("registry-{key}"), "asking for the same registry")?;
    if let Some(token) = kept(role::WINDOW) {
        return Ok(token);
    }
    match fetch(caller, registry, &endpoint) {
        Ok(token) => {
            if let Err(error) = registry_token::write(ctx, &key, &token) {
                message::unkept(ctx, &error);
            }
            Ok(token)
        }
        Err(error) => kept(TimeDelta::seconds(1)).ok_or(error),
    }
}

/// Returns a text that is different for each endpoint.
fn place(endpoint: &Endpoint) -> String {
    let Endpoint { region, url, fips, dual_stack, .. } = endpoint;
    json!([region, url, fips, dual_stack]).to_string()
}

fn fetch(caller: &RegistryCaller, registry: &Registry, endpoint: &Endpoint) -> Result<RegistryToken> {
    let registries = if registry.account.is_some() { Registries::Private } else { Registries::Public };
    let authorization = ecr::authorization(&caller.ctx, registries, endpoint, &caller.keys()?)?;
    Ok(RegistryToken {
        server: registry.host.clone(),
        username: authorization.username,
        secret: authorization.password,
        expires: authorization.expires,
    })
}

fn erase(ctx: &Context) -> Result<()> {
    match Registry::parse(&server()?) {
        Some(registry) => registry_token::remove(ctx, &registry.host),
        None => Ok(()),
    }
}

fn list(ctx: &Context) -> String {
    let all: Map<_, _> =
        registry_token::all(ctx).into_iter().map(|token| (token.server, json!(token.username))).collect();
    format!("{}\n", serde_json::Value::from(all))
}

/// Reads the registry's name from standard input.
fn server() -> Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .take(LONGEST_INPUT)
        .read_to_string(&mut text)
        .map_err(|_| Failure::new("could not read the registry's name from standard input"))?;
    Ok(text.trim().to_owned())
}
