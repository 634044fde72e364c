//! Counts the processes that a shell starts, with strace.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::case::Case;
use crate::common::world::World;
use crate::session::{Language, Session};

const CALLS: u32 = 10;

/// Returns how many processes one call starts; `None` without strace. Threads do not count.
pub fn per_call(world: &World, language: &Language, case: &Case) -> Result<Option<f64>> {
    let count = |calls: u32| -> Result<Option<f64>> {
        let log = world.at("strace.log");
        let mut strace = world.command(Path::new("strace"), &case.folder);
        strace.args(["-f", "-qq", "--seccomp-bpf", "-e", "signal=none"]);
        strace.args(["-e", "trace=fork,vfork,clone,clone3", "-o"]).arg(&log).arg(language.name);
        let Ok(mut session) = Session::start(language.serve(strace, &case.setup, &case.call)) else {
            return Ok(None);
        };
        session.run(calls)?;
        session.end()?;
        let text = std::fs::read_to_string(&log)?;
        let started = text.lines().filter(|line| {
            // A call that another process interrupts is logged in two lines.
            !line.contains("CLONE_THREAD") && !line.contains(" resumed>") && line.contains('(')
        });
        Ok(Some(f64::from(u32::try_from(started.count())?)))
    };
    if Command::new("strace").arg("-V").output().is_err() {
        return Ok(None);
    }
    let (Some(none), Some(all)) = (count(0)?, count(CALLS)?) else { return Ok(None) };
    Ok(Some((all - none) / f64::from(CALLS)))
}
