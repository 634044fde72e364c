//! How the command ended in each profile, for a person and for a program.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use serde_json::json;

use super::child::Stream;
use crate::commands::exit::Exit;
use crate::load::plan::LoadPlan;
use crate::system::context::Context;
use crate::text::{sanitize, table};

/// How many bytes of each stream the JSON holds; the rest is read and dropped.
const MOST: usize = 1024 * 1024;

/// A profile, and how the command ended in it.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) profile: String,
    pub(super) account: Option<String>,
    pub(super) role: Option<String>,
    pub(super) region: Option<String>,
    pub(super) end: End,
}

/// How it ended.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// By itself, or by a signal.
    Status(ExitStatus),
    /// It could not be started, with this exit code and for this reason.
    NotRun(u8, String),
    /// A signal ended all commands, or nobody reads the output any more, before its turn came.
    NotStarted,
}

impl Outcome {
    /// Describes a profile in which nothing has happened yet.
    pub(super) fn new(ctx: &Context, profile: &str, target: Option<&LoadPlan>) -> Self {
        let resolution = target.map(|target| &target.resolved_profile.resolution);
        Self {
            profile: profile.to_owned(),
            account: target.and_then(|target| target.account(ctx)),
            role: resolution.and_then(|resolution| resolution.role.clone()),
            region: target.and_then(LoadPlan::region_name).map(str::to_owned),
            end: End::NotStarted,
        }
    }

    /// Returns whether the command succeeded.
    pub(super) fn is_success(&self) -> bool {
        matches!(self.end, End::Status(status) if status.success())
    }

    fn code(&self) -> Option<i32> {
        match &self.end {
            End::Status(status) => status.code().or_else(|| Some(128 + status.signal()?)),
            End::NotRun(code, _) => Some((*code).into()),
            End::NotStarted => None,
        }
    }

    fn row(&self) -> [String; 4] {
        let note = match &self.end {
            End::Status(status) => status.signal().map_or(String::new(), |signal| format!("signal {signal}")),
            End::NotRun(code, _) if *code == Exit::NotRun.code() => "not loaded".to_owned(),
            End::NotRun(..) => "not found, or not executable".to_owned(),
            End::NotStarted => "not started".to_owned(),
        };
        let code = self.code().map_or_else(|| "-".to_owned(), |code| code.to_string());
        [sanitize::shown(&self.profile), table::cell(self.account.as_deref()), code, note]
    }

    /// Returns one line of JSON, with what the command printed.
    pub(super) fn json(&self, output: &Captured) -> String {
        let signal = match &self.end {
            End::Status(status) => status.signal(),
            _ => None,
        };
        let error = match &self.end {
            End::NotRun(_, error) => Some(error.as_str()),
            End::NotStarted => Some("not started"),
            End::Status(_) => None,
        };
        let object = json!({
            "profile": self.profile,
            "account": self.account,
            "role": self.role,
            "region": self.region,
            "code": self.code(),
            "signal": signal,
            "error": error,
            "stdout": String::from_utf8_lossy(&output.streams[Stream::Output as usize]),
            "stderr": String::from_utf8_lossy(&output.streams[Stream::Error as usize]),
            "truncated": output.is_truncated,
        });
        format!("{object}\n")
    }
}

/// Returns the table of all exit codes.
pub(super) fn table(outcomes: &[Outcome]) -> String {
    let rows: Vec<_> = outcomes.iter().map(Outcome::row).collect();
    table::text(["PROFILE", "ACCOUNT", "CODE", ""], &rows)
}

/// What a command printed, up to [`MOST`] bytes of each stream.
#[derive(Debug, Default)]
pub(super) struct Captured {
    streams: [Vec<u8>; 2],
    is_truncated: bool,
}

impl Captured {
    /// Takes a piece.
    pub(super) fn take(&mut self, stream: Stream, bytes: &[u8]) {
        let kept = &mut self.streams[stream as usize];
        let room = MOST.saturating_sub(kept.len()).min(bytes.len());
        kept.extend_from_slice(&bytes[..room]);
        self.is_truncated |= room < bytes.len();
    }
}
