//! A list to choose from, filtered by typing.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use anyhow::Result;
use unicode_width::UnicodeWidthStr as _;

use super::colour::Colour;
use super::key::Key;
use super::keyboard::Keyboard;
use super::line_editor::{LineEditor, fitted};
use super::painter::{PaintedLine, Painter, Style, asked};
use super::text_input::{cancelled, is_cancel, open};
use crate::text::fuzzy::FuzzyWords;

/// How many entries are shown at once, at most.
const PAGE: usize = 15;

/// The widest column.
const WIDEST: usize = 50;

/// An entry of the list.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// Its columns. Typed words filter by them.
    pub cells: Vec<String>,
}

/// More of an entry, only shown.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// More columns, the same number for each entry.
    pub cells: Vec<String>,
    /// The colour of its first column. It says nothing that the columns do not.
    pub colour: Option<Colour>,
}

/// A list, and the question about it.
pub struct Picker<'a> {
    /// The text above the list.
    pub question: &'a str,
    /// The entries. Those that match equally well stay in this order.
    pub items: &'a [Item],
    /// Returns the details of an entry, by its index. Called for shown entries alone, since it may read
    /// files.
    pub more: &'a dyn Fn(usize) -> Details,
    /// The filter at the start, as if typed.
    pub typed: &'a str,
}

impl Picker<'_> {
    /// Lets the person choose one, and returns its index. Escape, Ctrl-C, and Ctrl-D on an empty line are an
    /// error of kind [`crate::failure::FailureKind::Cancelled`].
    pub fn one(&self) -> Result<usize> {
        Ok(self.choose(&mut List::new(self.items, self.typed, false))?.first().copied().unwrap_or_default())
    }

    /// Lets the person choose one or more, and returns their indexes in ascending order.
    pub fn many(&self) -> Result<Vec<usize>> {
        self.choose(&mut List::new(self.items, self.typed, true))
    }

    fn choose(&self, list: &mut List<'_>) -> Result<Vec<usize>> {
        let terminal = open()?;
        let mut keyboard = Keyboard::new(&terminal)?;
        let painter = Painter::new(&terminal);
        loop {
            if !keyboard.has_more() {
                let (column, lines) = self.lines(list, &painter);
                painter.paint(&lines, column);
            }
            let key = keyboard.next()?;
            if is_cancel(key, list.typed.text()) {
                painter.settle(self.question, "");
                return Err(cancelled().into());
            }
            if let Some(chosen) = list.press(key) {
                let said = match &chosen[..] {
                    [one] => self.items[*one].cells.first().cloned().unwrap_or_default(),
                    many => format!("{} selected", many.len()),
                };
                painter.settle(self.question, &said);
                return Ok(chosen);
            }
        }
    }

    /// Returns the cursor's column in the first line, and the lines.
    fn lines(&self, list: &mut List<'_>, painter: &Painter<'_>) -> (usize, Vec<PaintedLine>) {
        let (columns, rows) = painter.room();
        let question = asked(self.question);
        let before = question.width();
        let (typed, column) = list.typed.view(columns.saturating_sub(before));
        let mut lines = vec![vec![(Style::Bold, question), (Style::Plain, typed)]];
        let page = list.page(rows.saturating_sub(3).clamp(1, PAGE));
        let more: Vec<_> = page.iter().map(|(_, index)| (self.more)(*index)).collect();
        let width =
            |cell: usize| more.iter().map(|details| details.cells[cell].width()).max().unwrap_or_default();
        let widths: Vec<_> = (0..more.first().map_or(0, |details| details.cells.len())).map(width).collect();
        for ((is_current, index), more) in page.into_iter().zip(&more) {
            lines.push(self.row(list, index, is_current, more, &widths));
        }
        lines.push(vec![(Style::Dim, list.below())]);
        (before + column, lines)
    }

    fn row(
        &self,
        list: &List<'_>,
        index: usize,
        is_current: bool,
        more: &Details,
        widths: &[usize],
    ) -> PaintedLine {
        let item = &self.items[index];
        let mark = match (list.is_many, list.chosen.contains(&index)) {
            (false, _) => "",
            (true, true) => "[x] ",
            (true, false) => "[ ] ",
        };
        let style = if is_current { Style::Bold } else { Style::Plain };
        let mut line = vec![(style, format!("{} {mark}", if is_current { ">" } else { " " }))];
        let cells = item.cells.iter().zip(&list.widths).map(|(cell, width)| padded(cell, *width));
        let more_cells = more.cells.iter().zip(widths).map(|(cell, width)| padded(cell, *width));
        line.extend(cells.chain(more_cells).map(|cell| (style, cell)));
        if let Some(((style, _), colour)) = line.get_mut(1).zip(more.colour) {
            *style = Style::Colour(colour);
        }
        line
    }
}

/// The state of a list.
struct List<'a> {
    items: &'a [Item],
    /// The text of each entry, in lower case.
    texts: Vec<String>,
    widths: Vec<usize>,
    is_many: bool,
    typed: LineEditor,
    /// The indexes of the entries that match, the best first.
    fitting: Vec<usize>,
    /// The position in `fitting` of the current entry.
    at: usize,
    /// The position in `fitting` of the first shown entry.
    top: usize,
    chosen: BTreeSet<usize>,
    /// Whether Enter was just pressed with nothing chosen.
    is_empty_handed: bool,
}

impl<'a> List<'a> {
    fn new(items: &'a [Item], typed: &str, is_many: bool) -> Self {
        let mut widths = Vec::new();
        for item in items {
            widths.resize(item.cells.len().max(widths.len()), 0);
            for (width, cell) in widths.iter_mut().zip(&item.cells) {
                *width = cell.width().clamp(*width, WIDEST.max(*width));
            }
        }
        let mut list = Self {
            items,
            texts: items.iter().map(|item| item.cells.join(" ").to_lowercase()).collect(),
            widths,
            is_many,
            typed: LineEditor::new(typed),
            fitting: Vec::new(),
            at: 0,
            top: 0,
            chosen: BTreeSet::new(),
            is_empty_handed: false,
        };
        list.filter();
        list
    }

    /// Finds the entries that match the typed words.
    fn filter(&mut self) {
        let words = FuzzyWords::new(self.typed.text());
        let fits = |(index, text): (usize, &String)| Some((Reverse(words.score(text)?), index));
        let mut fitting: Vec<_> = self.texts.iter().enumerate().filter_map(fits).collect();
        fitting.sort_unstable();
        self.fitting = fitting.into_iter().map(|(_, index)| index).collect();
        (self.at, self.top) = (0, 0);
    }

    /// Applies a key. Returns the chosen indexes if it confirmed them.
    fn press(&mut self, key: Key) -> Option<Vec<usize>> {
        self.is_empty_handed = false;
        let last = self.fitting.len().saturating_sub(1);
        match key {
            Key::Up | Key::Control('p') => self.at = self.at.checked_sub(1).unwrap_or(last),
            Key::Down | Key::Control('n') => self.at = if self.at < last { self.at + 1 } else { 0 },
            Key::PageUp => self.at = self.at.saturating_sub(PAGE),
            Key::PageDown => self.at = (self.at + PAGE).min(last),
            Key::Enter => return self.answer(),
            Key::Char(' ') if self.is_many => {
                let current = self.fitting.get(self.at).copied();
                if let Some(index) = current.filter(|index| !self.chosen.remove(index)) {
                    self.chosen.insert(index);
                }
            }
            Key::Right if self.is_many => self.chosen.extend(&self.fitting),
            Key::Left if self.is_many => {
                for index in &self.fitting {
                    self.chosen.remove(index);
                }
            }
            key => {
                let before = self.typed.text().to_owned();
                if self.typed.apply(key) && self.typed.text() != before {
                    self.filter();
                }
            }
        }
        None
    }

    fn answer(&mut self) -> Option<Vec<usize>> {
        if !self.is_many {
            return self.fitting.get(self.at).map(|index| vec![*index]);
        }
        self.is_empty_handed = self.chosen.is_empty();
        (!self.is_empty_handed).then(|| self.chosen.iter().copied().collect())
    }

    /// Returns the entries shown in this many rows: whether each is the current one, and its index.
    fn page(&mut self, rows: usize) -> Vec<(bool, usize)> {
        self.top = self.top.clamp((self.at + 1).saturating_sub(rows), self.at);
        let seen = self.fitting.iter().enumerate().skip(self.top).take(rows);
        seen.map(|(place, index)| (place == self.at, *index)).collect()
    }

    /// Returns what the keys do, the ones that are needed first: a narrow terminal cuts the end.
    fn keys(&self) -> &'static str {
        match (self.is_many, self.is_empty_handed) {
            (false, _) => "↑↓ move, type to filter, enter confirm, esc cancel",
            (true, false) => "space select, enter confirm, type to filter, ↑↓ move, → all, ← none",
            (true, true) => "select with space first, then press enter",
        }
    }

    /// Returns the line below the entries.
    fn below(&self) -> String {
        format!("{} [{}]", self.count(), self.keys())
    }

    fn count(&self) -> String {
        let chosen = if self.is_many { format!(", {} selected", self.chosen.len()) } else { String::new() };
        format!("{} of {}{chosen}", self.fitting.len(), self.items.len())
    }
}

/// Returns a cell cut or padded to the width of its column, and two blanks.
fn padded(cell: &str, width: usize) -> String {
    let cell = fitted(cell, width);
    format!("{cell}{}", " ".repeat(width - cell.width() + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(names: &[&str]) -> Vec<Item> {
        let item = |name: &&str| Item { cells: vec![(*name).to_owned(), "x".into()] };
        names.iter().map(item).collect()
    }

    #[test]
    fn what_is_typed_filters_and_keys_move() {
        let items = items(&["acme-dev", "acme-prod", "other"]);
        let mut list = List::new(&items, "", false);
        assert_eq!(list.press(Key::Down), None);
        assert_eq!(list.press(Key::Enter), Some(vec![1]));
        list.press(Key::Down);
        assert_eq!(list.press(Key::Down), None);
        assert_eq!(list.press(Key::Enter), Some(vec![0]), "behind the last comes the first");
        for key in "prod acme".chars().map(Key::Char) {
            assert_eq!(list.press(key), None);
        }
        assert_eq!((list.press(Key::Enter), list.count()), (Some(vec![1]), "1 of 3".to_owned()));
        list.press(Key::Char('!'));
        assert_eq!((list.press(Key::Enter), list.fitting.len()), (None, 0));
        list.press(Key::Control('u'));
        assert_eq!(list.fitting, [0, 1, 2]);
        assert_eq!(List::new(&items, "oth", false).fitting, [2]);
    }

    #[test]
    fn eighty_columns_show_how_to_select_and_confirm() {
        let names: Vec<_> = (0..1000).map(|number| format!("a{number}")).collect();
        let items = items(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let mut list = List::new(&items, "", true);
        list.press(Key::Right);
        let shown = list.below();
        assert!(shown.starts_with("1000 of 1000, 1000 selected [space select, enter confirm, "), "{shown}");
        let (fits, _) = shown.split_once(", ↑↓").expect("the arrows come after that");
        assert!(fits.width() < 80, "{fits}");
    }

    #[test]
    fn several_are_selected_one_by_one_or_together() {
        let items = items(&["acme-dev", "acme-prod", "other"]);
        let mut list = List::new(&items, "", true);
        assert_eq!((list.press(Key::Enter), list.is_empty_handed), (None, true));
        list.press(Key::Char('o'));
        list.press(Key::Char('t'));
        list.press(Key::Right);
        list.press(Key::Control('u'));
        list.press(Key::Char(' '));
        assert_eq!(list.press(Key::Enter), Some(vec![0, 2]));
        list.press(Key::Char(' '));
        assert_eq!(list.press(Key::Enter), Some(vec![2]));
        list.press(Key::Left);
        assert_eq!(list.press(Key::Enter), None);
    }

    #[test]
    fn the_page_follows_the_person() {
        let names: Vec<_> = (0..9).map(|n| format!("p{n}")).collect();
        let items = items(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let mut list = List::new(&items, "", false);
        list.press(Key::Up);
        assert_eq!(list.page(3), [(false, 6), (false, 7), (true, 8)]);
        list.press(Key::Up);
        assert_eq!(list.page(3), [(false, 6), (true, 7), (false, 8)]);
        list.press(Key::PageUp);
        assert_eq!(list.page(3), [(true, 0), (false, 1), (false, 2)]);
    }
}
