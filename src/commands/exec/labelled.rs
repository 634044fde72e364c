//! The output of many commands, with the profile in front of each line.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::child::Stream;
use crate::text::sanitize::is_hidden;

/// In bytes. A longer line is broken.
const LONGEST_LINE: usize = 64 * 1024;

/// How many bytes of a command's output `--group` keeps until the command ends. A command that prints more is
/// shown while it runs, and the others wait for its end.
const MOST_KEPT: usize = 4 * 1024 * 1024;

/// Standard output and standard error of this process, which one command at a time may write to.
#[derive(Debug, Default)]
pub(super) struct Stage {
    turn: Mutex<()>,
    is_closed: AtomicBool,
}

impl Stage {
    /// Returns whether the reader of standard output has left.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Prints the bytes in one piece.
    pub(super) fn print(&self, stream: Stream, bytes: &[u8]) {
        let turn = self.enter();
        self.write(&turn, stream, bytes);
    }

    fn enter(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, _turn: &MutexGuard<'_, ()>, stream: Stream, bytes: &[u8]) {
        let all = |out: &mut dyn io::Write| out.write_all(bytes).and_then(|()| out.flush());
        let written = match stream {
            Stream::Output => all(&mut io::stdout().lock()),
            Stream::Error => all(&mut io::stderr().lock()),
        };
        if stream == Stream::Output && written.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
            self.is_closed.store(true, Ordering::Relaxed);
        }
    }
}

/// How the lines of one command are printed.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// What stands in front of each line: of standard output, and of standard error.
    pub(super) prefix: [Vec<u8>; 2],
    /// Whether the streams are terminals, which obey control characters.
    pub(super) is_terminal: [bool; 2],
}

/// The lines of one command.
pub(super) struct Labelled<'a> {
    stage: &'a Stage,
    label: &'a Label,
    partial: [Vec<u8>; 2],
    kept: Option<Kept<'a>>,
}

/// The output that `--group` prints once the command has ended.
#[derive(Default)]
struct Kept<'a> {
    pieces: Vec<(Stream, Vec<u8>)>,
    length: usize,
    /// Held once the output is too long to be kept.
    turn: Option<MutexGuard<'a, ()>>,
}

impl<'a> Labelled<'a> {
    /// With `is_group`, the output is kept until [`Labelled::end`], up to [`MOST_KEPT`].
    pub(super) fn new(stage: &'a Stage, label: &'a Label, is_group: bool) -> Self {
        Self { stage, label, partial: Default::default(), kept: is_group.then(Kept::default) }
    }

    /// Takes a piece of a stream, and prints the lines that are complete.
    pub(super) fn take(&mut self, stream: Stream, bytes: &[u8]) {
        let mut lines = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            for piece in piece.chunks(LONGEST_LINE) {
                if self.partial[stream as usize].len() + piece.len() > LONGEST_LINE {
                    self.complete(stream, &mut lines);
                }
                let partial = &mut self.partial[stream as usize];
                partial.extend_from_slice(piece);
                if piece.ends_with(b"\n") || partial.len() >= LONGEST_LINE {
                    self.complete(stream, &mut lines);
                }
            }
        }
        self.print(stream, lines);
    }

    /// Prints what is left, an incomplete line too.
    pub(super) fn end(mut self) {
        for stream in [Stream::Output, Stream::Error] {
            let mut lines = Vec::new();
            self.complete(stream, &mut lines);
            self.print(stream, lines);
        }
        if let Some(kept) = self.kept {
            let turn = kept.turn.unwrap_or_else(|| self.stage.enter());
            for (stream, bytes) in kept.pieces {
                self.stage.write(&turn, stream, &bytes);
            }
        }
    }

    /// Moves what there is of a line to `lines`.
    fn complete(&mut self, stream: Stream, lines: &mut Vec<u8>) {
        let partial = &mut self.partial[stream as usize];
        if !partial.is_empty() {
            self.label.line(stream, partial, lines);
            partial.clear();
        }
    }

    fn print(&mut self, stream: Stream, lines: Vec<u8>) {
        if lines.is_empty() {
            return;
        }
        let Some(kept) = &mut self.kept else { return self.stage.print(stream, &lines) };
        if let Some(turn) = &kept.turn {
            return self.stage.write(turn, stream, &lines);
        }
        kept.length += lines.len();
        match kept.pieces.last_mut() {
            Some((last, bytes)) if *last == stream => bytes.extend_from_slice(&lines),
            _ => kept.pieces.push((stream, lines)),
        }
        if kept.length > MOST_KEPT {
            let turn = self.stage.enter();
            for (stream, bytes) in std::mem::take(&mut kept.pieces) {
                self.stage.write(&turn, stream, &bytes);
            }
            kept.turn = Some(turn);
        }
    }
}

impl Label {
    /// Adds a line to `lines`. A terminal gets colours, and no other control characters: they could write
    /// over another profile's lines.
    fn line(&self, stream: Stream, line: &[u8], lines: &mut Vec<u8>) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        lines.extend_from_slice(&self.prefix[stream as usize]);
        if self.is_terminal[stream as usize] {
            let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
            lines.extend_from_slice(harmless(&text).as_bytes());
        } else {
            lines.extend_from_slice(line);
        }
        lines.push(b'\n');
    }
}

/// Replaces control characters by `?`, but for tabs and colours, which end with the line.
fn harmless(text: &str) -> String {
    if !text.chars().any(|c| c != '\t' && is_hidden(c)) {
        return text.to_owned();
    }
    let mut harmless = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let colour = colour(rest);
        let (shown, length) = match colour {
            Some(length) => (&rest[..length], length),
            None if c != '\t' && is_hidden(c) => ("?", c.len_utf8()),
            None => (&rest[..c.len_utf8()], c.len_utf8()),
        };
        harmless.push_str(shown);
        rest = &rest[length..];
    }
    harmless.push_str("\u{1b}[0m");
    harmless
}

/// Returns the length of the colour sequence that the text begins with: `ESC [ 1 ; 31 m`.
fn colour(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':')?;
    parameters[end..].starts_with('m').then_some("\u{1b}[".len() + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(is_terminal: bool) -> Label {
        Label { prefix: [b"dev | ".to_vec(), b"dev | ".to_vec()], is_terminal: [is_terminal; 2] }
    }

    /// Returns what would be printed at the end of these pieces.
    fn kept(is_terminal: bool, pieces: &[&[u8]]) -> Vec<u8> {
        let (stage, label) = (Stage::default(), label(is_terminal));
        let mut output = Labelled::new(&stage, &label, true);
        pieces.iter().for_each(|piece| output.take(Stream::Output, piece));
        let mut lines = Vec::new();
        output.complete(Stream::Output, &mut lines);
        output.print(Stream::Output, lines);
        output.kept.unwrap().pieces.into_iter().flat_map(|(_, bytes)| bytes).collect()
    }

    #[test]
    fn each_line_has_its_label_however_it_comes() {
        assert_eq!(kept(false, &[b"a\nb", b"c\n", b"\n", b"d"]), b"dev | a\ndev | bc\ndev | \ndev | d\n");
        assert_eq!(kept(false, &[]), b"");
        assert_eq!(kept(false, &[b"\xff\x1b[2J\r\n"]), b"dev | \xff\x1b[2J\r\n", "a file gets it as it is");
    }

    #[test]
    fn an_endless_line_is_broken() {
        let much = vec![b'x'; LONGEST_LINE + 1];
        let text = kept(false, &[&much, &much[1..], b"\nend"]);
        let lengths: Vec<_> = text.split(|byte| *byte == b'\n').map(<[u8]>::len).collect();
        assert_eq!(lengths.iter().sum::<usize>(), (LONGEST_LINE * 2 + 1) + 3 + 6 * (lengths.len() - 1));
        assert!(lengths.iter().all(|length| *length <= LONGEST_LINE + 6), "{lengths:?}");
    }

    #[test]
    fn a_terminal_gets_colours_and_nothing_that_moves() {
        let shown = |text: &str| {
            let bytes = kept(true, &[text.as_bytes()]);
            String::from_utf8(bytes).unwrap().replacen("dev | ", "", 1)
        };
        assert_eq!(shown("a\tb\r\n"), "a\tb\n");
        assert_eq!(shown("\u{1b}[1;31mred\n"), "\u{1b}[1;31mred\u{1b}[0m\n");
        assert_eq!(shown("x\rprod | y\u{1b}[2A\u{1b}]0;t\u{7}\n"), "x?prod | y?[2A?]0;t?\u{1b}[0m\n");
        assert_eq!(shown("\u{202e}\u{1b}["), "??[\u{1b}[0m\n");
    }
}
