//! Logins to the console as `aws login` makes them, without the AWS CLI: in a browser on this machine, with a
//! pasted code, below a prompt; and their end.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;

use awsenv_emulator::Operation::{CreateOAuth2Token, SignInPage};
use awsenv_emulator::{Effect, Fault, Person};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::harness::hook_stage;
use crate::harness::kind::Kind;
use crate::harness::listener::Listener;
use crate::harness::login_stage::{self as stage, Sitting};
use crate::harness::scene;
use crate::harness::shell::each_shell;
use crate::harness::world::World;

const SESSION: &str = "arn:aws:iam::111122223333:user/Alice";

/// The name that AWS CLI 2.36.7 gave to the file of that session.
const ENTRY: &str = ".aws/login/cache/a5ed68ef865fa5c277327645d998eb3e125aa67e91d766c8fe392e068153172c.json";

const LOGIN: [&str; 3] = ["login", "-p", "console"];
const REMOTE: [&str; 4] = ["login", "-p", "console", "--remote"];
const EXEC: [&str; 5] = ["exec", "-p", "console", "--", "true"];

/// Makes a world with the profile `console`, and the profile `role` over it, whose person allows every login.
fn world() -> World {
    let mut world = World::with_emulator();
    world.aws_config(&format!(
        "[profile console]\nlogin_session = {SESSION}\nregion = eu-west-1\n\
         [profile role]\nrole_arn = arn:aws:iam::444455556666:role/Deploy\nsource_profile = console\nregion = eu-west-1\n"
    ));
    world.set("AWSENV_FLOW", "pkce");
    stage::person(&world, Person::Approves);
    world
}

fn entry(world: &World) -> Value {
    serde_json::from_str(&scene::read(world, ENTRY)).expect("the entry is JSON")
}

/// Returns the last line of the failed login before its hint, and the hint.
fn told(world: &World, args: &[&str]) -> String {
    let screen = stage::run(world, args, 1);
    let start = screen.find("awsenv: error: ").unwrap_or_else(|| panic!("no error in {screen}"));
    screen[start..].replace(world.emulator().url().trim_start_matches("http://"), "<host>")
}

/// Fetches a page of this machine, and those that it leads to.
fn fetch(url: &str) -> String {
    let rest = url.strip_prefix("http://").expect("a page of this machine");
    let (host, path) = rest.split_once('/').expect("it has a path");
    let mut stream = TcpStream::connect(host).expect("it listens");
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("it answers");
    let location = page.lines().find_map(|line| line.strip_prefix("location: "));
    location.map(fetch).unwrap_or(page)
}

/// Returns the address of the page that was printed.
fn printed(sitting: &Sitting) -> String {
    let text = sitting.bytes();
    let url = text.split_whitespace().find(|word| word.contains("/v1/authorize?"));
    url.expect("the page is printed").to_owned()
}

/// Waits for the question of a remote login, and returns the code that its page shows.
fn code(sitting: &mut Sitting) -> String {
    sitting.wait_for("paste the code here");
    let page = fetch(&printed(sitting));
    let (_, rest) = page.split_once("<pre>").unwrap_or_else(|| panic!("no code in {page}"));
    rest.split_once("</pre>").expect("it ends").0.to_owned()
}

#[test]
fn a_login_in_the_browser_writes_the_file_of_the_aws_cli() {
    let world = world();
    let screen = stage::run(&world, &LOGIN, 0);
    let host = world.emulator().url().trim_start_matches("http://");
    let told: Vec<_> = screen.lines().filter(|line| !line.contains("/v1/authorize?")).collect();
    assert_eq!(
        told.join("\n").replace(host, "<host>"),
        format!(
            "awsenv: logging in to {SESSION} (<host>) for profile `console`\n\
             awsenv: opening your browser; if no page appears, open this one on this machine\n\
             awsenv: logged in to {SESSION}, 14m left, renews itself"
        )
    );
    let page = &world.browser().runs()[0][0];
    let names: Vec<_> = page
        .split_once('?')
        .expect("it has a query")
        .1
        .split('&')
        .map(|pair| pair.split_once('=').expect("a value").0)
        .collect();
    // The order of AWS CLI 2.36.
    assert_eq!(
        names,
        [
            "response_type",
            "client_id",
            "state",
            "code_challenge_method",
            "scope",
            "redirect_uri",
            "code_challenge"
        ]
    );
    let file = entry(&world);
    let text = |value: &Value| value.as_str().expect("it is text").to_owned();
    let keys = &file["accessToken"];
    let pem = text(&file["dpopKey"]);
    assert!(pem.starts_with("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEI"), "{pem}");
    scene::utc(&keys["expiresAt"]);
    assert_eq!(
        scene::read(&world, ENTRY),
        format!(
            r#"{{"accessToken": {{"accessKeyId": "{}", "secretAccessKey": "{}", "sessionToken": "{}", "accountId": "111122223333", "expiresAt": "{}"}}, "tokenType": "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device", "refreshToken": "{}", "idToken": "{}", "dpopKey": "{}"}}"#,
            text(&keys["accessKeyId"]),
            text(&keys["secretAccessKey"]),
            text(&keys["sessionToken"]),
            text(&keys["expiresAt"]),
            text(&file["refreshToken"]),
            text(&file["idToken"]),
            pem.replace('\n', "\\n"),
        )
    );
    assert_eq!(fs::metadata(world.at(ENTRY)).expect("it is there").permissions().mode() & 0o777, 0o600);
    assert_eq!(stage::files(&world, ".aws/login/cache").len(), 1, "and no other file");
    // The keys are there without another word, and the key that the login is bound to renews them.
    assert_eq!(scene::exec(&world, &["-p", "console"])["AWS_ACCESS_KEY_ID"], text(&keys["accessKeyId"]));
    assert_eq!(world.emulator().count(CreateOAuth2Token), 1);
    let alive = format!("awsenv: the login to {SESSION} is alive, 14m left, renews itself\n");
    world.command(LOGIN).stderr(alive).run();
    let old = scene::read(&world, ENTRY);
    let lapsed = scene::time_in(chrono::TimeDelta::minutes(-1));
    world.write(ENTRY, old.replace(&text(&keys["expiresAt"]), &lapsed));
    let renewed = format!("awsenv: the login to {SESSION} is renewed, 14m left, renews itself\n");
    world.command(LOGIN).stderr(renewed).run();
    assert_eq!(stage::pages(&world), 1);
}

#[test]
fn a_code_that_is_pasted_logs_in_where_no_browser_is() {
    let world = world();
    let mut sitting = Sitting::with(&world, &REMOTE, &[("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")]);
    let code = code(&mut sitting);
    for (count, wrong, answer) in [
        (1, "nonsense".to_owned(), "that is not the code: copy all of it"),
        (
            2,
            BASE64_STANDARD.encode("state=other&code=x"),
            "that code is of another login: open the page above",
        ),
    ] {
        // What was typed before the question does not count.
        sitting.wait_for_times("paste the code here", count);
        sitting.type_keys(&format!("{wrong}\r"));
        sitting.wait_for(answer);
    }
    sitting.wait_for_times("paste the code here", 3);
    // As a terminal marks what is pasted.
    sitting.type_keys(&format!("\u{1b}[200~{code}\u{1b}[201~\r"));
    let bytes = sitting.bytes();
    let screen = sitting.finish(&world, 0);
    assert!(
        screen.ends_with(&format!("awsenv: logged in to {SESSION}, 14m left, renews itself")),
        "{screen}"
    );
    assert!(!bytes.contains(&code), "it is not shown");
    assert_eq!(entry(&world)["clientId"], "arn:aws:signin:::devtools/cross-device");
    assert_eq!(stage::pages(&world), 0);
    scene::exec(&world, &["-p", "console"]);
}

#[test]
fn a_code_that_never_comes_is_a_no() {
    let world = world();
    let mut sitting = Sitting::start(&world, &REMOTE);
    for count in 1..=5 {
        sitting.wait_for_times("paste the code here", count);
        sitting.type_keys("x\r");
    }
    let screen = sitting.finish(&world, 1);
    let end = format!(
        "awsenv: error: could not log in to {SESSION}: 5 times something else was pasted\n\
         awsenv: hint: run `awsenv login --profile console` to try again"
    );
    assert!(screen.ends_with(&end), "{screen}");
    let mut sitting = Sitting::start(&world, &REMOTE);
    sitting.wait_for("paste the code here");
    sitting.type_keys("\u{3}");
    assert_eq!(sitting.end(), 130);
    let screen = sitting.screen(&world);
    assert!(
        screen.ends_with("the login is cancelled, `awsenv login --profile console` starts it again"),
        "{screen}"
    );
    let told = format!(
        "awsenv: error: could not log in to {SESSION}: there is no terminal to ask on\n\
         awsenv: hint: run `awsenv login --profile console` in a terminal\n"
    );
    let output = world.command(REMOTE).unchecked().code(1).run();
    assert!(output.stderr.ends_with(&told), "{output:?}");
    assert_eq!(world.emulator().count(CreateOAuth2Token), 0);
}

#[test]
fn what_goes_wrong_is_told_and_leaves_nothing() {
    let world = world();
    let again = "awsenv: hint: run `awsenv login --profile console` to try again";
    stage::person(&world, Person::Denies);
    assert_eq!(
        told(&world, &LOGIN),
        format!("awsenv: error: could not log in to {SESSION}: it was not allowed (access_denied)\n{again}")
    );
    stage::person(&world, Person::Approves);
    for (code, why) in [
        ("AUTHCODE_EXPIRED", "the code of the page has expired"),
        (
            "INSUFFICIENT_PERMISSIONS",
            "the user may not log in this way: `signin:CreateOAuth2Token` is not allowed",
        ),
        ("OTHER\u{1b}[31m", "the login was refused"),
    ] {
        world.emulator().with(|state| state.faults.add(Fault::error(CreateOAuth2Token, 403, code).times(1)));
        let code = code.replace('\u{1b}', "");
        let screen = told(&world, &LOGIN);
        assert!(
            screen.starts_with(&format!("awsenv: error: could not log in to {SESSION}: {why} (")),
            "{screen}"
        );
        assert!(screen.contains(&code[..5]) && screen.ends_with(again), "{screen}");
    }
    for (effect, why) in [
        (Effect::Html, "a web page came in place of the answer"),
        (Effect::Close, "could not finish the login"),
    ] {
        world.emulator().with(|state| state.faults.add(Fault::new(CreateOAuth2Token, effect).times(3)));
        let screen = told(&world, &LOGIN);
        assert!(screen.contains(why), "{screen}");
        world.emulator().with(|state| state.faults.clear());
    }
    world.emulator().with(|state| state.signins.person = "arn:aws:iam::999999999999:user/Mallory".into());
    assert_eq!(
        told(&world, &LOGIN),
        format!(
            "awsenv: error: could not log in to {SESSION}: you logged in as arn:aws:iam::999999999999:user/Mallory in the browser\n\
             awsenv: hint: choose the other account in the browser and run `awsenv login --profile console` again, or write \
             `login_session = arn:aws:iam::999999999999:user/Mallory` into profile `console`"
        )
    );
    assert_eq!(stage::files(&world, ".aws/login/cache"), Vec::<String>::new());
}

#[test]
fn an_answer_that_is_not_whole_is_no_login() {
    const HOSTILE: [&str; 6] = [
        "",
        "[]",
        r#"{"accessToken": {"accessKeyId": "ASIA", "secretAccessKey": "x", "sessionToken": "y"}, "expiresIn": 900, "refreshToken": "z"}"#,
        r#"{"accessToken": {"accessKeyId": "ASIA", "secretAccessKey": "x", "sessionToken": "y"}, "expiresIn": 900, "refreshToken": "z", "idToken": "a.b.c"}"#,
        r#"{"accessToken": {"accessKeyId": "ASIA\n", "secretAccessKey": "x", "sessionToken": "y"}, "expiresIn": 900, "refreshToken": "z", "idToken": "a.eyJzdWIiOiJ4In0.c"}"#,
        r#"{"accessToken": {"accessKeyId": "ASIA", "secretAccessKey": "x", "sessionToken": "y"}, "expiresIn": 99999999, "refreshToken": "z", "idToken": "a.eyJzdWIiOiJ4In0.c"}"#,
    ];
    for body in HOSTILE {
        let world = world();
        let service = Listener::start(200, "application/json", body);
        let mut sitting = Sitting::with(&world, &LOGIN, &[("AWS_ENDPOINT_URL_SIGNIN", &service.url)]);
        sitting.wait_for("waiting for you");
        let page = printed(&sitting);
        let value = |name: &str| {
            let (_, rest) = page.split_once(&format!("&{name}=")).expect("a parameter");
            rest.split('&').next().expect("a value").replace("%3A", ":").replace("%2F", "/")
        };
        let answer = fetch(&format!("{}?code=x&state={}", value("redirect_uri"), value("state")));
        assert!(answer.contains(&format!("The login to {SESSION} goes on in your terminal")), "{answer}");
        let screen = sitting.finish(&world, 1);
        assert!(screen.contains("awsenv: error: could not finish the login: "), "{body}: {screen}");
        assert!(!world.at(ENTRY).exists(), "{body}");
    }
}

#[test]
fn one_login_serves_all_who_wait() {
    let world = world();
    stage::person(&world, Person::Waits);
    let mut holder = Sitting::start(&world, &["exec", "-p", "role", "--", "true"]);
    holder.wait_for("waiting for you");
    stage::wait_for(&world, SignInPage, 1);
    thread::scope(|scope| {
        let waiting: Vec<_> =
            (0..8).map(|_| scope.spawn(|| world.command(EXEC).unchecked().code(0).run().stderr)).collect();
        let mut seated = Sitting::start(&world, &LOGIN);
        seated.wait_for(&format!(
            "waiting for the login to {SESSION} that is under way in another shell (process {})",
            holder.pid()
        ));
        stage::person(&world, Person::Approves);
        fetch(&printed(&holder));
        assert_eq!((holder.end(), seated.end()), (0, 0), "{}", seated.screen(&world));
        for run in waiting {
            run.join().expect("it goes on");
        }
    });
    assert_eq!((stage::pages(&world), world.emulator().count(CreateOAuth2Token)), (1, 1));
}

#[test]
fn without_a_terminal_a_command_says_what_to_run_and_a_login_prints_the_page() {
    let world = world();
    let needed = format!(
        "awsenv: error: could not load profile `console`: you are not logged in to {SESSION}\n\
         awsenv: hint: run `awsenv login --profile console`\n"
    );
    world.command(EXEC).code(125).stderr(&needed).run();
    world.command(["exec", "-p", "role", "--", "true"]).code(125).stderr(&needed).run();
    let (line, _) = needed.split_once('\n').expect("two lines");
    let in_one_line = format!("{line} (run `awsenv login --profile console`)\n");
    world.command(["credential-process", "-p", "console"]).code(1).stderr(in_one_line).run();
    assert_eq!(world.emulator().requests(), 0);
    let output = world.command(LOGIN).unchecked().code(0).run();
    assert!(output.stderr.contains("/v1/authorize?response_type=code&"), "{output:?}");
    assert!(world.at(ENTRY).exists());
}

#[test]
fn a_logout_forgets_what_aws_logout_forgets_and_what_came_of_it() {
    let world = world();
    let none = format!("awsenv: there was no login to {SESSION}\n");
    world.command(["logout", "-p", "console"]).stderr(none).run();
    stage::run(&world, &LOGIN, 0);
    scene::exec(&world, &["-p", "role"]);
    assert_eq!(stage::files(&world, ".aws/cli/cache").len(), 1);
    let foreign = [(".aws/login/cache/foreign.json", "{}"), (".aws/login/cache/note.txt", "x")];
    foreign.iter().for_each(|(name, content)| drop(world.write(name, content)));
    let done = format!(
        "awsenv: logged out of {SESSION}\n\
         awsenv: keys that programs have already work until they expire, 15 minutes at most\n"
    );
    world.command(["logout", "-p", "role"]).stderr(done).run();
    assert_eq!(stage::files(&world, ".aws/login/cache"), ["foreign.json", "note.txt"]);
    assert_eq!(stage::files(&world, ".aws/cli/cache"), Vec::<String>::new());
    stage::run(&world, &["login", "-p", "role", "--force"], 0);
    // Nobody's file any more: a session that no profile names.
    let content = scene::read(&world, ENTRY);
    world.write(".aws/login/cache/0000.json", content);
    world.command(["logout", "--all"]).stderr("awsenv: removed 2 logins of `aws login`\n").run();
    assert_eq!(stage::files(&world, ".aws/login/cache"), ["foreign.json", "note.txt"]);
    let out = format!("awsenv: error: could not load profile `console`: you logged out of {SESSION}\n");
    let output = world.command(EXEC).unchecked().code(125).run();
    assert!(output.stderr.starts_with(&out), "{output:?}");
}

fn a_folder_logs_in_as_for_sso_and_remembers_a_no(kind: Kind) {
    let world = world();
    scene::allowed(&world, "project", "profile = console\n");
    scene::allowed(&world, "role", "profile = role\n");
    stage::person(&world, Person::Waits);
    let mut shell = hook_stage::start(kind, &world);
    shell.type_line("cd project");
    shell.wait_for("waiting for you");
    stage::wait_for(&world, SignInPage, 1);
    let mut other = hook_stage::start(kind, &world);
    let screen = other.run("cd role");
    assert!(
        screen.text().contains(&format!("a login to {SESSION} is under way in another shell")),
        "{screen}"
    );
    shell.type_keys("\u{3}");
    shell.next_prompt();
    // The no counts in every shell, also for a role over the login.
    let mut third = hook_stage::start(kind, &world);
    let screen = third.run("cd role");
    assert!(screen.text().contains("run `awsenv login --profile console`"), "{screen}");
    assert_eq!(stage::pages(&world), 1);
    stage::person(&world, Person::Approves);
    shell.run("awsenv login -p console");
    assert!(world.at(ENTRY).exists());
    shell.run("true");
    other.run("cd .; true");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("console"));
    assert_eq!(other.env("AWS_PROFILE").as_deref(), Some("role"));
    // What AWS no longer renews is asked for again by itself, in the next folder.
    world.emulator().with(|state| state.signins.end());
    let lapsed = scene::time_in(chrono::TimeDelta::minutes(-1));
    let content = scene::read(&world, ENTRY);
    let ends = entry(&world)["accessToken"]["expiresAt"].as_str().expect("it is text").to_owned();
    world.write(ENTRY, content.replace(&ends, &lapsed));
    third.run("cd ../project");
    assert!(third.env("AWS_ACCESS_KEY_ID").is_some());
}

each_shell!(a_folder_logs_in_as_for_sso_and_remembers_a_no);
