//! A keyring that answers whatever a test wants, on a socket that is bus and service in one.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use super::stored_keys::StoredKeys;
use super::wire::{Reader, WireValue, Writer};
use super::*;
use crate::system::environment::Environment;
use crate::values::credentials::Credentials;

const SESSION: &str = "/session";
const ITEM: &str = "/item/1";

/// The answer to a call.
enum Reply {
    /// A body with this signature.
    Body(&'static str, Box<dyn Fn(&mut Writer)>),
    /// An empty body, and the signal that the prompt is over; true: it was dismissed.
    Prompted(bool),
    Error(&'static str),
    /// These bytes, whatever they are.
    Raw(Vec<u8>),
    Nothing,
}

fn body(signature: &'static str, write: impl Fn(&mut Writer) + 'static) -> Reply {
    Reply::Body(signature, Box::new(write))
}

/// Returns what a keyring with one locked or unlocked item says to a call of this name.
fn sound(member: &str, is_locked: bool) -> Reply {
    let paths = |out: &mut Writer, has_one: bool| {
        out.array(4, |out| {
            if has_one {
                out.text(ITEM);
            }
        });
    };
    match member {
        "Hello" => body("s", |out| out.text(":1.1")),
        "OpenSession" => body("vo", |out| {
            out.variant("s", |out| out.text(""));
            out.text(SESSION);
        }),
        "SearchItems" => body("aoao", move |out| {
            paths(out, !is_locked);
            paths(out, is_locked);
        }),
        "GetSecret" => body("(oayays)", |out| {
            out.align(8);
            out.text(SESSION);
            out.byte_array(&[]);
            let keys = StoredKeys::new(Credentials::long_lived("AKIAX", "secret").unwrap());
            out.byte_array(keys.text().reveal().as_bytes());
            out.text("text/plain");
        }),
        "ReadAlias" => body("o", |out| out.text("/collection/default")),
        "Get" => body("v", move |out| out.variant("b", |out| out.boolean(is_locked))),
        "Unlock" => body("aoo", move |out| {
            paths(out, false);
            out.text("/prompt/1");
        }),
        "AddMatch" => body("", |_| ()),
        _ => Reply::Error("org.freedesktop.DBus.Error.UnknownMethod"),
    }
}

/// Answers one connection, and returns a context whose session bus it is.
fn serve(folder: &Path, answer: impl Fn(&str) -> Reply + Send + 'static) -> Context {
    let path = folder.join("bus");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        converse(stream, &answer);
    });
    let mut env = Environment::default();
    env.set("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", path.display()));
    Context::new(env, folder, folder)
}

/// Answers calls until the other side closes the connection.
fn converse(mut stream: UnixStream, answer: &dyn Fn(&str) -> Reply) -> Option<()> {
    let mut line = Vec::new();
    for said in [&b"OK 0123456789abcdef\r\n"[..], b""] {
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            line.push(byte[0]);
        }
        line.clear();
        stream.write_all(said).ok()?;
    }
    loop {
        let mut fixed = [0; 16];
        stream.read_exact(&mut fixed).ok()?;
        let number = |at: usize| u32::from_le_bytes(fixed[at..at + 4].try_into().unwrap());
        let fields = (number(12) as usize).next_multiple_of(8);
        let mut rest = vec![0; fields + number(4) as usize];
        stream.read_exact(&mut rest).ok()?;
        let whole = [&fixed[..], &rest[..fields]].concat();
        let header = Reader::new(&whole, false).values("yyyyuua(yv)").unwrap();
        let fields = header[6].many().unwrap().iter().filter_map(WireValue::many);
        let member =
            fields.filter(|field| field[0] == WireValue::Number(3)).find_map(|field| field[1].text());
        let serial = number(8);
        match answer(member.unwrap()) {
            Reply::Body(signature, write) => {
                let mut out = Writer::default();
                write(&mut out);
                stream.write_all(message(2, serial, &[(8, "g", signature)], &out).bytes()).ok()?;
            }
            Reply::Prompted(is_dismissed) => {
                let mut out = Writer::default();
                out.boolean(is_dismissed);
                out.variant("s", |out| out.text(""));
                let signal = [(1, "o", "/prompt/1"), (3, "s", "Completed"), (8, "g", "bv")];
                // Before the answer, as some do.
                stream.write_all(message(4, 0, &signal, &out).bytes()).ok()?;
                stream.write_all(message(2, serial, &[], &Writer::default()).bytes()).ok()?;
            }
            Reply::Error(name) => {
                let mut out = Writer::default();
                out.text("hostile \u{1b}[31m words");
                stream.write_all(message(3, serial, &[(4, "s", name), (8, "g", "s")], &out).bytes()).ok()?;
            }
            Reply::Raw(bytes) => stream.write_all(&bytes).ok()?,
            Reply::Nothing => {}
        }
    }
}

fn message(kind: u8, reply_to: u32, fields: &[(u8, &str, &str)], body: &Writer) -> Writer {
    let mut out = Writer::default();
    out.raw(&[b'l', kind, 0, 1]);
    out.number(u32::try_from(body.bytes().len()).unwrap());
    out.number(77);
    out.array(8, |out| {
        out.align(8);
        out.raw(&[5]);
        out.variant("u", |out| out.number(reply_to));
        for (code, signature, text) in fields {
            out.align(8);
            out.raw(&[*code]);
            out.variant(
                signature,
                |out| if *signature == "g" { out.signature(text) } else { out.text(text) },
            );
        }
    });
    out.align(8);
    out.raw(body.bytes());
    out
}

#[test]
fn a_keyring_that_answers_properly_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let ctx = serve(folder.path(), |member| sound(member, false));
    assert_eq!(read(&ctx, "x").unwrap().unwrap().keys.access_key_id, "AKIAX");
}

#[test]
fn a_prompt_that_is_answered_unlocks_and_one_that_is_closed_does_not() {
    for is_dismissed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let ctx = serve(folder.path(), move |member| match member {
            "Prompt" => Reply::Prompted(is_dismissed),
            member => sound(member, true),
        });
        let announced = std::cell::Cell::new(0);
        let done = unlock(&ctx, &|| announced.set(announced.get() + 1));
        assert_eq!((done.ok(), announced.get()), ((!is_dismissed).then_some(true), 1));
    }
}

/// Fails unless reading from a keyring that answers like this is an error with this text, in time.
fn check(answer: impl Fn(&str) -> Reply + Send + 'static, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let ctx = serve(folder.path(), answer);
    let begun = Instant::now();
    let error = read(&ctx, "x").unwrap_err().to_string();
    assert!(error.contains(expected) && !error.contains('\u{1b}'), "{error}, not {expected}");
    assert!(begun.elapsed() < PATIENCE + Duration::from_millis(900), "{expected}: {:?}", begun.elapsed());
}

#[test]
fn whatever_a_keyring_answers_it_is_one_line_in_time() {
    let garbled = "makes no sense";
    let late = "within 2 seconds";
    let huge = [&[b'l', 2, 0, 1][..], &[255; 12]].concat();
    let endless = [&[b'l', 2, 0, 1, 0, 0, 15, 0, 1, 0, 0, 0, 8, 0, 0, 0][..], &[0; 4096]].concat();
    let with = |wrong: &'static str, reply: Box<dyn Fn() -> Reply + Send>, expected: &'static str| {
        let answer = move |member: &str| if member == wrong { reply() } else { sound(member, false) };
        std::thread::spawn(move || check(answer, expected))
    };
    let runs = [
        with("Hello", Box::new(|| Reply::Raw(vec![b'x'; 64])), garbled),
        with("OpenSession", Box::new(|| body("s", |out| out.text("x"))), garbled),
        with("SearchItems", Box::new(|| body("u", |out| out.number(1))), garbled),
        with("GetSecret", Box::new(|| body("(oayays)", |out| out.raw(&[0; 3]))), garbled),
        with("GetSecret", Box::new(move || Reply::Raw(huge.clone())), garbled),
        with(
            "GetSecret",
            Box::new(|| Reply::Error("org.freedesktop.Secret.Error.IsLocked")),
            "the keyring is locked",
        ),
        with(
            "GetSecret",
            Box::new(|| Reply::Error("com.example.Odd")),
            "hostile ?[31m words (com.example.Odd)",
        ),
        with("GetSecret", Box::new(|| Reply::Raw(vec![b'l'; 3])), late),
        with("SearchItems", Box::new(move || Reply::Raw(endless.clone())), late),
        with("Hello", Box::new(|| Reply::Nothing), late),
    ];
    for run in runs {
        run.join().expect("it is one line, in time");
    }
}

#[test]
fn only_awsenvs_own_line_is_recognised() {
    assert_eq!(name_in("/usr/bin/awsenv keys get acme").as_deref(), Some("acme"));
    for (program, name) in [("/a b/awsenv", "a b"), ("/usr/bin/awsenv", "it's"), ("/x/awsenv", "-é$x#")] {
        assert_eq!(name_in(&line(program, name)).as_deref(), Some(name));
    }
    for line in [
        "/usr/bin/awsenv keys get",
        "/usr/bin/awsenv keys get a b",
        "/usr/bin/other keys get a",
        "/usr/bin/awsenv credential-process -p a",
        "sh -c 'awsenv keys get a'",
        "/usr/bin/awsenv keys get 'a",
    ] {
        assert_eq!(name_in(line), None, "{line}");
    }
}
