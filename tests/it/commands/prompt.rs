//! `awsenv prompt`: one line from the environment.

use crate::harness::shell::Kind;
use crate::harness::tools;
use crate::harness::world::World;
use crate::harness::{hook_stage, scene};

#[test]
fn prompt_says_what_is_loaded_and_nothing_where_nothing_is() {
    let world = World::new();
    assert_eq!(world.run(["prompt"]).stdout, "");
    let prompt = |args: &[&str], env: &[(&str, &str)]| {
        let command = world.command(["prompt"].iter().chain(args));
        env.iter().fold(command, |command, (name, value)| command.env(name, value)).run().stdout
    };
    let dev = [("AWSENV_PROFILE", "dev"), ("AWSENV_ACCOUNT", "111122223333"), ("AWS_REGION", "eu-west-1")];
    assert_eq!(prompt(&[], &dev), "dev eu-west-1\n");
    let expired = "2020-01-01T00:00:00Z";
    let prod = [
        ("AWSENV_PROFILE", "prod"),
        ("AWSENV_GUARDED", "1"),
        ("AWSENV_ROLE", "Admin"),
        ("AWS_CREDENTIAL_EXPIRATION", expired),
    ];
    assert_eq!(prompt(&[], &prod), "prod expired guarded\n");
    let in_an_hour = scene::time_in(chrono::TimeDelta::minutes(90) + chrono::TimeDelta::seconds(30));
    let hour = [("AWSENV_PROFILE", "dev"), ("AWS_CREDENTIAL_EXPIRATION", &*in_an_hour)];
    assert_eq!(prompt(&["--format={left}"], &hour), "1h 30m\n");
    assert_eq!(prompt(&["--format", "({role}[ in {account}])"], &prod), "(Admin)\n");
    let hostile = [("AWSENV_PROFILE", "a\u{1b}[31m\nb\u{202e}")];
    assert_eq!(prompt(&[], &hostile), "a?[31m?b?\n");
    let usage = "awsenv: error: could not use `--format`: there is no field `{acount}`\nawsenv: hint: the fields are \
                 `{profile}`, `{account}`, `{role}`, `{region}`, `{left}`, `{guarded}` and `{term}`\n";
    world.command(["prompt", "--format", "{acount}"]).code(2).stderr(usage).run();
    let help = world.run(["prompt", "--help"]).stdout;
    let explained = help.split_once("The fields of").expect("it is there").1;
    for field in ["profile", "account", "role", "region", "left", "guarded", "term"] {
        assert!(explained.contains(&format!("{{{field}}}")), "{field}: {help}");
    }
}

#[test]
fn prompt_follows_what_was_loaded_and_opens_no_file_of_the_user_s() {
    let world = scene::signed_in();
    scene::plant_role(&world, scene::DEV_ENTRY, chrono::TimeDelta::hours(1));
    scene::allowed(&world, "p", "profile = dev\n");
    let mut shell = hook_stage::start(Kind::Bash, &world);
    shell.run("cd p");
    let line = shell.run("awsenv prompt --format '{profile} {account}/{role} {region}[ {guarded}]'");
    assert_eq!(line.text(), "dev 111122223333/Admin eu-west-1");
    if !tools::have(&["strace"]) {
        return;
    }
    let opened = shell.run("strace -f -qq -e trace=openat,open awsenv prompt 2>&1 | grep -c \"$HOME\"");
    assert_eq!(opened.text(), "0");
}
