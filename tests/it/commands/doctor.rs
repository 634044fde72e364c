//! `doctor`: each trap is found, with its place and its cure, and a sound setup has none.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::harness::world::{PROGRAM, World};

pub const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s3cr3tVALUE\n";

/// Makes a world with these AWS files, private as the AWS CLI makes them.
pub fn world(config: &str, credentials: &str) -> World {
    let mut world = World::new();
    // Who runs the tests may have installed another awsenv.
    world.set("PATH", world.bin());
    world.set("AWSENV_FACTS", facts(&world, "here", "", PROGRAM));
    world.aws_config(config);
    world.aws_credentials(credentials);
    for file in [".aws/config", ".aws/credentials"] {
        fs::set_permissions(world.at(file), fs::Permissions::from_mode(0o600)).expect("it is there");
    }
    world
}

/// Returns what the hook of a bash tells the doctor.
fn facts(world: &World, place: &str, twice: &str, program: &str) -> String {
    let hook = world.run(["hook", "bash"]).stdout;
    let script =
        hook.lines().find_map(|line| line.trim().strip_prefix("_awsenv_script=")).expect("it has one");
    format!("shell=bash\nplace={place}\ntwice={twice}\nscript={script}\nprogram={program}")
}

/// Returns what `doctor` finds: level, finding and cure of all that is not well.
pub fn found(world: &World, env: &[(&str, &str)]) -> Vec<[String; 3]> {
    let mut command = world.command(["doctor", "--json", "--offline"]).unchecked();
    for (name, value) in env {
        command = command.env(name, value);
    }
    let ran = command.run();
    let findings = ran.json();
    let ill: Vec<[String; 3]> = findings
        .as_array()
        .expect("an array")
        .iter()
        .filter(|finding| finding["level"] != "ok")
        .map(|finding| {
            ["level", "finding", "cure"].map(|key| finding[key].as_str().unwrap_or_default().into())
        })
        .collect();
    let failed = ill.iter().any(|[level, ..]| level == "error");
    assert_eq!(ran.code, i32::from(failed), "{ill:?}");
    assert!(!ran.stdout.contains("s3cr3tVALUE"), "{}", ran.stdout);
    ill
}

/// Asserts that exactly one thing is found, and that finding and cure hold these words.
pub fn one(world: &World, env: &[(&str, &str)], level: &str, finding: &str, cure: &str) {
    let found = found(world, env);
    let [[its_level, its_finding, its_cure]] = &*found else { panic!("{finding}: {found:?}") };
    let home = world.home().display().to_string();
    assert_eq!(its_level, level, "{found:?}");
    assert_eq!(its_finding.replace(&home, "~"), finding);
    assert!(its_cure.replace(&home, "~").contains(cure), "{its_cure}");
}

#[test]
fn a_sound_setup_is_well() {
    let world = world(
        "[sso-session s]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n\
         [profile dev]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = Dev\nregion = eu-west-1\n\
         [profile deploy]\nrole_arn = arn:aws:iam::111122223333:role/Deploy\nsource_profile = keys\n",
        &format!("[keys]\n{KEYS}"),
    );
    let ran = world.run(["doctor", "--json", "--offline"]);
    let findings: Value = ran.json();
    let checks = [
        "shell",
        "programs",
        "settings",
        "folder",
        "environment",
        "other-tools",
        "profiles",
        "sources",
        "processes",
        "regions",
        "values",
        "spelling",
        "permissions",
        "clock",
    ];
    let well: Vec<_> = findings
        .as_array()
        .expect("an array")
        .iter()
        .map(|f| json!([f["check"], f["level"], f["cure"]]))
        .collect();
    assert_eq!(well, checks.map(|check| json!([check, "ok", null])));
    let lines = world.run(["doctor", "--offline"]).stdout;
    assert_eq!(lines, "no problems found; `awsenv doctor --verbose` lists what was checked\n");
    let lines = world.run(["doctor", "--offline", "--verbose"]).stdout;
    assert_eq!(
        lines.lines().nth(4),
        Some("ok       environment  no variable stands in the way of a profile")
    );
    assert_eq!(lines.lines().count(), checks.len());
}

#[test]
fn variables_that_stand_in_the_way_are_found() {
    let world = world("[profile dev]\nregion = eu-west-1\n", &format!("[dev]\n{KEYS}"));
    let unset = |name: &str| format!("`unset {name}`");
    let cases = [
        (
            ("AWS_PROFILE", ""),
            "error",
            "AWS_PROFILE is set to nothing: the AWS CLI looks for a profile without a name, and fails",
        ),
        (
            ("AWS_DEFAULT_PROFILE", "dev"),
            "warning",
            "AWS_DEFAULT_PROFILE is set: boto3 prefers it to AWS_PROFILE, and the AWS CLI does not",
        ),
        (
            ("AWS_SECURITY_TOKEN", "s3cr3tVALUE"),
            "error",
            "AWS_SECURITY_TOKEN is set: the AWS CLI and boto3 send it in place of AWS_SESSION_TOKEN",
        ),
        (
            ("AWS_ACCESS_KEY_ID", "AKIA"),
            "error",
            "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY: the AWS CLI refuses to go on",
        ),
        (
            ("AWS_ACCOUNT_ID", "111122223333"),
            "warning",
            "AWS_ACCOUNT_ID is set: with keys in the environment it picks that account's endpoints",
        ),
        (
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"),
            "warning",
            "AWS_WEB_IDENTITY_TOKEN_FILE is set: its role beats the keys of the profile in AWS_PROFILE",
        ),
        (("AWS_REGION", ""), "error", "AWS_REGION is set to nothing, which hides the region of the profile"),
        (
            ("AWS_ENDPOINT_URL_STS", "http://192.0.2.1:1"),
            "warning",
            "AWS_ENDPOINT_URL_STS is set: those calls, and what signs them, go there instead of AWS",
        ),
        (
            ("AWS_VAULT", "prod"),
            "warning",
            "AWS_VAULT is `prod`, as aws-vault sets it: prompts show that, whatever is loaded",
        ),
        (
            ("GRANTED_SSO", "true"),
            "warning",
            "GRANTED_SSO is `true`, as granted sets it: prompts show that, whatever is loaded",
        ),
    ];
    for (env, level, finding) in cases {
        one(&world, &[env], level, finding, &unset(env.0));
    }
    let keys = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "s3cr3tVALUE")];
    assert_eq!(found(&world, &keys), Vec::<[String; 3]>::new(), "keys by themselves are what somebody wants");
    let beside = [keys[0], keys[1], ("AWS_PROFILE", "dev")];
    let finding = "AWS_ACCESS_KEY_ID is set beside AWS_PROFILE: the AWS CLI and most SDKs use the keys, not the profile";
    one(&world, &beside, "warning", finding, "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY");
    let lapsed = [keys[0], keys[1], ("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z")];
    one(&world, &lapsed, "error", "the keys in the environment expired at 2020-01-01T00:00:00Z", "unset");
    let finding = "AWS_REGION is `eu-west-1` and AWS_DEFAULT_REGION `eu-west-2`: the AWS CLI uses the first, boto3 the second";
    one(
        &world,
        &[("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "eu-west-2")],
        "warning",
        finding,
        "the same region",
    );
    let finding = "AWS_PROFILE names no profile: could not find the profile `dve` in ~/.aws/config or ~/.aws/credentials";
    one(&world, &[("AWS_PROFILE", "dve")], "error", finding, "did you mean `dev`?");
}

#[test]
fn what_a_folder_loaded_is_no_finding() {
    let world = world("", &format!("[dev]\n{KEYS}"));
    let ran = world.command(["exec", "-p", "dev", "--", "awsenv", "doctor", "--offline"]).run();
    assert!(ran.stdout.starts_with("no problems found"), "{}", ran.stdout);
}

#[test]
fn profiles_that_hide_something_or_cannot_work_are_found() {
    let process = "[profile dev]\ncredential_process = /bin/get-keys\n";
    let finding = "`aws_access_key_id` (~/.aws/credentials:2) in profile `dev` hides its `credential_process` (~/.aws/config:2) \
                   from the AWS CLI; some SDKs see it the other way round";
    one(
        &world(process, &format!("[dev]\n{KEYS}")),
        &[],
        "warning",
        finding,
        "delete the one that is not meant",
    );

    let role = "[profile dev]\nrole_arn = arn:aws:iam::111122223333:role/R\nsource_profile = ";
    let finding = "`role_arn` (~/.aws/config:2) in profile `dev` hides its `aws_access_key_id` (~/.aws/credentials:2) \
                   from the AWS CLI; some SDKs see it the other way round";
    let others = format!("[dev]\n{KEYS}[other]\n{KEYS}");
    one(&world(&format!("{role}other\n"), &others), &[], "warning", finding, "delete");
    let finding = "profile `dev` has `role_arn` (~/.aws/config:2) and keys (~/.aws/credentials:2): the AWS CLI assumes the role, \
                   and some SDKs take the keys";
    let own = world(&format!("{role}dev\n"), &format!("[dev]\n{KEYS}"));
    one(&own, &[], "warning", finding, "move the keys to a profile of their own");

    let finding =
        "could not use the profile `dev`: its `source_profile` `gone` (~/.aws/config:3) does not exist";
    one(&world(&format!("{role}gone\n"), ""), &[], "error", finding, "[profile gone]");

    let legacy = |name: &str| {
        format!(
            "[profile {name}]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n\
             sso_account_id = 111122223333\nsso_role_name = Dev\n"
        )
    };
    let three = format!("{}{}{}", legacy("a"), legacy("b"), legacy("c"));
    let finding = "profile `a` (~/.aws/config:1) and 2 more log in the legacy way: their login cannot be renewed without you";
    one(
        &world(&three, ""),
        &[],
        "warning",
        finding,
        "`sso_start_url = https://x.awsapps.com/start`, `sso_region = eu-west-1`",
    );

    let finding = "[profile my dev] (~/.aws/config:1) is no profile: blanks in front are not allowed, and a name with blanks needs quotes";
    one(
        &world("[profile my dev]\nregion = eu-west-1\n", ""),
        &[],
        "warning",
        finding,
        "`[profile \"my dev\"]`",
    );
    let finding = "[dev] (~/.aws/config:1) is no profile: in this file its name follows the word `profile`";
    one(&world("[dev]\nregion = eu-west-1\n", ""), &[], "warning", finding, "`[profile dev]`");
    assert_eq!(found(&world("[plugins]\ncli_legacy = x\n", ""), &[]), Vec::<[String; 3]>::new());
    let finding = "[profile dev] (~/.aws/credentials:1) is a profile called `profile dev` to the AWS CLI";
    one(&world("", &format!("[profile dev]\n{KEYS}")), &[], "warning", finding, "`[dev]`");
}

#[test]
fn what_the_sdks_read_differently_is_found_without_a_value() {
    let secret = "[dev]\naws_access_key_id = AKIA\naws_secret_access_key = s3cr3tVALUE # mine\n";
    let finding = "the comment after the value of `aws_secret_access_key` (~/.aws/credentials:3) is part of the value to the AWS CLI, \
                   and a comment to the SDKs";
    one(&world("", secret), &[], "warning", finding, "line of its own");
    let finding = "the quotes around the value of `region` (~/.aws/config:2) are part of the value";
    let both = found(&world("[profile dev]\nregion = \"eu-west-1\"\n", &format!("[dev]\n{KEYS}")), &[]);
    assert!(
        both.iter()
            .any(|[_, found, _]| found.ends_with(&finding[finding.find("config").unwrap_or_default()..])),
        "{both:?}"
    );
    let finding = "[profile \"dev\"] (~/.aws/config:1) has quotes: most SDKs do not find it";
    one(&world("[profile \"dev\"]\nregion = eu-west-1\n", ""), &[], "warning", finding, "letters");
    let finding = "[default] (~/.aws/config:1) and [profile default] (~/.aws/config:3) are the same profile: the AWS CLI takes the last, \
                   the SDKs `[profile default]`";
    one(
        &world("[default]\nregion = eu-west-1\n[profile default]\nregion = eu-west-1\n", ""),
        &[],
        "warning",
        finding,
        "keep one",
    );
}

#[test]
fn files_that_cannot_be_read_or_that_others_can_read_are_found() {
    let broken = world("[profile dev]\nregion = a\nregion = b\n", "");
    let finding = "could not read ~/.aws/config:3: the key `region` stands there twice (first on line 2)";
    one(&broken, &[], "error", finding, "");

    let open = world("", &format!("[dev]\n{KEYS}"));
    fs::set_permissions(open.at(".aws/credentials"), fs::Permissions::from_mode(0o640)).expect("it is there");
    let finding = "others can read ~/.aws/credentials, which holds keys or tokens";
    one(&open, &[], "warning", finding, "`chmod 600 ~/.aws/credentials`");
    fs::set_permissions(open.at(".aws/credentials"), fs::Permissions::from_mode(0o600)).expect("it is there");
    fs::set_permissions(open.at(".aws/config"), fs::Permissions::from_mode(0o666)).expect("it is there");
    let finding = "others can write ~/.aws/config, and so choose what your tools run";
    one(&open, &[], "error", finding, "`chmod go-w ~/.aws/config`");
    fs::set_permissions(open.at(".aws/config"), fs::Permissions::from_mode(0o600)).expect("it is there");

    let later = SystemTime::now() + Duration::from_hours(1);
    let file = fs::File::options().write(true).open(open.at(".aws/config")).expect("it opens");
    file.set_modified(later).expect("it takes the time");
    let finding = "~/.aws/config was written in the future: the clock was set back, or is wrong now";
    one(&open, &[], "warning", finding, "timedatectl");
}

#[test]
fn what_the_hook_says_of_its_shell_is_judged() {
    let world = world("", &format!("[dev]\n{KEYS}"));
    let said = |place, twice, program| facts(&world, place, twice, program);
    let one = |facts: &str, level, finding: &str, cure: &str| {
        crate::commands::doctor::one(&world, &[("AWSENV_FACTS", facts)], level, finding, cure);
    };
    let line = "`eval \"$(awsenv hook bash)\"` at the end of ~/.bashrc";
    let finding = "the hook was taken out of this bash: something overwrote the prompt commands after it";
    one(&said("displaced", "", PROGRAM), "error", finding, line);
    let finding = "the hook was taken out of chpwd_functions or preexec_functions: it acts at prompts alone, and not in `cd x && command`";
    one(&said("partly", "", PROGRAM), "warning", finding, "end of ~/.bashrc");
    let finding = "the hook was set up twice before the first prompt of this bash: the last one counts";
    one(&said("wrapped", "1", PROGRAM), "warning", finding, "one line");
    let older = said("here", "", PROGRAM).replace("script=", "script=0");
    one(&older, "warning", "this bash has the hook of another version of awsenv", "open a new shell");
    let finding =
        format!("the hook runs /bin/true, and the PATH leads to {}", world.bin().join("awsenv").display());
    let home = world.home().display().to_string();
    one(&said("here", "", "/bin/true"), "warning", &finding.replace(&home, "~"), "remove one of the two");
}

#[test]
fn a_shell_without_the_hook_is_told_the_line() {
    for (shell, file, line) in [
        ("/bin/bash", ".bashrc", "eval \"$(awsenv hook bash)\""),
        ("/usr/bin/zsh", ".zshrc", "eval \"$(awsenv hook zsh)\""),
        ("/usr/bin/fish", ".config/fish/config.fish", "awsenv hook fish | source"),
        (
            "/usr/local/bin/nu",
            ".config/nushell/config.nu",
            "$env.config.hooks.pre_prompt ++= [(awsenv hook nu)]",
        ),
        ("/usr/bin/elvish", ".config/elvish/rc.elv", "eval (awsenv hook elvish | slurp)"),
    ] {
        let mut world = world("", &format!("[dev]\n{KEYS}"));
        world.unset("AWSENV_FACTS");
        let finding = "the awsenv hook is not active in this shell, so folders do not load automatically";
        let cure = format!("put `{line}` at the end of ~/{file}");
        one(&world, &[("SHELL", shell)], "warning", finding, &cure);
        // Whatever the encoding of the rest.
        world.write(file, [b"# caf\xe9\n", line.as_bytes(), b"\n"].concat());
        one(&world, &[("SHELL", shell)], "warning", finding, &format!("~/{file} has the line"));
    }
}

#[test]
fn an_exported_prompt_command_is_found() {
    let world = world("", &format!("[dev]\n{KEYS}"));
    let finding =
        "PROMPT_COMMAND is exported with the hook in it: a bash without the hook complains at each prompt";
    one(
        &world,
        &[("PROMPT_COMMAND", "_awsenv_hook\nmine")],
        "warning",
        finding,
        "`export -n PROMPT_COMMAND`",
    );
    assert_eq!(found(&world, &[("PROMPT_COMMAND", "mine")]), Vec::<[String; 3]>::new());
}

#[test]
fn several_programs_are_found() {
    let mut world = world("", &format!("[dev]\n{KEYS}"));
    let old = world.at("old/awsenv");
    world.write("old/awsenv", "#!/bin/sh\n");
    fs::set_permissions(&old, fs::Permissions::from_mode(0o755)).expect("it is there");
    let bin = world.bin();
    // A link to the same program hides nothing.
    world.dir("same");
    std::os::unix::fs::symlink(PROGRAM, world.at("same/awsenv")).expect("the folder is empty");
    let path = std::env::join_paths([bin.clone(), world.at("same"), world.at("old")]).expect("no colon");
    world.set("PATH", path);
    let finding = format!("{} on the PATH hides ~/old/awsenv", bin.join("awsenv").display());
    one(&world, &[], "warning", &finding, "remove the one");
}

#[test]
fn a_broken_setting_and_a_broken_or_blocked_folder_are_found() {
    let world = world("", &format!("[dev]\n{KEYS}"));
    let folder = world.project("p", "profile = dev\n");
    let at = |content: &str| {
        world.project("p", content);
        let ran = world.command(["doctor", "--json", "--offline"]).current_dir(&folder).unchecked().run();
        let found = ran.json().as_array().expect("an array").iter().find(|f| f["check"] == "folder").cloned();
        let found = found.expect("it was looked at");
        let home = world.home().display().to_string();
        ["level", "finding", "cure"].map(|key| found[key].as_str().unwrap_or_default().replace(&home, "~"))
    };
    let [level, finding, cure] = at("profile = dev\n");
    assert_eq!((&*level, &*cure), ("warning", "run `awsenv allow`"), "{finding}");
    assert!(finding.starts_with("~/p/.awsenv is not allowed yet (profile dev"), "{finding}");
    let [level, finding, _] = at("profile = dev\nnonsense\n");
    assert_eq!(level, "error");
    assert!(finding.contains("~/p/.awsenv:2"), "{finding}");
    at("profile = gone\n");
    world.command(["allow"]).current_dir(&folder).unchecked().run();
    let [level, finding, _] = at("profile = gone\n");
    assert_eq!(level, "error", "{finding}");
    assert!(finding.contains("could not find the profile `gone`"), "{finding}");
    world.write(".config/awsenv/config", "lgoin = auto\n");
    let finding = "could not read ~/.config/awsenv/config:1: unknown key: `lgoin`";
    one(&world, &[], "error", finding, "write `login`");
}

/// Returns what the network check says, without a word about the rest.
fn network(world: &World, env: &[(&str, &str)]) -> Vec<[String; 3]> {
    let mut command = world.command(["doctor", "--json"]).unchecked();
    for (name, value) in env {
        command = command.env(name, value);
    }
    let findings = command.run().json();
    let findings =
        findings.as_array().expect("an array").iter().filter(|finding| finding["check"] == "network");
    findings
        .map(|f| ["level", "finding", "cure"].map(|key| f[key].as_str().unwrap_or_default().into()))
        .collect()
}

#[test]
fn services_that_do_not_answer_and_a_clock_that_differs_are_found() {
    let world = crate::harness::scene::world();
    let level = |found: &[[String; 3]]| found.iter().map(|[level, ..]| level.clone()).collect::<Vec<_>>();
    assert_eq!(level(&network(&world, &[])), ["ok"]);
    assert!(world.emulator().requests() > 0, "it was asked");
    world.emulator().reset_log();
    world.run(["doctor", "--offline"]);
    assert_eq!(world.emulator().requests(), 0);

    for (ahead, expected, words) in [
        (-200, "warning", "this computer's clock is 3m ahead of AWS's"),
        (100, "ok", ""),
        (
            3630,
            "error",
            "this computer's clock is 1h 0m behind AWS's: AWS refuses what is signed more than 5 minutes off",
        ),
    ] {
        world.emulator().with(|state| state.clock.set_skew(ahead));
        let found = network(&world, &[]);
        assert_eq!(level(&found), [expected], "{found:?}");
        assert!(found[0][1].contains(words), "{found:?}");
    }
    world.emulator().with(|state| state.clock.set_skew(0));

    // A port on which nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port");
    let nowhere = format!("http://{port}");
    let found = network(&world, &[("AWS_ENDPOINT_URL_STS", &nowhere)]);
    assert_eq!(level(&found), ["error"], "{found:?}");
    assert!(
        found[0][1].starts_with("STS, which assumes roles, does not answer: could not reach it"),
        "{found:?}"
    );
    // What is not needed here is not asked.
    let sso_only = network(&world, &[("AWS_ENDPOINT_URL_STS", &nowhere), ("AWS_PROFILE", "dev")]);
    assert_eq!(level(&sso_only), ["ok"], "{sso_only:?}");
}

#[test]
fn nothing_is_said_to_be_well_that_was_not_looked_at() {
    let world = world("", "");
    assert_eq!(network(&world, &[]), [[""; 3]; 0]);
    let lines = world.run(["doctor"]).stdout;
    // The one step is named once.
    let step = "run `awsenv configure sso` to create them";
    let expected = format!("ok       profiles     there are no profiles yet\n\nNext: {step}\n");
    assert_eq!(lines, expected);
}

#[test]
fn equal_findings_are_told_once_and_thousands_of_profiles_fit_on_a_screen() {
    let mut config = String::new();
    for number in 0..2000 {
        config += &format!(
            "[profile p{number}]\nrole_arn = arn:aws:iam::111122223333:role/R\nsource_profile = gone{number}\nregion = eu-wset-1\n"
        );
    }
    let world = world(&config, "");
    let text = world.command(["doctor", "--offline"]).code(1).run().stdout;
    assert!(text.lines().count() < 24, "{text}");
    let error = "error    profiles     could not use the profile `p0`: its `source_profile` `gone0` (~/.aws/config:3) does not \
                 exist (and 1999 more like it)\n";
    assert!(text.starts_with(error), "{text}");
    let warning = "warning  regions      `eu-wset-1` in ~/.aws/config:4 is no known region (and 1999 more like it)\n\
                   \x20                     did you mean `eu-west-1`?\n";
    assert!(text.contains(warning), "{text}");
    assert!(text.ends_with("\nNext: add `[profile gone0]` to ~/.aws/config\n"), "{text}");
    let all = world.command(["doctor", "--offline", "--verbose"]).code(1).run().stdout;
    assert_eq!(all.matches(" does not exist\n").count(), 2000);
    let json = world.command(["doctor", "--offline", "--json"]).code(1).run().json();
    assert!(json.as_array().is_some_and(|all| all.len() > 4000));
}

#[test]
fn a_program_without_its_path_and_a_slip_in_a_region_are_found() {
    let world = world("[profile p]\ncredential_process = awsenv credential-process -p s3cr3tVALUE\n", "");
    let finding =
        "profile `p` (~/.aws/config:2) runs `awsenv` without its path: IDEs and cron may not find it";
    let cure = format!("write `{}` in place of `awsenv`", world.bin().join("awsenv").display());
    one(&world, &[], "warning", finding, &cure);

    world.aws_config(&format!("[profile p]\ncredential_process = {PROGRAM} credential-process -p x\n"));
    assert_eq!(found(&world, &[]), Vec::<[String; 3]>::new());
    world.aws_config("[profile dev]\nregion = eu-wset-1\n[sso-session s]\nsso_region = us-esat-1\n");
    world.aws_credentials(&format!("[dev]\n{KEYS}"));
    let findings = found(&world, &[]);
    let cures: Vec<_> = findings.iter().map(|[level, _, cure]| (level.as_str(), cure.as_str())).collect();
    let expected = [("warning", "did you mean `eu-west-1`?"), ("warning", "did you mean `us-east-1`?")];
    assert_eq!(cures, expected, "{findings:?}");
    // A region that is new is no slip.
    world.aws_config("[profile dev]\nregion = eu-west-9\n");
    assert_eq!(found(&world, &[]), Vec::<[String; 3]>::new());
}

#[test]
fn an_emulator_on_this_machine_is_no_finding() {
    let world = world("", &format!("[dev]\n{KEYS}"));
    for url in ["http://127.0.0.1:4566", "http://localhost:4566/x", "http://[::1]:1"] {
        assert_eq!(found(&world, &[("AWS_ENDPOINT_URL", url)]), Vec::<[String; 3]>::new());
    }
    for url in ["http://127.0.0.1.example:1", "http://localhost@192.0.2.1", "https://sts.example"] {
        assert_eq!(found(&world, &[("AWS_ENDPOINT_URL", url)]).len(), 1, "{url}");
    }
}

#[test]
fn a_setting_for_a_session_or_a_program_that_is_not_there_is_told() {
    let session =
        "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n";
    let world = world(session, "");
    for (line, finding, cure) in [
        (
            "flow.acem = pkce",
            "the setting `flow.acem` is for an SSO session that the AWS files do not have",
            "run `awsenv config unset flow.acem`, or name the session `acme`",
        ),
        (
            "browser.acme = no-such-program %s",
            "the setting `browser.acme` names a program that is not here: no-such-program",
            "install it, or write its path",
        ),
    ] {
        world.write(".config/awsenv/config", format!("{line}\n"));
        one(&world, &[], "warning", finding, cure);
    }
}
