//! `doctor` on kubectl's config, whose `AWS_PROFILE` does not count beside loaded keys.

use std::fs;

use crate::harness::hook_stage::{allowed, world};
use crate::harness::world::World;

/// What `aws eks update-kubeconfig --profile ops` writes.
const CONFIG: &str = "\
apiVersion: v1
users:
- name: arn:aws:eks:eu-west-1:444455556666:cluster/ops
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - --region
      - eu-west-1
      - eks
      - get-token
      command: aws
      env:
      - name: AWS_PROFILE
        value: ops
";

/// Returns what the check says, finding and cure, of what is not well. `list` is the variable KUBECONFIG.
fn found(world: &World, folder: &str, list: &str) -> Vec<(String, String)> {
    let command = world.command(["doctor", "--json", "--offline"]).current_dir(folder);
    let findings = command.env("KUBECONFIG", list).unchecked().run().json();
    let of_check = findings.as_array().expect("an array").iter().filter(|one| one["check"] == "kubernetes");
    let ill = of_check.filter(|finding| finding["level"] != "ok");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    ill.map(|finding| (text(&finding["finding"]), text(&finding["cure"]))).collect()
}

#[test]
fn a_profile_in_it_beside_loaded_keys_is_found_with_its_cure() {
    let world = world();
    assert_eq!(found(&world, "a", ""), [], "there is none");
    let config = world.write(".kube/config", CONFIG);
    let ill = found(&world, "a", "");
    let [(finding, cure)] = &*ill else { panic!("{ill:?}") };
    assert!(finding.contains("/.kube/config sets AWS_PROFILE to `ops` for"), "{finding}");
    assert!(cure.contains("set `export = profile` in .awsenv"), "{cure}");
    // The same profile, no folder, and where the cure was followed.
    assert_eq!(found(&world, "b", ""), []);
    assert_eq!(found(&world, "", ""), []);
    allowed(&world, "a", "profile = dev\nexport = profile\n");
    assert_eq!(found(&world, "a", ""), []);
    allowed(&world, "a", "profile = dev\nexport = keys\n");
    let elsewhere = world.at("elsewhere");
    fs::rename(config, &elsewhere).expect("the same file system");
    assert_eq!(found(&world, "a", ""), []);
    let list = format!("/nowhere:{}", elsewhere.display());
    let ill = found(&world, "a", &list);
    assert!(ill.len() == 1 && ill[0].0.contains("/elsewhere sets"), "{ill:?}");
    // Hostile, and not a file at all.
    world.write(".kube/config", CONFIG.replace("value: ops", "value: \"\u{1b}[2Jx\""));
    assert!(found(&world, "a", "")[0].0.contains("sets AWS_PROFILE to `"));
    assert!(!found(&world, "a", "")[0].0.contains('\u{1b}'));
    fs::remove_file(world.at(".kube/config")).expect("it is there");
    world.dir(".kube/config");
    assert_eq!(found(&world, "a", ""), []);
}
