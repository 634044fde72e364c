//! What the user made readonly stays as it is, one line says so, and nobody's account stands beside it.

use awsenv::exports::variable::MANAGED;
use awsenv_emulator::Operation::GetRoleCredentials;

use crate::harness::hook_stage::{Variables, aws, launch, loaded, variables, world};
use crate::harness::scene;
use crate::harness::shell::{Kind, each_shell};

fn readonly(name: &str) -> String {
    format!("export {name}=mine; readonly {name}")
}

fn refused(profile: &str, what: &str) -> String {
    format!(
        "awsenv: error: could not load profile `{profile}`: {what} readonly in this shell; take out `readonly` where it is set, and \
         open a new shell"
    )
}

fn what_is_readonly_is_named_in_one_line_and_nothing_is_loaded_beside_it(kind: Kind) {
    let all: Vec<_> = MANAGED.iter().map(|variable| variable.name).collect();
    for names in [&["AWS_PROFILE"][..], &["AWS_DEFAULT_REGION"], &["AWS_ROLE_ARN", "AWSENV_ACCOUNT"], &all] {
        let world = world();
        let lines: Vec<_> = names.iter().map(|name| readonly(name)).collect();
        let mut shell = launch(kind, &world).rc(&lines.join("\n")).start();
        let mut listed = names.to_vec();
        listed.sort_by_key(|name| all.iter().position(|known| known == name));
        let what = format!("{} {}", listed.join(", "), if names.len() == 1 { "is" } else { "are" });
        let mine: Variables = names.iter().map(|name| ((*name).to_owned(), "mine".to_owned())).collect();
        assert_eq!(shell.run("cd a"), refused("dev", &what).as_str());
        assert_eq!(aws(&mut shell), mine);
        shell.quietly("");
        assert_eq!(shell.run("awsenv reload"), refused("dev", &what).as_str());
        assert_eq!(shell.run("cd ../b"), refused("ops", &what).as_str());
        shell.quietly("cd ..");
        assert_eq!(aws(&mut shell), mine);
    }
    // Without a value, and the bookkeeping, which says of what is loaded how to undo it.
    for (name, left) in [("AWS_PROFILE", ""), ("AWSENV_STATE", "")] {
        let world = world();
        let mut shell = launch(kind, &world).rc(&format!("readonly {name}")).start();
        assert_eq!(shell.run("cd a"), refused("dev", &format!("{name} is")).as_str());
        assert_eq!(aws(&mut shell), Variables::new());
        assert_eq!(shell.run("cd .."), left);
    }
}

fn what_already_is_what_it_should_be_may_be_readonly(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).rc("export AWS_PROFILE=dev; readonly AWS_PROFILE").start();
    shell.run("cd a");
    assert_eq!(aws(&mut shell), loaded("dev"));
    assert_eq!(shell.run("cd ../b"), refused("ops", "AWS_PROFILE is").as_str());
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "dev")]));
    shell.run("cd ../a");
    shell.run("cd ..");
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "dev")]));
}

fn nothing_is_fetched_for_what_cannot_be_loaded(kind: Kind) {
    for name in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID"] {
        let world = scene::signed_in();
        scene::allowed(&world, "p", "profile = dev\n");
        let mut shell = launch(kind, &world).rc(&readonly(name)).start();
        assert_eq!(shell.run("cd p"), refused("dev", &format!("{name} is")).as_str());
        assert_eq!(aws(&mut shell).get("AWS_SECRET_ACCESS_KEY"), None);
        assert_eq!(world.emulator().count(GetRoleCredentials), 0);
    }
}

fn what_became_readonly_inside_stays_alone_outside(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).start();
    shell.run("cd a");
    shell.quietly("readonly AWS_PROFILE");
    assert_eq!(aws(&mut shell), loaded("dev"));
    let said = "awsenv: left dev\nawsenv: warning: AWS_PROFILE is readonly in this shell and stays as it is";
    assert_eq!(shell.run("cd .."), said);
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "dev")]));
    shell.quietly("");
    assert_eq!(shell.run("cd b"), refused("ops", "AWS_PROFILE is").as_str());
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "dev")]));
}

/// The shell would make another value of what is assigned to such a variable.
fn a_variable_with_an_attribute_gets_the_value_as_it_is(kind: Kind) {
    let (declare, more) = match kind {
        Kind::Zsh => ("typeset", &["-E", "-L 2", "-R 2", "-Z 9", "-T"][..]),
        _ => ("declare", &["-c", "-xc"][..]),
    };
    for attribute in ["-i", "-u", "-l", "-a", "-A", "-t", "-xu", "-xi"].iter().chain(more) {
        let world = world();
        let all = MANAGED.iter().map(|variable| variable.name).chain(["AWSENV_STATE"]);
        let lines: Vec<_> = all
            .map(|name| {
                let tied = if *attribute == "-T" { format!(" tied_{name}") } else { String::new() };
                format!("{declare} {attribute} {name}{tied}")
            })
            .collect();
        let mut shell = launch(kind, &world).rc(&lines.join("\n")).start();
        let before = aws(&mut shell);
        shell.run("cd a");
        assert_eq!(aws(&mut shell), loaded("dev"), "{attribute}");
        shell.run("cd ../b");
        assert_eq!(aws(&mut shell), loaded("ops"), "{attribute}");
        shell.run("cd");
        assert_eq!(aws(&mut shell), before, "{attribute}");
        // The same while the folder is loaded: the next folder is not spoilt.
        shell.run("cd a");
        lines.iter().for_each(|line| drop(shell.run(line)));
        shell.run("cd ../b");
        assert_eq!(aws(&mut shell), loaded("ops"), "{attribute}");
    }
}

each_shell!(
    bash, zsh:
    what_is_readonly_is_named_in_one_line_and_nothing_is_loaded_beside_it,
    what_already_is_what_it_should_be_may_be_readonly,
    nothing_is_fetched_for_what_cannot_be_loaded,
    what_became_readonly_inside_stays_alone_outside,
    a_variable_with_an_attribute_gets_the_value_as_it_is,
);
