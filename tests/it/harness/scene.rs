//! The fixture of most tests of commands: AWS files with a profile of every kind, and a login to IAM Identity
//! Center as the AWS CLI writes it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;

use awsenv_emulator::{Account, Role};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::harness::invocation::Output;
use crate::harness::world::World;

/// A start URL whose digests are known, see [`LEGACY_TOKEN`].
pub const START: &str = "https://d-1234567890.awsapps.com/start";

/// File names that AWS CLI 2.36.7 gave to its cache entries.
pub const SESSION_TOKEN: &str = "0ad374308c5a4e22f723adf10145eafad7c4031c";
pub const LEGACY_TOKEN: &str = "7487b5b67d5fa1132cf33fa93ae51ef38cc37752";
pub const DEV_ENTRY: &str = "360f093cdc0bddf23eecc38b9cb6222fca5a195a";
pub const LEGACY_ENTRY: &str = "417c90ed1b57b636208f01348e75fbf5c9a91a50";
pub const ROLE_ENTRY: &str = "2bb38c5db97ed7ea85d819b0a043df7bd7b4363a";
pub const ROLE_OPTIONS_ENTRY: &str = "b45c667b3985acf657b326378414cbe32cbab26d";

/// The secret key of the emulator's user, from AWS's documentation.
pub const STATIC_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

const CONFIG: &str = "\
[profile dev]
sso_session = my-sso
sso_account_id = 111122223333
sso_role_name = Admin
region = eu-west-1

[profile legacy]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = ReadOnly

[sso-session my-sso]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = eu-central-1

[profile static]
region = us-west-2

[profile role]
role_arn = arn:aws:iam::123456789012:role/Dev
source_profile = static
region = eu-north-1

[profile role-options]
role_arn = arn:aws:iam::123456789012:role/path/Dev
source_profile = static
external_id = ext/1
duration_seconds = 1800
role_session_name = alice
region = eu-north-1

[profile role-over-sso]
role_arn = arn:aws:iam::444455556666:role/Deploy
source_profile = dev
region = ap-south-1

[profile empty]
region = us-east-1
";

const CREDENTIALS: &str = "\
[static]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
";

/// Makes a world with an emulator and the profiles `dev` and `legacy` (SSO), `static`, `role`, `role-options`
/// and `role-over-sso`, and `empty`. Nobody is logged in.
pub fn world() -> World {
    let world = World::with_emulator();
    world.emulator().with(|state| {
        state.organization.set(Account {
            id: "111122223333".to_owned(),
            name: "acme-dev".to_owned(),
            email: String::new(),
            roles: ["Admin", "ReadOnly"].map(str::to_owned).into(),
        });
        let path =
            Role { external_id: Some("ext/1".into()), ..role("arn:aws:iam::123456789012:role/path/Dev") };
        state.identities.roles.extend([role("arn:aws:iam::123456789012:role/Dev"), path]);
    });
    world.aws_config(CONFIG);
    world.aws_credentials(CREDENTIALS);
    world
}

/// [`world`] with a login to `my-sso` that lasts an hour.
pub fn signed_in() -> World {
    let world = world();
    let token = sign_in(&world);
    token.write(&world, SESSION_TOKEN, TimeDelta::hours(1));
    world
}

pub fn role(arn: &str) -> Role {
    Role::new(arn)
}

/// A login at the emulator.
pub struct Token {
    pub access: String,
    pub refresh: Value,
    pub client_secret: String,
    client_id: String,
}

/// Logs in at the emulator with a device code, as `aws sso login` does.
pub fn sign_in(world: &World) -> Token {
    let emulator = world.emulator();
    let post = |path: &str, body: &Value| post(emulator.url(), path, body);
    let text = |value: &Value| value.as_str().expect("the emulator answers properly").to_owned();
    let client = post("/client/register", &json!({ "clientName": "test", "clientType": "public" }));
    let (client_id, client_secret) = (text(&client["clientId"]), text(&client["clientSecret"]));
    let mut ask = json!({ "clientId": client_id, "clientSecret": client_secret, "startUrl": START });
    let started = post("/device_authorization", &ask);
    assert!(emulator.with(|state| state.devices.allow(&text(&started["userCode"]))));
    ask["grantType"] = json!("urn:ietf:params:oauth:grant-type:device_code");
    ask["deviceCode"] = started["deviceCode"].clone();
    let tokens = post("/token", &ask);
    emulator.reset_log();
    Token {
        access: text(&tokens["accessToken"]),
        refresh: tokens["refreshToken"].clone(),
        client_secret,
        client_id,
    }
}

impl Token {
    /// Writes the file as AWS CLI 2.36 does for a device code: its keys in their order, Python's separators.
    pub fn write(&self, world: &World, key: &str, left: TimeDelta) -> PathBuf {
        let quoted = |text: &str| json!(text).to_string();
        let region = if key == LEGACY_TOKEN { "us-east-1" } else { "eu-central-1" };
        let content = format!(
            "{{\"startUrl\": {}, \"region\": \"{region}\", \"accessToken\": {}, \"expiresAt\": {}, \
             \"clientId\": {}, \"clientSecret\": {}, \"registrationExpiresAt\": {}}}",
            quoted(START),
            quoted(&self.access),
            quoted(&time_in(left)),
            quoted(&self.client_id),
            quoted(&self.client_secret),
            quoted(&time_in(TimeDelta::days(90))),
        );
        world.write(format!(".aws/sso/cache/{key}.json"), content)
    }
}

/// Writes an entry of `~/.aws/cli/cache` with keys that nobody issued, so that a test notices their use.
pub fn plant_role(world: &World, key: &str, left: TimeDelta) -> PathBuf {
    let expiration = time_in(left);
    let content = format!(
        "{{\"ProviderType\": \"sso\", \"Credentials\": {{\"AccessKeyId\": \"ASIAPLANTED\", \"SecretAccessKey\": \
         \"planted-secret\", \"SessionToken\": \"planted-token\", \"Expiration\": \"{expiration}\", \"AccountId\": \
         \"111122223333\"}}}}"
    );
    world.write(entry(key), content)
}

/// Returns the path of a cached role below the home directory.
pub fn entry(key: &str) -> String {
    format!(".aws/cli/cache/{key}.json")
}

/// Returns the time in so much from now, as AWS writes it.
pub fn time_in(left: TimeDelta) -> String {
    (Utc::now() + left).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Reads a time that must be in UTC, and written with a `Z`.
pub fn utc(value: &Value) -> DateTime<Utc> {
    let text = value.as_str().expect("a time is text");
    assert!(text.ends_with('Z'), "{text}");
    DateTime::parse_from_rfc3339(text).expect("a time is RFC 3339").to_utc()
}

/// Makes a project with this `.awsenv` and allows it.
pub fn allowed(world: &World, folder: &str, content: &str) -> PathBuf {
    let project = world.project(folder, content);
    world.command([OsStr::new("allow"), project.as_os_str()]).unchecked().code(0).run();
    project
}

/// Returns the variables of AWS and awsenv that `exec` with these arguments gives to a command.
pub fn exec(world: &World, args: &[&str]) -> BTreeMap<String, String> {
    let words = ["exec"].iter().chain(args).chain(&["--", "/usr/bin/env"]);
    variables(&world.run(words))
}

/// Returns the variables of AWS and awsenv in the output of `env`.
pub fn variables(output: &Output) -> BTreeMap<String, String> {
    let pairs = output.stdout.lines().filter_map(|line| line.split_once('='));
    let ours = pairs.filter(|(name, _)| name.starts_with("AWS") && !name.starts_with("AWS_E"));
    ours.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Reads a file below the home directory.
pub fn read(world: &World, path: &str) -> String {
    fs::read_to_string(world.at(path)).expect("the file is there")
}

fn post(url: &str, path: &str, body: &Value) -> Value {
    let host = url.strip_prefix("http://").expect("the emulator speaks HTTP");
    let body = body.to_string();
    let mut stream = TcpStream::connect(host).expect("the emulator listens");
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .expect("the emulator reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the emulator answers");
    let (_, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    serde_json::from_str(body).expect("the emulator answers in JSON")
}
