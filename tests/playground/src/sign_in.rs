//! A login to the emulator as `aws sso login --use-device-code` would leave it: a token file in `~/.aws/sso/cache`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use awsenv_emulator::Emulator;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

const SESSION: &str = "acme";
const START_URL: &str = "https://acme.awsapps.com/start";
const REGION: &str = "eu-west-1";

/// Signs in to the `sso-session` of the playground's home, without a person.
pub fn sign_in(emulator: &Emulator, home: &Path) -> Result<()> {
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
    let post = |path: &str, body: Value| -> Result<Value> {
        let request = agent.post(format!("{}{path}", emulator.url())).content_type("application/json");
        let answer = request.send(body.to_string())?.body_mut().read_to_string()?;
        Ok(serde_json::from_str(&answer)?)
    };
    let client = post(
        "/client/register",
        json!({ "clientName": "playground", "clientType": "public", "scopes": ["sso:account:access"] }),
    )?;
    let (id, secret) = (&client["clientId"], &client["clientSecret"]);
    let device = post(
        "/device_authorization",
        json!({ "clientId": id, "clientSecret": secret, "startUrl": START_URL }),
    )?;
    let code = device["userCode"].as_str().context("the emulator gives a code")?;
    emulator.with(|state| state.devices.allow(code));
    let tokens = post(
        "/token",
        json!({
            "clientId": id, "clientSecret": secret, "deviceCode": device["deviceCode"],
            "grantType": "urn:ietf:params:oauth:grant-type:device_code",
        }),
    )?;
    let lifetime = tokens["expiresIn"].as_i64().context("the emulator gives a lifetime")?;
    let registered_until =
        client["clientSecretExpiresAt"].as_i64().and_then(|at| DateTime::from_timestamp(at, 0));
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let token = json!({
        "startUrl": START_URL, "region": REGION,
        "accessToken": tokens["accessToken"], "expiresAt": time(Utc::now() + TimeDelta::seconds(lifetime)),
        "clientId": id, "clientSecret": secret, "registrationExpiresAt": registered_until.map(time),
        "refreshToken": tokens["refreshToken"],
    });
    write(home, &token)
}

/// The AWS CLI 2.36 names the file by the SHA-1 of the session's name.
fn write(home: &Path, token: &Value) -> Result<()> {
    let folder = home.join(".aws/sso/cache");
    fs::create_dir_all(&folder)?;
    let name: String = Sha1::digest(SESSION).iter().map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join(format!("{name}.json"));
    fs::write(&path, token.to_string())?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    Ok(())
}
