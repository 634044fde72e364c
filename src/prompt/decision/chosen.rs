//! The choice of `awsenv use`: it counts instead of any folder, until its time is over.

use crate::env_file::folder::Folder;
use crate::prompt::choices::Choice;
use crate::prompt::decision::loading::TargetSource;
use crate::prompt::decision::{Decider, trace};
use crate::terminal::notice::Notice;
use crate::text::sanitize;

impl Decider<'_> {
    /// Loads what was chosen. For a folder with a `.awsenv` one line says that it changes nothing.
    pub(super) fn follow(&mut self, choice: &Choice) {
        let dir = self.decision.watch_list.dir.clone();
        let folder = dir.map(|dir| Folder::of(self.ctx, &self.settings, &dir));
        if let Some(folder) = &folder {
            // No permission counts here, so none is watched.
            self.depend_on(folder, None);
        }
        let origin = choice.origin();
        self.decision.answers.enter(&origin);
        if !self.stand_back(&origin) {
            if let Some(folder) = &folder {
                self.pass(folder, choice);
            }
            trace::chosen(self.ctx, choice);
            if let Err(error) = self.load(TargetSource::Choice(choice), &origin) {
                self.fail(&error, &origin);
            }
        }
        let end = choice.term().until;
        self.decision.deadline = self.decision.deadline.into_iter().chain(end).min();
    }

    /// Says once that this folder's files change nothing, but not to a person who chooses in it.
    fn pass(&mut self, folder: &Folder, choice: &Choice) {
        let Some(nearest) = folder.lookup.files.first().filter(|_| !folder.is_denied()) else { return };
        let is_news = self.decision.choices.pass(&folder.origin());
        if is_news && self.asking.request.is_none() {
            self.decision.notices.push(Notice::Status(format!(
                "{} changes nothing: this shell has {} from `awsenv use`, until `awsenv use --clear`",
                sanitize::path(&nearest.path),
                choice.target.shown()
            )));
        }
    }

    /// Says what has ended by itself: the choice of this shell, or the keys of the choice of the shell above.
    pub(super) fn tell_end(&mut self, ended: Option<&Choice>, has_expired: bool) {
        if let Some(choice) = ended {
            self.decision.notices.push(Notice::Status(format!(
                "the time for {} is over: this shell follows its folder again",
                choice.target.shown()
            )));
        } else if has_expired {
            let profile = sanitize::shown(self.ctx.env.text("AWSENV_PROFILE").unwrap_or_default());
            self.decision.notices.push(Notice::Status(format!(
                "profile `{profile}` from `awsenv use` in the shell above has ended: this shell follows its folder"
            )));
        }
        self.has_told_end = ended.is_some() || has_expired;
    }
}
