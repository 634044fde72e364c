//! Columns of text, as wide as they must be.

use unicode_width::UnicodeWidthStr as _;

use crate::text::sanitize;

/// Returns the lines: the header, then the rows, each cell padded to the widest of its column, without blanks
/// at the end.
pub fn lines<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> Vec<String> {
    let header = header.map(str::to_owned);
    let all = || std::iter::once(&header).chain(rows);
    let mut widths = [0; N];
    for row in all() {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| padded(cell, width) + "  ");
        cells.collect::<String>().trim_end().to_owned()
    };
    all().map(line).collect()
}

/// Returns the [`lines`] as one text, each with a line feed.
pub fn text<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> String {
    lines(header, rows).iter().map(|line| format!("{line}\n")).collect()
}

/// Returns the text with blanks at its end up to a width, in columns of a terminal.
pub fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Returns the text of a cell, safe to print: `-` for no text or an empty one.
pub fn cell(text: Option<&str>) -> String {
    sanitize::shown(text.filter(|text| !text.is_empty()).unwrap_or("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_wide_as_its_widest_cell() {
        let rows = [["é".to_owned(), String::new()], ["abc".to_owned(), "d".to_owned()]];
        assert_eq!(lines(["A", "B"], &rows), ["A    B", "é", "abc  d"]);
        let rows = [["開発".to_owned(), "c".to_owned()]];
        assert_eq!(lines(["A", "B"], &rows), ["A     B", "開発  c"], "a terminal shows these twice as wide");
    }
}
