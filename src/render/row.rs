//! Rows that a terminal can show: wide characters whole, and nothing that would move the cursor
//! other than by its cell's width.
//!
//! Frames come from many hands; the renderer must know what the terminal shows even where one
//! is malformed.

use unicode_width::UnicodeWidthChar;

use super::capabilities::Capabilities;
use crate::base::cell::{Cell, Width};
use crate::base::picture::UNDER;

/// Whether a row can be shown as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Normal {
    Already,
    Repairable,
}

/// The most combining characters drawn with one cell: more make a terminal slow, not readable.
const MAX_COMBINING: usize = 16;

/// Checks a row.
pub(super) fn normal(row: &[Cell]) -> Normal {
    let mut after_wide = false;
    for cell in row {
        let fits = (' '..='~').contains(&cell.ch) || showable(cell);
        if !fits || after_wide != (cell.width == Width::Tail) {
            return Normal::Repairable;
        }
        after_wide = cell.width == Width::Two;
    }
    if after_wide { Normal::Repairable } else { Normal::Already }
}

/// Writes the row that is shown in a malformed one's place: blanks for halves of wide characters
/// and for what takes no column, a replacement for what takes too many.
pub(super) fn repair(row: &[Cell], out: &mut Vec<Cell>) {
    out.clear();
    for (x, cell) in row.iter().enumerate() {
        let whole = match cell.width {
            Width::One => true,
            Width::Two => row.get(x + 1).is_some_and(|next| next.width == Width::Tail),
            Width::Tail => x > 0 && row[x - 1].width == Width::Two,
        };
        let ch = if !whole || cell.width == Width::Tail {
            ' '
        } else if showable(cell) {
            cell.ch
        } else if cell.ch.width().unwrap_or(0) == 2 {
            char::REPLACEMENT_CHARACTER
        } else {
            ' '
        };
        let width = if whole { cell.width } else { Width::One };
        out.push(Cell { ch, width, style: cell.style, extra: cell.extra.clone() });
    }
    // A wide cell without a wide character shows its blank in both columns.
    for x in 0..out.len() {
        if out[x].width == Width::Two && out[x].ch == ' ' {
            out[x].width = Width::One;
            if let Some(next) = out.get_mut(x + 1) {
                next.width = Width::One;
            }
        }
    }
}

/// Whether the character takes its cell's columns. A wide cell may hold a narrow character that
/// a variation selector makes wide.
fn showable(cell: &Cell) -> bool {
    match (cell.width, cell.ch.width().unwrap_or(0)) {
        (Width::Tail, _) => true,
        (Width::One, width) => width == 1,
        (Width::Two, 2) => true,
        (Width::Two, width) => {
            width == 1 && cell.extra.as_ref().is_some_and(|e| e.combining.contains(&'\u{fe0f}'))
        }
    }
}

/// The combining characters that are drawn: those that take no column.
pub(super) fn joinable(combining: &[char]) -> impl Iterator<Item = char> + '_ {
    combining.iter().copied().filter(|c| c.width() == Some(0)).take(MAX_COMBINING)
}

/// Whether terminals may disagree on the columns that the cell takes: sequences that some join
/// into one, pictures, whose width changed between versions of Unicode, and what is wide by custom
/// in a terminal that follows it.
pub(super) fn is_uncertain(cell: &Cell, caps: &Capabilities) -> bool {
    if caps.wide_ambiguous == Some(true) && cell.ch.width() != cell.ch.width_cjk() {
        return true;
    }
    // A placeholder's combining characters are never joined with anything.
    (cell.ch != UNDER && cell.extra.as_ref().is_some_and(|e| !e.combining.is_empty()))
        || (cell.width == Width::Two && (cell.ch >= '\u{1f000}' || cell.ch < '\u{3000}'))
        || matches!(cell.ch, '\u{e000}'..='\u{f8ff}' | '\u{2600}'..='\u{27bf}')
}
