//! The form in which a hook script is printed: one quoted word, and checks around it. A shell that the script
//! is not for prints a message that says what to write, and so does an `eval` without quotes, which has
//! turned the line feeds into blanks.

/// True in fish alone, where `\x41` is an `A`. No shell here has a function of that name, and a quoted word
/// is no alias.
const IS_FISH: &[u8] = br#""[" \x41 = A ]"#;

/// True in fish, where a backslash escapes another one in all quotes, and in tcsh, where it does so in none.
const IS_NEITHER_BASH_NOR_ZSH: &[u8] = br#""[" '\\' = "\\" ]"#;

/// Redirects a message to standard error, in these shells and in tcsh.
const TO_ERROR: &[u8] = b" > /dev/stderr";

/// A line feed in the script, which is a blank after an unquoted substitution.
const LINE_FEED: &str = "\n";

/// Wraps a script for bash or zsh, whose own variable `version` tells whether it is that shell.
pub fn posix(shell: &str, version: &str, script: &[u8]) -> Vec<u8> {
    let unquoted = message(&format!("write the line with its quotes: eval \"$(awsenv hook {shell})\""));
    let other = message(&format!(
        "this is the hook for {shell}: name the shell that this is, as in `awsenv hook bash`"
    ));
    let checks = format!(
        "if [[ \"{LINE_FEED}\" == \" \" ]]; then \\builtin printf \"%s\\n\" {unquoted} >&2; fi #\n\
         if [[ -z ${{{version}-}} ]]; then \\builtin printf \"%s\\n\" {other} >&2; fi\n"
    );
    let body = super::quote::posix(&[checks.as_bytes(), script].concat());
    let body = without_history(&body);
    let stranger = message(&format!(
        "this is the hook for {shell}: name the shell that this is, as in `awsenv hook fish | source`"
    ));
    let message = [b" && echo ", stranger.as_bytes(), TO_ERROR].concat();
    [IS_NEITHER_BASH_NOR_ZSH, &message, b" || \\builtin eval ", &body, b"\n"].concat()
}

/// Wraps a script for fish.
pub fn fish(script: &[u8]) -> Vec<u8> {
    let unquoted = message("write `awsenv hook fish | source`");
    let check = format!("builtin test \"{LINE_FEED}\" = \" \"; and builtin echo {unquoted} >&2 #\n");
    let other = message("this is the hook for fish: name the shell that this is, as in `awsenv hook bash`");
    let mut text = [IS_FISH, b" || echo ", other.as_bytes(), TO_ERROR, b" ; ", IS_FISH].concat();
    text.extend_from_slice(b" && eval ");
    let mut body = b"'".to_vec();
    // fish and the other shells must find the same end of the word, so no backslash stands before a quote.
    for byte in [check.as_bytes(), script].concat() {
        match byte {
            b'\'' => body.extend_from_slice(br#"'"'"'"#),
            b'\\' => body.extend_from_slice(br"\\"),
            _ => body.push(byte),
        }
    }
    body.push(b'\'');
    text.extend(without_history(&body));
    text.extend_from_slice(b" ; true\n");
    text
}

/// Returns the line by which tcsh fetches its script from `program`, which is quoted. The words of an
/// unquoted substitution are taken for patterns there, and the script has some. The line has none.
pub fn tcsh(program: &[u8]) -> Vec<u8> {
    let other = message("this is the hook for tcsh: name the shell that this is, as in `awsenv hook bash`");
    // The `:` at the end succeeds, so that the message is printed only if this is another shell.
    let fetch = [b" && eval \"`", program, b" hook tcsh-script` :\" || echo "].concat();
    // True in tcsh alone: bash and zsh take the backslashes differently, and fish the `\x41`.
    [br#"test '\\'\x41 = "\\"x41"#, &*fetch, other.as_bytes(), TO_ERROR, b"\n"].concat()
}

/// Wraps a script for elvish in one line, since `eval (awsenv hook elvish)` evaluates each line by itself.
/// For elvish, which knows the escapes, the message is in a comment; for other shells, the script is.
pub fn elvish(script: &[u8]) -> Vec<u8> {
    const OTHER: &str = "this is the hook for elvish: name the shell that this is, such as bash";
    let mut line =
        format!(r#"eval "true \x23 ; echo {}{} #\n"#, message(OTHER), " > /dev/stderr").into_bytes();
    for byte in script {
        match byte {
            b'\n' => line.extend_from_slice(br"\n"),
            b'"' | b'\\' | b'$' | b'`' | b'!' | b'\'' => line.extend(format!(r"\x{byte:02x}").into_bytes()),
            _ => line.push(*byte),
        }
    }
    line.extend_from_slice(b"\"\n");
    line
}

/// Takes each `!` out of its single quotes: tcsh expands history within quotes, too.
fn without_history(quoted: &[u8]) -> Vec<u8> {
    let pieces: Vec<_> = quoted.split(|byte| *byte == b'!').collect();
    pieces.join(&b"'\\!'"[..])
}

/// Returns a message, which must have neither single quotes nor backslashes, as one word of any shell.
fn message(text: &str) -> String {
    format!("'awsenv: error: {text}'")
}
