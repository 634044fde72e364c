//! A login with a browser on another device: its page shows a code, which the person pastes here.

use anyhow::Result;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::{Page, SignIn};
use crate::login::person_login::Told;
use crate::login::{LoginOptions, PATIENCE, browser};
use crate::terminal::Terminal;
use crate::values::secret::Secret;

/// How many wrong pastes a person gets.
const TRIES: usize = 5;

/// The longest code that is accepted, in bytes.
const LONGEST: usize = 512;

/// What was pasted.
enum Pasted {
    /// The code in it.
    Code(Secret),
    /// A code from the page of another login.
    OtherPage,
    /// Anything else.
    Nothing,
}

impl SignIn<'_> {
    /// Shows the page, and returns the code that the person pastes.
    pub(super) fn paste(
        &self,
        page: &Page,
        how: &LoginOptions,
        terminal: &Terminal,
        is_remote: bool,
    ) -> Result<Secret> {
        if !terminal.is_interactive() {
            return Err(self.without_terminal().into());
        }
        terminal.line("open this page in any browser, log in, and copy the code that it shows");
        browser::offer(self.ctx, &page.url, how, terminal, is_remote);
        let hidden = terminal.hide()?;
        for _ in 0..TRIES {
            let Some(typed) =
                hidden.ask("paste the code here (it is not shown), Ctrl-C to leave it:", PATIENCE)?
            else {
                return Err(self.declined("nobody pasted a code").into());
            };
            match read(typed.reveal(), &page.state) {
                Pasted::Code(code) => return Ok(code),
                Pasted::OtherPage => terminal.line("that code is of another login: open the page above"),
                Pasted::Nothing => terminal.line("that is not the code: copy all of it"),
            }
        }
        Err(self.declined(&format!("{TRIES} times something else was pasted")).into())
    }
}

/// Reads `state=…&code=…` in base64, with or without its padding. What a terminal puts around a paste does
/// not count, nor do blanks in it.
fn read(typed: &str, state: &str) -> Pasted {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&alphabet::STANDARD, config);
    let typed = typed.replace("\u{1b}[200~", "").replace("\u{1b}[201~", "");
    let typed: Zeroizing<String> = Zeroizing::new(typed.chars().filter(|c| !c.is_whitespace()).collect());
    let Ok(decoded) = engine.decode(typed.as_bytes()).map(Zeroizing::new) else { return Pasted::Nothing };
    let value = |name: &str| {
        form_urlencoded::parse(&decoded)
            .find(|(key, _)| key == name)
            .map(|(_, value)| Secret::new(value.into_owned()))
    };
    let (Some(of), Some(code)) = (value("state"), value("code")) else { return Pasted::Nothing };
    let is_code = (1..=LONGEST).contains(&code.reveal().len()) && !code.reveal().contains(char::is_control);
    match (is_code, of.reveal() == state) {
        (true, true) => Pasted::Code(code),
        (true, false) => Pasted::OtherPage,
        (false, _) => Pasted::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    #[test]
    fn only_the_code_of_this_page_counts() {
        let shown = |text: &str| match read(text, "s1") {
            Pasted::Code(code) => code.reveal().to_owned(),
            Pasted::OtherPage => "other page".to_owned(),
            Pasted::Nothing => "nothing".to_owned(),
        };
        let encoded = |text: &str| BASE64_STANDARD.encode(text);
        let whole = encoded("state=s1&code=a%2Bb");
        assert_eq!(shown(&whole), "a+b");
        assert_eq!(shown(whole.trim_end_matches('=')), "a+b");
        assert_eq!(shown(&format!("\u{1b}[200~ {} {}\u{1b}[201~", &whole[..9], &whole[9..])), "a+b");
        assert_eq!(shown(&encoded("code=x&state=s2")), "other page");
        let long = encoded(&format!("state=s1&code={}", "x".repeat(513)));
        for text in ["", "a", "state=s1&code=x", &encoded("state=s1"), &encoded("state=s1&code="), &long] {
            assert_eq!(shown(text), "nothing", "{text}");
        }
        assert_eq!(shown(&encoded("state=s1&code=a%0Ab")), "nothing");
    }

    #[test]
    fn fuzz_pasted_code() {
        let seeds = ["c3RhdGU9czEmY29kZT1hJTJCYg==", "\u{1b}[200~c3RhdGU9czImY29kZT14\u{1b}[201~"];
        crate::fuzz::run("pasted code", crate::fuzz::MANY, &seeds, |said| {
            match read(&String::from_utf8_lossy(said), "s1") {
                Pasted::Code(code) => format!("code {}", code.reveal().len()),
                Pasted::OtherPage => "other page".to_owned(),
                Pasted::Nothing => "nothing".to_owned(),
            }
        });
    }
}
