//! Counts the processes that a shell and its children start, with strace.
//!
//! strace writes its line before the traced process continues, so everything a prompt waited for is in the
//! log when the prompt appears.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::harness::world::World;

/// The log of one traced shell.
pub struct Trace {
    log: PathBuf,
}

/// A moment in a trace.
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

/// What was started since a moment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Started {
    /// Processes made by fork and its like. Threads do not count.
    pub processes: usize,
    /// The programs that processes became, in order, as given to execve. Failed attempts do not count.
    pub programs: Vec<String>,
}

impl Started {
    /// Returns whether nothing was started.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Trace {
    pub(crate) fn new(world: &World) -> Self {
        Self { log: world.scratch("trace") }
    }

    /// Returns strace with the shell under it. strace itself moves to a session of its own (`-DDD`), so that
    /// the shell stays the leader of the terminal's session; only the traced calls stop the shell
    /// (`--seccomp-bpf`).
    pub(crate) fn command(&self, shell: &str) -> Command {
        let mut command = Command::new("strace");
        command.args(["-f", "-DDD", "-qq", "--seccomp-bpf", "-e", "signal=none", "-s", "256"]);
        command.args(["-e", "trace=execve,execveat,fork,vfork,clone,clone3", "-o"]).arg(&self.log);
        command.arg(shell);
        command
    }

    /// Returns the present moment.
    pub fn mark(&self) -> Mark {
        Mark(self.read().len())
    }

    /// Returns what was started since then.
    pub fn since(&self, mark: Mark) -> Started {
        Started::from_log(&self.read()[mark.0..])
    }

    fn read(&self) -> String {
        fs::read_to_string(&self.log).expect("strace writes its log")
    }
}

impl Started {
    fn from_log(log: &str) -> Self {
        let mut started = Self::default();
        // The program of an execve that ends on a later line, by process.
        let mut pending = HashMap::new();
        for (pid, call) in log.lines().filter_map(|line| line.split_once(' ')) {
            started.add(pid, call.trim_start(), &mut pending);
        }
        started
    }

    fn add<'l>(&mut self, pid: &'l str, call: &'l str, pending: &mut HashMap<&'l str, &'l str>) {
        if call.starts_with("execve") {
            let program = call.split('"').nth(1).unwrap_or_default();
            if call.ends_with("<unfinished ...>") {
                pending.insert(pid, program);
            } else if call.ends_with("= 0") {
                self.programs.push(program.to_owned());
            }
        } else if call.starts_with("<... execve") {
            let program = pending.remove(pid).unwrap_or_default();
            if call.ends_with("= 0") {
                self.programs.push(program.to_owned());
            }
        } else if makes_a_process(call) {
            self.processes += 1;
        }
    }
}

/// Returns whether this is the first line of a call that makes a process. It has the flags, even if the call
/// ends on a later line.
fn makes_a_process(call: &str) -> bool {
    let name = call.split('(').next().unwrap_or_default();
    matches!(name, "fork" | "vfork" | "clone" | "clone3") && !call.contains("CLONE_THREAD")
}

#[test]
fn lines_of_strace_are_counted_for_what_they_did() {
    let cases = [
        (r#"7 execve("/bin/true", ["true"], 0x7ffd /* 9 vars */) = 0"#, 0, vec!["/bin/true"]),
        (
            r#"7 execve("/sbin/true", ["true"], 0x7ffd /* 9 vars */) = -1 ENOENT (No such file or directory)"#,
            0,
            vec![],
        ),
        (
            "7 execve(\"/bin/a\", [\"a\"], 0x7ffd <unfinished ...>\n8 vfork( <unfinished ...>\n7 <... execve resumed>) = 0\n8 <... vfork resumed>) = 9",
            1,
            vec!["/bin/a"],
        ),
        (
            "7 execve(\"/a\", [\"a\"], 0x7ffd <unfinished ...>\n7 <... execve resumed>) = -1 ENOENT (No such file)",
            0,
            vec![],
        ),
        ("7 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 8", 1, vec![]),
        (
            "7 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>\n7 <... clone resumed>, child_tidptr=0x7f) = 8",
            1,
            vec![],
        ),
        ("7 clone3({flags=CLONE_VM|CLONE_THREAD|CLONE_SETTLS, exit_signal=0}, 88) = 8", 0, vec![]),
        ("7 clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88) = 8", 1, vec![]),
        ("123456  fork() = 123457", 1, vec![]),
    ];
    for (log, processes, programs) in cases {
        let programs = programs.into_iter().map(str::to_owned).collect();
        assert_eq!(Started::from_log(log), Started { processes, programs }, "{log}");
    }
}
