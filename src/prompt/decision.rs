//! The decision behind every prompt: what a shell should have now, and what has to change for that.

mod chosen;
mod confirmed;
mod difference;
mod expiry_warning;
mod keys;
mod loading;
mod pinned;
mod readonly;
mod regions;
mod trace;

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::env_file::argument;
use crate::env_file::folder::Folder;
use crate::exports::bookkeeping::Loaded;
use crate::exports::change::{self, Diff, Side};
use crate::exports::previous::Previous;
use crate::exports::variable::Variable;
use crate::failure::{Failure, FailureKind};
use crate::load::confirmation::Answers;
use crate::prompt::choices::{Choices, Request};
use crate::prompt::foreign_restore::{self, ForeignRestores};
use crate::prompt::watch_list::WatchList;
use crate::settings::Settings;
use crate::system::change_signal::ChangeSignal;
use crate::system::context::Context;
use crate::terminal::notice::Notice;
use crate::text::{digest, sanitize};

use loading::TargetSource;
use regions::Follower;

/// The kind of caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caller {
    /// `awsenv export` by a person or a script.
    #[default]
    Command,
    /// A shell with a hook. A person uses it, so a login may begin. It is told what the decision depends on.
    Shell,
    /// The same, after it has read its start-up files.
    NewShell,
}

/// What a caller asks for, and what its shell remembers.
#[derive(Clone, Debug, Default)]
pub struct Asking {
    /// The directory that the shell believes to be in (`$PWD`).
    pub pwd: Option<PathBuf>,
    /// The id of the bookkeeping whose previous values this shell holds.
    pub holds: String,
    /// Digest of the error that this shell was told last, so that it is not repeated at every prompt.
    pub told: String,
    /// Stage and digest of the last warning before expiry, so that each comes once.
    pub warned: String,
    /// Whether the network may be used.
    pub network: bool,
    /// The kind of caller.
    pub caller: Caller,
    /// Whether a person asked to look again and fetch the keys again (`awsenv reload`).
    pub reload: bool,
    /// What the shell had before the first run unloaded it, for the second one to compare with.
    pub previous: Option<Previous>,
    /// The answers to `confirm` in this shell.
    pub answers: Answers,
    /// The choices of `awsenv use` in this shell.
    pub choices: Choices,
    /// The request of `awsenv use`, if it asks.
    pub request: Option<Request>,
    /// Values that another tool may restore.
    pub foreign_restores: ForeignRestores,
    /// Names of managed variables that are readonly in this shell.
    pub readonly: Vec<String>,
}

impl Asking {
    /// Returns whether a shell with a hook asks.
    fn is_hooked(&self) -> bool {
        self.caller != Caller::Command
    }

    /// Returns whether the shell has read its start-up files since it asked last.
    pub fn is_new(&self) -> bool {
        self.caller == Caller::NewShell
    }
}

/// What is to happen in the shell.
#[derive(Debug, Default)]
pub struct Decision {
    /// The changes of variables and bookkeeping; `None` if there are none.
    pub transition: Option<Diff>,
    /// The lines for the person.
    pub notices: Vec<Notice>,
    /// Digest of the error that was told, for the next run.
    pub told: String,
    /// Stage and digest of the warning before expiry, for the next run; `None` if there was none.
    pub warned: Option<String>,
    /// Whether the target could not be loaded.
    pub failed: bool,
    /// Whether a second run, with the network, is needed.
    pub unfinished: bool,
    /// What was loaded here before, for the second run.
    pub previous: Option<Previous>,
    /// When the program must run again (UTC).
    pub deadline: Option<DateTime<Utc>>,
    /// The answers to `confirm`, for the next run.
    pub answers: Answers,
    /// The choices of `awsenv use`, for the next run.
    pub choices: Choices,
    /// Values that another tool may restore, for the next run.
    pub foreign_restores: ForeignRestores,
    /// The files that the decision depends on.
    pub watch_list: WatchList,
}

/// Decides for a shell whose environment is `ctx.env`. `id` becomes the id of new bookkeeping.
pub fn decide(ctx: &Context, asking: &Asking, id: &str) -> Decision {
    decided(ctx, asking, id, false)
}

/// Decides for a shell whose hook is removed: everything is unloaded.
pub fn leave(ctx: &Context, asking: &Asking, id: &str) -> Decision {
    decided(ctx, asking, id, true)
}

fn decided(ctx: &Context, asking: &Asking, id: &str, leaves: bool) -> Decision {
    let loaded = Loaded::of(&ctx.env);
    let mut choices = asking.choices.clone();
    let ended = choices.end(ctx.now());
    if let Some(request) = &asking.request {
        choices.make(request, ctx.now());
    } else if let Some(loaded) = loaded.as_ref().filter(|loaded| loaded.pinned) {
        return pinned::decide(ctx, asking, loaded);
    }
    let is_inherited = choices.now().is_none() && ended.is_none() && asking.request.is_none() && !leaves;
    let inherited = loaded.as_ref().filter(|loaded| is_inherited && pinned::is_chosen_above(asking, loaded));
    if let Some(decision) = inherited.and_then(|loaded| pinned::decide_chosen_above(ctx, asking, loaded)) {
        return decision;
    }
    let has_expired = inherited.is_some();
    let mut foreign_restores = asking.foreign_restores.clone();
    let back = foreign_restores.take(&ctx.env, loaded.as_ref());
    if let Some(loaded) = &loaded {
        foreign_restores.note(&ctx.env, loaded);
    }
    // Usually nothing was restored, and then nothing need be copied.
    let before = loaded.as_ref().filter(|_| !back.is_empty()).cloned();
    let cleaned = (!back.is_empty()).then(|| without(ctx, &back));
    let ctx = cleaned.as_ref().unwrap_or(ctx);
    let changes_by_hand = asking.is_hooked() && !asking.is_new() && !asking.reload && !leaves;
    let follower = loaded.as_ref().filter(|_| changes_by_hand && asking.request.is_none());
    let follower = follower.and_then(|loaded| Some((Follower::find(&ctx.env, loaded)?, loaded.clone())));
    let as_followed = follower.as_ref().map(|(follower, _)| follower.followed(ctx));
    let ctx = as_followed.as_ref().unwrap_or(ctx);
    let mut decider = Decider {
        ctx,
        asking,
        id,
        loaded,
        settings: Settings::default(),
        has_told_end: false,
        decision: Decision::default(),
    };
    decider.decision.answers.clone_from(&asking.answers);
    if asking.request.is_some() {
        // An earlier no was to another question.
        decider.decision.answers.enter("");
    }
    decider.decision.choices = choices;
    decider.tell_end(ended.as_ref(), has_expired);
    if leaves {
        decider.leave();
    } else {
        decider.decide();
    }
    let mut decision = decider.decision;
    decision.foreign_restores = foreign_restores;
    take_out(ctx, &mut decision, &back, before);
    if let Some((follower, loaded)) = follower {
        follower.follow(&mut decision, &ctx.env, &loaded);
    }
    readonly::leave_alone(&mut decision, &asking.readonly);
    trace::outcome(ctx, &decision);
    decision
}

fn without(ctx: &Context, variables: &[&'static Variable]) -> Context {
    let mut env = ctx.env.clone();
    variables.iter().for_each(|variable| env.unset(variable.name));
    ctx.with_env(env)
}

/// Unsets the variables that another tool restored. The decision was made as if they were not set.
fn take_out(ctx: &Context, decision: &mut Decision, back: &[&'static Variable], loaded: Option<Loaded>) {
    if back.is_empty() {
        return;
    }
    let tool = foreign_restore::tool(&ctx.env).unwrap_or("another tool");
    decision.notices.push(Notice::Warning(format!(
        "{tool} restored {} to a value from a folder that you left, so awsenv unset it",
        names(back)
    )));
    let unchanged = || Diff { loaded, ..Diff::default() };
    let transition = decision.transition.get_or_insert_with(unchanged);
    for variable in back {
        if transition.changes.iter().all(|(known, _)| known.code != variable.code) {
            transition.changes.push((variable, change::Change::Unset));
        }
    }
}

struct Decider<'a> {
    ctx: &'a Context,
    asking: &'a Asking,
    id: &'a str,
    loaded: Option<Loaded>,
    settings: Settings,
    /// Whether a notice says already that what was loaded has ended.
    has_told_end: bool,
    decision: Decision,
}

impl Decider<'_> {
    fn decide(&mut self) {
        let watch_list = &mut self.decision.watch_list;
        watch_list.dir = argument::believed(self.ctx, self.asking.pwd.as_deref());
        watch_list.ceiling = PathBuf::from("/");
        if self.asking.is_hooked()
            && let Ok(path) = self.ctx.settings_file()
        {
            watch_list.watch(path);
        }
        match Settings::load(self.ctx) {
            Ok(settings) => self.settings = settings,
            Err(error) => return self.fail(&error, "settings"),
        }
        let watch_list = &mut self.decision.watch_list;
        watch_list.ceiling.clone_from(&self.settings.ceiling);
        let is_mistaken = |pwd: &PathBuf| pwd.is_absolute() && watch_list.dir.as_ref() != Some(pwd);
        watch_list.mistaken = self.asking.pwd.clone().filter(is_mistaken);
        if let Some(choice) = self.decision.choices.now().cloned() {
            return self.follow(&choice);
        }
        let Some(dir) = watch_list.dir.clone() else { return self.leave() };
        // Taken before the permissions are read, so that one given meanwhile is noticed.
        let generation = self.asking.is_hooked().then(|| ChangeSignal::now(self.ctx)).flatten();
        let folder = Folder::of(self.ctx, &self.settings, &dir);
        self.depend_on(&folder, generation);
        trace::folder(self.ctx, &self.settings, &folder);
        let origin = folder.origin();
        self.decision.answers.enter(&origin);
        if self.stand_back(&origin) {
            return;
        }
        if folder.lookup.files.is_empty() {
            if self.asking.reload && self.loaded.is_none() && !self.settings.quiet {
                let why = "nothing to load: there is no .awsenv here or above";
                self.decision.notices.push(Notice::Status(why.to_owned()));
            }
            return self.leave();
        }
        if let Err(error) = self.load(TargetSource::Folder(&folder), &origin) {
            // The same error about other contents is told again.
            let about = format!("{origin} {}", folder.content());
            // A denied folder is silent, except for `awsenv reload`.
            if folder.is_denied() && !self.asking.reload { self.unload() } else { self.fail(&error, &about) }
        }
    }

    fn depend_on(&mut self, folder: &Folder, generation: Option<ChangeSignal>) {
        let watch_list = &mut self.decision.watch_list;
        watch_list.absent.clone_from(&folder.lookup.absent);
        watch_list.env_files =
            folder.lookup.files.iter().map(|found| (found.path.clone(), found.content.clone())).collect();
        match generation.filter(|_| !folder.lookup.files.is_empty()) {
            Some(ChangeSignal::File(path)) => watch_list.existing.push(path),
            Some(ChangeSignal::Folder(path, mark)) => watch_list.marks.push((path, mark)),
            None => {}
        }
    }

    /// Withdraws awsenv's other identity variables if the user has changed one, once, and leaves the rest to
    /// the user until the folder is left. Returns whether that is so.
    fn stand_back(&mut self, origin: &str) -> bool {
        let Some(loaded) =
            self.loaded.as_ref().filter(|loaded| loaded.origin == origin && !self.asking.reload)
        else {
            return false;
        };
        if loaded.overridden {
            if self.asking.is_new() && !loaded.is_still_overridden(&self.ctx.env) {
                return false;
            }
            self.decision.told.clone_from(&self.asking.told);
            return true;
        }
        let changed = loaded.identity_changes(&self.ctx.env);
        if changed.is_empty() || self.asking.is_new() {
            return false;
        }
        let profile = sanitize::shown(self.ctx.env.text("AWSENV_PROFILE").unwrap_or("its profile"));
        self.decision.notices.push(Notice::Status(format!(
            "you changed {}, so {profile} was unloaded; `awsenv reload` loads it again",
            names(&changed)
        )));
        self.decision.transition = Some(change::withdrawal(&self.ctx.env, loaded, &changed));
        true
    }

    fn leave(&mut self) {
        if let Some(loaded) = &self.loaded
            && !self.settings.quiet
            && !loaded.overridden
            && !self.has_told_end
        {
            let profile = sanitize::shown(self.ctx.env.text("AWSENV_PROFILE").unwrap_or("the profile"));
            self.decision.notices.push(Notice::Status(format!("left {profile}")));
        }
        self.unload();
    }

    /// Leaves what takes long, or waits for a person, to a second run. Unless `stays`, what is loaded is
    /// unloaded before.
    fn leave_to_second_run(&mut self, origin: &str, stays: bool) {
        // The second run may end with the same error as the last time.
        self.decision.told.clone_from(&self.asking.told);
        self.decision.previous = self.held(origin);
        if !stays {
            self.unload();
        }
        self.decision.unfinished = true;
        self.decision.deadline = Some(self.ctx.now() + keys::ATTEMPT_PAUSE);
    }

    fn unload(&mut self) {
        if self.loaded.is_some() {
            self.change_to(None);
        }
    }

    fn fail(&mut self, error: &anyhow::Error, about: &str) {
        self.decision.failed = true;
        if matches!(Failure::kind_of(error), FailureKind::UnderWay | FailureKind::Busy)
            && self.decision.deadline.is_none()
        {
            // The process that logs in can die, which no file shows.
            self.decision.deadline = Some(self.ctx.now() + keys::ATTEMPT_PAUSE);
        }
        let text = format!("{error:#}");
        self.decision.told = digest::of([about.as_bytes(), text.as_bytes()], 16);
        if self.decision.told != self.asking.told || self.asking.reload {
            self.decision.notices.push(match Failure::kind_of(error) {
                FailureKind::UnderWay | FailureKind::Busy => Notice::Status(text),
                _ => {
                    let (text, cure) = Failure::lines(error);
                    Notice::Error(text, cure.map(str::to_owned))
                }
            });
        }
        self.unload();
    }

    fn change_to(&mut self, wanted: Option<&change::DesiredExports>) {
        let adopted =
            self.loaded.as_ref().filter(|_| self.asking.reload).map(|loaded| loaded.adopting(&self.ctx.env));
        let loaded = adopted.as_ref().or(self.loaded.as_ref());
        let holds = loaded.is_some_and(|loaded| !loaded.id.is_empty() && loaded.id == self.asking.holds);
        let side = Side { holds, is_new: self.asking.is_new(), id: self.id };
        let transition = change::between(&self.ctx.env, loaded, side, wanted);
        if !transition.lost.is_empty() {
            self.decision.notices.push(Notice::Warning(format!(
                "{} had a value before, which only the shell that loaded the environment could restore",
                names(&transition.lost)
            )));
        }
        self.decision.transition = Some(transition);
    }
}

fn names(variables: &[&'static Variable]) -> String {
    variables.iter().map(|variable| variable.name).collect::<Vec<_>>().join(", ")
}
