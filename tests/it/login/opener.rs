//! Logins without a terminal, and the programs that open their pages.

use std::net::TcpStream;
use std::time::Duration;

use awsenv_emulator::{Operation::Authorize, Person};

use crate::harness::login_stage::{self as stage, Sitting};
use crate::harness::scene::START;
use crate::harness::world::World;

const LOGIN: [&str; 3] = ["login", "--sso-session", "my-sso"];

#[test]
fn a_login_that_was_typed_needs_no_terminal() {
    let world = stage::world();
    let device = world.command([&LOGIN[..], &["--device-code"]].concat()).unchecked().code(0).run();
    let told =
        format!("awsenv: logging in to my-sso ({START})\nawsenv: open {}/device", world.emulator().url());
    assert!(device.stderr.starts_with(&told), "{device:?}");
    assert!(device.stderr.contains("\nawsenv: waiting for you to allow it, "), "{device:?}");
    assert!(device.stderr.ends_with("\nawsenv: logged in to my-sso, 59m left\n"), "{device:?}");
    assert!(!device.stderr.contains('\u{1b}') && !device.stderr.contains('\r'), "{device:?}");

    // A forced one too, in the browser that there is.
    let forced = world.command([&LOGIN[..], &["--force"]].concat()).unchecked().code(0).run();
    let url = format!("\n  {}/authorize?", world.emulator().url());
    assert!(forced.stderr.contains(&url) && !forced.stderr.contains('\u{1b}'), "{forced:?}");
    assert_eq!(world.emulator().count(Authorize), 1);
}

#[test]
fn an_mfa_login_without_a_terminal_says_how_to_give_the_code() {
    let world = crate::harness::mfa_stage::world();
    let output = world.command(["login", "-p", "guarded"]).unchecked().code(1).run();
    let hint = "awsenv: hint: run `awsenv login --profile guarded` in a terminal, or add `--mfa-code` with the code\n";
    assert!(output.stderr.ends_with(hint), "{output:?}");
}

/// A world without `$BROWSER`, whose programs that open pages fail but for these.
fn with_openers(works: &[&str]) -> World {
    let mut world = stage::world();
    let browser = world.env()[std::ffi::OsStr::new("BROWSER")].to_str().expect("it is text").to_owned();
    world.unset("BROWSER");
    world.set("DISPLAY", ":0");
    for name in
        ["xdg-open", "gio", "gnome-open", "kde-open6", "kde-open5", "kde-open", "wslview", "rundll32.exe"]
    {
        // The page is the last argument of each.
        let script = format!("#!/bin/sh\nexec '{browser}' \"${{*##* }}\"\n");
        let script = if works.contains(&name) { &script } else { "#!/bin/sh\nexit 4\n" };
        world.program(name, script);
    }
    world
}

#[test]
fn an_opener_that_fails_at_once_is_followed_by_the_next() {
    for (works, wsl) in [("kde-open5", false), ("wslview", true), ("rundll32.exe", true), ("gio", true)] {
        let mut world = with_openers(&[works]);
        if wsl {
            world.set("WSL_DISTRO_NAME", "Ubuntu");
        }
        stage::run(&world, &LOGIN, 0);
        assert_eq!(stage::pages(&world), 1, "{works}");
    }
}

#[test]
fn that_no_opener_works_is_said() {
    let mut world = with_openers(&[]);
    world.set("WSL_DISTRO_NAME", "Ubuntu");
    let mut sitting = Sitting::start(&world, &LOGIN);
    sitting.wait_for(
        "awsenv: no browser could be started here: open the page above yourself, or use `--device-code`",
    );
    sitting.type_keys("\u{3}");
    assert_eq!(sitting.end(), 130);
}

/// Returns how long a process has used a processor, in hundredths of a second.
fn processor(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let rest = stat.rsplit(") ").next().expect("a stat has fields");
    let fields: Vec<_> = rest.split(' ').collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<u64>().expect("it is a number")).sum()
}

#[test]
#[cfg(target_os = "linux")]
fn a_listener_out_of_descriptors_waits_for_some() {
    const MOST: usize = 40;
    let world = stage::world();
    stage::person(&world, Person::Waits);
    let command = format!("ulimit -n {MOST}; exec awsenv login --sso-session my-sso --no-browser");
    let mut sitting = Sitting::program(&world, "/bin/sh".as_ref(), &["-c", &command], &[]);
    sitting.wait_for("waiting for you");
    let text = sitting.bytes();
    let page = &text[text.find("http://127.0.0.1").expect("the page is printed")..];
    let page = page.split_whitespace().next().expect("it has an end").to_owned();
    let port = page.split("127.0.0.1%3A").nth(1).and_then(|rest| rest.split('%').next());
    let port: u16 = port.and_then(|port| port.parse().ok()).expect("the callback has a port");
    let visitors: Vec<_> =
        (0..3 * MOST).filter_map(|_| TcpStream::connect(("127.0.0.1", port)).ok()).collect();
    let open = || std::fs::read_dir(format!("/proc/{}/fd", sitting.pid())).expect("it runs").count();
    while open() < MOST - 2 {
        std::thread::yield_now();
    }
    let before = processor(sitting.pid());
    std::thread::sleep(Duration::from_millis(400));
    let used = processor(sitting.pid()) - before;
    assert!(used < 20, "{used} of 40 hundredths of a second");
    // Whoever comes with the code is let in all the same.
    drop(visitors);
    stage::person(&world, Person::Approves);
    crate::harness::invocation::Invocation::new(&world, &world.bin().join("visit"), [&page]).run();
    sitting.finish(&world, 0);
}
