//! The picture of a session in the README: what a terminal of 120 columns shows, as SVG.
//!
//! `awsenv-playground --picture` prints it. `UPDATE_PICTURE=1 cargo test -p awsenv-playground picture` writes
//! the file.

use std::fmt::Write as _;
use std::num::NonZero;

use vt100::{Cell, Color, Parser, Screen};

use crate::session::Session;

const COLUMNS: NonZero<u16> = NonZero::new(120).unwrap();
/// More lines than any command prints.
const LINES: NonZero<u16> = NonZero::new(200).unwrap();
/// The width of a column and the height of a line, for a font of 14 units. `textLength` makes every font keep
/// to it.
const COLUMN: f32 = 8.4;
const LINE: u16 = 20;
const MARGIN: u16 = 16;

const TYPED: &[&str] = &[
    "cd src/acme/api",
    "awsenv allow",
    "echo $AWS_PROFILE $AWS_REGION",
    "awsenv exec --profile deploy -- sh -c 'echo $AWS_PROFILE in $AWS_REGION'",
    "cd",
    "echo ${AWS_PROFILE-nothing is set}",
];

/// The colours of the terminal, light and dark.
const STYLE: &str = "
text { fill: #24292f; white-space: pre } rect { fill: #f6f8fa; stroke: #d0d7de } .b { font-weight: bold } .d { opacity: .6 }
.prompt { fill: #0550ae } .c1, .c9 { fill: #cf222e } .c2, .c10 { fill: #116329 } .c3, .c11 { fill: #7d4e00 }
.c4, .c12 { fill: #0550ae } .c5, .c13 { fill: #8250df } .c6, .c14 { fill: #1b7c83 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } rect { fill: #0d1117; stroke: #30363d } .prompt { fill: #79c0ff }
.c1, .c9 { fill: #ff7b72 } .c2, .c10 { fill: #3fb950 } .c3, .c11 { fill: #d29922 }
.c4, .c12 { fill: #79c0ff } .c5, .c13 { fill: #d2a8ff } .c6, .c14 { fill: #39c5cf }
}
";

/// Plays the session of the picture in a shell at its first prompt and draws it. `home` is shown as
/// `/home/you`.
pub fn draw(mut session: Session, home: &str) -> String {
    let mut picture = Picture::default();
    for line in TYPED {
        let prompt = session.prompt().to_owned();
        picture.typed(&prompt, line);
        let bytes = session.run_for_bytes(line);
        picture.printed(&shown(&bytes, home));
    }
    picture.typed(session.prompt(), "");
    session.exit();
    picture.finish()
}

/// Returns the text as the picture has it, with its control sequences: a short home and address, and no line
/// on what depends on the terminal.
fn shown(bytes: &[u8], home: &str) -> String {
    let text = String::from_utf8_lossy(bytes).replace(home, "/home/you");
    let lines = text.split_inclusive('\n').filter(|line| !line.contains("on your clipboard"));
    lines
        .map(|line| match line.find("http://127.0.0.1:") {
            Some(at) => format!("{}http://127.0.0.1:40311/authorize?...\r\n", &line[..at]),
            None => line.to_owned(),
        })
        .collect()
}

#[derive(Default)]
struct Picture {
    lines: u16,
    body: String,
}

impl Picture {
    fn typed(&mut self, prompt: &str, line: &str) {
        self.lines += 1;
        self.run(0, prompt.trim_end(), "prompt");
        let column = u16::try_from(prompt.chars().count()).unwrap_or(0);
        self.run(column, line, "b");
    }

    fn printed(&mut self, text: &str) {
        let mut terminal = Parser::new(LINES, COLUMNS, 0);
        terminal.process(text.as_bytes());
        let screen = terminal.screen();
        let rows: Vec<String> = screen.rows(0, COLUMNS.get()).collect();
        let end = rows.iter().rposition(|row| !row.trim().is_empty()).map_or(0, |last| last + 1);
        for row in 0..u16::try_from(end).unwrap_or(0) {
            self.lines += 1;
            self.row(screen, row);
        }
    }

    /// Draws a row: one text for each run of cells that look alike.
    fn row(&mut self, screen: &Screen, row: u16) {
        let mut run = (0, String::new(), String::new());
        for column in 0..COLUMNS.get() {
            let cell = screen.cell(row, column);
            let class = cell.map(class).unwrap_or_default();
            if class != run.2 {
                self.run(run.0, &run.1, &run.2);
                run = (column, String::new(), class);
            }
            run.1 += cell.map(Cell::contents).filter(|text| !text.is_empty()).unwrap_or(" ");
        }
        self.run(run.0, &run.1, &run.2);
    }

    fn run(&mut self, column: u16, text: &str, class: &str) {
        let text = text.trim_end();
        let start = text.len() - text.trim_start().len();
        let text = &text[start..];
        if text.is_empty() {
            return;
        }
        let column = column + u16::try_from(start).unwrap_or(0);
        let x = f32::from(MARGIN) + f32::from(column) * COLUMN;
        let y = MARGIN + self.lines * LINE - 5;
        let width = f32::from(u16::try_from(text.chars().count()).unwrap_or(0)) * COLUMN;
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let _ = writeln!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y}\" textLength=\"{width:.1}\"{class}>{text}</text>"
        );
    }

    fn finish(self) -> String {
        let width = f32::from(COLUMNS.get()) * COLUMN + 2.0 * f32::from(MARGIN);
        let height = self.lines * LINE + 2 * MARGIN;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height}\" role=\"img\" font-size=\"14\" \
             font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\">\n\
             <title>A session with awsenv</title>\n<style>{STYLE}</style>\n\
             <rect x=\".5\" y=\".5\" width=\"{:.0}\" height=\"{}\" rx=\"8\"/>\n{}</svg>\n",
            width - 1.0,
            height - 1,
            self.body
        )
    }
}

/// Returns the classes of a cell's look.
fn class(cell: &Cell) -> String {
    let mut classes = Vec::new();
    if let Color::Idx(colour) = cell.fgcolor() {
        classes.push(format!("c{colour}"));
    }
    if cell.bold() {
        classes.push("b".to_owned());
    }
    if cell.dim() {
        classes.push("d".to_owned());
    }
    classes.join(" ")
}
