//! `awsenv exec --serve`: an endpoint for the credentials while the command runs.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use awsenv_emulator::Operation::{AssumeRole, GetRoleCredentials};
use chrono::{TimeDelta, Utc};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::aws_cli;
use crate::harness::invocation::Invocation;
use crate::harness::scene::{self, DEV_ENTRY};
use crate::harness::terminal::{self, Terminal};
use crate::harness::tools;
use crate::harness::world::{PROGRAM, World};

/// A command that tells its environment and then lives until its input ends.
const TELL: &str = "/usr/bin/env; echo; exec cat";

/// A run of `exec --serve` that is under way.
struct Run {
    child: Child,
    stdout: BufReader<ChildStdout>,
    env: Vec<(String, String)>,
}

/// What the endpoint answered.
#[derive(Debug)]
struct Answer {
    status: u32,
    body: Value,
}

impl Run {
    fn start(world: &World, profile: &str) -> Self {
        Self::start_with(world, &["-p", profile, "--serve", "--", "sh", "-c", TELL], &[])
    }

    fn start_with(world: &World, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = Command::new("/usr/bin/setsid");
        command.args([PROGRAM, "exec"]).args(args).env_clear().envs(world.env()).envs(env.iter().copied());
        command.current_dir(world.home());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = terminal::spawn(|| command.spawn()).expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut env = Vec::new();
        loop {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("the command prints text");
            match line.trim_end().split_once('=') {
                Some((name, value)) => env.push((name.to_owned(), value.to_owned())),
                None => break,
            }
        }
        Self { child, stdout, env }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.env.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn var(&self, name: &str) -> &str {
        self.get(name).unwrap_or_else(|| panic!("{name} is not set: {:?}", self.env))
    }

    fn host(&self) -> &str {
        let uri = self.var("AWS_CONTAINER_CREDENTIALS_FULL_URI");
        uri.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/credentials")).expect("the address")
    }

    fn folder(&self) -> PathBuf {
        PathBuf::from(self.var("AWS_CONFIG_FILE")).parent().expect("a file has a folder").to_owned()
    }

    fn raw(&self, said: &str) -> Answer {
        let mut stream = TcpStream::connect(self.host()).expect("it listens");
        stream.write_all(said.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers and closes");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        assert!(head.contains("\r\nContent-Type: application/json\r\n"), "{head}");
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
        Answer { status, body: serde_json::from_str(body).expect("the body is JSON") }
    }

    fn ask(&self) -> Answer {
        let (host, token) = (self.host(), self.var("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
        self.raw(&format!(
            "GET /credentials HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: identity\r\nAuthorization: {token}\r\n\
             Accept: application/json\r\n\r\n"
        ))
    }

    fn ask_until(&self, what: &str, is_it: impl Fn(&Answer) -> bool) -> Answer {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = self.ask();
            if is_it(&answer) {
                return answer;
            }
            assert!(Instant::now() < end, "never came: {what}; the last was {answer:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Lets the command end, and returns what the program said.
    fn end(mut self) -> String {
        drop(self.child.stdin.take());
        let mut said = String::new();
        self.child.stderr.take().expect("it is piped").read_to_string(&mut said).expect("it is text");
        assert!(self.child.wait().expect("it can be waited for").success(), "{said}");
        said
    }

    fn kill(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }
}

impl Answer {
    fn key(&self) -> &str {
        self.body["AccessKeyId"].as_str().unwrap_or_else(|| panic!("no keys: {self:?}"))
    }
}

#[test]
fn the_endpoint_speaks_the_container_protocol_to_its_command_alone() {
    let world = scene::world();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    let run = Run::start(&world, "dev");
    let answer = run.ask();
    assert_eq!(answer.status, 200);
    let names: Vec<_> = answer.body.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(names, ["AccessKeyId", "AccountId", "Expiration", "SecretAccessKey", "Token"]);
    assert_eq!(answer.key(), "ASIAPLANTED");
    assert_eq!(
        (&answer.body["Token"], &answer.body["AccountId"]),
        (&"planted-token".into(), &"111122223333".into())
    );
    assert!(scene::utc(&answer.body["Expiration"]) > Utc::now());

    let (host, token) = (run.host(), run.var("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
    assert!(token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "32 bytes");
    assert!(host.starts_with("127.0.0.1:"), "{host}");
    let other = Run::start(&world, "dev");
    assert_ne!(token, other.var("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
    assert_ne!(host, other.host());
    let wrong = other.var("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    let refused = [
        (401, format!("GET /credentials HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (401, format!("GET /credentials HTTP/1.1\r\nHost: {host}\r\nAuthorization: {wrong}\r\n\r\n")),
        (403, format!("GET /credentials HTTP/1.1\r\nHost: evil.example\r\nAuthorization: {token}\r\n\r\n")),
        (403, format!("GET /credentials HTTP/1.0\r\nAuthorization: {token}\r\n\r\n")),
        (404, format!("GET / HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n")),
        (405, format!("PUT /credentials HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n")),
        (431, format!("GET /credentials HTTP/1.1\r\nHost: {host}\r\nX: {}\r\n\r\n", "x".repeat(10_000))),
        (400, "\u{1}\r\n\r\n".to_owned()),
    ];
    for (status, said) in refused {
        let answer = run.raw(&said);
        assert_eq!(answer.status, status, "{said}");
        let body = answer.body.as_object().expect("an object");
        assert!(body.len() == 2 && body["code"].is_string() && body["message"].is_string(), "{body:?}");
    }
    assert_eq!((run.end(), other.end()), (String::new(), String::new()));
    assert_eq!(world.emulator().requests(), 0);
}

#[test]
fn neighbours_who_say_nothing_or_little_hold_nobody_up() {
    let world = scene::world();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    let run = Run::start(&world, "dev");
    let mut crowd: Vec<_> = (0..700).map(|_| TcpStream::connect(run.host()).expect("it listens")).collect();
    for (number, stream) in crowd.iter_mut().enumerate().skip(600) {
        // Those that were turned away cannot write any more.
        let _ = match number % 3 {
            0 => stream.write_all(b"GET /cred"),
            1 => stream.shutdown(Shutdown::Write),
            _ => stream.write_all(&[b'x'; 4096]),
        };
    }
    let begin = Instant::now();
    for _ in 0..20 {
        assert_eq!(run.ask().key(), "ASIAPLANTED");
    }
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    drop(crowd);
    run.end();
}

#[test]
fn the_command_finds_the_endpoint_and_no_other_credentials() {
    let world = scene::world();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    let config = scene::read(&world, ".aws/config").replace(
        "region = eu-west-1\n",
        "region = eu-west-1\noutput = text\nmax_attempts = 7\nservices = local\n",
    );
    let config = format!(
        "{config}\n[default]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = other\n\
         [services local]\ns3 =\n  endpoint_url = http://127.0.0.1:1\n"
    );
    world.aws_config(&config);
    let args = ["-p", "dev", "--region", "eu-south-1", "--serve", "--", "sh", "-c", TELL];
    let stale = [
        ("AWS_PROFILE", "stale"),
        ("AWS_DEFAULT_PROFILE", "stale"),
        ("AWS_ACCESS_KEY_ID", "stale"),
        ("AWS_SECRET_ACCESS_KEY", "stale"),
        ("AWS_SESSION_TOKEN", "stale"),
        ("AWS_CREDENTIAL_EXPIRATION", "stale"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/stale"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/stale"),
    ];
    let run = Run::start_with(&world, &args, &stale);
    for (name, _) in stale {
        assert_eq!(run.get(name), None, "{name}");
    }
    for (name, value) in [
        ("AWS_REGION", "eu-south-1"),
        ("AWS_DEFAULT_REGION", "eu-south-1"),
        ("AWSENV_PROFILE", "dev"),
        ("AWSENV_ACCOUNT", "111122223333"),
        ("AWSENV_ROLE", "Admin"),
    ] {
        assert_eq!(run.var(name), value);
    }
    let kept: Value = serde_json::from_str(run.var("AWSENV_STATE")).expect("the bookkeeping is JSON");
    assert_eq!(kept["pinned"], true);
    let token = run.var("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    assert!(!run.var("AWSENV_STATE").contains(token), "no secret is in the bookkeeping");

    let mode = |path: &PathBuf| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let folder = run.folder();
    assert_eq!(mode(&folder), 0o700);
    let text = |name: &str| fs::read_to_string(run.var(name)).expect("the file can be read");
    assert_eq!(text("AWS_SHARED_CREDENTIALS_FILE"), "");
    assert_eq!(
        text("AWS_CONFIG_FILE"),
        "[default]\nregion = eu-south-1\nmax_attempts = 7\noutput = text\nservices = awsenv\n\
         [services awsenv]\ns3 =\n  endpoint_url = http://127.0.0.1:1\n"
    );
    assert_eq!(run.end(), "");
    assert!(!folder.exists(), "it ends with the command");
}

#[test]
fn new_keys_come_before_the_old_ones_expire() {
    let world = scene::signed_in();
    world.emulator().with(|state| state.lifetimes.role_credentials = 2);
    let run = Run::start(&world, "dev");
    let first = run.ask();
    let second = run.ask_until("other keys", |answer| answer.key() != first.key());
    assert!(scene::utc(&second.body["Expiration"]) > scene::utc(&first.body["Expiration"]));
    assert_eq!(world.emulator().count(GetRoleCredentials), 2);
    assert_eq!(run.end(), "");
}

#[test]
fn a_request_that_needs_a_person_is_refused_at_once_and_said_once() {
    let world = scene::signed_in();
    world.emulator().with(|state| state.lifetimes.role_credentials = 2);
    let run = Run::start(&world, "dev");
    let token = world.at(format!(".aws/sso/cache/{}.json", scene::SESSION_TOKEN));
    let login = fs::read(&token).expect("the login is there");
    fs::remove_file(&token).expect("the login is there");
    let refused = run.ask_until("a refusal", |answer| answer.status != 200);
    assert_eq!((refused.status, &refused.body["code"]), (503, &"LoginNeeded".into()));
    let message = refused.body["message"].as_str().expect("text");
    assert!(message.ends_with("run `awsenv login --profile dev`"), "{message}");
    let begin = Instant::now();
    assert_eq!(run.ask().status, 503);
    assert!(begin.elapsed() < Duration::from_secs(1), "nobody is waited for");
    fs::write(&token, login).expect("the world can be written");
    run.ask_until("keys after the login", |answer| answer.status == 200);
    assert_eq!(run.end(), format!("awsenv: error: {message}\n"));
}

#[test]
fn codes_and_signals_are_the_commands_own() {
    let world = scene::world();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    let exec = |script: &str| world.command(["exec", "-p", "dev", "--serve", "--", "sh", "-c", script]);
    for code in [0, 1, 125, 255] {
        exec(&format!("exit {code}")).code(code).run();
    }
    for signal in [2, 9, 15] {
        exec(&format!("kill -{signal} $$")).code(128 + signal).run();
    }
    assert_eq!(exec("cat").stdin("in\0put").run().stdout, "in\0put");
    let missing = "awsenv: error: could not find the command `no-such-tool` on the PATH\n";
    world.command(["exec", "-p", "dev", "--serve", "--", "no-such-tool"]).code(127).stderr(missing).run();
    let long = "awsenv: error: could not serve the credentials of profile `static`: they are long-lived\n\
                awsenv: hint: run the command without `--serve`, or with a role of these keys: `--role-arn`\n";
    world.command(["exec", "-p", "static", "--serve", "--", "/bin/false"]).code(125).stderr(long).run();
    // What `nohup` ignores, the command ignores as well.
    let nohup = "trap '' HUP; exec awsenv exec -p dev --serve -- grep SigIgn /proc/self/status";
    let status = Invocation::new(&world, "/bin/sh".as_ref(), ["-c", nohup]).run().stdout;
    let ignored = status.split_whitespace().last().and_then(|mask| u64::from_str_radix(mask, 16).ok());
    assert_eq!(ignored.map(|mask| mask & 1), Some(1), "{status}");
    assert_eq!(left(&world), 0);
}

/// Returns how many folders of runs there are.
fn left(world: &World) -> usize {
    let folder = PathBuf::from(&world.env()[std::ffi::OsStr::new("XDG_RUNTIME_DIR")]).join("awsenv");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("run-")).count()
}

#[test]
fn signals_reach_the_command_and_its_end_is_passed_on() {
    let world = scene::world();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    for (signal, name) in [
        (Signal::TERM, "TERM"),
        (Signal::INT, "INT"),
        (Signal::HUP, "HUP"),
        (Signal::QUIT, "QUIT"),
        (Signal::USR1, "USR1"),
    ] {
        let script =
            format!("trap 'kill $!; echo got; exit 7' {name}; sleep 100 <&- & echo; wait; echo not waited");
        let mut run = Run::start_with(&world, &["-p", "dev", "--serve", "--", "sh", "-c", &script], &[]);
        run.kill(signal);
        let mut said = String::new();
        run.stdout.read_line(&mut said).expect("text");
        assert_eq!(said, "got\n", "{name}");
        assert_eq!(run.child.wait().expect("it can be waited for").code(), Some(7), "{name}");
    }
    let mut run = Run::start(&world, "dev");
    // To wait would end its input.
    let input = run.child.stdin.take();
    run.kill(Signal::TERM);
    assert_eq!(run.child.wait().expect("it can be waited for").signal(), Some(15));
    drop(input);
    assert_eq!(left(&world), 0);

    // Nobody can clean up after itself that is killed so. The next run does.
    let mut run = Run::start(&world, "dev");
    let (folder, alive) = (run.folder(), Run::start(&world, "dev"));
    for folder in [&folder, &alive.folder()] {
        let folder = folder.to_str().expect("UTF-8");
        Invocation::new(&world, "/usr/bin/touch".as_ref(), ["-d", "1 hour ago", folder]).run();
    }
    run.kill(Signal::KILL);
    run.child.wait().expect("it can be waited for");
    assert!(folder.exists());
    Run::start(&world, "dev").end();
    assert!(!folder.exists() && alive.folder().exists());
    alive.end();
}

#[test]
fn ctrl_c_reaches_the_command_once() {
    let world = scene::world();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    let mut command = Command::new(PROGRAM);
    let script = "trap 'echo one more' INT; echo ready; while ! read -r line; do :; done; echo end of it";
    command.args(["exec", "-p", "dev", "--serve", "--", "bash", "-c", script]);
    command.env_clear().envs(world.env()).current_dir(world.home());
    let mut terminal = Terminal::start(command);
    let at = |text: &'static str| {
        move |said: &[u8]| said.windows(text.len()).position(|window| window == text.as_bytes())
    };
    terminal.wait_for("the command", 0, at("ready"));
    terminal.type_bytes(b"\x03");
    terminal.wait_for("the trap", 0, at("one more"));
    terminal.type_bytes(b"\n");
    terminal.wait_for("the end", 0, at("end of it"));
    let said = String::from_utf8_lossy(terminal.transcript()).into_owned();
    assert_eq!(said.matches("one more").count(), 1, "{said}");
}

#[test]
fn the_aws_cli_asks_the_endpoint() {
    let Some(aws) = aws_cli::aws() else {
        return tools::lacking("an AWS CLI of version 2");
    };
    let world = scene::world();
    // The user's own keys of the default profile are another's.
    let config = scene::read(&world, ".aws/credentials");
    world.aws_credentials(&format!(
        "{config}\n[default]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n"
    ));
    let aws = aws.to_str().expect("UTF-8");
    let words =
        ["exec", "-p", "role", "--serve", "--", aws, "sts", "get-caller-identity", "--output", "json"];
    // Older versions read no `AWS_ENDPOINT_URL_STS`.
    let words = words.into_iter().chain(["--endpoint-url", world.emulator().url()]);
    let identity = world.run(words).json();
    let arn = identity["Arn"].as_str().expect("text");
    assert!(arn.starts_with("arn:aws:sts::123456789012:assumed-role/Dev/"), "{arn}");
    assert_eq!(world.emulator().count(AssumeRole), 1);
}
