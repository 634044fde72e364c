//! `doctor`: lines that other tools read differently, profiles that say too little, and values that cannot be
//! right.

use crate::commands::doctor::{KEYS, found, one, world};

#[test]
fn a_line_that_the_sdks_read_differently_is_found() {
    let lines = [
        ("region : eu-west-1", "the `:` after a key (~/.aws/config:2) counts as `=` to the AWS CLI alone"),
        (
            "  region = eu-west-1",
            "an indented key (~/.aws/config:2) is a key to the AWS CLI, and part of the value above it to the SDKs",
        ),
        (
            "region = eu-west-1\n  # home",
            "an indented comment (~/.aws/config:3) is a comment to the AWS CLI, and part of the value above it to the SDKs",
        ),
        (
            "region = eu-west-1\n[profile b] junk",
            "text after a section header (~/.aws/config:3) is ignored by the AWS CLI, and refused by the SDKs",
        ),
        (
            "region = eu-west-1\n[DEFAULT]\noutput = json",
            "[DEFAULT] (~/.aws/config:3) gives its keys to every section in the AWS CLI; the SDKs do not know it",
        ),
        (
            "region = eu-west-1\n[profilex b]",
            "[profilex b] (~/.aws/config:3) counts as `profile` to the AWS CLI alone",
        ),
        (
            "region = eu-west-1\n[profile é]",
            "[profile é] (~/.aws/config:3) has letters that no SDK allows in a name: most SDKs do not find it",
        ),
        (
            "sso_session = s\nsso_region = eu-west-1\n[sso-session s]\nsso_start_url = https://x/start\nsso_region = eu-west-1",
            "`sso_region` (~/.aws/config:3) stands beside `sso_session` (~/.aws/config:2) in profile `a`: the SDKs refuse the \
             two together",
        ),
        (
            "credential_process = /bin/cat ~/keys",
            "`credential_process` (~/.aws/config:2) in profile `a` has characters that a shell takes apart: some SDKs start \
             one, the AWS CLI does not",
        ),
        (
            "role_arn = arn:aws:iam::111122223333:role/R\nsource_profile = a\naws_access_key_id = A\naws_secret_access_key = B",
            "profile `a` has `role_arn` (~/.aws/config:2) and keys (~/.aws/config:4): the AWS CLI assumes the role, and some \
             SDKs take the keys",
        ),
    ];
    for (line, finding) in lines {
        one(&world(&format!("[profile a]\n{line}\n"), ""), &[], "warning", finding, "");
    }
    let indented = "[profile a]\n  region = x\n[profile b]\n  region = x\n  output = json\n";
    let finding = "an indented key (~/.aws/config:2 and 2 more lines) is a key to the AWS CLI, and part of the value above it to the SDKs";
    one(&world(indented, ""), &[], "warning", finding, "start the line with the key");
    let stray = world("[profile a]\naws_session_token = t\n", &format!("[a]\n{KEYS}"));
    let finding = "`aws_session_token` (~/.aws/config:2) is not in the file of the keys (~/.aws/credentials:2): the AWS CLI ignores \
                   it, and some SDKs use it";
    one(&stray, &[], "warning", finding, "");
}

#[test]
fn a_profile_that_does_not_say_where_its_keys_come_from_is_found() {
    let base = format!("[profile base]\n{KEYS}");
    let nothing = "could not find credentials in the profile `a` (~/.aws/config:1)";
    let cases = [
        (
            "source_profile = base",
            "error",
            nothing,
            "add `role_arn = arn:aws:iam::ACCOUNT:role/NAME` to it, or use",
        ),
        ("include_profile = base", "error", nothing, "copy the lines of the profile `base` here"),
        ("credential_porcess = x", "error", nothing, "did you mean `credential_process` in place of"),
        (
            "role_arn = arn:aws:iam::111122223333:role/R\ncredential_process = x",
            "error",
            "could not use the profile `a` (~/.aws/config:1): it has `role_arn` and neither `source_profile` nor `credential_source`",
            "move `credential_process` to a profile of its own",
        ),
        (
            "role_arn = arn:aws:iam::111122223333:role/R\nsource_profile = base\ninclude_profile = base",
            "warning",
            "`include_profile` (~/.aws/config:4) in profile `a` is read by aws-vault alone",
            "copy the lines",
        ),
    ];
    for (keys, level, finding, cure) in cases {
        // What hides what is another check.
        let world = world(&format!("[profile a]\n{keys}\n{base}"), "");
        let home = world.home().display().to_string();
        let found = found(&world, &[]);
        let is_it = |its: &[String; 3]| {
            its[0] == level && its[1].replace(&home, "~") == finding && its[2].contains(cure)
        };
        assert!(found.iter().any(is_it), "{keys}: {found:?}");
    }
    let guarded = format!(
        "[profile a]\nrole_arn = arn:aws:iam::111122223333:role/R\nsource_profile = base\n{base}mfa_serial = arn:aws:iam::111122223333:mfa/me\n"
    );
    let finding =
        "`mfa_serial` (~/.aws/config:7) does not count for the role of profile `a` (~/.aws/config:1)";
    one(&world(&guarded, ""), &[], "warning", finding, "copy `mfa_serial` to the profile `a`");
    one(
        &world("[profile a]\nsso_account_id = 111122223333\nsso_role_name = R\nsso_region = eu-west-1\n", ""),
        &[],
        "error",
        "could not find `sso_start_url` in the profile `a` (~/.aws/config:1)",
        "add the line `sso_start_url = …`",
    );
}

#[test]
fn a_value_that_cannot_be_right_is_found() {
    let base = format!("[profile base]\n{KEYS}");
    let role = "role_arn = arn:aws:iam::111122223333:role/R\nsource_profile = base\nregion = eu-west-1";
    let sso = "sso_session = s\nsso_account_id = 111122223333\nsso_role_name = R";
    let session = "[sso-session s]\nsso_start_url = https://x/start\nsso_region = eu-west-1\n";
    let cases = [
        (
            "region = us_east_1".to_owned(),
            "error",
            "invalid region in ~/.aws/config:2: `us_east_1`",
            "a region is letters",
        ),
        (
            sso.replace("111122223333", "11122223333"),
            "error",
            "the account in `sso_account_id` (~/.aws/config:3) of profile `a` is not 12 digits",
            "write `011122223333`",
        ),
        (
            sso.replace("111122223333", "1111-2222-3333"),
            "error",
            "the account in `sso_account_id` (~/.aws/config:3) of profile `a` is not 12 digits",
            "write `111122223333`",
        ),
        (
            role.replace("111122223333", "1111222233"),
            "error",
            "the account in `role_arn` (~/.aws/config:2) of profile `a` is not 12 digits",
            "copy it",
        ),
        (
            format!("{role}\nduration_seconds = 1h"),
            "warning",
            "`duration_seconds` (~/.aws/config:5) of profile `a` is no whole number, so it does not count",
            "write the seconds",
        ),
        (
            format!("{role}\nduration_seconds = 86400"),
            "warning",
            "`duration_seconds` (~/.aws/config:5) of profile `a` is not between 900 and 43200: AWS refuses it",
            "correct it",
        ),
        (
            format!("{sso}\nduration_seconds = 3600"),
            "warning",
            "`duration_seconds` (~/.aws/config:5) of profile `a` does not count: the permission set in IAM Identity Center says \
             how long a session lasts",
            "delete the line",
        ),
        (
            format!("{sso}\nuse_fips_endpoint = true"),
            "warning",
            "FIPS is on (~/.aws/config:5) for profile `a`, and IAM Identity Center has no FIPS endpoint in `eu-west-1` \
             (~/.aws/config:11)",
            "delete `use_fips_endpoint`",
        ),
        (
            format!("{role}\nuse_fips_endpoint = true"),
            "warning",
            "FIPS is on (~/.aws/config:5) for profile `a`, and STS has no FIPS endpoint in `eu-west-1` (~/.aws/config:4)",
            "GovCloud",
        ),
    ];
    for (keys, level, finding, cure) in cases {
        one(&world(&format!("[profile a]\n{keys}\n{base}{session}"), ""), &[], level, finding, cure);
    }
    let config = |keys: &str, region: &str| {
        format!("[profile a]\n{keys}\n{base}{session}").replace("eu-west-1", region)
    };
    for (keys, region) in [(role, "us-east-2"), (role, "us-gov-west-1"), (sso, "us-gov-west-1")] {
        let fips = &[("AWS_USE_FIPS_ENDPOINT", "true")];
        assert_eq!(found(&world(&config(keys, region), ""), fips), Vec::<[String; 3]>::new(), "{region}");
    }
    let chain = "[profile b]\nrole_arn = arn:aws:iam::111122223333:role/B\nsource_profile = a\nduration_seconds = 7200\n";
    let finding =
        "`duration_seconds` (~/.aws/config:4) of profile `b` is not between 900 and 3600: AWS refuses it";
    one(&world(&format!("{chain}[profile a]\n{role}\n{base}"), ""), &[], "warning", finding, "");
}
