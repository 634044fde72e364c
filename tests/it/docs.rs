//! The pages in `docs` whose sessions can be run: each is what the program prints.

use awsenv_emulator::Account;

use crate::harness::configure_world;
use crate::harness::hook_stage;
use crate::harness::scene;
use crate::harness::shell::Kind;
use crate::harness::world::World;

const TEAMS: &str = include_str!("../../docs/teams.md");

/// Returns the code blocks of this language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let start = format!("```{language}\n");
    let block = |text: &'a str| text.split_once("```").expect("a block ends").0;
    page.split(&*start).skip(1).map(block).collect()
}

fn team_world() -> World {
    let world = configure_world::logged_in();
    world.emulator().with(|state| {
        state.organization.set(Account {
            id: "111122223333".to_owned(),
            name: "acme-dev".to_owned(),
            email: String::new(),
            roles: ["Developer", "ReadOnly"].map(str::to_owned).into(),
        });
    });
    world.aws_config(&format!(
        "{}\n[profile acme-dev]\nsso_session = acme\nsso_account_id = 111122223333\nsso_role_name = Developer\n\
         region = eu-west-1\n\n\
         [profile acme-prod]\nrole_arn = arn:aws:iam::444455556666:role/Deploy\nsource_profile = acme-dev\n\
         region = eu-west-1\n",
        configure_world::SESSION
    ));
    let [settings] = blocks(TEAMS, "ini")[..] else { panic!("the page shows one settings file") };
    world.write(".config/awsenv/config", settings);
    world.dir("api");
    world.project("clone", "account = 111122223333\nrole = Developer\nregion = eu-west-1\n");
    scene::allowed(&world, "audit", "account = 111122223333\nrole = ReadOnly\nregion = eu-west-1\n");
    world
}

/// Takes out how long things last.
fn timeless(text: &str) -> String {
    let is_span = |word: &str| word.strip_suffix('m').is_some_and(|number| number.parse::<u32>().is_ok());
    text.split(' ').filter(|word| !is_span(word)).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_sessions_of_a_team_are_what_the_program_prints() {
    let world = team_world();
    let home = world.at("").to_string_lossy().trim_end_matches('/').to_owned();
    let mut shell = hook_stage::start(Kind::Bash, &world);
    let mut place = String::new();
    let sessions = blocks(TEAMS, "console").concat();
    let mut lines = sessions.lines().peekable();
    while let Some((at, typed)) = lines.next().and_then(|line| line.split_once(" $ ")) {
        if place != at {
            shell.run(&format!("cd {at}"));
        }
        place = typed.strip_prefix("cd ").unwrap_or(at).to_owned();
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.contains(" $ ")) {
            expected.push(line);
        }
        let printed = shell.run(typed).text().replace(&home, "~");
        assert_eq!(timeless(&printed), timeless(&expected.join("\n")), "{typed}");
    }
    assert_eq!(lines.next(), None);
}
