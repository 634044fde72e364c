//! How a hook script is handed over: in one quoted word, so that a shell that cannot read it, or a line that
//! lost its line feeds, comes to a message that says what to write.

/// True in fish alone: inside single quotes a backslash escapes another one there. A quoted word is no alias.
const IS_FISH: &[u8] = br#""builtin" test '\\' = "\\""#;

/// What an unquoted substitution makes a blank of.
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
    let fish = message("this is not the hook for fish: write `awsenv hook fish | source`");
    [IS_FISH, b" && \"builtin\" echo ", fish.as_bytes(), b" >&2 || \\builtin eval ", &body, b"\n"].concat()
}

/// Wraps a script for fish.
pub fn fish(script: &[u8]) -> Vec<u8> {
    let unquoted = message("write `awsenv hook fish | source`");
    let check = format!("builtin test \"{LINE_FEED}\" = \" \"; and builtin echo {unquoted} >&2 #\n");
    let other = message("this is the hook for fish: name the shell that this is, as in `awsenv hook bash`");
    let mut text = [IS_FISH, b" || \"builtin\" echo ", other.as_bytes(), b" >&2; ", IS_FISH].concat();
    text.extend_from_slice(b" && eval '");
    // Both kinds of shell come to the same end of the word: no backslash stands before a quote.
    for byte in [check.as_bytes(), script].concat() {
        match byte {
            b'\'' => text.extend_from_slice(br#"'"'"'"#),
            b'\\' => text.extend_from_slice(br"\\"),
            _ => text.push(byte),
        }
    }
    text.extend_from_slice(b"'; \"builtin\" true\n");
    text
}

/// A message as one word of every shell here: it has neither single quotes nor backslashes.
fn message(text: &str) -> String {
    format!("'awsenv: error: {text}'")
}
