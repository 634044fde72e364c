//! The cost of an unchanged prompt as a picture, readable on light and dark pages.

use crate::Row;
use crate::case::{FLOOR, LOADED};

const WIDTH: f64 = 720.0;
const LEFT: f64 = 140.0;
const RIGHT: f64 = 130.0;
const BAR: f64 = 16.0;
/// The scale goes from 10 us to 10 ms, each step ten times the one before.
const LEAST: f64 = 10.0;
const DECADES: f64 = 3.0;

/// Draws the chart as SVG.
pub fn draw(rows: &[Row]) -> String {
    let mut bars = String::new();
    let mut y = 56.0;
    for shell in ["bash", "zsh", "fish"] {
        let rows: Vec<_> = rows.iter().filter(|row| row.shell == shell && row.scene == LOADED).collect();
        let Some(awsenv) = rows.iter().find(|row| row.who == "awsenv").map(|row| row.least()) else {
            continue;
        };
        bars += &format!("<text x=\"12\" y=\"{:.1}\" class=\"shell\">{shell}</text>\n", y + BAR - 4.0);
        for who in ["awsenv", FLOOR, "mise", "direnv"] {
            let Some(row) = rows.iter().find(|row| row.who == who) else { continue };
            let (class, label) = match who {
                "awsenv" => ("ours", "awsenv"),
                FLOOR => ("floor", "one process"),
                other => ("other", other),
            };
            let (width, text) = (x(row.least()) - LEFT, y + BAR - 4.0);
            bars += &format!("<text x=\"{:.1}\" y=\"{text:.1}\" class=\"end\">{label}</text>\n", LEFT - 8.0);
            bars += &format!(
                "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" class=\"{class}\"/>\n"
            );
            let times =
                if who == "awsenv" { String::new() } else { format!(", {:.0} times", row.least() / awsenv) };
            let at = LEFT + width + 6.0;
            bars += &format!("<text x=\"{at:.1}\" y=\"{text:.1}\">{}{times}</text>\n", time(row.least()));
            y += BAR + 4.0;
        }
        y += 12.0;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>What a prompt costs at which nothing changed, in a project</title>\n\
         <style>\n\
         text {{ fill: #24292f }} .end {{ text-anchor: end }} .mid {{ text-anchor: middle }} .shell {{ font-weight: bold }}\n\
         .ours {{ fill: #1a7f37 }} .floor {{ fill: #8c959f }} .other {{ fill: #bf8700 }} line {{ stroke: #8c959f; stroke-opacity: .4 }}\n\
         @media (prefers-color-scheme: dark) {{ text {{ fill: #e6edf3 }} .ours {{ fill: #3fb950 }} .other {{ fill: #d29922 }} }}\n\
         </style>\n\
         <text x=\"12\" y=\"18\">A prompt at which nothing changed, in a project with six variables: least time, logarithmic scale</text>\n\
         {}{bars}</svg>\n",
        grid(y)
    )
}

/// Returns where a time in microseconds lies.
fn x(microseconds: f64) -> f64 {
    LEFT + (microseconds / LEAST).log10().clamp(0.0, DECADES) / DECADES * (WIDTH - LEFT - RIGHT)
}

fn grid(bottom: f64) -> String {
    let line = |microseconds: f64| {
        let x = x(microseconds);
        format!(
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"48\" y2=\"{bottom}\"/><text x=\"{x:.1}\" y=\"42\" class=\"mid\">{}</text>\n",
            time(microseconds)
        )
    };
    [10.0, 100.0, 1_000.0, 10_000.0].map(line).concat()
}

fn time(microseconds: f64) -> String {
    if microseconds < 1_000.0 {
        format!("{microseconds:.0} us")
    } else {
        format!("{:.1} ms", microseconds / 1_000.0)
    }
}
