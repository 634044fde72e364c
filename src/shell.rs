//! Shells: the hook script of each, and how changes are written in its language.
//!
//! A new shell is one file here, a script in `shell/`, and a line in `SHELLS`.

use std::borrow::Cow;
use std::path::Path;

use crate::exports::bookkeeping::Loaded;
use crate::exports::change::{Change, Diff};
use crate::exports::variable::{self, Part, Variable};
use crate::failure::{Failure, FailureKind};
use crate::shell::guard::Guard;
use crate::text::sanitize;

mod bash;
mod elvish;
mod envelope;
mod fish;
pub mod guard;
mod nu;
mod posix;
mod quote;
pub(crate) mod start_up_file;
mod tcsh;
mod zsh;

/// The shells, in the order in which help and errors list them.
static SHELLS: &[&dyn Shell] = &[&bash::Bash, &zsh::Zsh, &fish::Fish, &elvish::Elvish, &tcsh::Tcsh, &nu::Nu];

/// A shell's language.
pub trait Shell: Sync {
    /// The shell's name, as on the command line.
    fn name(&self) -> &'static str;

    /// Returns the hook script for the start-up file, with [`PROGRAM`] where the quoted path of the program
    /// goes.
    fn hook(&self) -> Cow<'static, str>;

    /// Returns the script of `awsenv hook --cd`, which follows the hook: with it, the command in
    /// `cd x && command` has the environment of `x`. Empty for a shell whose hook does that by itself.
    fn cd(&self) -> &'static str {
        ""
    }

    /// Returns the hook as it is printed. Evaluated by another shell, or without its quotes, it prints a
    /// message that says what to write, where the shell allows.
    fn wrap(&self, script: Vec<u8>) -> Vec<u8> {
        script
    }

    /// Returns the script that takes the hook out of a running shell and leaves it as it was before.
    fn uninstall(&self) -> Cow<'static, str>;

    /// Returns the script that completes command lines of awsenv; `None` for a shell without such scripts.
    fn completions(&self) -> Option<&'static str> {
        None
    }

    /// Returns the last line of a complete text, which does nothing when it is evaluated. A hook ignores a
    /// text without it, so a run that was cut short changes nothing.
    fn end(&self) -> &'static str {
        ": awsenv end\n"
    }

    /// Writes bytes as one literal word. Bytes that the shell cannot hold are left out or replaced.
    fn quote(&self, text: &[u8]) -> Vec<u8>;

    /// Returns the line that is printed in place of the hook, and fetches it; `None` where the hook itself is
    /// printed. `program` is quoted.
    fn short_hook(&self, _program: &[u8]) -> Option<Vec<u8>> {
        None
    }

    /// Returns the functions that the texts call, for a hook of an older awsenv, which does not have them.
    fn functions(&self) -> Cow<'static, str> {
        "".into()
    }

    /// Writes one change of a managed variable. A hook tells the program which ones are readonly, so none of
    /// those is among the changes that it gets.
    fn change(&self, name: &str, change: &Change) -> Vec<u8>;

    /// [`Shell::change`] for a variable that gets its previous value back, in a shell whose variables have
    /// several scopes; `None` where it is a change like any other.
    fn back(&self, _name: &str, _change: &Change) -> Option<Vec<u8>> {
        None
    }

    /// Writes several changes, all of them `Change::Set`, in one command where the shell allows: it takes
    /// longer to read a command than to run it.
    fn set_all(&self, changes: &[(&str, &Change)]) -> Vec<u8> {
        changes.iter().flat_map(|(name, change)| self.change(name, change)).collect()
    }

    /// Writes `Change::Unset` of several variables.
    fn unset_all(&self, names: &[&str]) -> Vec<u8> {
        self.clear(names)
    }

    /// Returns whether [`Shell::set_all`] writes one command, which Ctrl-C cannot interrupt half way.
    fn changes_at_once(&self) -> bool {
        false
    }

    /// Writes `Change::Cover` of several variables. Nothing in a shell whose environment is apart from its
    /// variables.
    fn cover(&self, _names: &[&str]) -> Vec<u8> {
        Vec::new()
    }

    /// Writes what gives these variables, which were removed, the values that [`Shell::cover`] kept.
    fn uncover(&self, _names: &[&str]) -> Vec<u8> {
        Vec::new()
    }

    /// Writes what drops everything that [`Shell::cover`] kept.
    fn forget_covered(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Writes one command that takes these managed variables out.
    fn clear(&self, names: &[&str]) -> Vec<u8>;

    /// Writes the assignment of a shell variable that is not exported.
    fn assign(&self, name: &str, value: &[u8]) -> Vec<u8>;

    /// Writes the assignments of shell variables that are not exported.
    fn assign_all(&self, values: &[(&str, &[u8])]) -> Vec<u8> {
        values.iter().flat_map(|(name, value)| self.assign(name, value)).collect()
    }

    /// Writes the assignment of the answers that were given in this shell, so that no variable from the
    /// environment can take their place.
    fn keep_answers(&self, answers: &[u8]) -> Vec<u8> {
        self.assign("_awsenv_confirmed", answers)
    }

    /// [`Shell::keep_answers`] for what was chosen with `awsenv use`.
    fn keep_choices(&self, choices: &[u8]) -> Vec<u8> {
        self.assign("_awsenv_chosen", choices)
    }

    /// Writes a command that prints `line` to standard error, once in each shell: the variable `name`
    /// remembers that it was printed.
    fn tell_once(&self, name: &str, line: &str) -> Vec<u8>;

    /// Writes the function that tells from the guard's facts whether nothing changed. `features` is what the
    /// hook says its shell can do, with commas between. [`Shell::stale`] for a shell that cannot tell: its
    /// hook runs the program at every prompt.
    fn fresh(&self, _guard: &Guard, _features: &str, _stamps: &dyn Stamps) -> Vec<u8> {
        self.stale()
    }

    /// Writes the function that always says that something changed: the program runs at every prompt. Nothing
    /// for a hook that has no such function.
    fn stale(&self) -> Vec<u8> {
        Vec::new()
    }
}

/// Files with a given modification time, for shells that can only compare the times of two files.
pub trait Stamps {
    /// Returns the path of a file with this modification time, in seconds since 1970 and nanoseconds; `None`
    /// if it cannot be made.
    fn stamp(&self, modified: (i64, i64)) -> Option<std::path::PathBuf>;
}

/// Stands in the hook scripts for the quoted path of the program.
pub const PROGRAM: &str = "@awsenv@";

/// Stands in the hook scripts for the names of all watched variables, with blanks between them.
const NAMES: &str = "@names@";

/// Stands in the hook scripts for how many these are.
const COUNT: &str = "@count@";

/// Stands in the hook scripts of bash for an expression that lists those of them that are set.
const SET: &str = "@set@";

/// Stands in the hook scripts for the names of all variables that a text may change, with blanks between
/// them.
const MANAGED_NAMES: &str = "@managed@";

/// Stands in the hook scripts for an expression with the attributes of these variables, such as readonly.
const ATTRIBUTES: &str = "@attributes@";

/// Stands in the hook scripts for [`Shell::functions`].
const FUNCTIONS: &str = "@functions@\n";

/// Stands in the hook scripts for their own digest, see [`script`].
pub const SCRIPT: &str = "@script@";

/// Returns the digest of a shell's hook script, which tells it from that of another awsenv.
pub fn script(shell: &dyn Shell) -> String {
    crate::text::digest::of([shell.hook().as_bytes()], 12)
}

/// Returns a hook script with the names of the variables and the functions in it. `attributes` is what comes
/// before and after a name in the shell's expression for its attributes.
fn complete(script: &'static str, functions: &str, attributes: [&str; 2]) -> Cow<'static, str> {
    let names: Vec<_> = variable::watched().collect();
    let managed: Vec<_> = variable::managed().collect();
    let [before, after] = attributes;
    let attributes: String = managed.iter().map(|name| [before, name, after].concat()).collect();
    let script = script.replace(NAMES, &names.join(" ")).replace(FUNCTIONS, functions);
    let set: String = names.iter().map(|name| format!("${{{name}+ {name}}}")).collect();
    let script = script.replace(COUNT, &names.len().to_string()).replace(SET, &set);
    script.replace(MANAGED_NAMES, &managed.join(" ")).replace(ATTRIBUTES, &attributes).into()
}

/// Returns whether `name` is among the features, which have commas between them.
pub fn has_feature(features: &str, name: &str) -> bool {
    features.split(',').any(|feature| feature == name)
}

/// Returns the shell of that name: `zsh`, `-zsh`, `/bin/zsh`, `zsh.exe`.
pub fn find(name: &str) -> Option<&'static dyn Shell> {
    let file = Path::new(name).file_name()?.to_str()?;
    let name = file.trim_start_matches('-').trim_end_matches(".exe");
    SHELLS.iter().copied().find(|shell| shell.name() == name)
}

/// Returns the names of the shells that have [`Shell::completions`].
pub fn names_with_completions() -> impl Iterator<Item = &'static str> {
    SHELLS.iter().filter(|shell| shell.completions().is_some()).map(|shell| shell.name())
}

/// Returns the names of all shells.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHELLS.iter().map(|shell| shell.name())
}

/// Writes the changes and the bookkeeping; `before` is the bookkeeping that the shell has. A variable is set
/// after the bookkeeping that undoes it, and the bookkeeping is removed last, so that a text whose evaluation
/// ends half way can still be undone. `hooked`: the text is for a hook, which can hold previous values.
pub fn render(shell: &dyn Shell, diff: &Diff, before: Option<&str>, hooked: bool) -> Vec<u8> {
    let mut text = Vec::new();
    let state = diff.loaded.as_ref().map(Loaded::encode);
    let write_state = |text: &mut Vec<u8>, change: &Change| {
        if !diff.keeps_state {
            text.extend(shell.change(variable::STATE, change));
        }
    };
    if let Some(state) = state.as_ref().filter(|state| Some(state.as_str()) != before) {
        write_state(&mut text, &Change::Set(crate::values::secret::Secret::new(state)));
    }
    if hooked {
        let (covers, changes): (Vec<_>, Vec<_>) =
            diff.changes.iter().partition(|(_, change)| matches!(change, Change::Cover));
        let (holds, changes): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|(_, change)| matches!(change, Change::Hold));
        for (variable, change) in holds {
            text.extend(shell.change(variable.name, change));
        }
        if !covers.is_empty() {
            text.extend(shell.cover(&variable_names(covers)));
        }
        text.extend(in_order(shell, diff.loaded.as_ref(), before.is_some(), &changes));
        if state.is_none() {
            text.extend(shell.forget_covered());
        }
    } else {
        for (Variable { name, .. }, change) in &diff.changes {
            // Without a hook nothing holds the previous values.
            if matches!(change, Change::Set(_) | Change::Unset) {
                text.extend(shell.change(name, change));
            }
        }
    }
    if state.is_none() && before.is_some() {
        write_state(&mut text, &Change::Unset);
    }
    text
}

/// Writes changes so that Ctrl-C between two of them leaves no mixture, such as one account's profile with
/// another's keys, and, if something `was_loaded`, nothing of the folder before.
fn in_order(
    shell: &dyn Shell,
    loaded: Option<&Loaded>,
    was_loaded: bool,
    changes: &[&(&'static Variable, Change)],
) -> Vec<u8> {
    let (mut removed, mut set, mut others, mut cleared) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let is_removal = |change: &Change| matches!(change, Change::Unset | Change::Forget);
    // If there are only removals, one command does them all.
    let is_mixed =
        (was_loaded || !shell.changes_at_once()) && changes.iter().any(|(_, change)| !is_removal(change));
    for &&(variable, ref change) in changes {
        let name = variable.name;
        let back = is_back(loaded, variable, change).then(|| shell.back(name, change)).flatten();
        let mut is_cleared = is_mixed;
        match (change, back) {
            (Change::Unset, _) => removed.push(name),
            (_, Some(back)) => others.extend(back),
            (Change::Set(_), None) => set.push((name, change)),
            _ => {
                is_cleared = !matches!(change, Change::Forget);
                others.extend(shell.change(name, change));
            }
        }
        if is_cleared && variable.part != Part::Region {
            cleared.push(name);
        }
    }
    let mut text = if cleared.len() > 1 { shell.clear(&cleared) } else { Vec::new() };
    if !removed.is_empty() {
        text.extend(shell.unset_all(&removed));
    }
    text.extend(others);
    if !set.is_empty() {
        text.extend(shell.set_all(&set));
    }
    if !removed.is_empty() {
        text.extend(shell.uncover(&removed));
    }
    text
}

fn variable_names<'a>(
    changes: impl IntoIterator<Item = &'a (&'static Variable, Change)>,
) -> Vec<&'static str> {
    changes.into_iter().map(|(variable, _)| variable.name).collect()
}

/// Returns whether a variable gets its previous value: the folder is left, or the next one wants the same
/// value.
fn is_back(loaded: Option<&Loaded>, variable: &Variable, change: &Change) -> bool {
    let (Some(loaded), Change::Set(value)) = (loaded, change) else { return true };
    let had = loaded.was.get(&variable.code);
    had.is_some_and(|had| had == value.reveal()) || !loaded.set.contains_key(&variable.code)
}

/// Joins conditions of the guard with `joint`.
fn join(conditions: &[Vec<u8>], joint: &str) -> Vec<u8> {
    conditions.join(joint.as_bytes())
}

/// Joins pieces of different lengths. In bytes, since paths and the contents of files need not be UTF-8.
fn bytes(pieces: &[&[u8]]) -> Vec<u8> {
    pieces.concat()
}

/// Returns the watched variables that are not in the environment. The shell can have them unexported.
fn missing(guard: &Guard) -> impl Iterator<Item = &'static str> {
    variable::watched().filter(|name| guard.present.iter().all(|present| present.name != *name))
}

/// Returns whether tools would use another account if this variable were no longer exported. `HOME` is not
/// among them: every tool finds its home.
fn names_account(name: &str) -> bool {
    name == "AWS_PROFILE" || name != "HOME" && variable::DECIDING.contains(&name)
}

/// Returns the error that there is no such shell, with the names of those that there are.
pub fn unknown(name: &str) -> Failure {
    let names: Vec<_> = names().collect();
    Failure::new(format!("unknown shell: `{}`", sanitize::shown(name)))
        .hint(format!("name one of `{}`", names.join("`, `")))
        .kind(FailureKind::Usage)
}
