//! `export dotenv` and `export github-actions`: all that a folder loads, for something else to read.

use crate::harness::scene;

const STATIC_ID: &str = "AKIAIOSFODNN7EXAMPLE";

#[test]
fn a_dotenv_has_the_keys_and_no_profile_that_its_reader_does_not_know() {
    let world = scene::world();
    let folder = scene::allowed(&world, "app", "profile = static\nregion = eu-west-2\n");
    let expected = format!(
        "AWS_REGION=eu-west-2\nAWS_DEFAULT_REGION=eu-west-2\nAWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}\n",
        STATIC_ID,
        scene::STATIC_SECRET
    );
    let dotenv = || world.command(["export", "dotenv"]).current_dir(&folder);
    assert_eq!(dotenv().run().stdout, expected);
    // What the shell has already is no reason to leave it out.
    assert_eq!(dotenv().env("AWS_REGION", "eu-west-2").env("AWS_PROFILE", "static").run().stdout, expected);
    let loaded = world.command(["exec", "--", "awsenv", "export", "dotenv"]).current_dir(&folder).run();
    assert_eq!(loaded.stdout, expected);
    let profile = dotenv().env("AWSENV_EXPORT", "profile").run().stdout;
    assert_eq!(profile, "AWS_PROFILE=static\nAWS_REGION=eu-west-2\nAWS_DEFAULT_REGION=eu-west-2\n");
}

#[test]
fn in_a_job_the_runner_is_told_to_hide_the_secrets() {
    let world = scene::world();
    let folder = scene::allowed(&world, "app", "profile = static\nregion = eu-west-2\n");
    let lines = || world.command(["export", "github-actions"]).current_dir(&folder);
    let mask = format!("::add-mask::{}\n", scene::STATIC_SECRET);
    let job = lines().env("GITHUB_ACTIONS", "true").stderr(mask).run().stdout;
    assert!(job.contains(&format!("\nAWS_ACCESS_KEY_ID={STATIC_ID}\n")), "{job}");
    // Elsewhere nobody would take the command for one.
    assert_eq!(lines().run().stdout, job);
}

#[test]
fn without_anything_to_load_there_is_no_file() {
    let world = scene::world();
    let blocked = world.project("blocked", "profile = static\n");
    for format in ["dotenv", "github-actions"] {
        let none = "awsenv: error: could not find a .awsenv here or in any folder above\n\
                    awsenv: hint: run `awsenv init PROFILE` to make one\n";
        assert_eq!(world.command(["export", format]).code(1).stderr(none).run().stdout, "");
        let refused = world.command(["export", format]).current_dir(&blocked).code(1).unchecked().run();
        assert_eq!((refused.code, &*refused.stdout), (1, ""));
        assert!(refused.stderr.contains("awsenv allow"), "{}", refused.stderr);
    }
}
