//! The warning before access expires that only a person can renew: one line 15 minutes before, one 5 minutes
//! before.

use chrono::{DateTime, TimeDelta, Utc};

use crate::load::plan::{self, LoadPlan};
use crate::prompt::decision::Decider;
use crate::sources::resolution::Store;
use crate::system::context::Context;
use crate::terminal::notice::Notice;
use crate::text::{digest, duration, sanitize, shell_words};
use crate::values::credentials::Credentials;

/// The time left when a line is due.
const STAGES: [TimeDelta; 2] = [TimeDelta::minutes(15), TimeDelta::minutes(5)];

/// A line that is due.
pub(super) struct ExpiryWarning {
    line: String,
    mark: String,
}

impl Decider<'_> {
    /// Returns the line that is due, and makes the shell run the program again when the next one is. Reads
    /// files only in the last 15 minutes.
    pub(super) fn expiry_warning(
        &mut self,
        ctx: &Context,
        target: &LoadPlan,
        credentials: Option<&Credentials>,
    ) -> Option<ExpiryWarning> {
        let end = match credentials {
            Some(credentials) => credentials.expiration,
            // Without keys, the deadline is when the login expires.
            None => self.decision.deadline,
        };
        let end = end.filter(|_| self.asking.is_hooked())?;
        let left = end - ctx.now();
        let stage = stage(left)?;
        let wait = |decision: &mut super::Decision| {
            let next = STAGES.get(stage).map(|stage| end - *stage);
            decision.deadline = decision.deadline.into_iter().chain(next).min();
        };
        if stage == 0 {
            wait(&mut self.decision);
            return None;
        }
        let cure = cure(ctx, target, credentials.is_some())?;
        wait(&mut self.decision);
        let mark = mark(stage, target.profile(), end);
        let is_told = self.asking.warned.get(1..) == mark.get(1..) && self.asking.warned >= mark;
        let what = if credentials.is_some() { "the credentials" } else { "the login" };
        let profile = sanitize::shown(target.profile());
        let line =
            format!("{what} of {profile} cannot be renewed automatically, {}; {cure}", duration::left(left));
        (!is_told).then_some(ExpiryWarning { line, mark })
    }

    /// Tells the line, and notes it so that this shell is told once.
    pub(super) fn warn(&mut self, warning: Option<ExpiryWarning>) {
        if let Some(ExpiryWarning { line, mark }) = warning {
            self.decision.notices.push(Notice::Warning(line));
            self.decision.warned = Some(mark);
        }
    }
}

/// Returns how many of the stages are reached with this time left; `None` once it has expired.
fn stage(left: TimeDelta) -> Option<usize> {
    (left > TimeDelta::zero()).then(|| STAGES.iter().filter(|stage| left <= **stage).count())
}

/// Returns the stage and a digest of what expires and when, for the shell to remember.
fn mark(stage: usize, profile: &str, end: DateTime<Utc>) -> String {
    format!("{stage}{}", digest::of([profile.as_bytes(), &end.timestamp().to_le_bytes()], 16))
}

/// Returns what a person can do; `None` if no person is needed.
fn cure(ctx: &Context, target: &LoadPlan, has_keys: bool) -> Option<String> {
    let resolved = &target.resolved_profile;
    let login = resolved.resolution.login.as_ref();
    if !has_keys {
        // While the login is alive, only `--force` begins another one.
        let login = login.filter(|login| !plan::is_refreshable(ctx, login))?;
        return Some(format!("run `{} --force`", plan::login_command(resolved, login)));
    }
    if let Store::File { expires: Some(_), .. } = resolved.resolution.store {
        return Some("get new keys with the program that wrote them".to_owned());
    }
    if target.renews_silently(ctx) {
        return None;
    }
    if let Some(login) = login.filter(|login| !plan::is_alive(ctx, login)) {
        return Some(format!("run `{}`", plan::login_command(resolved, login)));
    }
    let device = resolved.device.as_ref()?;
    let force = if device.session(ctx).is_some() { " --force" } else { "" };
    let profile = shell_words::quote(target.profile());
    Some(sanitize::shown(&format!("run `awsenv login --profile {profile}{force}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_due_with_fifteen_minutes_left_and_with_five() {
        let cases = [(901, Some(0)), (900, Some(1)), (301, Some(1)), (300, Some(2)), (1, Some(2)), (0, None)];
        for (seconds, expected) in cases {
            assert_eq!(stage(TimeDelta::seconds(seconds)), expected, "{seconds}");
        }
        let (first, second) = (mark(1, "dev", DateTime::UNIX_EPOCH), mark(2, "dev", DateTime::UNIX_EPOCH));
        assert!(first < second && first[1..] == second[1..] && first.len() == 17);
        assert_ne!(first, mark(1, "dev", DateTime::UNIX_EPOCH + TimeDelta::seconds(1)));
    }
}
