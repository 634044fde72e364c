//! Logins, networks and clocks below a prompt: what is asked for once, what is never asked for again, and
//! what Ctrl-C leaves.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use awsenv_emulator::Operation::{Authorize, GetRoleCredentials, RegisterClient};
use awsenv_emulator::{Effect, Fault, Person};
use chrono::TimeDelta;

use crate::harness::hook_stage;
use crate::harness::invocation::Invocation;
use crate::harness::login_stage::{self as stage, PATIENCE};
use crate::harness::scene::{self, DEV_ENTRY, SESSION_TOKEN};
use crate::harness::shell::{Kind, Shell, each_shell};
use crate::harness::tools;
use crate::harness::world::World;
use crate::login::together::allow;

const NEEDED: &str = "awsenv: error: could not load profile `dev`: you are not logged in to my-sso \
     (https://d-1234567890.awsapps.com/start)\nawsenv: hint: run `awsenv login --profile dev`";
const EXPIRED: &str = "awsenv: error: could not load profile `dev`: the login to my-sso \
     (https://d-1234567890.awsapps.com/start) has expired\nawsenv: hint: run `awsenv login --profile dev`";

/// Fails unless these lines start no process, ask no server and print nothing.
#[track_caller]
fn assert_idle(world: &World, shell: &mut Shell, lines: &[&str]) {
    let asked = world.emulator().requests();
    for line in lines {
        let mark = shell.trace().mark();
        shell.quietly(line);
        let started = shell.trace().since(mark);
        assert!(started.is_nothing(), "`{line}` started {started:?}");
    }
    assert_eq!(world.emulator().requests(), asked);
}

/// Begins a login below the prompt and waits until its page is open.
fn begin(world: &World, shell: &mut Shell) {
    stage::person(world, Person::Waits);
    shell.type_line("cd p");
    shell.wait_for("waiting for you to allow it");
    stage::wait_for(world, Authorize, 1);
}

fn project(world: &World) {
    scene::allowed(world, "p", "profile = dev\n");
    world.dir("p/below");
}

fn without_a_login_one_line_says_what_to_run_and_nothing_is_started_again(kind: Kind) {
    if !tools::have(&["strace"]) {
        return;
    }
    let mut world = scene::world();
    world.set("AWSENV_LOGIN", "never");
    project(&world);
    let token = scene::sign_in(&world);
    token.write(&world, SESSION_TOKEN, TimeDelta::hours(-1));
    world.emulator().reset_log();
    let mut shell = hook_stage::launch(kind, &world).traced().start();
    assert_eq!(shell.run("cd p"), EXPIRED);
    assert_idle(&world, &mut shell, &["", "", "cd below", "", "cd ..", ""]);
    assert_eq!(world.emulator().requests(), 0);
    assert_eq!(shell.env("AWS_PROFILE"), None);
}

fn after_a_no_nothing_is_started(kind: Kind) {
    if !tools::have(&["strace"]) {
        return;
    }
    let world = stage::world();
    project(&world);
    let mut shell = hook_stage::launch(kind, &world).traced().start();
    begin(&world, &mut shell);
    shell.type_keys("\u{3}");
    shell.next_prompt();
    // The interrupted run could not say what to wait for.
    shell.run("");
    assert_idle(&world, &mut shell, &["", "", "cd below", "", "cd .."]);
    assert_eq!(stage::pages(&world), 1);
}

fn keys_that_are_loaded_start_nothing(kind: Kind) {
    if !tools::have(&["strace"]) {
        return;
    }
    let world = scene::signed_in();
    project(&world);
    let mut shell = hook_stage::launch(kind, &world).traced().start();
    shell.run("cd p");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
    assert_idle(&world, &mut shell, &["", "", "cd below", "", "cd ..", ""]);
}

fn without_a_network_the_prompt_comes_back_and_nothing_is_tried_again(kind: Kind) {
    let world = scene::signed_in();
    project(&world);
    world.emulator().with(|state| state.faults.add(Fault::everywhere(Effect::Close)));
    let recorder = world.recorder();
    let mut shell = hook_stage::start(kind, &world);
    recorder.take();
    let screen = shell.run("cd p");
    assert!(
        screen.text().contains(
            "awsenv: error: could not load profile `dev`: could not get credentials of role `Admin`"
        ),
        "{screen}"
    );
    assert_eq!(recorder.take().len(), 2, "one that asks nobody, one that asks");
    let asked = world.emulator().requests();
    for line in ["", "", "cd below", "cd .."] {
        shell.quietly(line);
    }
    assert_eq!((recorder.take().len(), world.emulator().requests()), (0, asked));
    // Another shell knows it already.
    let mut other = hook_stage::start(kind, &world);
    recorder.take();
    assert!(!other.run("cd p").is_empty());
    assert_eq!((recorder.take().len(), world.emulator().requests()), (1, asked));
    world.emulator().with(|state| state.faults.clear());
    shell.run("awsenv reload");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
}

fn what_takes_longer_than_a_second_says_what_it_waits_for(kind: Kind) {
    let world = scene::signed_in();
    project(&world);
    world.emulator().with(|state| state.faults.add(Fault::new(GetRoleCredentials, Effect::Hang)));
    let mut shell = hook_stage::start(kind, &world);
    shell.type_line("cd p");
    shell.wait_for("awsenv: waiting for AWS, Ctrl-C stops it");
    shell.type_keys("\u{3}");
    shell.next_prompt();
    assert_eq!(shell.env("AWS_PROFILE"), None);
}

/// Returns the ids of the programs of ours that run in the session of this shell.
fn processes(session: u32) -> Vec<String> {
    let processes = fs::read_dir("/proc").expect("Linux").filter_map(Result::ok);
    let stat = processes.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok());
    let ours = stat.filter_map(|stat| {
        let (id, rest) = stat.split_once(" (awsenv) ")?;
        let mut fields = rest.split(' ');
        // A zombie is for whoever became its parent.
        let is_alive = fields.next() != Some("Z");
        (is_alive && fields.nth(2) == Some(&session.to_string())).then(|| id.to_owned())
    });
    ours.collect()
}

fn a_login_that_is_ended_by_force_leaves_no_lock(kind: Kind) {
    for end in ["twice", "kill", "hangup"] {
        let world = stage::world();
        project(&world);
        let mut shell = hook_stage::start(kind, &world);
        begin(&world, &mut shell);
        match end {
            "twice" => {
                shell.type_keys("\u{3}\u{3}");
                shell.next_prompt();
            }
            "kill" => {
                let [run] = &processes(shell.pid())[..] else { panic!("one program logs in") };
                Invocation::new(&world, Path::new("/bin/kill"), ["-TERM", run]).run();
                shell.next_prompt();
            }
            _ => {
                shell.close();
                shell.wait_for_end();
            }
        }
        let lock = world.at(format!(".local/state/awsenv/locks/login-{SESSION_TOKEN}.lock"));
        let lock = fs::File::open(lock).expect("it is there");
        lock.lock().unwrap_or_else(|_| panic!("{end}: nobody holds it"));
        drop(lock);
        // What lets go of the lock has only to end.
        let deadline = Instant::now() + PATIENCE;
        while !processes(shell.pid()).is_empty() {
            assert!(Instant::now() < deadline, "{end}: it is still there");
            std::thread::yield_now();
        }
        stage::person(&world, Person::Approves);
        stage::run(&world, &["login", "--profile", "dev"], 0);
    }
}

fn ctrl_z_leaves_nothing_that_waits_for_ever(kind: Kind) {
    let world = stage::world();
    project(&world);
    let mut shell = hook_stage::start(kind, &world);
    // A process that could not be woken up again is not stopped: so it is below a shell that leads its
    // session.
    shell.run(kind.nested());
    begin(&world, &mut shell);
    shell.type_keys("\u{1a}");
    // The shell waits for it, so nobody could wake it up again: it goes on.
    shell.type_keys("\u{3}");
    shell.next_prompt();
    assert_eq!(shell.env("AWS_PROFILE"), None);
    shell.run("");
    assert_eq!(processes(shell.pid()), Vec::<String>::new());
    let jobs = shell.run("jobs");
    assert!(!jobs.text().contains("awsenv"), "{jobs}");
}

fn ctrl_z_does_not_end_a_login(kind: Kind) {
    let world = stage::world();
    project(&world);
    let mut shell = hook_stage::start(kind, &world);
    shell.run(kind.nested());
    begin(&world, &mut shell);
    shell.type_keys("\u{1a}");
    allow(&world);
    let screen = shell.next_prompt();
    assert!(screen.text().contains("awsenv: dev, account 111122223333"), "{screen}");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
}

fn keys_that_are_due_are_renewed_while_the_prompt_returns(kind: Kind) {
    let world = scene::signed_in();
    project(&world);
    let path = scene::plant_role(&world, DEV_ENTRY, TimeDelta::minutes(10));
    // Fetched 50 minutes ago.
    let file = fs::File::options().write(true).open(&path).expect("the file is ours");
    let fetched = std::time::SystemTime::now() - Duration::from_mins(50);
    file.set_times(fs::FileTimes::new().set_modified(fetched)).expect("the file is ours");
    let slow = Fault::new(GetRoleCredentials, Effect::Delay).delay(Duration::from_secs(1));
    world.emulator().with(|state| state.faults.add(slow));
    let recorder = world.recorder();
    let mut shell = hook_stage::start(kind, &world);
    recorder.take();
    shell.run("cd p");
    let exports = |runs: Vec<Vec<String>>| runs.into_iter().filter(|run| run[0] == "export").count();
    assert_eq!(exports(recorder.take()), 1, "the prompt waits for nobody");
    let renewed = world
        .emulator()
        .wait_for(PATIENCE, |state| (state.log.succeeded(GetRoleCredentials) == 1).then_some(()));
    assert!(renewed.is_some());
    // It was asked for; now it is written, and whoever writes it lets go of the lock.
    let is_written = || fs::read_to_string(&path).is_ok_and(|text| !text.contains("ASIAPLANTED"));
    let deadline = Instant::now() + PATIENCE;
    while !is_written() {
        assert!(Instant::now() < deadline, "the new keys are not written");
        std::thread::yield_now();
    }
    recorder.take();
    shell.quietly("");
    assert_eq!(exports(recorder.take()), 1);
    assert!(shell.env("AWS_ACCESS_KEY_ID").is_some_and(|id| id != "ASIAPLANTED"));
    shell.quietly("");
    assert_eq!(recorder.count(), 0);
    assert_eq!(world.emulator().count(GetRoleCredentials), 1);
}

fn other_keys_of_a_role_are_no_news_while_these_are_good_and_there(kind: Kind) {
    let world = scene::signed_in();
    project(&world);
    let mut shell = hook_stage::start(kind, &world);
    shell.run("cd p");
    let first = shell.env("AWS_ACCESS_KEY_ID");
    let recorder = world.recorder();
    recorder.take();
    let path = scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    shell.quietly("");
    assert_eq!(recorder.count(), 0);
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), first);
    fs::remove_file(path).expect("it is there");
    shell.run("");
    assert!(shell.env("AWS_ACCESS_KEY_ID").is_some_and(|id| Some(&id) != first.as_ref()));
}

fn one_ctrl_c_ends_a_wait_for_aws(kind: Kind) {
    let world = scene::signed_in();
    project(&world);
    let mut shell = hook_stage::start(kind, &world);
    world.emulator().with(|state| state.faults.add(Fault::new(GetRoleCredentials, Effect::Hang)));
    shell.type_line("cd p");
    stage::wait_for(&world, GetRoleCredentials, 1);
    shell.type_keys("\u{3}");
    let mut told = shell.next_prompt().text().to_owned();
    // A reason to look again, as time is.
    let config = scene::read(&world, ".aws/config") + "\n# changed\n";
    world.aws_config(&config);
    told += shell.run("").text();
    let line = "awsenv: error: could not load profile `dev`: Ctrl-C stopped it\n\
                awsenv: hint: run `awsenv reload` to try again";
    // Some shells look at each prompt, and so right after it.
    assert_eq!(told.matches(line).count(), 1, "{told}");
    assert_eq!(world.emulator().count(GetRoleCredentials), 1);
    shell.quietly("");
    world.emulator().with(|state| state.faults.clear());
    shell.run("awsenv reload");
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
}

fn a_login_made_elsewhere_is_noticed_at_the_next_prompt(kind: Kind) {
    let mut world = scene::world();
    world.set("AWSENV_LOGIN", "never");
    project(&world);
    let mut shell = hook_stage::start(kind, &world);
    assert_eq!(shell.run("cd p"), NEEDED);
    let token = scene::sign_in(&world);
    token.write(&world, SESSION_TOKEN, TimeDelta::hours(1));
    let screen = shell.run("");
    assert!(screen.text().starts_with("awsenv: dev, account 111122223333"), "{screen}");
    assert_eq!(world.emulator().count(RegisterClient), 0);
}

each_shell!(
    guarded:
    without_a_login_one_line_says_what_to_run_and_nothing_is_started_again,
    after_a_no_nothing_is_started,
    keys_that_are_loaded_start_nothing,
    without_a_network_the_prompt_comes_back_and_nothing_is_tried_again,
    keys_that_are_due_are_renewed_while_the_prompt_returns,
    other_keys_of_a_role_are_no_news_while_these_are_good_and_there,
);

each_shell!(
    every:
    what_takes_longer_than_a_second_says_what_it_waits_for,
    a_login_that_is_ended_by_force_leaves_no_lock,
    ctrl_z_leaves_nothing_that_waits_for_ever,
    ctrl_z_does_not_end_a_login,
    a_login_made_elsewhere_is_noticed_at_the_next_prompt,
    one_ctrl_c_ends_a_wait_for_aws,
);
