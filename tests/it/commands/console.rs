//! `awsenv console`: which page opens, and where the keys go.

use crate::harness::listener::Listener;
use crate::harness::login_stage as stage;
use crate::harness::scene;
use crate::harness::tools;
use crate::harness::world::World;

#[test]
fn an_sso_profile_opens_a_page_of_the_portal_without_a_credential() {
    let world = scene::world();
    let printed = world.command(["console", "-p", "dev", "s3", "--print"]).run().stdout;
    let (start, query) = printed.trim_end().split_once("/#/console?").expect("a page of the portal");
    assert!(!start.ends_with(['/', '#']), "{printed}");
    assert!(
        query.starts_with("account_id=111122223333&role_name=Admin&destination=https%3A%2F%2F"),
        "{printed}"
    );
    assert!(query.contains("console%2Eaws%2Eamazon%2Ecom%2Fs3%2Fhome"), "{printed}");
    assert!(!printed.contains("SigninToken"), "{printed}");
}

#[test]
fn other_keys_are_exchanged_and_never_in_an_address() {
    let world = scene::world();
    let service = Listener::start(200, "application/json", r#"{"SigninToken": "a-token"}"#);
    let printed = world
        .command(["console", "-p", "role", "--region", "eu-west-1", "--print"])
        .env("AWS_ENDPOINT_URL_SIGNIN", &service.url)
        .stderr("awsenv: warning: whoever has this address can sign in with it for 15 minutes\n")
        .run()
        .stdout;
    let expected =
        format!("{}/federation?Action=login&Issuer=awsenv&Destination=https%3A%2F%2F", service.url);
    assert!(
        printed.starts_with(&expected) && printed.trim_end().ends_with("&SigninToken=a-token"),
        "{printed}"
    );
    let requests = service.requests();
    let [request] = &requests[..] else { panic!("{requests:?}") };
    assert!(request.starts_with("POST /federation HTTP/1.1"), "{request}");
    assert!(request.contains("Action=getSigninToken&Session=%7B%22sessionId%22%3A%22ASIA"), "{request}");
}

#[test]
fn long_lived_keys_have_no_console() {
    let world = scene::world();
    world
        .command(["console", "-p", "static", "--region", "eu-west-1"])
        .code(1)
        .stderr(
            "awsenv: error: could not sign in to the console: long-lived access keys cannot open it\n\
             awsenv: hint: use a profile with a role: `role_arn` and `source_profile`, or SSO\n",
        )
        .run();
}

#[test]
fn an_answer_that_is_none_and_a_refusal_are_told() {
    let world = scene::world();
    for (status, body, expected) in
        [(200, "<html>", "could not sign in to the console"), (400, "", "AWS refused the keys")]
    {
        let service = Listener::start(status, "text/html", body);
        let error = world
            .command(["console", "-p", "role", "--region", "eu-west-1", "--print"])
            .env("AWS_ENDPOINT_URL_SIGNIN", &service.url)
            .unchecked()
            .run()
            .stderr;
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn the_page_is_given_to_the_browser_that_is_named() {
    let world = stage::world();
    let browser = world.program("my-browser", "#!/bin/sh\nprintf %s \"$1\" > \"$HOME/opened\"\n");
    let line = format!("{} %s", browser.display());
    world.command(["console", "-p", "dev", "--browser", &line]).unchecked().run();
    let opened = std::fs::read_to_string(world.at("opened")).expect("the browser has run");
    assert!(opened.contains("/#/console?account_id=111122223333"), "{opened}");
}

#[test]
fn an_address_that_signs_in_is_on_no_command_line() {
    let world = scene::world();
    let service = Listener::start(200, "application/json", r#"{"SigninToken": "a-token"}"#);
    let browser = world.program(
        "my-browser",
        "#!/bin/bash\nrest=${1#http://}; host=${rest%%/*}\nprintf %s \"$1\" > \"$HOME/argument\"\n\
         for path in wrong \"${rest#*/}\" \"${rest#*/}\"; do\n\
         exec 3<>\"/dev/tcp/${host%:*}/${host#*:}\" || continue\n\
         printf 'GET /%s HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n' \"$path\" \"$host\" >&3\n\
         cat <&3 >> \"$HOME/answers\"\ndone 2>/dev/null\nexit 0\n",
    );
    world
        .command([
            "console",
            "-p",
            "role",
            "--region",
            "eu-west-1",
            "--browser",
            browser.to_str().expect("text"),
        ])
        .env("AWS_ENDPOINT_URL_SIGNIN", &service.url)
        .unchecked()
        .code(0)
        .run();
    let argument = scene::read(&world, "argument");
    assert!(argument.starts_with("http://127.0.0.1:") && !argument.contains("Signin"), "{argument}");
    let answers = scene::read(&world, "answers");
    assert_eq!(answers.matches("404 Not Found").count(), 1, "{answers}");
    // Once is all.
    assert_eq!(answers.matches("302 Found").count(), 1, "{answers}");
    assert!(answers.contains("&SigninToken=a-token\r\n"), "{answers}");
}

#[test]
fn another_user_gets_no_address_that_signs_in() {
    if !rustix::process::geteuid().is_root() || !tools::have(&["setpriv"]) {
        return;
    }
    let world = scene::world();
    let service = Listener::start(200, "application/json", r#"{"SigninToken": "a-token"}"#);
    // Both programs of another user see the browser's command line: one of them with a socket for IPv6.
    let browser = world.program(
        "my-browser",
        "#!/bin/bash\nrest=${1#http://}; host=${rest%%/*}\n\
         other='setpriv --reuid=65534 --regid=65534 --clear-groups --'\n\
         take='exec 3<>\"/dev/tcp/$0/$1\"; printf \"GET /%s HTTP/1.1\\r\\n\\r\\n\" \"$2\" >&3; cat <&3'\n\
         for name in 127.0.0.1 ::ffff:127.0.0.1; do\n\
         $other bash -c \"$take\" $name \"${host#*:}\" \"${rest#*/}\" >> \"$HOME/stolen\"\ndone\n\
         bash -c \"$take\" 127.0.0.1 \"${host#*:}\" \"${rest#*/}\" > \"$HOME/answer\"\nexit 0\n",
    );
    let browser = browser.to_str().expect("text");
    world
        .command(["console", "-p", "role", "--region", "eu-west-1", "--browser", browser])
        .env("AWS_ENDPOINT_URL_SIGNIN", &service.url)
        .unchecked()
        .code(0)
        .run();
    let stolen = scene::read(&world, "stolen");
    assert_eq!(
        (stolen.matches("404 Not Found").count(), stolen.matches("a-token").count()),
        (2, 0),
        "{stolen}"
    );
    assert!(scene::read(&world, "answer").contains("&SigninToken=a-token\r\n"));
}

#[test]
fn the_settings_name_the_browser_of_a_session() {
    let world = stage::world();
    let browser = world.program("my-browser", "#!/bin/sh\nprintf '%s %s' \"$1\" \"$2\" > \"$HOME/opened\"\n");
    let opened = |world: &World, arguments: &[&str]| {
        world.command(["console", "-p", "dev"].iter().chain(arguments)).unchecked().run();
        let opened = scene::read(world, "opened");
        std::fs::remove_file(world.at("opened")).expect("it is there");
        opened.split(' ').next().expect("a word").to_owned()
    };
    let line = |name: &str| format!("{} {name} %s", browser.display());
    let settings = format!("browser = {}\nbrowser.my-sso = {}\n", line("all"), line("one"));
    world.write(".config/awsenv/config", &settings);
    assert_eq!(opened(&world, &[]), "one");
    assert_eq!(opened(&world, &["--browser", &line("named")]), "named");
    world.run(["config", "unset", "browser.my-sso"]);
    assert_eq!(opened(&world, &[]), "all");
}
