//! What a prompt costs at which nothing changed, measured inside real shells.
//!
//! ```sh
//! cargo bench -p awsenv-benches --bench prompt
//! ```
//!
//! Each shell calls the function that its hook runs before each prompt a thousand times, and says when it begins
//! and ends; the clock is this program's. The floor is what a hook costs that starts the smallest program each time:
//! `eval "$(/bin/true)"`. direnv is measured beside if it is installed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use common::build;
use common::figures::Figures;
use common::world::{SSO_KEY_ID, World};

mod common;

const CALLS: usize = 1_000;
const BATCHES: usize = 9;

/// A shell, and how things are said in it.
struct Shell {
    name: &'static str,
    /// Makes it interactive, without the user's files.
    flags: &'static [&'static str],
    /// A loop of `@call@`, between two lines on standard output.
    batch: &'static str,
    /// Evaluates the text that `@program@` prints.
    eval: &'static str,
    /// Defines a function that does nothing.
    empty: &'static str,
}

const SHELLS: [Shell; 3] = [
    Shell {
        name: "bash",
        flags: &["--norc", "--noprofile", "-ic"],
        batch: "calls=({1..@calls@}); echo begin; for i in \"${calls[@]}\"; do @call@; done; echo end",
        eval: "eval \"$(@program@)\"",
        empty: "_bench_empty() { :; }",
    },
    Shell {
        name: "zsh",
        flags: &["-f", "-ic"],
        batch: "calls=({1..@calls@}); echo begin; for i in $calls; do @call@; done; echo end",
        eval: "eval \"$(@program@)\"",
        empty: "_bench_empty() { : }",
    },
    Shell {
        name: "fish",
        flags: &["--no-config", "-ic"],
        batch: "set calls (seq @calls@); echo begin; for i in $calls; @call@; end; echo end",
        eval: "@program@ | source",
        empty: "function _bench_empty; end",
    },
];

/// Something that is done at each prompt.
struct Case<'a> {
    name: &'static str,
    folder: PathBuf,
    /// What the shell does first.
    setup: String,
    call: &'a str,
    /// The access key id that must be loaded meanwhile; empty if none may be.
    key_id: &'a str,
}

impl Shell {
    fn eval(&self, program: &str) -> String {
        self.eval.replace("@program@", program)
    }

    /// Runs the batches of a case and times them from outside: fish has no clock.
    fn measure(&self, world: &World, case: &Case<'_>) -> Result<Figures> {
        let batch = self.batch.replace("@calls@", &CALLS.to_string()).replace("@call@", case.call);
        let shown = "echo \"loaded:$AWS_ACCESS_KEY_ID\"";
        let script = [&*case.setup, &[&*batch; BATCHES].join("; "), shown].join("; ");
        let mut shell = world.command(Path::new(self.name), &case.folder);
        let mut shell = shell
            .args(self.flags)
            .arg(script)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // Without a terminal bash complains that there can be no job control.
            .stderr(Stdio::null())
            .spawn()?;
        let mut figures = Figures::default();
        let mut begun = Instant::now();
        let mut loaded = None;
        for line in BufReader::new(shell.stdout.take().context("the output is a pipe")?).lines() {
            match &*line? {
                "begin" => begun = Instant::now(),
                "end" => figures.push(begun.elapsed() / u32::try_from(CALLS)?),
                line => loaded = line.strip_prefix("loaded:").map(str::to_owned).or(loaded),
            }
        }
        shell.wait()?;
        let loaded = loaded.with_context(|| format!("{} ended early: {}", self.name, case.name))?;
        ensure!(loaded == case.key_id, "{}, {}: `{loaded}` is loaded", self.name, case.name);
        Ok(figures)
    }

    fn cases(&self, world: &World, awsenv: &Path, direnv: bool) -> Result<Vec<Case<'static>>> {
        let deep = (0..40).map(|level| format!("/{level}")).collect::<String>();
        let deep = |top: &str| -> Result<PathBuf> {
            let folder = world.at(&format!("{top}{deep}"));
            std::fs::create_dir_all(&folder)?;
            Ok(folder)
        };
        let hook = |program: &Path| self.eval(&format!("{} hook {}", program.display(), self.name));
        let awsenv_case = |name, folder, key_id| Case {
            name,
            folder,
            setup: format!("{}; _awsenv_hook", hook(awsenv)),
            call: "_awsenv_hook",
            key_id,
        };
        let outside = world.at("outside");
        std::fs::create_dir_all(&outside)?;
        let floor = match self.name {
            "fish" => "/bin/true | source",
            _ => "eval \"$(/bin/true)\"",
        };
        let plain = |name, call| Case {
            name,
            folder: outside.clone(),
            setup: self.empty.to_owned(),
            call,
            key_id: "",
        };
        let mut cases = vec![
            plain("floor: one /bin/true", floor),
            plain("empty function", "_bench_empty"),
            awsenv_case("awsenv, no .awsenv here", outside.clone(), ""),
            awsenv_case("awsenv, no .awsenv, 40 levels", deep("outside")?, ""),
            awsenv_case("awsenv, loaded (SSO)", world.at("sso"), SSO_KEY_ID),
            awsenv_case("awsenv, loaded, 40 levels", deep("sso")?, SSO_KEY_ID),
        ];
        if direnv {
            let folder = world.at("direnv");
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join(".envrc"), format!("export AWS_ACCESS_KEY_ID={SSO_KEY_ID}\n"))?;
            let call = if self.name == "fish" { "__direnv_export_eval" } else { "_direnv_hook" };
            let setup = format!("direnv allow .; {}; {call}", hook(Path::new("direnv")));
            cases.push(Case { name: "direnv, loaded", folder, setup, call, key_id: SSO_KEY_ID });
        }
        Ok(cases)
    }
}

fn main() -> Result<()> {
    if !build::is_bench() {
        return Ok(());
    }
    let bin = tempfile::tempdir()?;
    let [awsenv, _] = build::programs(build::target().as_deref(), bin.path())?;
    let installed = |name: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
    };
    say(&format!("{:<40}{:>9}{:>9}{:>9}\n", "", "min us", "med us", "x floor"))?;
    for shell in SHELLS.iter().filter(|shell| installed(shell.name)) {
        let world = World::new(&awsenv, 10)?;
        let mut floor = None;
        for case in shell.cases(&world, &awsenv, installed("direnv"))? {
            let figures = shell.measure(&world, &case)?;
            let floor = *floor.get_or_insert(figures.median());
            say(&format!(
                "{:<40}{:>9.1}{:>9.1}{:>9.3}\n",
                format!("{}: {}", shell.name, case.name),
                figures.min(),
                figures.median(),
                figures.median() / floor
            ))?;
        }
    }
    Ok(())
}

fn say(text: &str) -> Result<()> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
