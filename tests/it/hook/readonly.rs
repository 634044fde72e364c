//! What the user made readonly stays as it is, and nobody's account stands beside it.

use crate::harness::hook_stage::{Variables, assert_nothing, aws, launch, loaded, variables, world};
use crate::harness::scene;
use crate::harness::shell::{Kind, Shell, each_shell};

/// Fails unless this variable is the only one of an identity.
#[track_caller]
fn assert_alone(shell: &mut Shell, name: &str) {
    let mut seen = aws(shell);
    seen.remove("AWS_REGION");
    seen.remove("AWS_DEFAULT_REGION");
    seen.remove("AWS_CONFIG_FILE");
    assert_eq!(seen, variables(&[(name, "mine")]));
}

fn readonly(name: &str) -> String {
    format!("export {name}=mine; readonly {name}")
}

fn what_cannot_be_taken_out_withdraws_the_rest(kind: Kind) {
    for name in ["AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN"] {
        let world = world();
        let mut shell = launch(kind, &world).rc(&readonly(name)).start();
        let screen = shell.run("cd a");
        assert!(screen.text().contains("readonly") && screen.text().contains("was unloaded"), "{screen}");
        assert_alone(&mut shell, name);
        shell.quietly("");
        shell.quietly("cd ..");
        assert_eq!(aws(&mut shell), variables(&[(name, "mine")]));
    }
}

fn a_reload_mixes_nothing_either(kind: Kind) {
    for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN"] {
        let world = world();
        let mut shell = launch(kind, &world).rc(&readonly(name)).start();
        shell.run("cd a");
        shell.run("awsenv reload");
        assert_alone(&mut shell, name);
        shell.quietly("");
        shell.run("cd ..");
        assert_eq!(aws(&mut shell), variables(&[(name, "mine")]));
    }
}

fn keys_from_the_network_are_not_mixed_either(kind: Kind) {
    for name in ["AWS_PROFILE", "AWS_ROLE_ARN"] {
        let world = scene::signed_in();
        scene::allowed(&world, "p", "profile = dev\n");
        let mut shell = launch(kind, &world).rc(&readonly(name)).start();
        shell.run("cd p");
        assert!(shell.env("AWS_ACCESS_KEY_ID").is_none());
        assert_eq!(shell.env(name).as_deref(), Some("mine"));
        shell.quietly("");
    }
}

fn what_became_readonly_inside_stays_alone_outside(kind: Kind) {
    let world = world();
    let mut shell = launch(kind, &world).start();
    shell.run("cd a");
    shell.quietly("readonly AWS_PROFILE");
    assert_eq!(aws(&mut shell), loaded("dev"));
    shell.run("cd ..");
    assert_eq!(aws(&mut shell), variables(&[("AWS_PROFILE", "dev")]));
    shell.quietly("");
    shell.run("cd b");
    assert_eq!(aws(&mut shell).get("AWS_ACCESS_KEY_ID"), None);
    shell.quietly("");
    let mut shell = launch(kind, &world).start();
    assert_eq!(aws(&mut shell), Variables::new());
    assert_nothing(&mut shell);
}

each_shell!(
    bash, zsh:
    what_cannot_be_taken_out_withdraws_the_rest,
    a_reload_mixes_nothing_either,
    keys_from_the_network_are_not_mixed_either,
    what_became_readonly_inside_stays_alone_outside,
);
