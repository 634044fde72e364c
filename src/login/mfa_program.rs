//! `mfa_process`: a program of the user's that prints the code of an MFA device, as aws-vault's users have
//! it.
//!
//! ```ini
//! [profile guarded]
//! mfa_serial = arn:aws:iam::111122223333:mfa/you
//! mfa_process = ykman oath accounts code --single aws
//! ```
//!
//! The setting `mfa_process.PROFILE` overrides the key. The line is split as that of a `credential_process`,
//! and no shell sees it. Messages show the program's name, and nothing else of the line or of what the
//! program prints.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::exports::variable::STATE;
use crate::login::mfa_device;
use crate::settings::Settings;
use crate::shared_config::SharedConfig;
use crate::shared_config::profile::Profile;
use crate::system::child::{self, Input};
use crate::system::context::Context;
use crate::terminal::slow_notice::SlowNotice;
use crate::text::{python_words, sanitize};
use crate::values::secret::Secret;

/// How long a program may take: somebody may have to touch a key.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many profiles along a `source_profile` chain are looked at.
const DEEPEST: usize = 16;

/// A program that prints codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaProgram {
    /// The command line.
    line: String,
    /// Where it is written: `path:line`, or the setting's name.
    place: String,
}

impl MfaProgram {
    /// Returns the program of the profile, or else of its `source_profile`, and so on; `None` if none has
    /// one. The settings and the AWS files are the user's own: a `.awsenv` cannot name a program.
    pub fn of(settings: &Settings, config: &SharedConfig, profile: Profile<'_>) -> Result<Option<Self>> {
        let mut next = Some(profile);
        for _ in 0..DEEPEST {
            let Some(profile) = next else { break };
            if let Some(line) = settings.mfa_process.get(profile.name) {
                let place = format!("the setting `mfa_process.{}`", sanitize::shown(profile.name));
                return Ok(Some(Self { line: line.clone(), place }));
            }
            if let Some(key) = profile.get("mfa_process") {
                return Ok(Some(Self { line: key.plain()?.to_owned(), place: key.place() }));
            }
            let source = profile.text("source_profile")?.filter(|source| *source != profile.name);
            next = source.and_then(|source| config.profile(source));
        }
        Ok(None)
    }

    /// Runs the program and returns the code that it prints; the error says in words why there is none. The
    /// program has no standard input, so that it cannot wait for a person to type, and one minute.
    pub fn code(&self, ctx: &Context) -> Result<Secret, String> {
        let words =
            python_words::split(&self.line).ok_or_else(|| self.why("has a quote that is not closed"))?;
        let Some((program, args)) = words.split_first().filter(|(program, _)| !program.is_empty()) else {
            return Err(self.why("names no program"));
        };
        let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("`{}`", sanitize::shown(&name));
        let why = |why: &str| self.why(&format!("{name} {why}"));
        let path = ctx.env.get("PATH").unwrap_or_default();
        let here = ctx.cwd.as_deref().unwrap_or(Path::new("/"));
        let found = which::which_in(program, Some(path), here).map_err(|_| why("is not there"))?;
        let slow = SlowNotice::start(ctx, &name);
        // Without its exports, the bookkeeping describes nothing.
        let mut env = ctx.env.clone();
        env.unset(STATE);
        let printed = child::run(&found, args, &env, Input::None, PATIENCE);
        drop(slow);
        let printed = printed.map_err(|trouble| why(&trouble.to_string()))?;
        let text = std::str::from_utf8(&printed).unwrap_or_default();
        mfa_device::code(text).ok_or_else(|| why("printed no code: a code has six digits"))
    }

    fn why(&self, why: &str) -> String {
        format!("`mfa_process` ({}): {why}", self.place)
    }
}
