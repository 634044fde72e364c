//! What bash and zsh write alike.

use super::{Shell, bytes, missing, names_account};
use crate::exports::change::Change;
use crate::shell::guard::{Guard, Present};

/// [`Shell::set_all`] for bash and zsh. Each variable is removed first: the shell would make another value of
/// one for a variable that was declared an integer, an array or in upper case.
pub fn set_all(shell: &dyn Shell, changes: &[(&str, &Change)]) -> Vec<u8> {
    let names: Vec<_> = changes.iter().map(|(name, _)| *name).collect();
    let mut text = clear(&names);
    text.extend(b"\\builtin export");
    for (name, change) in changes {
        if let Change::Set(value) = change {
            let value = shell.quote(value.reveal().as_bytes());
            text.extend(bytes(&[b" ", name.as_bytes(), b"=", &value]));
        }
    }
    text.push(b'\n');
    text
}

/// [`Shell::clear`] for bash and zsh.
pub fn clear(names: &[&str]) -> Vec<u8> {
    format!("\\builtin unset -v {}\n", names.join(" ")).into_bytes()
}

/// [`Shell::uncover`] for bash and zsh.
pub fn uncover(names: &[&str]) -> Vec<u8> {
    format!("[[ -z ${{_awsenv_covered-}} ]] || _awsenv_uncover {}\n", names.join(" ")).into_bytes()
}

/// [`Shell::forget_covered`] for bash and zsh.
pub fn forget_covered() -> Vec<u8> {
    b"[[ -z ${_awsenv_covered-} ]] || _awsenv_forget_covered\n".to_vec()
}

/// [`Shell::tell_once`] for bash and zsh.
pub fn tell_once(shell: &dyn Shell, name: &str, line: &str) -> Vec<u8> {
    bytes(&[
        format!("if [[ -z ${{{name}-}} ]]; then\n").as_bytes(),
        &shell.assign(name, b"1"),
        b"\\builtin printf '%s\\n' ",
        &shell.quote(line.as_bytes()),
        b" >&2\nfi\n",
    ])
}

/// Returns the string that bash and zsh compare to detect a changed variable. It needs no quotes inside
/// `[[ ]]`, where it is read fastest. `start` returns an expression for the start of a token, which follows
/// its length. `is_strict`: the shell may have `set -u` on, under which `$NAME` of an unset variable fails.
///
/// Both shells take several microseconds to compare a session token, so of tokens only the length and the
/// start count, which holds more than a hundred bits of a signature. The account is in the key id, which
/// counts whole.
///
/// `attributes` is the text before and after a name that yields whether the variable is exported. It is
/// compared where an unexported variable would mean another account ([`names_account`]); for the keys it
/// would cost more than it is worth.
pub fn present(
    guard: &Guard,
    start: fn(&str) -> String,
    attributes: Option<[&str; 2]>,
    is_strict: bool,
) -> Vec<u8> {
    // Written piece by piece: each formatted piece would cost two allocations, at every run.
    let mut text = Vec::with_capacity(1024);
    let mut put = |pieces: &[&str]| pieces.iter().for_each(|piece| text.extend_from_slice(piece.as_bytes()));
    for &Present { name, may_be_empty } in &guard.present {
        let (before, after) = if is_strict { (["${", name, "+"].concat(), "}") } else { (String::new(), "") };
        if is_long(name) {
            put(&[&before, "${#", name, "}", &start(name), after, ","]);
        } else if is_strict || may_be_empty {
            put(&["${", name, "-/unset/},"]);
        } else {
            // A name that a comma ends. Empty or not set: either is another value.
            put(&["$", name, ","]);
        }
        if let Some([attribute, end]) = attributes.filter(|_| names_account(name)) {
            put(&[&before, attribute, name, end, after, ","]);
        }
    }
    text
}

/// Returns whether the variable holds a session token, of which a shell compares only length and start.
pub fn is_long(name: &str) -> bool {
    name.ends_with("_TOKEN")
}

/// Returns the expression for the values of the variables that are not exported, for bash and zsh; it expands
/// to nothing if none is set. `attributes` are compared too, since `export NAME` changes no value.
fn others(guard: &Guard, attributes: [&str; 2]) -> Vec<u8> {
    let mut text = Vec::with_capacity(2048);
    let [before, after] = attributes.map(str::as_bytes);
    for (tag, name) in (0_u8..).zip(missing(guard)) {
        // A tag, since several can have the same value.
        let (tag, name) = ([b'0' + tag / 10, b'0' + tag % 10], name.as_bytes());
        for piece in [b"${", name, b"+", &tag, before, name, after, b":$", name, b",}"] {
            text.extend_from_slice(piece);
        }
    }
    text
}

/// Returns the conditions that all watched variables are as they were, for bash and zsh, and the commands
/// that note how they are. `present` is what [`present`] returns; `none_is_set` is the shell's condition that
/// it has none of the others.
///
/// The others' values are compared only in a shell that has one of them unexported, which it then says with
/// the feature `others`, and that can tell attributes: they are more text than all the rest, and take four
/// times as long.
pub fn variables(
    guard: &Guard,
    present: &[u8],
    none_is_set: &[u8],
    has_others: bool,
    attributes: Option<[&str; 2]>,
) -> (Vec<Vec<u8>>, Vec<u8>) {
    let snapshot = |name: &[u8], expression: &[u8]| bytes(&[name, b"=\"", expression, b"\"\n"]);
    let (mut conditions, mut text) = (Vec::new(), Vec::new());
    if !present.is_empty() {
        conditions.push(bytes(&[present, b" == \"$_awsenv_env\""]));
        text.extend(snapshot(b"_awsenv_env", present));
    }
    if missing(guard).next().is_some() {
        // Without attributes there is no telling when one is exported, and its value is of no use.
        if let Some(attributes) = attributes.filter(|_| has_others) {
            let values = others(guard, attributes);
            let same = b" == \"$_awsenv_others\" )";
            conditions.push(bytes(&[b"( -z $_awsenv_others && ", none_is_set, b" || ", &values, same]));
            text.extend(snapshot(b"_awsenv_others", &values));
        } else {
            conditions.push(none_is_set.to_vec());
            if !has_others {
                text.extend(bytes(&[b"[[ ", none_is_set, b" ]] || _awsenv_features+=,others\n"]));
            }
        }
    }
    (conditions, text)
}
