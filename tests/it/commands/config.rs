//! `awsenv config`: what counts, where it is from, and changes to the file.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::json;

use crate::harness::scene;
use crate::harness::world::World;

const FILE: &str = ".config/awsenv/config";

#[test]
fn config_shows_what_counts_and_where_it_is_from() {
    let mut world = World::new();
    let nothing = world.run(["config"]).stdout;
    assert_eq!(
        nothing,
        "login = auto\nflow = auto\nbrowser =\nexport = both\nquiet = false\ntrust =\nconfirm =\ncolors =\n\
         read_only = ReadOnlyAccess:ViewOnlyAccess\nceiling = /\n"
    );
    assert_eq!(world.run(["config", "path"]).stdout, format!("{}\n", world.at(FILE).display()));
    world.write(FILE, "# mine\nlogin = ask\nconfirm = *prod*\nflow = device\nlogin = never\n");
    world.set("AWSENV_CONFIRM", "dev");
    world.set("AWSENV_FLOW", "pkce");
    let list = world.run(["config", "list", "--origin"]).stdout;
    let file = world.at(FILE).display().to_string();
    let expected = format!(
        "SETTING    VALUE                          FROM\n\
         login      never                          {file}:5\n\
         flow       pkce                           AWSENV_FLOW\n\
         browser                                   default\n\
         export     both                           default\n\
         quiet      false                          default\n\
         trust                                     default\n\
         confirm    *prod*:dev                     {file}:3, AWSENV_CONFIRM\n\
         colors                                    default\n\
         read_only  ReadOnlyAccess:ViewOnlyAccess  default\n\
         ceiling    /                              default\n"
    );
    assert_eq!(list, expected);
    assert_eq!(world.run(["config", "get", "confirm"]).stdout, "*prod*:dev\n");
    let json = world.run(["config", "list", "--json"]).json();
    let confirm = json!({ "key": "confirm", "value": "*prod*:dev", "origins": [
        { "from": "file", "path": file, "line": 3 }, { "from": "variable", "variable": "AWSENV_CONFIRM" },
    ] });
    assert_eq!(json[6], confirm);
    let unknown = "awsenv: error: could not find the setting `logni`\nawsenv: hint: did you mean `login`?\n";
    world.command(["config", "get", "logni"]).code(1).stderr(unknown).run();
    world.run(["config", "set", "port.acme", "8123"]);
    assert_eq!(world.run(["config", "get", "port.acme"]).stdout, "8123\n");
    world.run(["config", "unset", "port.acme"]);
    for wrong in [["port.acme", "0"], ["flow.acme", "x"], ["port", "1"]] {
        let refused = world.command(["config", "set"].iter().chain(&wrong)).unchecked().run();
        assert_eq!(refused.code, 1, "{wrong:?}");
    }
    world.run(["config", "set", "ecr.111122223333", "dev"]);
    assert_eq!(world.run(["config", "get", "ecr.111122223333"]).stdout, "dev\n");
    assert!(world.run(["config"]).stdout.ends_with("ceiling = /\necr.111122223333 = dev\n"));
    world.run(["config", "unset", "ecr.111122223333"]);
    assert_eq!(world.command(["config", "set", "ecr.1", "dev"]).unchecked().run().code, 1);
    world.write(FILE, "trust = /srv\n");
    fs::set_permissions(world.at(FILE), fs::Permissions::from_mode(0o666)).expect("the file is ours");
    assert_eq!(world.run(["config", "get", "trust"]).stdout, "\n", "others can write it");
}

#[test]
fn config_set_and_unset_change_one_line_of_a_private_file() {
    let world = World::new();
    world.run(["config", "set", "login", "ask"]);
    assert_eq!(scene::read(&world, FILE), "login = ask\n");
    let mode = |path: &str| fs::metadata(world.at(path)).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(FILE), mode(".config/awsenv")), (0o600, 0o700));
    // A file that is kept elsewhere stays there.
    fs::remove_file(world.at(FILE)).expect("it is there");
    world.write("dotfiles/awsenv", "# mine\nlogin   = never\n\n; the end");
    symlink(world.at("dotfiles/awsenv"), world.at(FILE)).expect("the folder is ours");
    world.run(["config", "set", "login", "auto"]);
    world.run(["config", "set", "colors", "*prod*=red"]);
    let text = "# mine\nlogin   = auto\n\n; the end\ncolors = *prod*=red\n";
    assert_eq!(scene::read(&world, "dotfiles/awsenv"), text);
    assert!(world.at(FILE).is_symlink());
    assert_eq!(mode("dotfiles/awsenv"), 0o600);

    let refused = |args: &[&str], told: &str| {
        let out = world.command(["config", "set"].iter().chain(args)).unchecked().code(1).run();
        assert!(out.stderr.contains(told), "{}", out.stderr);
        assert_eq!(scene::read(&world, "dotfiles/awsenv"), text);
    };
    refused(
        &["login", "maybe"],
        "could not set `login`: invalid value: `maybe`\nawsenv: hint: write one of ",
    );
    refused(&["ceiling", "src"], "`src` is not an absolute path");
    refused(&["confirm", "a\nb = c"], "a line of the file cannot hold that value");
    refused(&["loign", "ask"], "did you mean `login`?");

    let warning = "awsenv: warning: AWSENV_LOGIN is set in this shell and overrides it\n";
    world.command(["config", "set", "login", "ask"]).env("AWSENV_LOGIN", "never").stderr(warning).run();
    world.run(["config", "unset", "login"]);
    assert_eq!(scene::read(&world, "dotfiles/awsenv"), text.replace("login   = auto\n", ""));
    let absent = "awsenv: flow is not set in ~/.config/awsenv/config\n";
    world.command(["config", "unset", "flow"]).stderr(absent).run();

    // A mistake in the file can be repaired from here.
    world.write("dotfiles/awsenv", "login = maybe\n");
    world.command(["config"]).unchecked().code(1).run();
    world.run(["config", "set", "login", "never"]);
    assert_eq!(world.run(["config", "get", "login"]).stdout, "never\n");
    fs::set_permissions(world.at("dotfiles/awsenv"), fs::Permissions::from_mode(0o400))
        .expect("the file is ours");
    let out = world.command(["config", "set", "login", "ask"]).unchecked().code(1).run();
    assert!(out.stderr.contains("the file is read-only"), "{}", out.stderr);
}

#[test]
fn config_edit_takes_only_what_can_be_read() {
    let mut world = World::new();
    world.write(FILE, "# mine\nlogin = ask\n");
    let editor = world.program("editor", "#!/bin/sh\nprintf '%s' \"$EDITED\" > \"$1\"\n");
    world.set("EDITOR", editor);
    world.command(["config", "edit"]).env("EDITED", "# yours\nlogin = never\n").run();
    assert_eq!(scene::read(&world, FILE), "# yours\nlogin = never\n");
    let told = "awsenv: error: could not read ~/.config/awsenv/config:1: unknown key: `logni`\n\
                awsenv: hint: write `login`\nawsenv: ~/.config/awsenv/config is unchanged\n";
    world.command(["config", "edit"]).env("EDITED", "logni = ask").code(1).stderr(told).run();
    assert_eq!(scene::read(&world, FILE), "# yours\nlogin = never\n");
    assert_eq!(fs::read_dir(world.scratch("")).expect("it is there").count(), 0, "no copy is left");
}
