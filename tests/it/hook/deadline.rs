//! Keys can lapse while a shell waits at its prompt, so zsh and fish look at the time before a command runs.

use crate::harness::hook_stage;
use crate::harness::kind::Kind;
use crate::harness::scene;
use crate::harness::shell::each_shell;

fn the_shell_knows_when_its_keys_are_due(kind: Kind) {
    let world = scene::signed_in();
    scene::allowed(&world, "project", "profile = dev\n");
    let mut shell = hook_stage::launch(kind, &world).start();
    shell.run("cd project");
    let due = shell.var("_awsenv_deadline").unwrap_or_default();
    assert!(due.parse::<u64>().is_ok_and(|due| due > 0), "{due:?}");
    shell.run("cd");
    assert_eq!(shell.var("_awsenv_deadline").as_deref(), Some(""), "nothing is loaded that could lapse");
}

each_shell!(zsh, fish: the_shell_knows_when_its_keys_are_due);
