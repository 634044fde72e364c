//! What a prompt costs, measured inside real shells, as ratios from one run.
//!
//! ```sh
//! cargo bench -p awsenv-benches --bench prompt                                # as `cargo install` builds it
//! cargo bench -p awsenv-benches --bench prompt -- x86_64-unknown-linux-musl   # as it is distributed
//! cargo bench -p awsenv-benches --bench prompt -- x86_64-unknown-linux-musl \
//!     --chart="$PWD/benches/prompt.svg"
//! cargo bench -p awsenv-benches --bench prompt -- --only=outside             # what has this in its name
//! ```
//!
//! direnv and mise are measured beside awsenv if they are installed, each with the same six variables in a
//! project. The floor is what a hook costs that starts the smallest program each time: `eval "$(/bin/true)"`.
//! In each situation there is one shell for each of them, and they are measured in turns, so that whatever
//! else the machine does hits them alike: trust the ratios, not the microseconds. Nothing fails on a clock.

use std::io::Write as _;

use anyhow::Result;

use case::{Case, FLOOR, LOADED, MOVING, Scene, Stage, USING, Worlds};
use common::build;
use common::figures::Figures;
use common::world::World;
use session::{LANGUAGES, Language, Session};

mod case;
mod chart;
#[path = "../common/mod.rs"]
mod common;
mod processes;
mod session;
mod tool;

const ROUNDS: usize = 40;

/// One line of the table.
pub struct Row {
    /// The shell.
    pub shell: &'static str,
    /// The situation.
    pub scene: &'static str,
    /// The contestant.
    pub who: &'static str,
    figures: Figures,
    processes: Option<f64>,
}

impl Row {
    /// Microseconds for a prompt, at the best of times.
    pub fn least(&self) -> f64 {
        self.figures.min()
    }

    fn median(&self) -> f64 {
        self.figures.median()
    }
}

fn main() -> Result<()> {
    if !build::is_bench() {
        return Ok(());
    }
    let bin = tempfile::tempdir()?;
    let [awsenv, _] = build::programs(build::target().as_deref(), bin.path())?;
    let worlds = Worlds { small: World::new(&awsenv, 10)?, large: World::new(&awsenv, 10_000)? };
    let only = option("--only=").unwrap_or_default();
    let mut rows = Vec::new();
    say(&format!(
        "{:<64}{:>9}{:>9}{:>10}{:>9}{:>11}\n",
        "", "min us", "med us", "x awsenv", "x floor", "processes"
    ))?;
    for language in LANGUAGES.iter().filter(|language| is_installed(language.name)) {
        let stage = Stage { language, worlds: &worlds, awsenv: &awsenv };
        for scene in stage.scenes()?.into_iter().filter(|scene| scene.name.contains(&only)) {
            let measured = measure(language, &worlds, &scene)?;
            say(&table(&measured))?;
            rows.extend(measured);
        }
    }
    say(&targets(&rows))?;
    if let Some(path) = option("--chart=") {
        std::fs::write(path, chart::draw(&rows))?;
    }
    Ok(())
}

fn option(name: &str) -> Option<String> {
    std::env::args().find_map(|word| word.strip_prefix(name).map(str::to_owned))
}

fn is_installed(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

fn measure(language: &Language, worlds: &Worlds, scene: &Scene) -> Result<Vec<Row>> {
    let world = if scene.name.contains("10,000") { &worlds.large } else { &worlds.small };
    let start = |case: &Case| {
        let shell = world.command(language.name.as_ref(), &case.folder);
        Session::start(language.serve(shell, &case.setup, &case.call))
    };
    let mut sessions = scene.cases.iter().map(start).collect::<Result<Vec<_>>>()?;
    let mut figures: Vec<Figures> = scene.cases.iter().map(|_| Figures::default()).collect();
    for round in 0..=ROUNDS {
        for ((session, case), figures) in sessions.iter_mut().zip(&scene.cases).zip(&mut figures) {
            let took = session.run(case.times)? / case.prompts;
            // The first round warms up.
            if round > 0 {
                figures.push(took);
            }
        }
    }
    for session in sessions {
        session.end()?;
    }
    let rows = scene.cases.iter().zip(figures).map(|(case, figures)| {
        let processes =
            processes::per_call(world, language, case)?.map(|count| count / f64::from(case.prompts));
        Ok(Row { shell: language.name, scene: scene.name, who: case.who, figures, processes })
    });
    rows.collect()
}

fn table(rows: &[Row]) -> String {
    let median = |who| rows.iter().find(|row| row.who == who).map_or(f64::NAN, Row::median);
    let (awsenv, floor) = (median("awsenv"), median(FLOOR));
    rows.iter()
        .map(|row| {
            let name = format!("{}, {}: {}", row.shell, row.scene, row.who);
            let processes = row.processes.map_or_else(|| "?".to_owned(), |count| format!("{count:.1}"));
            let (least, median) = (row.least(), row.median());
            let (by_awsenv, by_floor) = (median / awsenv, median / floor);
            format!("{name:<64}{least:>9.1}{median:>9.1}{by_awsenv:>10.2}{by_floor:>9.3}{processes:>11}\n")
        })
        .collect()
}

/// The ratios that matter beside what they are meant to be.
fn targets(rows: &[Row]) -> String {
    let find = |shell: &str, scene: &str, who: &str| {
        rows.iter().find(|row| row.shell == shell && row.scene == scene && row.who == who)
    };
    let mut text = String::from("\n");
    for language in &LANGUAGES {
        let shell = language.name;
        let goals =
            if shell == "fish" { [("direnv", 25), ("mise", 15)] } else { [("direnv", 50), ("mise", 30)] };
        for (who, goal) in goals {
            if let (Some(awsenv), Some(other)) = (find(shell, LOADED, "awsenv"), find(shell, LOADED, who)) {
                text += &format!(
                    "{shell}: an unchanged prompt in a project is {:.0} times cheaper than {who}'s, {:.0} by the least times (goal: {goal})\n",
                    other.median() / awsenv.median(),
                    other.least() / awsenv.least()
                );
            }
        }
        for (scene, goal) in [(MOVING, "2"), (USING, "1.6")] {
            if let (Some(awsenv), Some(floor)) = (find(shell, scene, "awsenv"), find(shell, scene, FLOOR)) {
                text += &format!(
                    "{shell}: {scene} takes {:.2} times as long as the floor, {:.2} by the least times (goal: {goal})\n",
                    awsenv.median() / floor.median(),
                    awsenv.least() / floor.least()
                );
            }
        }
    }
    text
}

fn say(text: &str) -> Result<()> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
