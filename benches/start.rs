//! What one run of awsenv costs, beside a program that does nothing and beside `/bin/true`.
//!
//! ```sh
//! cargo bench -p awsenv-benches --bench start                              # as `cargo install` builds it
//! cargo bench -p awsenv-benches --bench start -- x86_64-unknown-linux-musl # as it is distributed
//! ```
//!
//! All rows are measured in turns, so that whatever else the machine does hits them alike: trust the ratios,
//! not the microseconds. `peak` is the largest resident memory; what this benchmark itself takes is its
//! floor.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};

use common::build;
use common::figures::Figures;
use common::world::{SSO_KEY_ID, STATIC_KEY_ID, World};

mod common;

const ROUNDS: usize = 400;

/// One line of the table.
struct Row {
    name: String,
    command: Command,
    /// Makes the next run a first one.
    before: Option<Box<dyn Fn()>>,
    figures: Figures,
    peak_kib: u64,
}

impl Row {
    fn new(name: &str, command: Command) -> Self {
        Self { name: name.to_owned(), command, before: None, figures: Figures::default(), peak_kib: 0 }
    }

    fn prepare(&self) {
        if let Some(before) = &self.before {
            before();
        }
    }

    fn measure(&mut self) -> Result<()> {
        self.prepare();
        let begun = Instant::now();
        let status = self.command.status()?;
        self.figures.push(begun.elapsed());
        ensure!(status.success(), "{} failed", self.name);
        Ok(())
    }

    /// Runs it below a fresh process, which then knows how much its only child took.
    fn measure_peak(&mut self) -> Result<()> {
        self.prepare();
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--peak").arg(self.command.get_program()).args(self.command.get_args()).env_clear();
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(self.command.get_current_dir().unwrap_or(Path::new("/")));
        let output = command.output()?;
        self.peak_kib =
            String::from_utf8(output.stdout)?.trim().parse().context("no figure for the memory")?;
        Ok(())
    }
}

fn main() -> Result<()> {
    let typed: Vec<_> = std::env::args_os().skip(1).collect();
    if let [flag, program, args @ ..] = &*typed
        && flag == "--peak"
    {
        ensure!(Command::new(program).args(args).stdout(Stdio::null()).status()?.success(), "it failed");
        return say(&format!("{}\n", getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss()));
    }
    if !build::is_bench() {
        return Ok(());
    }
    let bin = tempfile::tempdir()?;
    let [awsenv, empty] = build::programs(build::target().as_deref(), bin.path())?;
    let worlds = [10, 1_000, 10_000]
        .into_iter()
        .map(|profiles| Ok((profiles, World::new(&awsenv, profiles)?)))
        .collect::<Result<Vec<_>>>()?;
    // What a first run finds gone must not be missing to the others.
    let fresh = worlds
        .iter()
        .map(|(profiles, _)| Ok((*profiles, World::new(&awsenv, *profiles)?)))
        .collect::<Result<Vec<_>>>()?;
    let mut rows = rows(&awsenv, &empty, &worlds, &fresh)?;
    for row in &mut rows {
        row.command.stdout(Stdio::null());
        // Whatever a first run keeps for the next is kept now.
        row.measure()?;
        row.figures = Figures::default();
        row.measure_peak()?;
    }
    for _ in 0..ROUNDS {
        // A first run evicts the processor's caches, so one run that does not count comes after it.
        rows[0].command.status()?;
        for row in &mut rows {
            row.measure()?;
        }
    }
    say(&table(&rows))
}

fn rows(
    program: &Path,
    empty: &Path,
    worlds: &[(usize, World)],
    fresh: &[(usize, World)],
) -> Result<Vec<Row>> {
    let (_, small) = worlds.first().context("there are worlds")?;
    let home = small.at("");
    let awsenv = |args: &[&str], folder: &Path| {
        let mut command = small.command(program, folder);
        command.args(args);
        command
    };
    let mut rows = vec![
        Row::new("/bin/true", small.command(Path::new("/bin/true"), &home)),
        Row::new("empty Rust program", small.command(empty, &home)),
        Row::new("awsenv --version", awsenv(&["--version"], &home)),
        Row::new("export, no .awsenv here", export(small, program, "", None)?),
    ];
    for (profiles, world) in worlds {
        for (profile, key_id) in [("static", STATIC_KEY_ID), ("sso", SSO_KEY_ID)] {
            let command = export(world, program, profile, Some(key_id))?;
            rows.push(Row::new(&format!("export, {profile}, {profiles} profiles"), command));
        }
    }
    // Without the facts for a hook.
    let project = small.at("sso");
    rows.push(Row::new("export, sso, 10 profiles, typed", awsenv(&["export", "bash"], &project)));
    rows.push(Row::new("hook bash", awsenv(&["hook", "bash"], &home)));
    rows.push(Row::new("status --quiet", awsenv(&["status", "--quiet"], &project)));
    rows.push(Row::new("exec -- /bin/true", awsenv(&["exec", "--", "/bin/true"], &project)));
    for (profiles, world) in fresh {
        let command = export(world, program, "sso", Some(SSO_KEY_ID))?;
        let mut row = Row::new(&format!("export, sso, {profiles} profiles, first run"), command);
        let kept = world.at(".cache/awsenv");
        row.before = Some(Box::new(move || {
            // If it was never there, the run is a first one as well.
            let _ = std::fs::remove_dir_all(&kept);
        }));
        rows.push(row);
    }
    Ok(rows)
}

/// Prepares the run that bash's hook makes on entering a project, and checks that it loads what it should.
fn export(world: &World, awsenv: &Path, folder: &str, key_id: Option<&str>) -> Result<Command> {
    let folder = world.at(folder);
    let folder = folder.components().as_path();
    let mut command = world.command(awsenv, folder);
    command.args(["export", "bash", "--hook=1", "--features=ns,epoch", "--pid=1", "--id=", "--told="]);
    command.arg(format!("--pwd={}", folder.display()));
    let text = String::from_utf8(command.output()?.stdout)?;
    ensure!(text.ends_with(": awsenv end\n"), "the text is cut short:\n{text}");
    ensure!(key_id.is_none_or(|key_id| text.contains(key_id)), "the keys are not loaded:\n{text}");
    Ok(command)
}

fn table(rows: &[Row]) -> String {
    let by_name =
        |name: &str| rows.iter().find(|row| row.name == name).map_or(f64::NAN, |row| row.figures.median());
    let (truth, empty) = (by_name("/bin/true"), by_name("empty Rust program"));
    let mut text = format!(
        "{:<40}{:>9}{:>9}{:>9}{:>9}{:>10}\n",
        "", "min us", "med us", "x true", "x empty", "peak MiB"
    );
    for Row { name, figures, peak_kib, .. } in rows {
        let (min, median) = (figures.min(), figures.median());
        let peak = f64::from(u32::try_from(*peak_kib).unwrap_or(u32::MAX)) / 1024.0;
        text += &format!(
            "{name:<40}{min:>9.0}{median:>9.0}{:>9.2}{:>9.2}{peak:>10.1}\n",
            median / truth,
            median / empty
        );
    }
    let many = by_name("export, sso, 10000 profiles") / by_name("export, sso, 10 profiles");
    text += &format!("\nexport with 10,000 profiles, as a multiple of that with 10: {many:.2}\n");
    let added = (by_name("exec -- /bin/true") - truth) / empty;
    text += &format!("what `exec` adds to the command, in starts of the empty program: {added:.2}\n");
    text
}

fn say(text: &str) -> Result<()> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
