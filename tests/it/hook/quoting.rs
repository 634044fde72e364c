//! Any bytes that awsenv writes into a shell's language come out of the real shell as they went in.

use std::path::Path;

use awsenv::shell;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::harness::invocation::Invocation;
use crate::harness::shell::{Kind, each_shell};
use crate::harness::world::World;

/// Has the shell read the words as part of a script and returns the bytes of each as it took them.
fn evaluated(world: &World, kind: Kind, words: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let language = shell::find(kind.name()).expect("a shell of ours");
    let mut script = if kind == Kind::Elvish { &b"e:printf '%s\\0'"[..] } else { b"printf '%s\\0'" }.to_vec();
    for word in words {
        script.push(b' ');
        script.extend(language.quote(word));
    }
    if kind == Kind::Nu {
        script.insert(0, b'^');
    }
    script.extend_from_slice(b" | od -An -v -tx1\n");
    let script = world.write("script", script);
    let script = match kind {
        // As the hooks of these shells take a text.
        Kind::Elvish => world.write("outer", format!("eval (slurp <'{}')\n", script.display())),
        Kind::Tcsh => world.write("outer", format!("eval \"`cat '{}'`\"\n", script.display())),
        _ => script,
    };
    let dumped =
        Invocation::new(world, Path::new("/usr/bin/env"), [kind.name().as_ref(), script.as_os_str()]).run();
    let bytes: Vec<u8> = dumped
        .stdout
        .split_whitespace()
        .map(|hex| u8::from_str_radix(hex, 16).expect("od writes hex"))
        .collect();
    let mut parts: Vec<_> = bytes.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    assert_eq!(parts.pop(), Some(Vec::new()), "each word ends in NUL");
    parts
}

/// Bytes as they may stand in a value or a path: none is NUL. Characters that mean something to a shell are
/// frequent.
fn word() -> impl Strategy<Value = Vec<u8>> {
    let special =
        prop::sample::select(b"'\\\"$`\n\r\t !*?[]{}()<>|&;#~-=%\x1b\x7f\xc3\xa9\xff\x80\xef".to_vec());
    let byte = prop_oneof![3 => special, 1 => 1_u8..=255];
    prop::collection::vec(byte, 0..24)
}

/// Returns the words as this shell can take them: a text for tcsh is one line, and one for nushell is UTF-8.
fn as_taken(kind: Kind, mut words: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    if kind == Kind::Tcsh {
        words.iter_mut().for_each(|word| word.retain(|byte| *byte != b'\n'));
    }
    if kind == Kind::Nu {
        words.iter_mut().for_each(|word| *word = String::from_utf8_lossy(word).into_owned().into_bytes());
    }
    words
}

fn any_bytes_survive(kind: Kind) {
    let world = World::new();
    let fixed = [
        "",
        "-n",
        "--",
        "\\",
        "'",
        "\\'",
        "'\\''",
        "$(touch PWN)",
        "`touch PWN`",
        "a\nb\n",
        "é",
        "\u{f600}",
        "\u{1f980}",
    ];
    let fixed: Vec<_> = fixed.iter().map(|text| text.as_bytes().to_vec()).collect();
    assert_eq!(evaluated(&world, kind, &fixed), as_taken(kind, fixed));
    let mut runner = TestRunner::new(Config { cases: 12, ..Config::default() });
    let words = prop::collection::vec(word(), 1..60);
    runner
        .run(&words, |words| {
            prop_assert_eq!(evaluated(&world, kind, &words), as_taken(kind, words));
            Ok(())
        })
        .expect("every word comes back");
    assert!(!world.at("PWN").exists());
}

each_shell!(every: any_bytes_survive);
