//! Where the two files are: `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws`.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

use anyhow::Result;

use crate::failure::Failure;
use crate::system::context::Context;
use crate::system::environment::Environment;
use crate::system::{files, password_file};
use crate::text::sanitize;

/// Returns the absolute path of the config file; empty if `AWS_CONFIG_FILE` is set to nothing.
pub(crate) fn config_file(ctx: &Context) -> Result<PathBuf> {
    locate(ctx, "AWS_CONFIG_FILE", "config")
}

/// Returns the absolute path of the credentials file; empty if `AWS_SHARED_CREDENTIALS_FILE` is set to
/// nothing.
pub(crate) fn credentials_file(ctx: &Context) -> Result<PathBuf> {
    locate(ctx, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
}

/// Returns the folder of `aws login`: `AWS_LOGIN_CACHE_DIRECTORY`, default `~/.aws/login/cache`.
pub(crate) fn login_cache(ctx: &Context) -> Result<PathBuf> {
    if !ctx.env.has("AWS_LOGIN_CACHE_DIRECTORY") {
        return Ok(ctx.aws_dir()?.join("login/cache"));
    }
    locate(ctx, "AWS_LOGIN_CACHE_DIRECTORY", "login/cache")
}

/// Returns the absolute path in `variable`, else that of `default` in `~/.aws`. A variable that is set but
/// empty means that there is no file (AWS CLI 2.36).
fn locate(ctx: &Context, variable: &str, default: &str) -> Result<PathBuf> {
    let Some(value) = ctx.env.get(variable) else {
        return Ok(files::below(&ctx.aws_dir()?, [default]));
    };
    let value = expand_variables(value, &ctx.env);
    let path = match value.as_bytes() {
        [b'~'] => ctx.home()?.to_owned(),
        [b'~', rest @ ..] if rest.starts_with(b"/") => ctx.home()?.join(below(rest)),
        [b'~', rest @ ..] => {
            let end = rest.iter().position(|&b| b == b'/').unwrap_or(rest.len());
            let (user, rest) = rest.split_at(end);
            let home = password_file::home_of(user).ok_or_else(|| no_user(variable, user))?;
            home.join(below(rest))
        }
        [] => return Ok(PathBuf::new()),
        _ => PathBuf::from(value),
    };
    Ok(match &ctx.cwd {
        Some(cwd) => cwd.join(path),
        None => path,
    })
}

/// Returns the path without slashes in front: `join` would take it for an absolute one.
fn below(path: &[u8]) -> &OsStr {
    let slashes = path.iter().take_while(|&&b| b == b'/').count();
    OsStr::from_bytes(&path[slashes..])
}

/// An error, although the AWS CLI would look for a file whose name begins with `~`.
fn no_user(variable: &str, user: &[u8]) -> anyhow::Error {
    let user = sanitize::shown(&String::from_utf8_lossy(user));
    Failure::new(format!("could not use `{variable}`: there is no user `{user}` in /etc/passwd"))
        .hint(format!("write the whole path in `{variable}`"))
        .into()
}

/// Replaces `$NAME` and `${NAME}` as Python's `os.path.expandvars` does: an unset variable's reference stays
/// as it is, and what comes in is not expanded again.
fn expand_variables(value: &OsStr, env: &Environment) -> OsString {
    let mut rest = value.as_bytes();
    let mut expanded = Vec::with_capacity(rest.len());
    while let Some(dollar) = rest.iter().position(|&b| b == b'$') {
        let (before, reference) = rest.split_at(dollar);
        expanded.extend_from_slice(before);
        let (name, length) = name_of(reference);
        match name.and_then(|name| env.get(name)) {
            Some(value) => expanded.extend_from_slice(value.as_bytes()),
            None => expanded.extend_from_slice(&reference[..length]),
        }
        rest = &reference[length..];
    }
    expanded.extend_from_slice(rest);
    OsString::from_vec(expanded)
}

/// Returns the name at the start of `reference`, which begins with `$`, and how many bytes the reference has;
/// one byte and no name if it is none.
fn name_of(reference: &[u8]) -> (Option<&str>, usize) {
    let text = |name| std::str::from_utf8(name).ok();
    if let [_, b'{', rest @ ..] = reference {
        return match rest.iter().position(|&b| b == b'}') {
            Some(end) => (text(&rest[..end]), end + 3),
            None => (None, 1),
        };
    }
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let length = reference[1..].iter().take_while(|b| is_word(b)).count();
    (text(&reference[1..=length]).filter(|name| !name.is_empty()), length + 1)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn locate_with(value: Option<&str>) -> Result<PathBuf> {
        let mut env = Environment::default();
        env.set("DIR", "/srv/$NAME");
        env.set("NAME", "x");
        env.set("TILDE", "~/t");
        env.set("EMPTY", "");
        if let Some(value) = value {
            env.set("AWS_CONFIG_FILE", value);
        }
        config_file(&Context::new(env, Path::new("/home/me"), Path::new("/project")))
    }

    #[test]
    fn variables_then_the_home_then_the_current_directory_are_filled_in() {
        let cases = [
            (None, "/home/me/.aws/config"),
            (Some("/etc/aws"), "/etc/aws"),
            (Some("aws.ini"), "/project/aws.ini"),
            (Some("~"), "/home/me"),
            (Some("~/c"), "/home/me/c"),
            (Some("~//c"), "/home/me/c"),
            (Some("a/~/c"), "/project/a/~/c"),
            (Some("$DIR/c"), "/srv/$NAME/c"),
            (Some("${DIR}c"), "/srv/$NAMEc"),
            (Some("/a/$NAME-$NAME.$NAME_"), "/a/x-x.$NAME_"),
            (Some("$TILDE/c"), "/home/me/t/c"),
            (Some("/a/$UNSET/${UNSET}/$/${/$-"), "/a/$UNSET/${UNSET}/$/${/$-"),
            (Some("/a/${}"), "/a/${}"),
            (Some("/$${NAME}$NAMEé${N AME}$é"), "/$xxé${N AME}$é"),
            (Some(""), ""),
            (Some("$EMPTY"), ""),
        ];
        for (value, path) in cases {
            assert_eq!(locate_with(value).unwrap(), Path::new(path), "{value:?}");
        }
    }

    #[test]
    fn the_home_of_another_user_is_filled_in() {
        let home = password_file::home_of(b"root").unwrap();
        for (value, path) in [("~root", home.clone()), ("~root//a/b", home.join("a/b"))] {
            assert_eq!(locate_with(Some(value)).unwrap(), path);
        }
        let error = locate_with(Some("~no-such-user/config")).unwrap_err();
        let expected = "could not use `AWS_CONFIG_FILE`: there is no user `no-such-user` in /etc/passwd";
        assert_eq!(error.to_string(), expected);
    }
}
