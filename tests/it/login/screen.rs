//! What a person sees of a login on the terminal and in the browser, and what Ctrl-C leaves.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use awsenv_emulator::Operation::{
    Authorize, CreateTokenAuthorizationCode, CreateTokenDeviceCode, RegisterClient, StartDeviceAuthorization,
};
use awsenv_emulator::{Effect, Fault, Operation, Person};
use chrono::TimeDelta;

use crate::harness::invocation::Invocation;
use crate::harness::login_stage::{self as stage, Sitting, TOKEN_FILE};
use crate::harness::scene::{self, SESSION_TOKEN};
use crate::harness::tools;
use crate::harness::world::World;

const LOGIN: [&str; 3] = ["login", "--sso-session", "my-sso"];
const DEVICE: [&str; 4] = ["login", "--sso-session", "my-sso", "--device-code"];

/// The line that a spinner leaves blank stands for the spinner: nothing of it is left.
const BROWSER_TEXT: &str = "\
awsenv: logging in to my-sso (https://d-1234567890.awsapps.com/start)
awsenv: opening your browser; if no page appears, open this one on this machine
  <aws>/authorize?response_type=code&client_id=…&redirect_uri=…&state=…&code_challenge_method=S256&scopes=sso%3Aaccount%3Aaccess&code_challenge=…
";

const DEVICE_TEXT: &str = "\
awsenv: logging in to my-sso (https://d-1234567890.awsapps.com/start)
awsenv: open <aws>/device anywhere and enter the code

  <code>

awsenv: or open the page with the code filled in
  <aws>/device?user_code=…
";

const CANCELLED: &str = "awsenv: the login is cancelled, `awsenv login --sso-session my-sso` starts it again";

#[test]
fn a_login_in_the_browser_reads_like_this() {
    let world = stage::world();
    let screen = stage::run(&world, &LOGIN, 0);
    assert_eq!(screen, format!("{BROWSER_TEXT}awsenv: logged in to my-sso, 59m left"));
}

#[test]
fn a_device_code_reads_like_this() {
    let world = stage::world();
    let mut sitting = Sitting::start(&world, &DEVICE);
    sitting.end();
    assert_eq!(sitting.screen(&world), format!("{DEVICE_TEXT}awsenv: logged in to my-sso, 59m left"));
    let bytes = sitting.bytes();
    let bold = bytes.find("\u{1b}[1m").expect("the code stands out");
    assert_eq!(bytes[bold + 4..].find("\u{1b}[0m"), Some(9), "the code alone does");
    let spinner = bytes.find("waiting for you to allow it, 9:5").expect("it shows how long it waits");
    assert!(spinner > bold);
    let remote = bytes.contains(stage::COPIED);
    assert_eq!(stage::pages(&world), usize::from(!remote), "a browser opens where the person sits");
}

#[test]
fn what_will_be_opened_is_named_before_it_opens() {
    let world = stage::world();
    stage::person(&world, Person::Waits);
    // The stand-in of the browser notes what stands on the terminal when it is started.
    let seen = world.scratch("seen");
    let mut sitting = Sitting::start(&world, &LOGIN);
    stage::wait_for(&world, Authorize, 1);
    fs::write(&seen, sitting.bytes()).expect("the world can be written");
    sitting.wait_for("waiting for you to allow it in the browser, ");
    let text = sitting.bytes();
    let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} is not on the screen"));
    assert!(place("logging in to my-sso (https://d-1") < place("opening your browser"));
    assert!(place("opening your browser") < place("/authorize?"));
    assert!(place("/authorize?") < place("waiting for you"));
    sitting.type_keys("\u{3}");
    sitting.end();
}

#[test]
fn a_remote_terminal_is_given_the_link() {
    let mut world = stage::world();
    world.unset("AWSENV_FLOW");
    let mut sitting = Sitting::with(&world, &LOGIN, &[("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")]);
    sitting.end();
    let text = sitting.bytes();
    assert!(sitting.bytes().contains(stage::COPIED));
    let start = text.find("\u{1b}]52;c;").expect("OSC 52") + 7;
    let end = start + text[start..].find('\u{7}').expect("it ends");
    let link = decode(&text[start..end]);
    assert!(link.starts_with(&format!("{}/device?user_code=", world.emulator().url())), "{link}");
    assert_eq!(stage::pages(&world), 0, "a browser here would be out of sight");
    assert_eq!(stage::counts(&world, [StartDeviceAuthorization, Authorize]), [1, 0]);
}

#[test]
fn a_port_that_is_named_is_used_on_a_remote_machine_too() {
    let mut world = stage::world();
    world.unset("AWSENV_FLOW");
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let port = free.expect("a port").port().to_string();
    let args = [&LOGIN[..], &["--no-browser", "--port", &port]].concat();
    let mut sitting = Sitting::with(&world, &args, &[("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")]);
    sitting.wait_for("waiting for you");
    let text = sitting.bytes();
    let url = text.split_whitespace().find(|word| word.contains("/authorize?")).expect("the page is printed");
    assert!(url.contains(&format!("127.0.0.1%3A{port}%2F")), "{url}");
    // As a browser at the other end of the tunnel.
    Invocation::new(&world, &world.bin().join("visit"), [url]).run();
    assert_eq!(sitting.end(), 0, "{}", sitting.screen(&world));
    assert_eq!(stage::counts(&world, [StartDeviceAuthorization, Authorize]), [0, 1]);
}

fn decode(base64: &str) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = 0_u32;
    let mut count = 0;
    let mut bytes = Vec::new();
    for digit in base64.bytes().filter_map(|c| alphabet.iter().position(|known| *known == c)) {
        bits = (bits << 6) | u32::try_from(digit).expect("below 64");
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).expect("a byte"));
        }
    }
    String::from_utf8(bytes).expect("a link is text")
}

#[test]
fn the_browser_is_told_that_it_can_be_closed() {
    let world = stage::world();
    let mut sitting = Sitting::start(&world, &[&LOGIN[..], &["--no-browser"]].concat());
    sitting.wait_for("waiting for you");
    let text = sitting.bytes();
    let address = text.split("redirect_uri=http%3A%2F%2F127.0.0.1%3A").nth(1).expect("the page is printed");
    let port = address.split('%').next().and_then(|port| port.parse().ok()).expect("a port");
    let state = text.split("&state=").nth(1).and_then(|rest| rest.split('&').next()).expect("a state");
    // Other pages of this machine get nothing, and end nothing.
    for path in [
        "/",
        "/favicon.ico",
        "/oauth/callback?code=x",
        "/oauth/callback?code=x&state=wrong",
        "/?error=access_denied",
    ] {
        assert!(get(port, path).starts_with("HTTP/1.1 404 "), "{path}");
    }
    let page = get(port, &format!("/oauth/callback?code=wrong&state={state}"));
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    assert!(page.contains("The login to my-sso goes on"), "{page}");
    assert!(page.contains("You can close this window"), "{page}");
    assert!(!page.contains("logged in"), "nobody knows that yet: {page}");
    assert!(!page.contains("wrong"), "the code is not in the page: {page}");
    let screen = sitting.finish(&world, 1);
    assert!(screen.contains("could not finish the login: "), "the code was wrong: {screen}");
}

#[test]
fn another_user_cannot_finish_or_end_a_login() {
    if !rustix::process::geteuid().is_root() || !tools::have(&["setpriv"]) {
        return;
    }
    let world = stage::world();
    let mut sitting = Sitting::start(&world, &[&LOGIN[..], &["--no-browser"]].concat());
    sitting.wait_for("waiting for you");
    let text = sitting.bytes();
    let address = text.split("redirect_uri=http%3A%2F%2F127.0.0.1%3A").nth(1).expect("the page is printed");
    let port: u16 = address.split('%').next().and_then(|port| port.parse().ok()).expect("a port");
    let state = text.split("&state=").nth(1).and_then(|rest| rest.split('&').next()).expect("a state");
    for query in ["code=theirs", "error=access_denied"] {
        let script =
            "exec 3<>\"/dev/tcp/127.0.0.1/$0\"; printf 'GET /?%s HTTP/1.1\\r\\n\\r\\n' \"$1\" >&3; cat <&3";
        let output = std::process::Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--", "bash", "-c", script])
            .args([port.to_string(), format!("{query}&state={state}")])
            .output()
            .expect("setpriv runs");
        let page = String::from_utf8_lossy(&output.stdout);
        assert!(page.starts_with("HTTP/1.1 404 "), "{page}");
    }
    let page = get(port, &format!("/oauth/callback?code=mine&state={state}"));
    assert!(page.contains("The login to my-sso goes on"), "{page}");
    sitting.finish(&world, 1);
}

#[test]
fn a_connection_that_says_nothing_holds_nobody_up() {
    let world = stage::world();
    let mut sitting = Sitting::start(&world, &[&LOGIN[..], &["--no-browser"]].concat());
    sitting.wait_for("waiting for you");
    let text = sitting.bytes();
    let address = text.split("redirect_uri=http%3A%2F%2F127.0.0.1%3A").nth(1).expect("the page is printed");
    let port: u16 = address.split('%').next().and_then(|port| port.parse().ok()).expect("a port");
    let url = text.split_whitespace().find(|word| word.contains("/authorize?")).expect("the page is printed");
    // Browsers open connections that they may need, and use one of them; and a program may say half of
    // something.
    let mut idle: Vec<TcpStream> =
        (0..40).map(|_| TcpStream::connect(("127.0.0.1", port)).expect("it listens")).collect();
    std::io::Write::write_all(&mut idle[1], b"GET /oauth").expect("it reads");
    let begun = Instant::now();
    Invocation::new(&world, &world.bin().join("visit"), [url]).run();
    assert_eq!(sitting.end(), 0, "{}", sitting.screen(&world));
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(3), "it took {took:?}");
}

fn get(port: u16, path: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").expect("it reads");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("it answers");
    page
}

/// Presses Ctrl-C once `ready`, and checks that nothing is left.
fn cancel(world: &World, args: &[&str], ready: impl Fn(&mut Sitting)) {
    let mut sitting = Sitting::start(world, args);
    ready(&mut sitting);
    let pressed = Instant::now();
    sitting.type_keys("\u{3}");
    assert_eq!(sitting.end(), 128 + 2, "the process dies of the signal: {}", sitting.screen(world));
    let took = pressed.elapsed();
    assert!(took < Duration::from_millis(200), "it took {took:?}");
    let screen = sitting.screen(world);
    assert!(screen.ends_with(CANCELLED), "{screen}");
    assert!(!screen.contains("waiting for you"), "the spinner is gone: {screen}");
    let left = stage::files(world, ".aws/sso/cache");
    assert!(left.iter().all(|name| Path::new(name).extension() == Some("json".as_ref())), "{left:?}");
    assert!(!world.at(TOKEN_FILE).exists());
    assert_eq!(children(sitting.pid()), Vec::<String>::new());
    // Neither the lock nor the port is taken: the next login begins at once.
    stage::person(world, Person::Approves);
    world.emulator().with(|state| state.faults.clear());
    let screen = stage::run(world, args, 0);
    assert!(!screen.contains("under way"), "{screen}");
}

/// Returns the processes of that session, which ends with its leader.
fn children(session: u32) -> Vec<String> {
    let processes = fs::read_dir("/proc").expect("Linux").filter_map(Result::ok);
    let stat = processes.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok());
    stat.filter(|stat| {
        let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        // The browser is the person's, and a zombie is for whoever became its parent.
        stat.contains("(awsenv)")
            && !rest.starts_with('Z')
            && rest.split(' ').nth(3) == Some(&session.to_string())
    })
    .collect()
}

#[test]
fn ctrl_c_while_the_browser_is_open_leaves_nothing() {
    let world = stage::world();
    stage::person(&world, Person::Waits);
    cancel(&world, &LOGIN, |sitting| sitting.wait_for("waiting for you to allow it in the browser"));
}

#[test]
fn ctrl_c_between_two_polls_leaves_nothing() {
    let world = stage::world();
    stage::person(&world, Person::Waits);
    cancel(&world, &DEVICE, |sitting| {
        sitting.wait_for("waiting for you to allow it");
        stage::wait_for(&world, CreateTokenDeviceCode, 2);
    });
}

#[test]
fn ctrl_c_during_a_request_leaves_nothing() {
    for (operation, args) in [
        (RegisterClient, &LOGIN[..]),
        (CreateTokenAuthorizationCode, &LOGIN),
        (StartDeviceAuthorization, &DEVICE),
        (CreateTokenDeviceCode, &DEVICE),
    ] {
        let world = stage::world();
        world.emulator().with(|state| state.faults.add(Fault::new(operation, Effect::Hang)));
        cancel(&world, args, |_| stage::wait_for(&world, operation, 1));
    }
}

#[test]
fn ctrl_c_at_the_question_leaves_nothing_and_ctrl_d_means_no() {
    let mut world = stage::world();
    world.set("AWSENV_LOGIN", "ask");
    let args = ["exec", "-p", "dev", "--", "true"];
    let asked = |sitting: &mut Sitting| {
        sitting.wait_for(
            "press Enter to log in to my-sso (https://d-1234567890.awsapps.com/start), Ctrl-C to leave it",
        );
    };
    let mut sitting = Sitting::start(&world, &args);
    asked(&mut sitting);
    sitting.type_keys("\u{4}");
    let screen = sitting.finish(&world, 125);
    assert!(screen.ends_with("awsenv: error: could not log in to my-sso (https://d-1234567890.awsapps.com/start): nobody pressed Enter\nawsenv: hint: run `awsenv login --sso-session my-sso` when you want to"), "{screen}");
    let mut sitting = Sitting::start(&world, &args);
    asked(&mut sitting);
    sitting.type_keys("\u{3}");
    assert_eq!(sitting.end(), 130);
    assert!(sitting.screen(&world).ends_with(CANCELLED), "{}", sitting.screen(&world));
    assert_eq!((world.emulator().requests(), stage::pages(&world)), (0, 0));
    let mut sitting = Sitting::start(&world, &args);
    asked(&mut sitting);
    sitting.type_keys("\r");
    sitting.finish(&world, 0);
    assert_eq!(stage::pages(&world), 1);
}

#[test]
fn the_stand_in_of_a_browser_outlives_ctrl_c() {
    let mut world = stage::world();
    stage::person(&world, Person::Waits);
    let pid = world.scratch("pid");
    let script = format!("#!/bin/sh\necho $$ >'{0}.new'\nmv '{0}.new' '{0}'\nexec sleep 60\n", pid.display());
    let browser = world.program("slow-browser", &script);
    world.set("BROWSER", browser);
    let mut sitting = Sitting::start(&world, &LOGIN);
    sitting.wait_for("waiting for you");
    let browser = loop {
        if let Ok(text) = fs::read_to_string(&pid) {
            break text.trim().to_owned();
        }
        std::thread::yield_now();
    };
    sitting.type_keys("\u{3}");
    sitting.end();
    assert!(Path::new("/proc").join(&browser).exists(), "somebody's browser must not be ended");
    Invocation::new(&world, Path::new("/bin/kill"), [OsStr::new(&browser)]).run();
}

#[test]
fn with_a_live_token_nothing_is_shown_but_the_time() {
    let world = stage::world();
    scene::sign_in(&world).write(&world, SESSION_TOKEN, TimeDelta::hours(1));
    assert_eq!(stage::run(&world, &LOGIN, 0), "awsenv: the login to my-sso is alive, 59m left");
    assert_eq!(world.emulator().count(Operation::RegisterClient), 0);
}
