//! Large signs above the panes: their numbers, and the time.

use crate::{Composer, text};
use segno_base::screen::cell::{Cell, Style};
use segno_base::screen::geometry::{Point, Rect};

/// The rows of a large sign.
const HEIGHT: u16 = 5;
/// The columns of each of its dots.
const DOT: u16 = 2;

/// A sign's rows, `#` for each dot.
fn dots(sign: char) -> Option<[&'static str; HEIGHT as usize]> {
    Some(match sign {
        '0' => ["###", "#.#", "#.#", "#.#", "###"],
        '1' => [".#.", "##.", ".#.", ".#.", "###"],
        '2' => ["###", "..#", "###", "#..", "###"],
        '3' => ["###", "..#", ".##", "..#", "###"],
        '4' => ["#.#", "#.#", "###", "..#", "..#"],
        '5' => ["###", "#..", "###", "..#", "###"],
        '6' => ["###", "#..", "###", "#.#", "###"],
        '7' => ["###", "..#", "..#", ".#.", ".#."],
        '8' => ["###", "#.#", "###", "#.#", "###"],
        '9' => ["###", "#.#", "###", "..#", "###"],
        ':' => [".", "#", ".", "#", "."],
        _ => return None,
    })
}

impl Composer<'_> {
    /// The number of each pane, in its middle.
    pub(super) fn pane_numbers(&mut self) {
        let focused = self.model.focused(self.client.id);
        for (pane, name) in self.model.numbered_panes(self.client.id) {
            let Some(area) = self.hits.pane_rect(pane) else { continue };
            let theme = self.theme();
            let style = if focused == Some(pane) { theme.accent } else { theme.quiet };
            self.big(&name.to_string(), area, style);
        }
    }

    /// The time of day, above the focused pane.
    pub(super) fn clock(&mut self) {
        let whole = self.frame.area();
        let focused = self.model.focused(self.client.id);
        let area = focused.and_then(|pane| self.hits.pane_rect(pane)).unwrap_or(whole);
        let offset = self.context.utc_offset.unwrap_or(0);
        let time = text::clock(self.context.now_ms, offset);
        let ground = self.theme().panel;
        self.frame.fill(area, &Cell::new(' ', ground));
        let style = self.theme().accent;
        self.big(&time, area, style);
    }

    /// Draws a short text in the middle of an area: large where there is room.
    fn big(&mut self, text: &str, area: Rect, style: Style) {
        let signs: Option<Vec<_>> = text.chars().map(dots).collect();
        let width = |signs: &[[&str; HEIGHT as usize]]| {
            signs.iter().map(|rows| (rows[0].len() as u16 + 1) * DOT).sum::<u16>() - DOT
        };
        let large =
            signs.filter(|s| !self.plain() && width(s) + 2 <= area.cols && HEIGHT + 2 <= area.rows);
        let Some(signs) = large else {
            let row = Rect::new(area.x, area.y + area.rows / 2, area.cols, area.rows.min(1));
            let text = format!(" {text} ");
            let cols = text::width(&text).min(row.cols);
            let at = Point::new(row.x + (row.cols - cols) / 2, row.y);
            self.frame.text(at, &text, style, cols);
            return;
        };
        let mut x = area.x + (area.cols - width(&signs)) / 2;
        let y = area.y + (area.rows - HEIGHT) / 2;
        for rows in signs {
            for (row, dots) in (y..).zip(rows) {
                for (column, dot) in (0..).zip(dots.bytes()) {
                    if dot == b'#' {
                        let dot = Rect::new(x + column * DOT, row, DOT, 1);
                        self.frame.fill(dot, &Cell::new('█', style));
                    }
                }
            }
            x += (rows[0].len() as u16 + 1) * DOT;
        }
    }
}
