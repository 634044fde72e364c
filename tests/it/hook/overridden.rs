//! What the user changes inside a folder is the user's: awsenv stands back, and never mixes accounts.

use crate::harness::hook_stage::{
    ENTERED_DEV, ENTERED_OPS, LEFT_DEV, Variables, allowed, assert_loaded, aws, export, launch, loaded,
    start, unset, variables, world,
};
use crate::harness::scene;
use crate::harness::shell::{Kind, each_shell};

fn withdrawn(changed: &str, profile: &str) -> String {
    format!("awsenv: you changed {changed}, so {profile} was unloaded; `awsenv reload` loads it again")
}

fn regions(region: &str) -> Variables {
    variables(&[("AWS_REGION", region), ("AWS_DEFAULT_REGION", region)])
}

fn another_profile_withdraws_the_rest_and_stays(kind: Kind) {
    let world = world();
    world.dir("a/below");
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let line = export(kind, "AWS_PROFILE", "mine");
    assert_eq!(shell.run(&line), withdrawn("AWS_PROFILE", "dev").as_str());
    let mut rest = regions("eu-west-1");
    rest.insert("AWS_PROFILE".to_owned(), "mine".to_owned());
    assert_eq!(aws(&mut shell), rest);
    recorder.take();
    shell.quietly("");
    shell.quietly("cd below");
    shell.quietly("cd ..");
    assert_eq!(recorder.count(), 0);
    let status = shell.run("awsenv status --json");
    let status: serde_json::Value = serde_json::from_str(status.text()).expect("JSON");
    assert_eq!(status["overridden"], serde_json::json!(["AWS_PROFILE"]));
    shell.quietly("cd ..");
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "mine")]));
    assert_eq!(shell.env("AWSENV_STATE"), None);
}

fn pasted_keys_withdraw_the_rest(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd b");
    let line = export(kind, "AWS_ACCESS_KEY_ID", "AKIAMINE");
    assert_eq!(shell.run(&line), withdrawn("AWS_ACCESS_KEY_ID", "ops").as_str());
    let mut rest = regions("us-east-1");
    rest.insert("AWS_ACCESS_KEY_ID".to_owned(), "AKIAMINE".to_owned());
    assert_eq!(aws(&mut shell), rest);
    assert_eq!(shell.run("cd ../a"), ENTERED_DEV, "another folder is entered as ever");
    assert_loaded(&mut shell, "dev");
    shell.run("cd ..");
    assert_eq!(aws(&mut shell), variables(&[("AWS_ACCESS_KEY_ID", "AKIAMINE")]));
}

fn a_token_that_was_unset_is_not_exported_again(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd b");
    let line = unset(kind, "AWS_SESSION_TOKEN");
    assert_eq!(shell.run(&line), withdrawn("AWS_SESSION_TOKEN", "ops").as_str());
    shell.quietly("");
    assert_eq!(aws(&mut shell), regions("us-east-1"));
    shell.quietly("cd ..");
    assert_eq!(aws(&mut shell), Variables::new());
}

fn everything_unset_by_hand_stays_unset(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd b");
    let names: Vec<_> = loaded("ops").into_keys().collect();
    let lines: Vec<_> = names.iter().map(|name| unset(kind, name)).collect();
    shell.run(&lines.join("; "));
    assert_eq!(aws(&mut shell), Variables::new());
    shell.quietly("");
    shell.quietly("cd ..");
    assert_eq!(aws(&mut shell), Variables::new());
}

/// Some tools read one of the two variables, some the other.
fn another_region_is_one_for_all_tools_and_withdraws_nothing(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).env("AWS_REGION", "af-south-1").start();
    shell.run("cd a");
    let with_regions = |region: &str| {
        let mut expected = loaded("dev");
        expected.extend(regions(region));
        expected
    };
    let pairs = [
        ("AWS_REGION", "ap-east-1", "AWS_DEFAULT_REGION"),
        ("AWS_DEFAULT_REGION", "us-west-2", "AWS_REGION"),
        ("AWS_DEFAULT_REGION", "eu-west-1", "AWS_REGION"),
        ("AWS_REGION", "ap-east-1", "AWS_DEFAULT_REGION"),
    ];
    for (set, region, other) in pairs {
        let said = format!("awsenv: you set {set}={region}, so {other} is {region} too");
        assert_eq!(shell.run(&export(kind, set, region)), said.as_str());
        assert_eq!(aws(&mut shell), with_regions(region));
        shell.quietly("");
    }
    assert_eq!(shell.run("cd .."), LEFT_DEV);
    assert_eq!(aws(&mut shell), regions("ap-east-1"));
    shell.run("cd a");
    let [one, two] =
        [export(kind, "AWS_REGION", "eu-west-3"), export(kind, "AWS_DEFAULT_REGION", "eu-west-2")];
    shell.quietly(&format!("{one}; {two}"));
    assert_eq!(shell.env("AWS_DEFAULT_REGION").as_deref(), Some("eu-west-2"), "both were meant");
    shell.run("awsenv reload");
    let said = "awsenv: you unset AWS_DEFAULT_REGION, so AWS_REGION was unset too";
    assert_eq!(shell.run(&unset(kind, "AWS_DEFAULT_REGION")), said);
    let mut expected = loaded("dev");
    expected.retain(|name, _| !name.contains("REGION"));
    assert_eq!(aws(&mut shell), expected);
    shell.quietly("");
    shell.run("awsenv reload");
    // Beside another profile, too, where nothing is loaded any more.
    let line =
        format!("{}; {}", export(kind, "AWS_PROFILE", "mine"), export(kind, "AWS_REGION", "eu-north-1"));
    assert_eq!(shell.run(&line).lines().len(), 2);
    let mut expected = regions("eu-north-1");
    expected.insert("AWS_PROFILE".to_owned(), "mine".to_owned());
    assert_eq!(aws(&mut shell), expected);
    shell.quietly("");
    shell.run(&export(kind, "AWS_REGION", "eu-south-1"));
    expected.extend(regions("eu-south-1"));
    assert_eq!(aws(&mut shell), expected);
}

fn reload_takes_back_what_was_changed(kind: Kind) {
    let world = world();
    let before = variables(&[("AWS_PROFILE", "old"), ("AWS_SECRET_ACCESS_KEY", "mine")]);
    let mut launch = launch(kind, &world);
    for (name, value) in &before {
        launch = launch.env(name, value);
    }
    let mut shell = launch.start();
    shell.run("cd b");
    shell.run(&export(kind, "AWS_PROFILE", "mine"));
    assert_eq!(shell.run("awsenv reload"), ENTERED_OPS);
    assert_loaded(&mut shell, "ops");
    shell.quietly("");
    shell.run("cd ..");
    assert_eq!(aws(&mut shell), before);
}

fn what_was_before_comes_back_beside_what_the_user_changed(kind: Kind) {
    let world = world();
    let mut shell =
        launch(kind, &world).env("AWS_SECRET_ACCESS_KEY", "mine").env("AWS_REGION", "af-south-1").start();
    shell.run("cd a");
    shell.run(&export(kind, "AWS_PROFILE", "mine"));
    assert_eq!(shell.env("AWS_SECRET_ACCESS_KEY"), None);
    shell.run("cd ..");
    let expected = [("AWS_PROFILE", "mine"), ("AWS_SECRET_ACCESS_KEY", "mine"), ("AWS_REGION", "af-south-1")];
    assert_eq!(aws(&mut shell), variables(&expected));
}

/// The lines that set a variable for the shell alone, and that export what it is set to or no longer do.
fn unexported(kind: Kind, name: &str, value: &str) -> [String; 3] {
    match kind {
        Kind::Fish => [
            format!("set -g {name} '{value}'"),
            format!("set -gx {name} \"${name}\""),
            format!("set -gu {name} \"${name}\""),
        ],
        _ => [format!("{name}='{value}'"), format!("export {name}"), format!("typeset +x {name}")],
    }
}

fn what_is_exported_in_a_later_line_counts(kind: Kind) {
    let world = world();
    world.write("other", "[profile dev]\nregion = ap-south-1\n");
    let recorder = world.recorder();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let other = world.at("other").display().to_string();
    let [set, export, unexport] = unexported(kind, "AWS_CONFIG_FILE", &other);
    shell.quietly(&set);
    assert_loaded(&mut shell, "dev");
    recorder.take();
    shell.quietly("");
    assert_eq!(recorder.count(), 0);
    shell.run(&export);
    assert_eq!(shell.env("AWS_REGION").as_deref(), Some("ap-south-1"));
    recorder.take();
    shell.quietly("");
    assert_eq!(recorder.count(), 0);
    shell.run(&unexport);
    assert_loaded(&mut shell, "dev");
    let [set, export, _] = unexported(kind, "AWS_SESSION_TOKEN", "mine");
    shell.quietly(&set);
    assert_eq!(shell.run(&export), withdrawn("AWS_SESSION_TOKEN", "dev").as_str());
}

fn a_profile_that_is_no_longer_exported_is_changed(kind: Kind) {
    let world = world();
    let mut shell = start(kind, &world);
    shell.run("cd a");
    let [_, _, unexport] = unexported(kind, "AWS_PROFILE", "dev");
    assert_eq!(shell.run(&unexport), withdrawn("AWS_PROFILE", "dev").as_str());
    assert_eq!(aws(&mut shell), regions("eu-west-1"));
    shell.quietly("");
}

fn whoami_speaks_of_what_the_shell_holds(kind: Kind) {
    let world = scene::world();
    allowed(&world, "r", "profile = role\n");
    let mut shell = start(kind, &world);
    shell.run("cd r");
    shell.run(&export(kind, "AWS_PROFILE", "static"));
    let said = shell.run("awsenv whoami").text().to_owned();
    assert!(
        said.starts_with("awsenv: you changed AWS_PROFILE, so this is the profile in this shell\n"),
        "{said}"
    );
    assert!(said.contains("profile  static") && said.contains(":user/alice"), "{said}");
    shell.run(&export(kind, "AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"));
    shell.run(&export(kind, "AWS_SECRET_ACCESS_KEY", scene::STATIC_SECRET));
    let said = shell.run("awsenv whoami").text().to_owned();
    assert!(said.contains("so these are the keys in this shell\n"), "{said}");
    assert!(said.contains(":user/alice") && !said.contains("profile  "), "{said}");
    for name in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        shell.run(&unset(kind, name));
    }
    let said = shell.run("awsenv whoami").text().to_owned();
    assert!(said.contains("there are no credentials in this shell: you changed AWS_PROFILE"), "{said}");
    let said = shell.run("awsenv whoami -p static").text().to_owned();
    assert!(said.starts_with("profile  static"), "{said}");
}

each_shell!(bash: whoami_speaks_of_what_the_shell_holds);
each_shell!(
    every:
    pasted_keys_withdraw_the_rest,
    a_token_that_was_unset_is_not_exported_again,
    everything_unset_by_hand_stays_unset,
    another_region_is_one_for_all_tools_and_withdraws_nothing,
    reload_takes_back_what_was_changed,
    what_was_before_comes_back_beside_what_the_user_changed,
);

each_shell!(
    another_profile_withdraws_the_rest_and_stays,
    what_is_exported_in_a_later_line_counts,
    a_profile_that_is_no_longer_exported_is_changed,
);
