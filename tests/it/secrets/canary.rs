//! Secrets that must never be seen where people, logs and other processes look.

use std::path::Path;

use awsenv_emulator::Operation::{AssumeRole, GetCallerIdentity, GetRoleCredentials};
use awsenv_emulator::{AccessKey, Effect, Fault, Person};
use chrono::TimeDelta;
use serde_json::json;

use crate::harness::invocation::{Invocation, Output};
use crate::harness::scene::{self, SESSION_TOKEN, STATIC_SECRET};
use crate::harness::world::World;

const ISSUED_SECRET: &str = "canaryIssuedSecretKey0000000000000000000";
const ISSUED_TOKEN: &str = "canaryIssuedSessionToken";
const OLD_SECRET: &str = "canaryOldSecretKeyOfTheShell";
const OLD_TOKEN: &str = "canaryOldSessionTokenOfTheShell";
const IN_FILE: &str = "canaryInAnEnvFile";

struct Canary {
    world: World,
    secrets: Vec<String>,
}

impl Canary {
    fn new() -> Self {
        let world = scene::world();
        let token = scene::sign_in(&world);
        token.write(&world, SESSION_TOKEN, TimeDelta::hours(1));
        let refresh = token.refresh.as_str().unwrap_or("canary-no-refresh-token").to_owned();
        let mut secrets = [STATIC_SECRET, ISSUED_SECRET, ISSUED_TOKEN, OLD_SECRET, OLD_TOKEN, IN_FILE]
            .map(str::to_owned)
            .to_vec();
        secrets.extend([token.access, token.client_secret, refresh]);
        Self { world, secrets }
    }

    /// Makes AWS issue the known keys, whatever is asked of it.
    fn plant(&self) {
        let key = AccessKey {
            id: "ASIACANARY".into(),
            secret: ISSUED_SECRET.into(),
            session_token: ISSUED_TOKEN.into(),
        };
        self.world.emulator().with(|state| (0..4).for_each(|_| state.issuer.plant(key.clone())));
    }

    fn run(&self, args: &[&str], folder: &Path) -> Output {
        self.look(self.world.command(args).current_dir(folder), &args.join(" "))
    }

    /// Runs it with old keys in the environment and everything said that can be said.
    fn look(&self, command: Invocation<'_>, what: &str) -> Output {
        let command = command.env("AWSENV_LOG", "debug").env("AWS_SECRET_ACCESS_KEY", OLD_SECRET);
        let command = command.env("AWS_SESSION_TOKEN", OLD_TOKEN).env("AWS_ACCESS_KEY_ID", "ASIAOLD");
        let output = command.unchecked().run();
        self.absent(&output.stderr, what);
        output
    }

    fn absent(&self, text: &str, what: &str) {
        let base64 = |secret: &str| base64_inner(secret.as_bytes());
        for secret in &self.secrets {
            assert!(!text.contains(secret.as_str()), "{what} shows {secret}: {text}");
            assert!(!text.contains(&base64(secret)), "{what} shows {secret} in base 64: {text}");
            let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert!(!text.to_lowercase().contains(&hex), "{what} shows {secret} in hexadecimal: {text}");
        }
    }
}

/// The part of the base 64 of these bytes that does not depend on what follows them.
fn base64_inner(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks_exact(3).flat_map(|group| {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(LETTERS[bits >> shift & 63]))
    });
    groups.collect()
}

/// The bookkeeping in a shell's text, in JSON or in an environment.
fn state_in(text: &str) -> String {
    if let Ok(names) = serde_json::from_str::<serde_json::Value>(text) {
        return names["AWSENV_STATE"].to_string();
    }
    text.lines().find(|line| line.contains("AWSENV_STATE")).unwrap_or_default().to_owned()
}

#[test]
fn no_command_shows_a_secret_where_people_and_processes_look() {
    let canary = Canary::new();
    let Canary { world, .. } = &canary;
    for profile in ["static", "dev", "role", "role-over-sso"] {
        let folder = world.project("p", format!("profile = {profile}\n"));
        canary.plant();
        for args in [
            &["export", "zsh"][..],
            &["status"],
            &["allow"],
            &["status", "--json"],
            &["export", "bash"],
            &["export", "fish"],
            &["export", "json"],
            &["export", "zsh", "--hook=1", "--fetch=1"],
            &["doctor"],
            &["doctor", "--json"],
            &["credential-process", "-p", "static"],
            &["profiles"],
            &["profiles", "--json"],
            &["deny"],
            &["allow", "."],
            &["hook", "zsh"],
            &["reload"],
            &["exec", "--", "/usr/bin/env"],
            &["exec", "--each", profile, "--", "/bin/true"],
            &["exec", "--policy", "../.aws/credentials", "--", "/bin/true"],
            &["exec", "--serve", "--docker=host.docker.internal", "--", "/bin/true"],
            &[
                "exec",
                "--policy-arn",
                "arn:aws:iam::aws:policy/ReadOnlyAccess",
                "--session-name",
                "me",
                "--",
                "/usr/bin/env",
            ],
            &["exec", "--each", profile, "--json", "--read-only", "--", "/bin/true"],
            &["login", "--sso-session", "my-sso"],
        ] {
            let output = canary.run(args, &folder);
            match args[0] {
                // What they are for; the bookkeeping in it must be clean.
                "export" | "exec" | "credential-process" if args[1] != "--each" => {
                    canary.absent(&state_in(&output.stdout), &args.join(" "));
                }
                _ => canary.absent(&output.stdout, &args.join(" ")),
            }
        }
    }
    let output = canary.run(&["logout", "--all"], &world.home());
    assert_eq!((output.code, &*output.stdout), (0, ""), "{output:?}");
}

#[test]
fn no_failure_shows_a_secret() {
    let canary = Canary::new();
    let Canary { world, .. } = &canary;
    let quoting = canary.secrets.join(" ");
    let effects = [
        Effect::Error { status: 400, name: "InvalidRequestException".into(), message: quoting.clone() },
        Effect::Error { status: 403, name: "AccessDenied".into(), message: quoting.clone() },
        Effect::Error { status: 500, name: quoting.clone(), message: quoting.clone() },
        Effect::Html,
        Effect::Close,
    ];
    for effect in effects {
        world.emulator().with(|state| {
            state.faults.clear();
            state.faults.add(Fault::everywhere(effect.clone()));
        });
        // A server may quote what it was sent; what it was not sent, it cannot know.
        for (profile, sent) in [("dev", 6), ("role", 0)] {
            let output =
                world.command(["exec", "-p", profile, "--", "/bin/false"]).env("AWSENV_LOG", "debug");
            let text = output.unchecked().code(125).run().stderr;
            assert!(!text.contains(&canary.secrets[sent]), "{effect:?}: {text}");
        }
    }
    world.emulator().with(|state| state.faults.clear());
    world.emulator().with(|state| {
        for operation in [GetRoleCredentials, AssumeRole, GetCallerIdentity] {
            state.faults.add(Fault::error(operation, 401, "UnauthorizedException"));
        }
    });
    for profile in ["dev", "role", "role-over-sso", "static"] {
        let folder = world.project("p", format!("profile = {profile}\naccount = 999999999999\n"));
        for args in [&["allow"][..], &["export", "bash"], &["exec", "--", "/bin/true"], &["status"]] {
            canary.run(args, &folder);
        }
    }
    let folder = world.project("p", format!("AWS_SECRET_ACCESS_KEY = {IN_FILE}\npassword = {IN_FILE}\n"));
    for args in [
        &["allow"][..],
        &["export", "bash"],
        &["exec", "--", "/bin/true"],
        &["status"],
        &["status", "--json"],
    ] {
        let output = canary.run(args, &folder);
        canary.absent(&output.stdout, &args.join(" "));
    }
}

#[test]
fn a_login_to_the_console_shows_no_secret_nor_does_its_renewal() {
    const ENTRY: &str =
        ".aws/login/cache/a5ed68ef865fa5c277327645d998eb3e125aa67e91d766c8fe392e068153172c.json";
    let mut canary = Canary::new();
    canary.world.aws_config(
        "[profile console]\nlogin_session = arn:aws:iam::111122223333:user/Alice\nregion = eu-west-1\n",
    );
    canary.world.emulator().with(|state| state.person = Person::Approves);
    canary.world.set("AWSENV_FLOW", "pkce");
    canary.plant();
    canary.run(&["login", "-p", "console"], &canary.world.home());
    let file: serde_json::Value =
        serde_json::from_str(&scene::read(&canary.world, ENTRY)).expect("it is JSON");
    let text = |key: &str| file[key].as_str().expect("it is text").to_owned();
    let key = text("dpopKey");
    canary.secrets.extend([
        text("refreshToken"),
        text("idToken"),
        key.lines().nth(1).expect("a line").to_owned(),
    ]);
    let Canary { world, .. } = &canary;
    let quoting = canary.secrets.join(" ");
    let lapse = || {
        let ends = file["accessToken"]["expiresAt"].as_str().expect("it is text");
        let past = scene::time_in(TimeDelta::minutes(-1));
        world.write(ENTRY, scene::read(world, ENTRY).replace(ends, &past));
    };
    for status in [400, 403, 500] {
        lapse();
        world.emulator().with(|state| {
            state.faults.clear();
            let (name, message) = (quoting.clone(), quoting.clone());
            state.faults.add(Fault::everywhere(Effect::Error { status, name, message }));
        });
        // A server may quote what it was sent; what it was not sent, it cannot know.
        let output = world.command(["exec", "-p", "console", "--", "/bin/true"]).env("AWSENV_LOG", "debug");
        let output = output.unchecked().code(125).run();
        assert!(!output.stderr.contains(&text("refreshToken")), "{status}: {}", output.stderr);
    }
    world.emulator().with(|state| state.faults.clear());
    canary.plant();
    for args in
        [&["exec", "-p", "console", "--", "/bin/true"][..], &["profiles"], &["logout", "-p", "console"]]
    {
        let output = canary.run(args, &world.home());
        assert_eq!(output.code, 0, "{}", output.stderr);
        canary.absent(&output.stdout, args[0]);
    }
    for folder in [".local/state/awsenv", ".cache/awsenv", "../run/awsenv"] {
        visit(&world.at(folder), &mut |path, content| canary.absent(content, &path.display().to_string()));
    }
}

#[test]
fn a_torn_file_is_not_quoted() {
    let canary = Canary::new();
    let Canary { world, .. } = &canary;
    for content in [
        format!(
            "[static]\naws_secret_access_key = {STATIC_SECRET}\nAWS_SECRET_ACCESS_KEY = {STATIC_SECRET}\n"
        ),
        format!("aws_secret_access_key = {STATIC_SECRET}\n"),
        format!("[static]\naws_access_key_id = {STATIC_SECRET}\n{STATIC_SECRET}\n"),
        format!("[static]\naws_secret_access_key = {STATIC_SECRET}\n"),
    ] {
        world.aws_credentials(&content);
        for args in [
            &["exec", "-p", "static", "--", "/bin/true"][..],
            &["profiles"],
            &["exec", "-p", "role", "--", "/bin/true"],
        ] {
            let output = canary.run(args, &world.home());
            canary.absent(&output.stdout, &content);
        }
    }
    let entry = json!({ "Credentials": { "AccessKeyId": ISSUED_SECRET, "SecretAccessKey": ISSUED_SECRET } });
    world.write(scene::entry(scene::DEV_ENTRY), entry.to_string());
    world.write(
        format!(".aws/sso/cache/{SESSION_TOKEN}.json"),
        format!("{{\"accessToken\": \"{ISSUED_TOKEN}\""),
    );
    canary.run(&["exec", "-p", "dev", "--", "/bin/true"], &world.home());
}

#[test]
fn files_of_awsenvs_own_hold_no_secret() {
    let canary = Canary::new();
    let Canary { world, .. } = &canary;
    canary.plant();
    for profile in ["static", "dev", "role", "role-over-sso"] {
        let folder = world.project("p", format!("profile = {profile}\n"));
        canary.run(&["allow"], &folder);
        canary.run(&["export", "bash", "--hook=1", "--features=ns", "--pid=1", "--fetch=1"], &folder);
        canary.run(&["exec", "--", "/bin/true"], &folder);
    }
    let mut seen = 0;
    for folder in [".local/state/awsenv", ".cache/awsenv", "../run/awsenv"] {
        visit(&world.at(folder), &mut |path, content| {
            seen += 1;
            canary.absent(content, &path.display().to_string());
            canary.absent(&path.display().to_string(), "the name of a file");
        });
    }
    assert!(seen > 5, "{seen} files");
}

fn visit(path: &Path, look: &mut impl FnMut(&Path, &str)) {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).expect("it can be read");
        entries.for_each(|entry| visit(&entry.expect("it can be read").path(), look));
    } else if let Ok(content) = std::fs::read(path) {
        look(path, &String::from_utf8_lossy(&content));
    }
}

#[test]
fn no_process_is_started_and_so_no_argument_can_hold_a_secret() {
    let canary = Canary::new();
    if !crate::harness::tools::have(&["strace"]) {
        return;
    }
    let Canary { world, .. } = &canary;
    canary.plant();
    let log = world.scratch("calls");
    let log = log.to_str().expect("UTF-8");
    let words = [
        "-f",
        "-qq",
        "-e",
        "trace=execve",
        "-s",
        "4096",
        "-o",
        log,
        "awsenv",
        "exec",
        "-p",
        "dev",
        "--",
        "/bin/true",
    ];
    canary.look(Invocation::new(world, Path::new("/usr/bin/strace"), words), "strace");
    let calls = std::fs::read_to_string(log).expect("strace writes its log");
    assert!(calls.contains("/bin/true"), "{calls}");
    canary.absent(&calls, "the arguments");
}

#[test]
fn what_a_shell_keeps_to_explain_the_next_run_holds_no_secret() {
    let canary = Canary::new();
    let Canary { world, .. } = &canary;
    canary.plant();
    for profile in ["static", "dev", "role"] {
        let folder = world.project("p", format!("profile = {profile}\n"));
        canary.run(&["allow"], &folder);
        for shell in ["bash", "zsh", "fish"] {
            let pwd = format!("--pwd={}", folder.display());
            let hook =
                ["export", shell, "--hook=1", "--features=ns,epoch,zstat,path,uptime", "--fetch=1", &pwd];
            let text = canary.run(&hook, &folder).stdout;
            let kept = text.lines().find(|line| line.contains("_awsenv_seen")).expect("it is kept");
            assert!(kept.contains("AWS_SECRET_ACCESS_KEY"), "{kept}");
            canary.absent(kept, "what is kept");
            // And back again, as the shell hands it over.
            let at = kept.find("_awsenv_seen").expect("it is there");
            let json = kept[at..].split('\'').nth(1).expect("it is quoted").replace("\\\\", "\\");
            let seen = format!("--seen={json}");
            let output = canary.run(&["export", shell, "--hook=1", &pwd, &seen], &folder);
            assert!(
                output.stderr.contains("AWS_SECRET_ACCESS_KEY changed in the shell"),
                "{}",
                output.stderr
            );
        }
    }
}
