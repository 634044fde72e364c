//! Every construct of the two files in one table each: what is seen, and what makes a file unreadable.

use std::path::Path;

use super::*;

fn document(text: &str) -> Document {
    Document::parse("/f", text.as_bytes().to_vec()).unwrap_or_else(|error| panic!("{error:?} in {text:?}"))
}

fn config(text: &str) -> SharedConfig {
    SharedConfig::new(document(text), Document::empty("/c", Presence::Missing))
}

fn both(config: &str, credentials: &str) -> SharedConfig {
    SharedConfig::new(document(config), document(credentials))
}

fn names(config: &SharedConfig) -> Vec<&str> {
    config.profiles().map(|profile| profile.name).collect()
}

fn value<'a>(config: &'a SharedConfig, profile: &str, key: &str) -> Option<&'a str> {
    config.profile(profile)?.get(key).map(|property| property.text())
}

#[test]
fn values_are_what_the_aws_cli_makes_of_a_line() {
    let cases = [
        ("region = us-east-1", "us-east-1"),
        ("region=us-east-1", "us-east-1"),
        ("region: us-east-1", "us-east-1"),
        ("region: a=b", "a=b"),
        ("region = a:b", "a:b"),
        ("region = arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x"),
        ("REGION = x", "x"),
        ("  region = x", "x"),
        ("region = us-east-1 # home", "us-east-1 # home"),
        ("region = us-east-1 ; home", "us-east-1 ; home"),
        ("region = \"us-east-1\"", "\"us-east-1\""),
        ("region = %(x)s $HOME ~", "%(x)s $HOME ~"),
        ("region =", ""),
        ("region = \t x \u{a0}", "x"),
        ("region = x\r", "x"),
        ("region = x\\", "x\\"),
        ("region = x\0y", "x\0y"),
        ("region = x\n\n\n", "x"),
        ("region = a\n b\n  c", "a\nb\nc"),
        ("region = a\n\n b\n\n", "a\n\nb"),
        ("region = a\n# gone\n b", "a\nb"),
        ("region = a\n  # gone too\n b", "a\nb"),
        ("region = a\n  output = json", "a\noutput = json"),
        ("region = a\n  [profile b]", "a\n[profile b]"),
        ("\tregion = a\n\t\tb", "a\nb"),
        ("region = a\n\u{a0}b", "a\nb"),
    ];
    for (line, expected) in cases {
        assert_eq!(
            value(&config(&format!("[default]\n{line}\n")), "default", "region"),
            Some(expected),
            "{line:?}"
        );
    }
}

#[test]
fn keys_are_lower_cased_and_may_hold_anything_but_a_delimiter() {
    let config = config("[default]\nMixed Case-Key = 1\nrem region=2\nÉTÉ Σ = 3\n[x = 4\n");
    let keys: Vec<_> = config.profile("default").unwrap().properties().map(|p| p.name().to_owned()).collect();
    assert_eq!(keys, ["mixed case-key", "rem region", "été σ", "[x"]);
}

#[test]
fn only_deeper_indentation_than_the_key_above_continues_a_value() {
    let config = config("[default]\n  region = x\n  output = json\n output_2 = y\n  = z\n");
    assert_eq!(value(&config, "default", "region"), Some("x"));
    assert_eq!(value(&config, "default", "output"), Some("json"));
    assert_eq!(value(&config, "default", "output_2"), Some("y\n= z"));
}

#[test]
fn headers_are_cut_at_the_last_bracket_of_their_line() {
    let cases = [
        ("[profile a]", &["a"][..]),
        ("[profile a] # note", &["a"]),
        ("[profile a] junk", &["a"]),
        ("[profile a] # [x]", &[]),
        ("[profile 'a]']", &["a]"]),
        ("   [profile a]", &["a"]),
        ("[default]\nx = 1\n[profile a]", &["default", "a"]),
        ("[default]\n  x = 1\n  [profile a]", &["default", "a"]),
        ("[default]\nx = 1\n  [profile a]", &["default"]),
        ("# [profile a]", &[]),
        ("  ; [profile a]", &[]),
        ("", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(names(&config(text)), expected, "{text:?}");
    }
}

#[test]
fn what_the_aws_cli_refuses_is_an_error_at_its_line() {
    use Problem::*;
    let key = |key: &str, first| KeyTwice { key: key.into(), first };
    let section = |header: &str, first| SectionTwice { header: header.into(), first };
    let nested = |key: &str| NestedNoDelimiter { key: key.into() };
    let cases = [
        ("\u{feff}[default]\n", 1, ByteOrderMark),
        ("\u{feff}", 1, ByteOrderMark),
        ("region = x\n", 1, BeforeFirstSection),
        ("# c\n\njunk\n[default]\n", 3, BeforeFirstSection),
        ("[default]\nregion\n", 2, NoDelimiter),
        ("[default]\n= x\n", 2, NoKey),
        ("[default]\n: x\n", 2, NoKey),
        ("[default]\n[profile a\n", 2, HeaderNotClosed),
        ("[profile a\n", 1, HeaderNotClosed),
        ("[]\n", 1, HeaderEmpty),
        ("[default]\nregion = x\nregion = x\n", 3, key("region", 2)),
        ("[default]\nregion = x\noutput = y\nREGION = z\n", 4, key("region", 2)),
        ("[default]\na = 1\na = 2\nb = 1\nb = 2\n", 3, key("a", 2)),
        ("[default]\nz = 1\nb = 2\nz = 1\nb = 2\n", 4, key("z", 2)),
        ("[profile a]\n[profile b]\n[profile a]\n", 3, section("profile a", 1)),
        ("[other]\r[other]\r", 2, section("other", 1)),
        ("[DEFAULT]\na = 1\n[x]\n[DEFAULT]\na = 1\n", 5, key("a", 2)),
        ("[default]\ns3 =\n  a = 1\n\n  junk\n", 5, nested("s3")),
        ("[other]\nregion =\n  us-east-1\n", 3, nested("region")),
        ("[default]\ns3 =\n  a: 1\n", 3, nested("s3")),
        ("[default]\ns3 =\n  a = 1\u{b}junk\n", 3, nested("s3")),
        ("[DEFAULT]\ns3 =\n  junk\n[a]\ns3 = 1\n[b]\n", 3, nested("s3")),
    ];
    for (text, line, problem) in cases {
        let error = Document::parse("/f", text.into()).unwrap_err();
        assert_eq!(error, ScanError { line, problem }, "{text:?}");
    }
    let error = Document::parse("/f", b"[default]\r\nx = \xff\n".to_vec()).unwrap_err();
    assert_eq!(error, ScanError { line: 2, problem: NotUtf8 });
}

#[test]
fn an_error_names_file_and_line_and_the_edit_to_make() {
    let error = Document::parse("/f", b"[default]\nregion = a\nREGION = b\n".to_vec()).unwrap_err();
    let failure = error.into_failure(Path::new("/home/me/.aws/config"));
    assert_eq!(
        failure.message,
        "could not read /home/me/.aws/config:3: the key `region` stands there twice (first on line 2)"
    );
    assert_eq!(
        failure.hint.as_deref(),
        Some("remove line 2 or line 3; upper and lower case are the same key")
    );
}

#[test]
fn an_error_never_shows_what_a_line_says() {
    for text in
        ["[a]\nsecret-value\n", "secret-value\n", "[a]\ns3 =\n  secret-value\n", "[a]\n= secret-value\n"]
    {
        let failure = Document::parse("/f", text.into()).unwrap_err().into_failure(Path::new("/f"));
        assert!(!format!("{failure:?}").contains("secret-value"), "{failure:?}");
    }
    let document = document("[a]\naws_secret_access_key = secret-value\ns3 =\n  k = secret-value\n");
    let shown =
        format!("{document:?} {:?}", document.sections().flat_map(|s| s.properties()).collect::<Vec<_>>());
    assert!(shown.contains("aws_secret_access_key") && !shown.contains("secret-value"), "{shown}");
}

#[test]
fn a_value_below_its_key_is_a_block_of_one_level() {
    let config = config(
        "[default]\ns3 =\n  Max = 1\n    deep = a = b\n\n  # note\n  Max=2\n  x:y = 3\n  sub =\n    k = 4\nregion = x\n",
    );
    let s3 = config.profile("default").unwrap().get("s3").unwrap();
    let keys: Vec<_> = s3.block().unwrap().map(|key| (key.name(), key.text(), key.line())).collect();
    let expected = [
        ("Max", "1", 3),
        ("deep", "a = b", 4),
        ("Max", "2", 7),
        ("x:y", "3", 8),
        ("sub", "", 9),
        ("k", "4", 10),
    ];
    assert_eq!(keys, expected);
    assert_eq!(s3.nested("Max").map(Nested::text), Some("2"));
    assert!(s3.nested("max").is_none());
    assert!(s3.text().starts_with('\n'));
    assert!(config.profile("default").unwrap().get("region").unwrap().block().is_none());
}

#[test]
fn default_in_capitals_is_inherited_and_is_no_profile() {
    let config = both(
        "[profile a]\nregion = own\n[DEFAULT]\nregion = all\n[DEFAULT]\noutput = json\n[sso-session s]\n",
        "[a]\n[DEFAULT]\noutput = text\n",
    );
    assert_eq!(names(&config), ["a"]);
    assert_eq!(value(&config, "a", "region"), Some("own"));
    assert_eq!(value(&config, "a", "output"), Some("text"));
    let session: Vec<_> = config.sso_session("s").unwrap().properties().map(|p| p.text()).collect();
    assert_eq!(session, ["all", "json"]);
    let keys: Vec<_> = config.profile("a").unwrap().properties().map(|p| (p.name(), p.text())).collect();
    assert_eq!(keys, [("region", "own"), ("output", "text")]);
}

#[test]
fn a_broken_block_in_the_defaults_counts_only_where_it_is_inherited() {
    assert!(Document::parse("/f", b"[DEFAULT]\ns3 =\n  junk\n".to_vec()).is_ok());
    assert!(Document::parse("/f", b"[DEFAULT]\ns3 =\n  junk\n[a]\nS3 = 1\n".to_vec()).is_ok());
    assert!(Document::parse("/f", b"[DEFAULT]\ns3 =\n  junk\n[a]\n".to_vec()).is_err());
}

#[test]
fn of_two_sections_for_one_name_the_later_counts_as_a_whole() {
    let config = config(
        "[profile default]\nregion = a\noutput = json\n[profile x]\n[default]\nregion = b\n[profile \"x\"]\nk = 1\n",
    );
    assert_eq!(names(&config), ["default", "x"]);
    assert_eq!(value(&config, "default", "region"), Some("b"));
    assert_eq!(value(&config, "default", "output"), None);
    assert_eq!(value(&config, "x", "k"), Some("1"));
}

#[test]
fn the_credentials_file_takes_headers_as_they_are_and_wins_key_by_key() {
    let config = both(
        "[profile b]\nregion = config\noutput = json\n[profile a]\n",
        "[profile m]\n[ x ]\n['q']\n[sso-session s]\n[b]\nregion = credentials\n[default]\n",
    );
    assert_eq!(names(&config), ["b", "a", "profile m", " x ", "'q'", "sso-session s", "default"]);
    assert_eq!(value(&config, "b", "region"), Some("credentials"));
    assert_eq!(value(&config, "b", "output"), Some("json"));
    assert!(config.sso_session("s").is_none());
    let b = config.profile("b").unwrap();
    assert_eq!(b.config.unwrap().get("region").unwrap().text(), "config");
    assert!(b.credentials.unwrap().get("output").is_none());
}

#[test]
fn sessions_and_services_are_found_by_name() {
    let config =
        config("[services local]\nsts =\n  endpoint_url = http://x\n[sso-session \"my sso\"]\nk = 1\n");
    assert_eq!(names(&config), Vec::<&str>::new());
    let url = config.services("local").unwrap().get("sts").unwrap().nested("endpoint_url").unwrap();
    assert_eq!(url.text(), "http://x");
    assert_eq!(config.sso_session("my sso").unwrap().get("k").unwrap().text(), "1");
    assert_eq!(config.sso_sessions().collect::<Vec<_>>(), ["my sso"]);
    assert_eq!(config.services_names().collect::<Vec<_>>(), ["local"]);
}

#[test]
fn places_lead_back_to_the_bytes_of_the_file() {
    let text = "# top\r\n[profile é]\r\n\r\nKey = välue \r\nlong = a\r\n  b\r\n[next]\r\n";
    let document = document(text);
    let sections: Vec<_> = document.sections().collect();
    assert_eq!((sections[0].line(), sections[1].line()), (2, 7));
    let properties: Vec<_> = sections[0].properties().collect();
    assert_eq!((properties[0].line(), &text[properties[0].range().unwrap()]), (4, "välue"));
    assert_eq!((properties[1].line(), properties[1].range()), (5, None));
    assert_eq!(properties[1].place(), "/f:5");
}

#[test]
fn fuzz_aws_files() {
    use crate::shared_config::CleanContext;
    use crate::sources::Resolver;
    use crate::system::context::Context;
    use crate::system::environment::Environment;

    let seeds = [
        "[default]\nregion = us-east-1\n\n[profile dev]\nsso_session = acme\nsso_account_id = 111122223333\n\
         sso_role_name = Dev\n\n[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n",
        "[profile deploy]\nrole_arn = arn:aws:iam::111122223333:role/a/Deploy\nsource_profile = keys\n\
         duration_seconds = 3600\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n[profile keys]\n\
         aws_access_key_id = AKIA\naws_secret_access_key = s\n",
        "[profile \"a b\"]\ncredential_process = \"/opt/a b\" c 'd'\ns3 =\n    max_concurrent_requests = 20\n",
        "[profile w]\nrole_arn = arn:aws:iam::111122223333:role/W\nweb_identity_token_file = /t\n\
         [profile m]\nrole_arn = arn:aws:iam::1:role/M\ncredential_source = Ec2InstanceMetadata\n[DEFAULT]\nx = y\n",
    ];
    let nowhere = std::path::Path::new("/nonexistent");
    let ctx = CleanContext::new(&Context::new(Environment::default(), nowhere, nowhere));
    crate::fuzz::run("AWS files", crate::fuzz::MANY / 3, &seeds, |content| {
        let parse = |name: &str| Document::parse(name, content.to_vec());
        let (config, credentials) = match (parse("config"), parse("credentials")) {
            (Ok(config), Ok(credentials)) => (config, credentials),
            (Err(error), _) | (_, Err(error)) => {
                let error = error.into_failure(std::path::Path::new("config"));
                assert!(!error.message.contains(crate::text::sanitize::is_hidden), "{}", error.message);
                return error.message;
            }
        };
        let config = SharedConfig::new(config, credentials);
        let mut outcome = String::new();
        for profile in config.profiles() {
            match Resolver::new(&ctx, &config, profile).select() {
                Ok(source) => outcome += &format!("{:?}", source.resolution().kind),
                Err(error) => {
                    let text = format!("{error:#}");
                    assert!(!text.contains(crate::text::sanitize::is_hidden), "{text:?}");
                    outcome += &text;
                }
            }
        }
        outcome
    });
}
