//! A person who follows a documentation page: a world with everything that the pages name, a shell with the
//! hook, and an answer to every question.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use awsenv_emulator::{Person, Role};

use crate::harness::configure_world;
use crate::harness::hook_stage;
use crate::harness::screen::Screen;
use crate::harness::shell::{Kind, Shell};
use crate::harness::world::World;

/// The profiles that the pages name without their config.
const PROFILES: &str = "\
[profile acme-dev]
sso_session = acme
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-west-1

[profile acme-prod]
sso_session = acme
sso_account_id = 444455556666
sso_role_name = Admin
region = eu-west-1

[profile acme-tools]
sso_session = acme
sso_account_id = 777788889999
sso_role_name = ReadOnly
region = eu-west-1

[profile base]
region = eu-west-1

[profile prod-admin]
role_arn = arn:aws:iam::444455556666:role/Deploy
source_profile = base
region = eu-west-1

[profile deploy]
role_arn = arn:aws:iam::444455556666:role/Deploy
source_profile = acme-dev
region = eu-west-1

[profile other]
role_arn = arn:aws:iam::444455556666:role/Deploy
source_profile = base
region = eu-west-1
";

const CREDENTIALS: &str = "[base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
    aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";

/// The MFA code that the pages show. It works once, as every code.
const SHOWN_CODE: &str = "123456";

/// What is typed at each question; at [`CODE`] a new code each time.
const ANSWERS: [(&str, &str); 15] = [
    ("SSO session, existing or new", "\r"),
    ("SSO start URL:", "https://acme.awsapps.com/start\r"),
    ("SSO region:", "eu-west-1\r"),
    ("SSO session name:", "\r"),
    ("SSO registration scopes:", "\r"),
    ("Accounts and roles", "Developer \r"),
    ("Default region for", "eu-west-1\r"),
    ("Profile name:", "\r"),
    ("Role ARN", "arn:aws:iam::444455556666:role/Deploy\r"),
    ("Source profile:", "base\r"),
    ("MFA device (", "\r"),
    ("Write this to", "\r"),
    ("Type yes:", "yes\r"),
    ("Add it?", "\r"),
    (CODE, ""),
];
const CODE: &str = "MFA code of";

/// Programs that the pages start beside awsenv, replaced by ones that do nothing.
const PROGRAMS: [&str; 8] = ["aws", "terraform", "docker", "ssh", "kubectl", "firefox", "wslview", "tmux"];

/// The folders that the pages go to, and the one in which a reader starts.
const FOLDERS: [&str; 3] = ["src/acme/api", "src/acme/infra", "project"];

/// Makes the world of a page, from the AWS config that it shows. Every role in it can be assumed, and its MFA
/// device belongs to the user behind `base`.
pub fn world(shown_config: &str) -> World {
    let mut world = World::with_emulator();
    let token = world.scratch("oidc-token");
    std::fs::write(&token, "acme-web-identity-token").expect("the world can be written");
    let config = merged(&shown_config.replace("/tmp/oidc-token", &token.to_string_lossy()));
    world.emulator().with(|state| {
        state.person = Person::Approves;
        state.organization.accounts.clear();
        state
            .organization
            .add("111122223333", "acme-dev", &["Developer", "ReadOnlyAccess"])
            .add("444455556666", "acme-prod", &["Admin", "ReadOnly"])
            .add("777788889999", "acme-shared", &["ReadOnly"]);
        let roles = config.lines().filter_map(|line| line.strip_prefix("role_arn = "));
        let more = "arn:aws:iam::444455556666:role/Audit";
        state.identities.roles.clear();
        for arn in roles.chain([more]) {
            let is_web = config.contains("web_identity_token_file");
            let web_identity_token = is_web.then(|| "acme-web-identity-token".to_owned());
            state.identities.roles.push(Role { web_identity_token, ..Role::new(arn) });
        }
        if let Some(person) = config.lines().find_map(|line| line.strip_prefix("login_session = ")) {
            person.clone_into(&mut state.signins.person);
        }
        let device = state.identities.users[0].mfa.as_mut().expect("alice has a device");
        if let Some(serial) = config.lines().find_map(|line| line.strip_prefix("mfa_serial = ")) {
            serial.clone_into(&mut device.serial);
        }
        device.codes = (0..20).map(code).chain([SHOWN_CODE.to_owned()]).collect();
    });
    world.aws_config(&config);
    world.aws_credentials(CREDENTIALS);
    world.set("AWSENV_FLOW", "pkce");
    world.set("EDITOR", "true");
    world.set("SHELL", "/bin/bash");
    let visit = world.bin().join("visit").to_string_lossy().into_owned();
    let browse = format!("#!/bin/sh\ncase $1 in http://127.0.0.1:*) exec {visit} \"$1\" ;; esac\n");
    world.program("browser", &browse);
    for name in PROGRAMS {
        world.program(name, "#!/bin/sh\n[ -t 0 ] || cat >/dev/null\n");
    }
    FOLDERS.iter().for_each(|folder| drop(world.dir(folder)));
    world
}

/// Returns the sections of a text, by header.
fn sections_of(text: &str) -> Vec<(String, String)> {
    let sections = text.split("\n[").map(|section| section.trim_start_matches('['));
    let parts = sections.filter_map(|section| section.split_once("]\n"));
    let whole = parts.filter(|(header, _)| !header.contains('\n'));
    whole.map(|(header, keys)| (header.to_owned(), keys.trim_end().to_owned())).collect()
}

fn code(number: usize) -> String {
    format!("{:06}", 200_000 + number)
}

/// Returns the profiles of the pages, with those that a page shows itself in their place.
fn merged(shown: &str) -> String {
    let known = sections_of(configure_world::SESSION).into_iter().chain(sections_of(PROFILES));
    let mut sections: BTreeMap<String, String> = known.collect();
    // Only the first text of a section on a page counts.
    let mut own = BTreeSet::new();
    for (header, keys) in sections_of(shown) {
        if own.insert(header.clone()) {
            sections.insert(header, keys);
        }
    }
    sections.iter().fold(String::new(), |mut text, (header, keys)| {
        let _ = write!(text, "[{header}]\n{keys}\n\n");
        text
    })
}

/// A reader at a shell.
pub struct Reader {
    shell: Shell,
    codes: usize,
}

impl Reader {
    /// Opens a shell in the folder `project`, which is allowed and loads the profile.
    pub fn start(kind: Kind, world: &World, profile: &str) -> Self {
        if !world.at("project/.awsenv").exists() {
            hook_stage::allowed(world, "project", &format!("profile = {profile}\n"));
        }
        let mut reader = Self { shell: hook_stage::start(kind, world), codes: 0 };
        reader.run("cd project");
        reader
    }

    /// Puts what a page calls `./NAME` into every folder: a program that does nothing, or a policy.
    pub fn put(world: &World, name: &str) {
        for folder in FOLDERS {
            if std::path::Path::new(name).extension().is_some_and(|ending| ending == "json") {
                world.write(format!("{folder}/{name}"), r#"{"Version": "2012-10-17", "Statement": []}"#);
                continue;
            }
            let _ = std::os::unix::fs::symlink("/bin/true", world.at(folder).join(name));
        }
    }

    /// Types a line, answers what is asked, and returns what was printed. Fails unless the line succeeds.
    pub fn run(&mut self, line: &str) -> Screen {
        let printed = self.answering(line);
        let status = if self.shell.kind() == Kind::Fish { "echo code $status" } else { "echo code $?" };
        let code = self.shell.run(status);
        // A page may have changed the prompt, which then prints more lines.
        assert_eq!(code.text().lines().next(), Some("code 0"), "{line}\n{printed}");
        printed
    }

    fn answering(&mut self, line: &str) -> Screen {
        let mut answers = ANSWERS.to_vec();
        self.shell.type_line(line);
        loop {
            let questions: Vec<&str> = answers.iter().map(|(question, _)| *question).collect();
            let Some(asked) = self.shell.wait_for_question(&questions) else {
                return self.shell.next_prompt();
            };
            let (question, keys) = answers.remove(asked);
            if question == CODE {
                self.codes += 1;
                self.shell.type_keys(&format!("{}\r", code(self.codes)));
            } else {
                self.shell.type_keys(keys);
            }
        }
    }
}
