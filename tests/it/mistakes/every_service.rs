//! What a network does to answers, for every service that awsenv asks. [`CALLS`] has a row for each operation
//! of the emulator that a browser does not ask for, and a test that says so.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Deref;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use awsenv_emulator::Operation::{self, *};
use awsenv_emulator::{Answer, Effect, End, Fault, RefreshReply, Role};
use chrono::TimeDelta;

use crate::harness::front::Front;
use crate::harness::invocation::Output;
use crate::harness::keyring_stage::KeyringStage;
use crate::harness::listener::Listener;
use crate::harness::login_stage as stage;
use crate::harness::scene::{self, STATIC_SECRET};
use crate::harness::tools;
use crate::harness::world::World;

/// A command that asks for an operation.
struct Call {
    operation: Operation,
    /// The source file that asks.
    file: &'static str,
    args: &'static [&'static str],
}

const fn call(operation: Operation, file: &'static str, args: &'static [&'static str]) -> Call {
    Call { operation, file, args }
}

const LOGIN: &[&str] = &["login", "--sso-session", "my-sso", "--device-code"];
const ROTATE: &[&str] = &["keys", "rotate", "base"];
const MACHINE: &[&str] = &["exec", "-p", "machine", "--", "true"];
const REGISTRY: &[&str] = &["docker-credential", "get", "123456789012.dkr.ecr.eu-west-1.amazonaws.com"];

const CALLS: &[Call] = &[
    call(RegisterClient, "oidc", LOGIN),
    call(StartDeviceAuthorization, "oidc", LOGIN),
    call(CreateTokenDeviceCode, "oidc", LOGIN),
    call(CreateTokenAuthorizationCode, "oidc", &["login", "--sso-session", "my-sso"]),
    call(CreateTokenRefreshToken, "oidc", &["exec", "-p", "dev", "--", "true"]),
    call(GetRoleCredentials, "sso", &["exec", "-p", "dev", "--", "true"]),
    call(ListAccounts, "sso", &["accounts"]),
    call(ListAccountRoles, "sso", &["accounts"]),
    call(Logout, "sso", &["logout", "--all"]),
    call(GetCallerIdentity, "sts", &["whoami", "-p", "static"]),
    call(AssumeRole, "sts", &["exec", "-p", "role", "--", "true"]),
    call(AssumeRoleWithWebIdentity, "sts", &["exec", "-p", "web", "--", "true"]),
    call(GetSessionToken, "sts", &["exec", "-p", "alice", "--mfa-code", "123456", "--", "true"]),
    call(ListAccessKeys, "iam", ROTATE),
    call(CreateAccessKey, "iam", ROTATE),
    call(UpdateAccessKey, "iam", ROTATE),
    call(DeleteAccessKey, "iam", ROTATE),
    call(Federation, "federation", &["console", "-p", "role", "--print"]),
    call(OpenInstanceSession, "metadata_service", MACHINE),
    call(GetInstanceRole, "metadata_service", MACHINE),
    call(GetInstanceCredentials, "metadata_service", MACHINE),
    call(GetContainerCredentials, "metadata_service", &["exec", "-p", "task", "--", "true"]),
    call(CreateOAuth2Token, "signin", &["exec", "-p", "console", "--", "true"]),
    call(GetAuthorizationToken, "ecr", REGISTRY),
    call(GetPublicAuthorizationToken, "ecr", &["docker-credential", "get", "public.ecr.aws"]),
];

/// What a browser asks for, and what nobody does. [`AccessPortal`] and [`StartUrl`] are pages that awsenv
/// looks at as well: they have tests of their own, in `configure_wizard.rs` and `start_url.rs`.
const NOT_CALLED: [Operation; 10] = [
    CreateTokenUnknown,
    AccessPortal,
    Authorize,
    StartUrl,
    DevicePage,
    Decide,
    UnknownAction,
    SignInPage,
    SignInConfirmation,
    Unknown,
];

const MORE: &str = "
[profile web]
role_arn = arn:aws:iam::123456789012:role/Web
web_identity_token_file = TOKEN
region = eu-west-1

[profile console]
login_session = arn:aws:iam::111122223333:user/Alice
region = eu-west-1

[profile alice]
region = eu-west-1
mfa_serial = arn:aws:iam::111122223333:mfa/alice

[profile machine]
role_arn = arn:aws:iam::123456789012:role/Dev
credential_source = Ec2InstanceMetadata
region = eu-west-1

[profile task]
role_arn = arn:aws:iam::123456789012:role/Dev
credential_source = EcsContainer
region = eu-west-1
";

/// The name that AWS CLI 2.36.7 gave to the login of `console`.
const CONSOLE_ENTRY: &str =
    ".aws/login/cache/a5ed68ef865fa5c277327645d998eb3e125aa67e91d766c8fe392e068153172c.json";

/// Where a call is made.
enum Place {
    Plain(Box<World>),
    Keyring(Box<KeyringStage>),
}

impl Deref for Place {
    type Target = World;

    fn deref(&self) -> &World {
        match self {
            Self::Plain(world) => world,
            Self::Keyring(stage) => &stage.world,
        }
    }
}

impl Call {
    /// Makes a world in which the call succeeds; `None` where a program for it is missing.
    fn place(&self) -> Option<Place> {
        if self.args == ROTATE {
            // One by one: a machine with many keyrings that begin at once loses some.
            static BEGINNING: Mutex<()> = Mutex::new(());
            let _turn = BEGINNING.lock().unwrap_or_else(PoisonError::into_inner);
            let stage = KeyringStage::start()?;
            stage.world.aws_credentials("");
            stage.add("base");
            return Some(Place::Keyring(Box::new(stage)));
        }
        let mut world = stage::world();
        world.emulator().with(|state| state.sessions.refresh_reply = RefreshReply::Rotated);
        world.write(".config/awsenv/config", "ecr.123456789012 = role\necr.public = role\n");
        let token = world.write("token", "acme-token");
        let config = scene::read(&world, ".aws/config");
        world.aws_config(&format!("{config}{}", MORE.replace("TOKEN", &token.display().to_string())));
        let credentials = scene::read(&world, ".aws/credentials");
        world.aws_credentials(&format!("{credentials}\n{}", credentials.replace("[static]", "[alice]")));
        let url = world.emulator().url().to_owned();
        world.emulator().with(|state| {
            let web = Role::new("arn:aws:iam::123456789012:role/Web");
            state.identities.roles.push(Role { web_identity_token: Some("acme-token".to_owned()), ..web });
        });
        match self.operation {
            CreateTokenRefreshToken => {
                stage::run(&world, &["login", "--sso-session", "my-sso"], 0);
                stage::age(&world, TimeDelta::seconds(-1));
            }
            CreateOAuth2Token => {
                world.command(["login", "-p", "console"]).unchecked().code(0).run();
                let entry = scene::read(&world, CONSOLE_ENTRY);
                let (before, rest) = entry.split_once("\"expiresAt\": \"").expect("it ends");
                let (_, after) = rest.split_once('"').expect("it is text");
                let past = scene::time_in(TimeDelta::minutes(-1));
                world.write(CONSOLE_ENTRY, format!("{before}\"expiresAt\": \"{past}\"{after}"));
                world.emulator().reset_log();
            }
            GetRoleCredentials | ListAccounts | ListAccountRoles | Logout => {
                scene::sign_in(&world).write(&world, scene::SESSION_TOKEN, TimeDelta::hours(1));
            }
            OpenInstanceSession | GetInstanceRole | GetInstanceCredentials => {
                world.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
                world.unset("AWS_EC2_METADATA_DISABLED");
            }
            GetContainerCredentials => {
                world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/container/credentials"));
            }
            _ => {}
        }
        Some(Place::Plain(Box::new(world)))
    }

    /// Returns whether the call is one of many, which are tried for a minute: the others would be in vain.
    fn is_one_of_many(&self) -> bool {
        matches!(self.operation, ListAccounts | ListAccountRoles)
    }

    /// Returns the variable that says where the service is.
    fn variable(&self) -> &'static str {
        match (self.file, self.operation) {
            ("oidc", _) => "AWS_ENDPOINT_URL_SSO_OIDC",
            ("sso", _) => "AWS_ENDPOINT_URL_SSO",
            ("sts", _) => "AWS_ENDPOINT_URL_STS",
            ("iam", _) => "AWS_ENDPOINT_URL_IAM",
            ("federation" | "signin", _) => "AWS_ENDPOINT_URL_SIGNIN",
            (_, GetPublicAuthorizationToken) => "AWS_ENDPOINT_URL_ECR_PUBLIC",
            _ => "AWS_ENDPOINT_URL_ECR",
        }
    }

    /// Runs the call with this variable, for which nothing gets to the service. Unless the variable says
    /// where it is, the service is where it really is, and all others are on this machine.
    fn fails_with(&self, name: &str, value: &str, words: &str) {
        let Some(world) = self.place() else { return };
        let (args, stdin) = self.words();
        let run = world.command(args).stdin(stdin).env_remove(self.variable()).env(name, value);
        let output = run.unchecked().run();
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(said.contains(words), "{words} is not said: {:?}, {output:?}", self.operation);
        assert!(output.code != 0 || self.operation == Logout, "{:?}, {output:?}", self.operation);
        assert!(!said.contains(PROXY_PASSWORD) && !said.contains(STATIC_SECRET), "{output:?}");
    }

    /// Returns the arguments, and what is sent to standard input: Docker gives the registry's name there.
    fn words(&self) -> (Vec<&'static str>, &'static str) {
        match self.args {
            [command @ "docker-credential", action, server] => (vec![*command, *action], *server),
            args => (args.to_vec(), ""),
        }
    }

    fn run(&self, world: &World) -> Output {
        let (args, stdin) = self.words();
        world.command(args).stdin(stdin).unchecked().run()
    }

    /// Runs the call while it is answered so. It must fail with these words, say little, and show and spoil
    /// nothing: afterwards, the same call succeeds.
    fn survives(&self, effect: &Effect, words: &str) {
        let once = || self.survives_once(effect, words);
        // gnome-keyring itself ends now and then under load. A fault of awsenv's comes again.
        if self.args != ROTATE || panic::catch_unwind(AssertUnwindSafe(once)).is_err() {
            once();
        }
    }

    fn survives_once(&self, effect: &Effect, words: &str) {
        let Some(world) = self.place() else { return };
        world.emulator().with(|state| state.faults.add(Fault::new(self.operation, effect.clone())));
        let begun = Instant::now();
        let output = self.run(&world);
        let about = format!("{:?}, {effect:?}: {output:?}", self.operation);
        let limit = if self.is_one_of_many() { 30 } else { 19 };
        assert!(begun.elapsed() < Duration::from_secs(limit), "{:?}, {about}", begun.elapsed());
        assert!(world.emulator().count(self.operation) > 0, "it was not asked for: {about}");
        // A logout that AWS does not hear of is one here all the same.
        assert!(output.code != 0 || self.operation == Logout, "{about}");
        // Docker reads the reason on standard output.
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(said.contains(words), "{words} is not said: {about}");
        assert!(
            !said.contains("panicked") && !said.contains(STATIC_SECRET) && !said.contains(EVIL),
            "{about}"
        );
        let errors = output.stderr.lines().filter(|line| line.starts_with("awsenv: error: "));
        assert!(errors.count() <= 1 && output.stderr.len() < 2000, "{about}");
        for folder in [".aws", ".cache", ".local/state"] {
            holds_no_evil(&world.at(folder), &about);
        }
        world.emulator().with(|state| state.faults.clear());
        if self.operation == CreateTokenDeviceCode || self.args == ["logout", "--all"] {
            return;
        }
        let again = self.run(&world);
        assert_eq!(again.code, 0, "afterwards: {again:?}; {about}");
    }
}

/// Stands in every answer that is not AWS's.
const EVIL: &str = "EVILEVIL";

const PROXY_PASSWORD: &str = "hunter2-of-the-proxy";

fn holds_no_evil(folder: &Path, about: &str) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            holds_no_evil(&path, about);
        } else if let Ok(content) = fs::read(&path) {
            assert!(!String::from_utf8_lossy(&content).contains(EVIL), "{}: {about}", path.display());
        }
    }
}

/// Runs all calls at once with each of these effects: the effects one after the other, but for calls that are
/// tried for long.
fn all_survive(effects: &[(Effect, &str)]) {
    let failed: Vec<_> = thread::scope(|scope| {
        let mut runs = Vec::new();
        for call in CALLS {
            // No run of a test may take a minute. A code that a person has typed is polled for five times in
            // a row before it is given up.
            let is_long = call.is_one_of_many() || call.operation == CreateTokenDeviceCode;
            for effects in effects.chunks(if is_long { 1 } else { effects.len() }) {
                runs.push(scope.spawn(move || {
                    for (effect, words) in effects {
                        if !is_long || !words.starts_with("no answer") {
                            call.survives(effect, words);
                        }
                    }
                }));
            }
        }
        runs.into_iter().filter_map(|run| run.join().err()).collect()
    });
    assert!(failed.is_empty(), "{} calls failed, see above", failed.len());
}

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str, end: End) -> Effect {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Effect::Answer(Answer { status, headers, body: body.to_owned(), end })
}

#[test]
fn no_service_is_forgotten() {
    let source = include_str!("../../emulator/src/operation.rs");
    let (_, rest) = source.split_once("pub enum Operation {").expect("it is there");
    let (variants, _) = rest.split_once("\n}").expect("it ends");
    let names = variants.lines().filter_map(|line| line.trim().strip_suffix(','));
    let names: BTreeSet<_> = names.map(str::to_owned).collect();
    let known = CALLS.iter().map(|call| call.operation).chain(NOT_CALLED);
    let known: BTreeSet<_> = known.map(|operation| format!("{operation:?}")).collect();
    assert_eq!(names, known, "an operation without a row in CALLS");

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws");
    let mut asking = BTreeSet::new();
    for path in fs::read_dir(folder).expect("it is there").flatten().map(|entry| entry.path()) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        if [".call(", ".exchange", "SignedCall {"].iter().any(|way| text.contains(way)) {
            asking.insert(path.file_stem().expect("it has a name").to_string_lossy().into_owned());
        }
    }
    // The ways themselves, and the three that take any answer for one: they send no secret.
    let others = ["raw_request", "signed_call", "bounded_answer", "access_portal", "probe", "redirect"]
        .map(str::to_owned);
    let known: BTreeSet<_> = CALLS.iter().map(|call| call.file.to_owned()).chain(others).collect();
    assert_eq!(asking, known, "a file that asks AWS without a row in CALLS");
}

#[test]
fn a_web_page_is_told_as_one_by_every_service() {
    let page = "a web page came in place of the answer of";
    let evil = format!("<html><body>{EVIL}</body></html>");
    all_survive(&[
        (answer(200, &[("content-type", "text/html")], &evil, End::Whole), page),
        (answer(200, &[], &evil, End::Whole), page),
        (answer(511, &[("content-type", "text/html")], &evil, End::Whole), page),
    ]);
}

#[test]
fn nothing_is_sent_where_a_redirect_leads() {
    let elsewhere = Listener::start(200, "application/json", "{}");
    let page = "a web page came in place of the answer of";
    let leading = |status| answer(status, &[("location", &elsewhere.url)], EVIL, End::Whole);
    all_survive(&[(leading(302), page), (leading(307), page)]);
    assert_eq!(elsewhere.requests(), [""; 0]);
}

#[test]
fn a_service_that_is_asked_too_much_is_not_waited_for() {
    let slow = "asks to slow down";
    let effects: Vec<_> = ["Wed, 21 Oct 2099 07:28:00 GMT", "99999999999999999999"]
        .map(|later| {
            let headers = [("retry-after", later), ("x-amz-retry-after", later)];
            (answer(429, &headers, "{}", End::Whole), slow)
        })
        .into();
    all_survive(&effects);
}

#[test]
fn an_answer_that_is_wrong_is_not_taken_for_one() {
    let types = ["application/json", "text/xml"];
    let bodies = ["", "{}", "null", "{\"a\": \"EVILEVIL\"}", "<a>EVILEVIL</a>", "EVILEVIL"];
    // Where nothing is answered but that it is done, any answer says so.
    let calls =
        CALLS.iter().filter(|call| !matches!(call.operation, Logout | UpdateAccessKey | DeleteAccessKey));
    thread::scope(|scope| {
        for call in calls {
            scope.spawn(move || {
                for (body, kind) in bodies.iter().zip(types.iter().cycle()) {
                    // An instance's services answer plain text.
                    if *body == "EVILEVIL" && matches!(call.operation, OpenInstanceSession | GetInstanceRole)
                    {
                        continue;
                    }
                    call.survives(&answer(200, &[("content-type", kind)], body, End::Whole), "could not ");
                }
            });
        }
    });
}

#[test]
fn an_answer_that_is_cut_off_or_has_no_end_is_left() {
    all_survive(&[
        (answer(200, &[], EVIL, End::CutOff), "could not reach `127.0.0.1:"),
        (Effect::Close, "could not reach `127.0.0.1:"),
        (answer(200, &[], &EVIL.repeat(2000), End::Endless), "` is larger than 1 MiB"),
    ]);
}

#[test]
fn an_answer_that_does_not_come_is_not_waited_for() {
    thread::scope(|scope| {
        scope.spawn(|| all_survive(&[(Effect::Hang, "no answer from `127.0.0.1:")]));
        scope.spawn(|| all_survive(&[(answer(200, &[], EVIL, End::Slow), "no answer from `127.0.0.1:")]));
    });
}

/// Runs `check` for one call of each service that is not this machine's own, all at once.
fn each_service(check: impl Fn(&Call) + Sync) {
    let mut seen = BTreeSet::new();
    let first_of =
        |call: &&Call| call.file != "metadata_service" && seen.insert((call.variable(), call.file));
    let calls: Vec<_> = CALLS.iter().filter(first_of).collect();
    assert!(calls.len() > 6, "{} services", calls.len());
    thread::scope(|scope| calls.iter().for_each(|call| drop(scope.spawn(|| check(call)))));
}

#[test]
fn a_proxy_that_asks_for_a_password_is_told_as_one() {
    let proxy = Listener::start(407, "text/html", "<html>EVILEVIL</html>");
    let url = proxy.url.replace("http://", &format!("http://me:{PROXY_PASSWORD}@"));
    each_service(|call| {
        let words = "the proxy asks for a password, or for another one than it was given";
        call.fails_with("https_proxy", &url, words);
    });
    assert!(proxy.requests().iter().all(|request| request.starts_with("CONNECT ")), "nothing is sent by it");
}

#[test]
fn a_certificate_of_nobody_is_told_as_one_and_nothing_is_sent() {
    if !tools::have(&["openssl"]) {
        return;
    }
    let world = World::with_emulator();
    let front = Front::start(&world);
    each_service(|call| call.fails_with("https_proxy", &front.url, "no secure connection to `"));
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn what_could_be_read_on_its_way_is_not_sent() {
    // What goes to STS is signed: emulators in a container's network are used so.
    each_service(|call| {
        if call.file != "sts" {
            call.fails_with(call.variable(), "http://aws.example:8000", "would be sent over plain http");
        }
    });
}
