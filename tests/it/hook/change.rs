//! Whatever changes is noticed at the next prompt, once.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::SystemTime;

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, allow, allowed, assert_loaded, assert_nothing, cannot, export, hook_line,
    start, unset, world,
};
use crate::harness::recorder::Recorder;
use crate::harness::shell::{Kind, Shell, each_shell};

/// Runs empty lines until the next is told to be idle: the first must run the program once, the second not at
/// all. Returns what the first printed.
#[track_caller]
fn noticed_once(shell: &mut Shell, recorder: &Recorder) -> String {
    recorder.take();
    let screen = shell.run("");
    assert_eq!(recorder.take().len(), 1, "{screen}");
    shell.quietly("");
    assert_eq!(recorder.take().len(), 0, "at the second prompt");
    screen.text().to_owned()
}

/// Returns the time of a file's last change of content.
fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).and_then(|file| file.modified()).expect("the file has a time")
}

fn set_modified(path: &Path, time: SystemTime) {
    let file = File::options().write(true).open(path).expect("the file is ours");
    file.set_times(FileTimes::new().set_modified(time)).expect("the file is ours");
}

fn an_edit_of_the_same_size_in_the_same_second_is_noticed(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let file = world.at("a/.awsenv");
    let time = modified(&file);
    for (content, entered) in [("profile = ops\n", ENTERED_OPS), ("profile = dev\n", ENTERED_DEV)] {
        allowed(&world, "a", content);
        set_modified(&file, time);
        assert_eq!(noticed_once(&mut shell, &recorder), entered);
    }
    assert_loaded(&mut shell, "dev");
}

fn a_file_moved_over_it_is_noticed_however_old(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    allow(&world, &world.project("a", "profile = ops\n"));
    world.project("a", "profile = dev\n");
    let new = world.write("new", "profile = ops\n");
    set_modified(&new, SystemTime::UNIX_EPOCH);
    fs::rename(new, world.at("a/.awsenv")).expect("the same file system");
    assert_eq!(noticed_once(&mut shell, &recorder), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
}

fn other_aws_files_are_noticed(kind: Kind) {
    let world = world();
    let keys = |id| {
        format!(
            "[dev]\naws_access_key_id = {id}\naws_secret_access_key = secret\n[ops]\nregion = us-east-1\n"
        )
    };
    let other = world.write("other-credentials", keys("AKIAOTHERCUSTOMER000"));
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let before = shell.env("AWS_ACCESS_KEY_ID");
    recorder.take();
    let other = other.to_str().expect("UTF-8");
    shell.run(&export(kind, "AWS_SHARED_CREDENTIALS_FILE", other));
    assert_eq!(recorder.take().len(), 1);
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID").as_deref(), Some("AKIAOTHERCUSTOMER000"));
    shell.run(&unset(kind, "AWS_SHARED_CREDENTIALS_FILE"));
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), before);
    recorder.take();
    shell.quietly("");
    assert_eq!(recorder.count(), 0);
}

fn a_link_led_elsewhere_is_noticed(kind: Kind) {
    let world = world();
    let link = world.dir("linked").join(".awsenv");
    for (name, profile) in [("one", "dev"), ("two", "ops")] {
        let target = world.write(name, format!("profile = {profile}\n"));
        let _ = fs::remove_file(&link);
        symlink(target, &link).expect("a new link");
        allow(&world, &world.at("linked"));
    }
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    assert_eq!(shell.run("cd linked"), ENTERED_OPS);
    fs::remove_file(&link).expect("it exists");
    symlink(world.at("one"), &link).expect("a new link");
    assert_eq!(noticed_once(&mut shell, &recorder), ENTERED_DEV);
    // What the link leads to changes.
    world.write("one", "profile = ops\n");
    assert_eq!(noticed_once(&mut shell, &recorder), ENTERED_OPS);
    fs::remove_file(world.at("one")).expect("it exists");
    let told = noticed_once(&mut shell, &recorder);
    assert!(told.contains("a link that leads nowhere"), "{told}");
    assert_nothing(&mut shell);
}

fn a_link_that_leads_nowhere_is_told_on_entering(kind: Kind) {
    let world = world();
    symlink("/nowhere", world.dir("a/below").join(".awsenv")).expect("a new link");
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let screen = shell.run("cd below");
    assert!(screen.text().contains("a link that leads nowhere"), "{screen}");
    assert_nothing(&mut shell);
    shell.quietly("");
}

fn a_touched_file_changes_nothing(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    set_modified(&world.at("a/.awsenv"), SystemTime::UNIX_EPOCH);
    shell.quietly("");
    assert_loaded(&mut shell, "dev");
}

fn a_nearer_file_is_noticed_when_it_comes_and_when_it_goes(kind: Kind) {
    let world = world();
    world.dir("a/below/further");
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a/below/further");
    allowed(&world, "a/below", "profile = ops\n");
    assert_eq!(noticed_once(&mut shell, &recorder), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
    fs::remove_file(world.at("a/below/.awsenv")).expect("it exists");
    assert_eq!(noticed_once(&mut shell, &recorder), ENTERED_DEV);
    // A file above one that names a profile does not count.
    world.write(".awsenv", "profile = ops\n");
    recorder.take();
    shell.quietly("");
    assert_eq!(recorder.count(), 0);
    world.write("a/below/further/.awsenv", "");
    assert!(noticed_once(&mut shell, &recorder).contains("not allowed"));
    assert_nothing(&mut shell);
}

fn a_file_is_noticed_where_there_was_none(kind: Kind) {
    let world = world();
    world.dir("plain/below");
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.quietly("cd plain/below");
    let dir = world.project("plain", "profile = dev\n");
    assert!(noticed_once(&mut shell, &recorder).contains("not allowed"));
    allow(&world, &dir);
    assert_eq!(noticed_once(&mut shell, &recorder), ENTERED_DEV);
    assert_loaded(&mut shell, "dev");
}

fn an_edit_of_the_aws_files_is_noticed_once(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let config = fs::read_to_string(world.at(".aws/config")).expect("it exists");
    world.aws_config(&config.replace("eu-west-1", "eu-west-2"));
    noticed_once(&mut shell, &recorder);
    assert_eq!(shell.env("AWS_REGION").as_deref(), Some("eu-west-2"));
    let credentials = fs::read_to_string(world.at(".aws/credentials")).expect("it exists");
    world.aws_credentials(&credentials.replace("AKIADEV", "AKIANEW"));
    noticed_once(&mut shell, &recorder);
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID").as_deref(), Some("AKIANEW"));
    // Another file of the same name, older than the one before.
    let new = world.write("new", &config);
    set_modified(&new, SystemTime::UNIX_EPOCH);
    fs::rename(new, world.at(".aws/config")).expect("the same file system");
    noticed_once(&mut shell, &recorder);
    assert_eq!(shell.env("AWS_REGION").as_deref(), Some("eu-west-1"));
    fs::remove_file(world.at(".aws/credentials")).expect("it exists");
    let told = noticed_once(&mut shell, &recorder);
    assert!(told.contains("awsenv: error: could not"), "{told}");
    assert_nothing(&mut shell);
    world.aws_credentials(&credentials);
    assert_eq!(noticed_once(&mut shell, &recorder), ENTERED_DEV);
}

fn an_edit_of_the_aws_files_whose_time_is_put_back_is_noticed(kind: Kind) {
    if kind != Kind::Zsh {
        return cannot(kind, "its builtins see the time of the last change of content alone");
    }
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let path = world.at(".aws/config");
    let time = modified(&path);
    world.aws_config("[profile dev]\nregion = eu-west-2\n");
    set_modified(&path, time);
    noticed_once(&mut shell, &recorder);
    assert_eq!(shell.env("AWS_REGION").as_deref(), Some("eu-west-2"));
}

fn a_link_to_another_aws_file_of_the_same_time_is_noticed(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let link = world.at(".aws/config");
    fs::rename(&link, world.at("one")).expect("the same file system");
    world.write("two", "[profile dev]\nregion = eu-west-2\n");
    for name in ["one", "two"] {
        set_modified(&world.at(name), SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1));
    }
    symlink(world.at("one"), &link).expect("a new link");
    let mut shell = start(kind, &world);
    assert_eq!(shell.run("cd a"), ENTERED_DEV);
    recorder.take();
    shell.quietly("");
    assert_eq!(recorder.count(), 0);
    fs::remove_file(&link).expect("it exists");
    symlink(world.at("two"), &link).expect("a new link");
    noticed_once(&mut shell, &recorder);
    assert_eq!(shell.env("AWS_REGION").as_deref(), Some("eu-west-2"));
}

fn a_touched_file_asks_no_server(kind: Kind) {
    let world = crate::harness::scene::signed_in();
    crate::harness::scene::allowed(&world, "p", "profile = dev\n");
    let mut shell = start(kind, &world);
    shell.run("cd p");
    let before = shell.environment();
    assert!(before.contains_key(std::ffi::OsStr::new("AWS_SESSION_TOKEN")));
    world.emulator().reset_log();
    for file in ["p/.awsenv", ".aws/config"] {
        set_modified(&world.at(file), SystemTime::now());
        shell.quietly("");
        let mut now = shell.environment();
        // Of the command that shows it.
        now.insert("_".into(), before.get(std::ffi::OsStr::new("_")).cloned().unwrap_or_default());
        assert!(before.iter().all(|(name, value)| now.get(name) == Some(value)), "{file}");
    }
    assert_eq!(world.emulator().with(|state| state.log.entries().len()), 0);
}

fn a_permission_elsewhere_makes_every_shell_look_once(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    allow(&world, &world.at("b"));
    assert_eq!(noticed_once(&mut shell, &recorder), "");
    assert_loaded(&mut shell, "dev");
}

fn a_change_of_the_settings_is_noticed_once(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    world.write(".config/awsenv/config", "export = profile\n");
    noticed_once(&mut shell, &recorder);
    assert_eq!(shell.env("AWS_ACCESS_KEY_ID"), None);
    assert_eq!(shell.env("AWS_PROFILE").as_deref(), Some("dev"));
    fs::remove_file(world.at(".config/awsenv/config")).expect("it exists");
    noticed_once(&mut shell, &recorder);
    assert_loaded(&mut shell, "dev");
}

fn a_pipe_in_the_place_of_the_file_hangs_nothing(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    fs::remove_file(world.at("a/.awsenv")).expect("it exists");
    shell.type_line("mkfifo .awsenv");
    let screen = shell.next_prompt();
    assert!(screen.text().contains("not a regular file"), "{screen}");
    assert_nothing(&mut shell);
    shell.quietly("");
}

fn stamps_that_were_wiped_are_made_again(kind: Kind) {
    let world = world();
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let stamps = world.scratch("../run/awsenv/stamps");
    if kind == Kind::Zsh {
        assert!(!stamps.exists(), "zsh reads the times of files itself");
        return;
    }
    fs::remove_dir_all(&stamps).expect("there are stamps");
    assert_eq!(noticed_once(&mut shell, &recorder), "");
    assert!(stamps.exists());
    assert_loaded(&mut shell, "dev");
}

fn the_hook_is_the_same_each_time(kind: Kind) {
    let world = world();
    let hook = || world.run(["hook", kind.name()]).stdout;
    assert_eq!(hook(), hook());
    assert!(hook_line(kind).contains("awsenv hook"));
    for name in ["-", "/bin/", "/usr/local/bin/-"].map(|prefix| format!("{prefix}{}", kind.name())) {
        assert_eq!(world.run(["hook", "--", &name]).stdout, hook(), "{name}");
    }
    assert_eq!(world.run(["hook", &format!("{}.exe", kind.name())]).stdout, hook());
}

each_shell!(
    guarded:
    an_edit_of_the_same_size_in_the_same_second_is_noticed,
    a_file_moved_over_it_is_noticed_however_old,
    other_aws_files_are_noticed,
    a_link_led_elsewhere_is_noticed,
    a_link_that_leads_nowhere_is_told_on_entering,
    a_touched_file_changes_nothing,
    a_nearer_file_is_noticed_when_it_comes_and_when_it_goes,
    a_file_is_noticed_where_there_was_none,
    an_edit_of_the_aws_files_is_noticed_once,
    an_edit_of_the_aws_files_whose_time_is_put_back_is_noticed,
    a_link_to_another_aws_file_of_the_same_time_is_noticed,
    a_touched_file_asks_no_server,
    a_permission_elsewhere_makes_every_shell_look_once,
    a_change_of_the_settings_is_noticed_once,
    a_pipe_in_the_place_of_the_file_hangs_nothing,
    the_hook_is_the_same_each_time,
);

each_shell!(stamps_that_were_wiped_are_made_again);
