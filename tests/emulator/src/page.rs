//! The pages a person sees: plain HTML that works without scripts.

/// Returns a page with one sentence.
pub(crate) fn notice(message: &str) -> String {
    frame(&format!("<p>{}</p>", escaped(message)))
}

/// Returns the page that asks for the code shown by the device.
pub(crate) fn ask_code() -> String {
    frame(
        "<form action=\"/device\"><label>Code <input name=\"user_code\" autofocus></label> \
         <button>Continue</button></form>",
    )
}

/// Returns the page that shows a code to be pasted into a terminal.
pub(crate) fn shown_code(code: &str) -> String {
    frame(&format!("<p>Copy this code into your terminal:</p><pre>{}</pre>", escaped(code)))
}

/// Returns the page that asks whether `client` may sign in, and sends `decision` (`allow` or `deny`) along
/// with `name`=`value` to `action`.
pub(crate) fn consent(client: &str, action: &str, name: &str, value: &str) -> String {
    frame(&format!(
        "<p>Allow <b>{}</b> to use your accounts?</p>\
         <form method=\"post\" action=\"{action}\"><input type=\"hidden\" name=\"{name}\" value=\"{}\">\
         <button name=\"decision\" value=\"allow\">Allow</button> \
         <button name=\"decision\" value=\"deny\">Deny</button></form>",
        escaped(client),
        escaped(value),
    ))
}

/// Returns the page of the access portal, which needs scripts to show anything.
pub(crate) fn access_portal(region: Option<&str>) -> String {
    let region = region.map(|region| format!("<meta name=\"region\" content=\"{}\">", escaped(region)));
    format!("<!doctype html><html><head>{}</head><body></body></html>\n", region.unwrap_or_default())
}

/// Returns the login page of a captive portal.
pub(crate) fn captive_portal() -> String {
    frame("<p>Welcome to the airport's network. Please accept our terms to continue.</p>")
}

/// Returns text as it stands in HTML and XML.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}

fn frame(content: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sign in (emulator)</title>\
         <style>body{{font:18px sans-serif;max-width:34em;margin:4em auto}}button{{font:inherit}}</style>\
         <h1>Sign in</h1>{content}<p><small>This is an emulator on your own machine, not AWS.</small></p></html>\n"
    )
}
